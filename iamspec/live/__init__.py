"""The account: how it is reached, read and retried, and how a call would change it.

Start with `observe`, which reads an account through a Reader.
Only `aws` and `client` talk to AWS. `snapshot` reads a saved
account. `simulate` applies the effect of calls without
making them.
"""
