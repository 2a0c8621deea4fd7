"""Passwords and access keys on their way to their owners: made here, stored in a sink, and never anywhere else."""

from iamspec.handover.delivery import Delivery
from iamspec.handover.destination import EXAMPLES, destination
from iamspec.handover.sinks import Sink, SinkError

__all__ = ["EXAMPLES", "Delivery", "Sink", "SinkError", "destination"]
