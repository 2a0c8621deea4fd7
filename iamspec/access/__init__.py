"""The rights of each principal: policies, questions about them, and the assertions of a spec.

Start with `principals`. `questions` answers `iamspec access`.
`assertions` runs the `tests` of the settings.
"""
