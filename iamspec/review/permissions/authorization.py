"""The rights that IAM checks for each call: actions, ARNs of resources, condition keys of the request."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iamspec.iam import Account, Call
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.kinds.operation import Operation, Parameter, Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.user.operations import (
    DROP_DEVICE,
    DROP_KEY,
    MAKE_KEY,
    REMOVE_UNMANAGED,
    RESET_PASSWORD,
    SWITCH_KEY,
    TAGGING,
)
from iamspec.live.observe import Live
from iamspec.plan.model import Plan
from iamspec.policy.limits import ARN

ANY = "*"
POLICY_ARN, BOUNDARY = "iam:PolicyARN", "iam:PermissionsBoundary"
EVERYWHERE = (
    "GetAccountAuthorizationDetails",
    "GetAccountPasswordPolicy",
    "GetAccountSummary",
    "ListAccountAliases",
)  # of these IAM knows no resource
STACKS = "cloudformation:DescribeStackResources"  # is asked by physical id, when no stack is known

TAG_LISTING = "tag:GetResources"  # the tags of many policies at once


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """An action on a resource pattern, under the condition that `key` has `value` if there is a key."""

    action: str
    resource: str
    key: str = ""
    value: str = ""


REPORT = ("GenerateCredentialReport", "GetCredentialReport")  # above 500 users, and for `credentials`


REPAIRS = (
    RESET_PASSWORD,
    MAKE_KEY,
    SWITCH_KEY,
    DROP_KEY,  # of a key that could not be delivered
    TAGGING.tag,
    REMOVE_UNMANAGED["mfa_devices"],
    DROP_DEVICE,
)


STATUS = (  # for `status` alone, beside the report
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:ListAccountAliases",
    "iam:ListOrganizationsFeatures",
    "iam:ListServerCertificates",
    "iam:ListServiceSpecificCredentials",
    "iam:ListVirtualMFADevices",
    "account:GetAlternateContact",
    "access-analyzer:ListAnalyzers",
)


def status() -> Iterator[Need]:
    """The questions of a security status. It asks about no single user."""
    for action in STATUS:
        yield Need(action, ANY)


def report() -> Iterator[Need]:
    """What IAM's credential report takes."""
    for operation in REPORT:
        yield Need(f"iam:{operation}", ANY)


def reads(account: Account) -> Iterator[Need]:
    """What every command reads, or may have to."""
    for operation in (*EVERYWHERE, *REPORT):
        yield Need(f"iam:{operation}", ANY)
    yield Need(STACKS, ANY)
    yield Need(TAG_LISTING, ANY)
    for kind in KINDS.values():
        yield from (Need(_action(one.operation), ANY) for one in kind.lists)
        if kind.by_request and kind.listing.operation not in EVERYWHERE:
            yield Need(_action(kind.listing.operation), ANY)
        types = kind.resource_types or (kind.name,) * len(kind.reads)
        for operation, one in zip(kind.reads, types, strict=True):
            yield Need(_action(operation), account.arn(f"{one}/*"))
    aws = f"arn:{account.partition}:iam::aws:policy/*"
    if account.id != ANY:  # which is AWS's, too
        yield Need("iam:GetPolicy", aws)
    yield Need("iam:GetPolicyVersion", aws)  # the account's own come with the sweep


def repairs(account: Account) -> Iterator[Need]:
    """The calls of reset-password, replace-key, deactivate-key and remove-mfa, on every user."""
    for row in REPAIRS:
        yield Need(_action(row.name), account.arn(f"{row.resource_kind}/*"))


ENDING = (  # what takes a grant away, locks out who is over, and rotates a key
    *("DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy", "RemoveUserFromGroup"),
    *("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy", "DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy"),
    *("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "DeleteLoginProfile", "TagUser", "UntagUser"),
)


def endings(account: Account) -> Iterator[Need]:
    """The calls of a run that only takes away and replaces."""
    for name in ENDING:
        yield Need(_action(name), account.arn(f"{OPERATIONS[name].resource_kind}/*"))


def any_writes(account: Account) -> Iterator[Need]:
    """Every call that a plan can have, on every entity."""
    for row in OPERATIONS.values():
        kind = row.resource_kind
        yield Need(_action(row.name), account.arn(f"{kind}/*") if kind else ANY)
        for parameter, operation in row.authorised.also:
            if other := row.parameter(parameter).kind:
                yield Need(_action(operation), account.arn(f"{other}/*"))


def writes(plan: Plan, live: Live) -> Iterator[Need]:
    """The needs of the calls of a plan.

    Each names the ARN that its entity has at the time of the call.
    """
    account = plan.account
    arns = {
        address: account.arn(f"{address.kind}{entity.path}{entity.name}")
        for address, entity in live.resources.items()
        if KINDS[address.kind].scoped
    }
    for address, entity in live.resources.items():
        arns |= KINDS[address.kind].owned(entity)
    for step in plan.steps:
        yield from _needs(step.call, arns, account)


def _needs(call: Call, arns: dict[Address, str], account: Account) -> Iterator[Need]:
    """The needs of a call. Updates `arns` with the effect of the call."""
    row = OPERATIONS[call.operation]
    key, value = _condition(row, call)
    for resource in _resources(row, call, arns, account):
        yield Need(_action(row.name), literal(resource), key, value)
        if row.secret and row.back:  # of what could not be delivered, nothing is left
            yield Need(_action(row.back), literal(resource))
        for parameter, operation in row.authorised.also:
            if parameter in call.params:
                yield Need(_action(operation), literal(_other(row.parameter(parameter), call, arns) or resource))


def _other(parameter: Parameter, call: Call, arns: Mapping[Address, str]) -> str | None:
    """The ARN of another entity that a parameter names, on which IAM holds an action besides."""
    return arns.get(Address(parameter.kind, call.params[parameter.name])) if parameter.kind else None


def _action(operation: str) -> str:
    return f"iam:{operation}"


def _condition(row: Operation, call: Call) -> tuple[str, str]:
    key, parameter = row.authorised.condition or ("", "")
    return (key, call.params[parameter]) if parameter in call.params else ("", "")


def _resources(row: Operation, call: Call, arns: dict[Address, str], account: Account) -> list[str]:
    if not row.authorised.on:
        return [ANY]
    on = row.parameter(row.authorised.on)
    value = call.params[on.name]
    if on.naming is not None:
        return [on.naming.arn(value, account)]
    if on.by_arn:
        return [value]
    address = Address(on.kind, value)
    if row.verb is Verb.CREATE or (address not in arns and "Path" in call.params):
        arns[address] = account.arn(f"{address.kind}{call.params['Path']}{address.name}")
    if row.verb is Verb.RENAME:
        return [arns[address], _moved(row, call, arns, account)]  # IAM wants rights on both
    return [arns[address]]


def _moved(row: Operation, call: Call, arns: dict[Address, str], account: Account) -> str:
    """The ARN that another name or path gives."""
    on = row.parameter(row.authorised.on)
    found = ARN.fullmatch(arns.pop(Address(on.kind, call.params[on.name])))
    assert found is not None  # noqa: S101 - it was put together here
    new = Address(on.kind, call.params.get(row.new_name, found["name"]))
    arns[new] = account.arn(f"{new.kind}{call.params.get('NewPath', found['path'])}{new.name}")
    return arns[new]


def literal(arn: str) -> str:
    """An ARN as Resource must write it.

    Paths may hold wildcards or the beginning of a variable.
    """
    if arn == ANY:
        return arn
    return re.sub(r"[*?$]", lambda found: f"${{{found[0]}}}", arn)
