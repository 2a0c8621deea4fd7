"""The review of a plan: its effect on access, the complaints, and the needed permissions.

`impact` compares access before and after, `guard` complains,
`permissions` lists the least rights for a command.
"""
