"""The review of a plan: its effect on access, the complaints against it, and the permissions that it needs.

`impact` compares access before and after, `guard` complains, `permissions` lists the least rights for a command.
"""
