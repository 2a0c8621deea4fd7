"""The kind `user`: its shape in YAML, its resource, and the credentials that a user signs in with.

Start with `shape`, then `kind`. `sign_in` plans passwords and keys, `rotation` the next step of a key rotation,
`credentials` reads and removes every kind of credential.
"""
