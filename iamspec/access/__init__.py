"""The rights of each principal: policies, questions about them, and the assertions of a spec.

Start with `principals`. `book` holds the principals of a spec or
of an account. `questions` answers `iamspec access`. `assertions`
runs the `tests` of the settings.
"""
