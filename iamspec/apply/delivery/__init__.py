"""Passwords and access keys on their way to their owners.

They are made here, stored in a sink, and kept nowhere else.
"""

from iamspec.apply.delivery.delivery import Delivery
from iamspec.apply.delivery.destination import EXAMPLES, destination
from iamspec.apply.delivery.sinks import Sink, SinkError

__all__ = ["EXAMPLES", "Delivery", "Sink", "SinkError", "destination"]
