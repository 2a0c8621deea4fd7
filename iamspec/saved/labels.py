"""The names of the spec for identity providers, in plan files and journals.

IAM knows a provider by the ARN alone. Without these names, a file
would speak of other entities than its plan did.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from iamspec.iam import Account, Label
from iamspec.kinds.labels import provider_address


class LabelShape(BaseModel):
    """A name, and the audiences that trust policies in short form ask for."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field(min_length=1)
    client_ids: list[str]


def labels_document(account: Account) -> dict[str, Any]:
    """The part of a file that has the names, by ARN. No part if there are no names."""
    found = {
        arn: {"name": one.name, "client_ids": sorted(one.client_ids)} for arn, one in sorted(account.labels.items())
    }
    return {"labels": found} if found else {}


def labels_of(found: Mapping[str, LabelShape]) -> dict[str, Label]:
    return {arn: Label(one.name, tuple(one.client_ids)) for arn, one in found.items()}


def problems(found: Mapping[str, LabelShape], account: Account) -> Iterator[str]:
    """Names for anything but the account's identity providers, and names that two providers share."""
    unnamed, names = replace(account, labels={}), [one.name.casefold() for one in found.values()]
    for arn, one in found.items():
        if provider_address(arn, unnamed) is None:
            yield f"{arn} is no identity provider of account {account.id}"
        if names.count(one.name.casefold()) > 1:
            yield f"{one.name} is the name of several identity providers"
