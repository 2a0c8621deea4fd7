"""A second evaluator of access in a small account, so that the program's evaluator does not judge itself.

Access is a number: bit n stands for the n-th of REQUESTS.
"""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from fake import FakeIam
from fake.state import Holder, State, User
from small_worlds import MFA, TAG

from iamspec.policy.managed import managed_documents

RESOURCES = {  # of requests that IAM can get: nobody can send s3:GetObject for a user
    "s3:GetObject": ("arn:aws:s3:::b/x", "arn:aws:s3:::c/x"),
    "s3:PutObject": ("arn:aws:s3:::b/x", "arn:aws:s3:::c/x"),
    "iam:CreateUser": ("arn:aws:iam::123456789012:user/x",),
    "lakeformation:AddTagsToResource": ("*",),
    "ec2:RunInstances": ("arn:aws:ec2:us-east-1:123456789012:instance/i-x",),
}
REQUESTS = [
    (action, resource, mfa) for action, found in RESOURCES.items() for resource in found for mfa in (None, "true")
]


def allowed(iam: FakeIam) -> dict[str, int]:
    """The requests that each user and role of an account may make."""
    state = iam.state
    held = {one.id: _held(state, one) for one in state.groups.values()}
    users = {f"user/{one.name}": _of_user(state, one, held) for one in state.users.values()}
    return users | {f"role/{one.name}": _allowed(state, one, _held(state, one)) for one in state.roles.values()}


def _of_user(state: State, user: User, held: Mapping[str, tuple[str, ...]]) -> int:
    if user.password is None and all(key.status != "Active" for key in user.keys.values()):
        return 0
    return _allowed(state, user, (*_held(state, user), *(text for group in user.groups for text in held[group])))


def _held(state: State, holder: Holder) -> tuple[str, ...]:
    """The texts of the policies that an entity holds itself."""
    return (*holder.inline.values(), *(_managed(state, arn) for arn in holder.attached))


def _managed(state: State, arn: str) -> str:
    if ":aws:policy/" in arn:
        return managed_documents()[arn].text
    policy = state.policies[arn]
    return policy.versions[policy.default].text


def _allowed(state: State, holder: Holder, texts: tuple[str, ...]) -> int:
    team = next((value for key, value in holder.tags.items() if key.lower() == "team"), None)
    fence, fenced_off = _said(_managed(state, holder.boundary), team) if holder.boundary else (-1, 0)
    allows = denies = 0
    for text in texts:
        more, less = _said(text, team)
        allows, denies = allows | more, denies | less
    return allows & fence & ~denies & ~fenced_off


@cache
def _said(text: str, team: str | None) -> tuple[int, int]:
    """The requests that a document allows and denies to a principal with a tag."""
    found = json.loads(text)["Statement"]
    sets = {"Allow": 0, "Deny": 0}
    for one in found if isinstance(found, list) else [found]:
        for number, (action, resource, mfa) in enumerate(REQUESTS):
            values = {TAG: team, MFA: mfa}
            if _any(one, "Action", action.lower()) and _any(one, "Resource", resource) and _holds(one, values):
                sets[one["Effect"]] |= 1 << number
    return sets["Allow"], sets["Deny"]


def _any(one: Mapping[str, Any], element: str, value: str) -> bool:
    wanted = one.get(element, one.get(f"Not{element}"))
    patterns = wanted if isinstance(wanted, list) else [wanted]
    found = any(fnmatchcase(value, text.lower() if element == "Action" else text) for text in patterns)
    return found if element in one else not found


def _holds(one: Mapping[str, Any], values: Mapping[str, str | None]) -> bool:
    """Whether a condition holds. A key that the worlds do not know is absent from every request."""
    for operator, keys in one.get("Condition", {}).items():
        for key, wanted in keys.items():
            value = values.get(key)
            expected = wanted if isinstance(wanted, list) else [wanted]
            if value is None:
                if not operator.startswith(("StringNot", "ArnNot")) and not operator.endswith("IfExists"):
                    return False
            elif (value in expected) == operator.startswith("StringNot"):
                return False
    return True
