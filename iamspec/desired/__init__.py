"""The spec: from files to the entities that an account should have.

Start with `load`. It reads files (`files`, `source`) into a `tree`
with places, and checks their shapes (`validation`, `settings`).
Each section of the settings has a module, such as `scope`. `check`
compares the parts of a spec with each other. `granted` adds up
grants. `resources` builds the entities of an account.
"""
