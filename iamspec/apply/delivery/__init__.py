"""Passwords and access keys on their way to their owners: made here, stored in a sink, and never anywhere else."""

from iamspec.apply.delivery.delivery import Delivery
from iamspec.apply.delivery.destination import EXAMPLES, destination
from iamspec.apply.delivery.sinks import Sink, SinkError

__all__ = ["EXAMPLES", "Delivery", "Sink", "SinkError", "destination"]
