"""The kind `policy`: customer-managed policies with their documents and versions.

Start with `shape`: a policy as people write it, and as IAM knows
it. `operations` has the calls, `kind` joins the two.
"""
