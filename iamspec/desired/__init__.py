"""The spec: from files to the entities that an account should have.

Start with `load`. It reads files (`source`, `files`) and checks
their shapes (`validation`, `settings`). `check` compares the parts
of a spec with each other. `granted` adds up grants. `resources`
builds the entities of an account.
"""
