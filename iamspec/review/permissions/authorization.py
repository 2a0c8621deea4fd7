"""What IAM holds each call against: actions, the ARNs of resources, and the condition keys of the request."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from iamspec.iam import Account, Call
from iamspec.kinds.contract import Address
from iamspec.kinds.user.credentials import CREDENTIALS, KEY_USE
from iamspec.limits import ARN
from iamspec.live.observe import Live
from iamspec.live.simulate import PLANNED
from iamspec.plan.model import Plan

ANY = "*"
POLICY_ARN, BOUNDARY = "iam:PolicyARN", "iam:PermissionsBoundary"
EVERYWHERE = (
    "GetAccountAuthorizationDetails",
    "GetAccountPasswordPolicy",
    "GetAccountSummary",
    "ListAccountAliases",
)  # of these IAM knows no resource
STACKS = "cloudformation:DescribeStackResources"  # is asked by physical id, when no stack is known
NAMES = {"user": "UserName", "group": "GroupName", "policy": "PolicyName"}
NOUNS = {"User": "user", "Group": "group", "Policy": "policy"}
ON_POLICIES = frozenset(
    {"CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "TagPolicy", "UntagPolicy"}
)
TAKING_BACK = {"CreateLoginProfile": "DeleteLoginProfile", "CreateAccessKey": "DeleteAccessKey"}
ON_DEVICES = frozenset({"DeleteVirtualMFADevice"})
ON_ACCOUNT = frozenset(
    {"CreateAccountAlias", "DeleteAccountAlias", "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy"}
)


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One action on one resource, a pattern as Resource takes it; with a `key` only where that has the `value`."""

    action: str
    resource: str
    key: str = ""
    value: str = ""


REPORT = ("GenerateCredentialReport", "GetCredentialReport")  # for `credentials` alone


def report() -> Iterator[Need]:
    """What IAM's credential report takes."""
    for operation in REPORT:
        yield Need(f"iam:{operation}", ANY)


def reads(account: Account) -> Iterator[Need]:
    """What every command reads, or may have to."""
    for operation in EVERYWHERE:
        yield Need(f"iam:{operation}", ANY)
    yield Need(STACKS, ANY)
    for operation in (*CREDENTIALS, KEY_USE):
        yield Need(f"iam:{operation}", account.arn("user/*"))
    aws = f"arn:{account.partition}:iam::aws:policy/*"
    yield Need("iam:GetPolicy", account.arn("policy/*"))
    if account.id != ANY:  # which is AWS's, too
        yield Need("iam:GetPolicy", aws)
    yield Need("iam:GetPolicyVersion", aws)  # the account's own come with the sweep


def any_writes(account: Account) -> Iterator[Need]:
    """Every call that a plan can have, on every entity."""
    for operation in PLANNED:
        kind = resource_kind(operation)
        yield Need(f"iam:{operation}", account.arn(f"{kind}/*") if kind else ANY)


def resource_kind(operation: str) -> str | None:
    """What an operation of a plan is authorised on: `user`, `group`, `policy` or `mfa`; None if only `*` will do."""
    if operation in ON_ACCOUNT:
        return None
    if operation in ON_POLICIES:
        return "policy"
    if operation in ON_DEVICES:
        return "mfa"
    return "group" if "Group" in operation else "user"  # a membership belongs to the group


def writes(plan: Plan, live: Live) -> Iterator[Need]:
    """The needs of the calls of a plan. Each names the ARN that its entity has at the time of the call."""
    account = plan.account
    arns = {
        address: account.arn(f"{address.kind}{entity.path}{entity.name}")  # type: ignore[attr-defined] # both have a path
        for address, entity in live.resources.items()
        if address.kind in {"user", "group"}
    }
    for step in plan.steps:
        yield from _needs(step.call, arns, account)


def _needs(call: Call, arns: dict[Address, str], account: Account) -> Iterator[Need]:
    """The needs of one call, after which `arns` are as it leaves them."""
    action = f"iam:{call.operation}"
    key, value = _condition(call)
    for resource in _resources(call, arns, account):
        yield Need(action, literal(resource), key, value)
        if call.operation in TAKING_BACK:  # of what could not be delivered, nothing is left
            yield Need(f"iam:{TAKING_BACK[call.operation]}", literal(resource))
        if call.operation.startswith("Create") and "Tags" in call.params:
            yield Need(action.replace("Create", "Tag"), literal(resource))


def _condition(call: Call) -> tuple[str, str]:
    if call.operation.startswith(("Attach", "Detach")):
        return POLICY_ARN, call.params["PolicyArn"]
    if "PermissionsBoundary" in call.params:
        return BOUNDARY, call.params["PermissionsBoundary"]
    return "", ""


def _resources(call: Call, arns: dict[Address, str], account: Account) -> list[str]:
    kind, params = resource_kind(call.operation), call.params
    if kind is None:
        return [ANY]
    if kind == "mfa":
        return [params["SerialNumber"]]
    verb, noun = call.operation[:6], NOUNS.get(call.operation[6:])
    if verb == "Create" and noun:
        made = Address(noun, params[NAMES[noun]])
        arns[made] = account.arn(f"{noun}{params['Path']}{made.name}")
        return [arns[made]]
    if kind == "policy":
        return [params["PolicyArn"]]
    address = Address(kind, params[NAMES[kind]])
    if verb == "Update" and noun:
        return [arns[address], _moved(call, address, arns, account)]  # IAM wants rights on both
    return [arns[address]]


def _moved(call: Call, address: Address, arns: dict[Address, str], account: Account) -> str:
    """The ARN that an UpdateUser or UpdateGroup gives."""
    found = ARN.fullmatch(arns.pop(address))
    assert found is not None  # noqa: S101 - it was put together here
    name = call.params.get(f"New{NAMES[address.kind]}", found["name"])
    path = call.params.get("NewPath", found["path"])
    new = Address(address.kind, name)
    arns[new] = account.arn(f"{address.kind}{path}{name}")
    return arns[new]


def literal(arn: str) -> str:
    """An ARN as Resource must write it: paths may hold what is a wildcard or begins a variable there."""
    if arn == ANY:
        return arn
    return re.sub(r"[*?$]", lambda found: f"${{{found[0]}}}", arn)
