"""The kind `role`: the shape in YAML, the resource with the trust policy, and the calls.

Start with `shape` and `trust_shape`, then `kind`. `operations` has
a row for each call, those about instance profiles included.
`steps` has the calls that only roles need, `trusting` leads from
short forms to a trust policy and back.
"""
