"""Plans and journals in files, each writer beside its reader.

Start with `plan_file` and `journal`. `rebuild` works out the changes that the calls of a saved plan make, and refuses
calls that iamspec would not plan.
"""
