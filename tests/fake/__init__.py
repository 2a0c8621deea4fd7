"""A strict IAM in memory: what the tests of the program run against.

It refuses whatever IAM refuses, as far as recorded answers, the API Reference and the User Guide tell. Where they are
silent it takes the stricter reading. It knows neither HTTP nor the program above the port, but for two tables that are
recorded facts: values of conditions, and issuers of tokens that many organisations share.
"""

from fake.client import FakeIam
from fake.defaults import ACCOUNT, AWS_MANAGED

__all__ = ["ACCOUNT", "AWS_MANAGED", "FakeIam"]
