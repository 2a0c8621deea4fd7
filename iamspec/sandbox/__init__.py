"""An embedded IAM on loopback.

It is moto's IAM, held to recorded answers of AWS. A success here
is a success in AWS. This is the only package that imports moto and
werkzeug, which the extra `sandbox` installs.
"""

from iamspec.sandbox.environment import environment
from iamspec.sandbox.load import load
from iamspec.sandbox.server import Sandbox, running

__all__ = ["Sandbox", "environment", "load", "running"]
