"""The commands as functions from paths and ports to values, a module each.

Nothing here prints or renders. Start with `plan`. `validate` and
`reading` are its first steps, `reviewing` is its last. `apply`,
`saved`, `undo` and `suspend` make plans that are run. `proof`
shows the work that a run has left. `options` holds the options of
the command line.
"""
