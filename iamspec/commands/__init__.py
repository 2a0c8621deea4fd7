"""The commands as functions from paths and ports to values, a module each.

Nothing here prints or renders. Start with `plan`: it begins with
`validate` and `reading`, and ends with `reviewing`. `apply`,
`saved`, `undo` and `suspend` make plans that are run. `proof`
shows the work that a run has left. `options` holds the options of
the command line.
"""
