"""A strict IAM in memory: what the tests of the program run against.

It refuses whatever IAM refuses, as far as the API Reference and the User Guide tell, and where they are silent it takes
the stricter reading (names are looked up in their exact case, for one). It knows neither HTTP nor the program above
the port.
"""

from fake.client import FakeIam
from fake.defaults import ACCOUNT, AWS_MANAGED

__all__ = ["ACCOUNT", "AWS_MANAGED", "FakeIam"]
