"""The run of a plan.

`run` makes the calls, `delivery` brings passwords and keys to
their sinks.
"""
