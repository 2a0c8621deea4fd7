"""The account before anybody did anything."""

import json
from collections.abc import Collection

from fake.defaults import ALLOW_ALL, ALLOW_LITTLE, DENY_ALL, START
from fake.state import Policy, State, Version
from iamspec.iam import Account


def empty(account: Account, aws_managed: Collection[str], caller_arn: str) -> State:
    """An account with nothing but the policies of AWS in it; their documents stand for the real ones."""
    state = State(account, caller_arn)
    for name in sorted(aws_managed):
        arn = f"arn:{account.partition}:iam::aws:policy/{name}"
        path, _, short = name.rpartition("/")
        document = ALLOW_ALL if short == "AdministratorAccess" else ALLOW_LITTLE
        if short.startswith(("AWSDenyAll", "AWSCompromisedKey")):
            document = DENY_ALL
        state.aws_managed[arn] = Policy(
            name=short,
            path=f"/{path}/" if path else "/",
            id=state.new_id("ANPA"),
            arn=arn,
            created=START,
            updated=START,
            versions={"v1": Version("v1", json.dumps(document), START)},
        )
    return state
