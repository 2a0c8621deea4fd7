"""The plan: every change to an account as a value, down to each API call.

Start with `model`. `findings` are the facts that a plan reports
beside its changes. `match` pairs declared and live entities.
`removal` decides about the rest. `make` builds the plan, `order`
arranges its calls, and `complete` adds everything that follows
from the changes. Nothing here holds a client.
"""
