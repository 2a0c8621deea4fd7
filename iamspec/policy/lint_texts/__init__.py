"""The texts about warnings: `texts` has them by code.

They stand beside the rules of `lint` so that an explanation does
not load the rules.
"""
