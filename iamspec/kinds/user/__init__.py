"""The kind `user`: the shape in YAML, the resource, and the credentials.

Start with `shape`, then `kind`. `sign_in` plans passwords and
keys. `rotation` plans the next step of a key rotation.
`credentials` reads and removes every kind of credential.
"""
