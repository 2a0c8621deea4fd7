"""The kind `role`: the shape in YAML, the resource with the trust policy, and the calls.

Start with `shape`, then `kind`. `operations` has a row for each
call, those about instance profiles included.
"""
