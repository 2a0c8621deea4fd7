"""The environment of a command that must reach the sandbox and nothing else."""

import os
from collections.abc import Mapping

REGION = "us-east-1"
KEY_ID = "AKIAIAMSPECSANDBOX00"


def environment(endpoint: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """The inherited variables with every way to other credentials or endpoints of AWS taken out."""
    kept = {name: value for name, value in inherited.items() if not name.upper().startswith("AWS_")}
    return (
        kept
        | _loopback_direct(inherited)
        | {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": "iamspec-sandbox",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )


def _loopback_direct(inherited: Mapping[str, str]) -> dict[str, str]:
    """Both spellings of the list of hosts that no proxy serves, with loopback in it."""
    found = [inherited[name] for name in ("no_proxy", "NO_PROXY") if inherited.get(name)]
    hosts = ",".join([*found[:1], "127.0.0.1"])
    return {"no_proxy": hosts, "NO_PROXY": hosts}
