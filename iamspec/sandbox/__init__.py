"""An embedded IAM on loopback: moto's, made to refuse what IAM refuses, so that a success here means one there.

The only package that imports moto and werkzeug, which the extra `sandbox` installs.
"""

from iamspec.sandbox.environment import environment
from iamspec.sandbox.load import load
from iamspec.sandbox.server import Sandbox, running

__all__ = ["Sandbox", "environment", "load", "running"]
