"""The commands as functions from paths and ports to values, a module each. Nothing here prints or renders.

Start with `plan`. `validate` and `reading` are its first steps, `reviewing` is its last. `apply`, `saved`, `undo` and
`suspend` make plans that are run, and `proof` shows what a run has left. `options` holds what the command line says.
"""
