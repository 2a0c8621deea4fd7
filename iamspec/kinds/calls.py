"""The form of the calls that plans are made of: what each is given, and whom it names.

Parameters are those of the IAM API Reference, in so far as plans use them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from iamspec.iam import Account, Call
from iamspec.kinds.account import ADDRESS as ALIAS, FLAGS, PASSWORD_POLICY, PasswordPolicy, parameter
from iamspec.kinds.contract import Address
from iamspec.kinds.holdings import policy_address
from iamspec.kinds.user.credentials import ACTIVE, INACTIVE
from iamspec.limits import ARN

USER, GROUP = "UserName", "GroupName"
FORMS = {  # what a call may be given; what ends in a question mark may be left out
    "CreatePolicy": "PolicyName Path PolicyDocument Description? Tags?",
    "CreatePolicyVersion": "PolicyArn PolicyDocument SetAsDefault",
    "DeletePolicyVersion": "PolicyArn VersionId",
    "DeletePolicy": "PolicyArn",
    "TagPolicy": "PolicyArn Tags",
    "UntagPolicy": "PolicyArn TagKeys",
    "CreateGroup": "GroupName Path",
    "UpdateGroup": "GroupName NewGroupName? NewPath?",
    "DeleteGroup": "GroupName",
    "AttachGroupPolicy": "GroupName PolicyArn",
    "DetachGroupPolicy": "GroupName PolicyArn",
    "PutGroupPolicy": "GroupName PolicyName PolicyDocument",
    "DeleteGroupPolicy": "GroupName PolicyName",
    "CreateUser": "UserName Path PermissionsBoundary? Tags?",
    "UpdateUser": "UserName NewUserName? NewPath?",
    "DeleteUser": "UserName",
    "TagUser": "UserName Tags",
    "UntagUser": "UserName TagKeys",
    "AttachUserPolicy": "UserName PolicyArn",
    "DetachUserPolicy": "UserName PolicyArn",
    "PutUserPolicy": "UserName PolicyName PolicyDocument",
    "DeleteUserPolicy": "UserName PolicyName",
    "PutUserPermissionsBoundary": "UserName PermissionsBoundary",
    "DeleteUserPermissionsBoundary": "UserName",
    "AddUserToGroup": "GroupName UserName",
    "RemoveUserFromGroup": "GroupName UserName",
    "CreateLoginProfile": "UserName PasswordResetRequired",
    "DeleteLoginProfile": "UserName",
    "CreateAccessKey": "UserName",
    "UpdateAccessKey": "UserName AccessKeyId Status",
    "DeleteAccessKey": "UserName AccessKeyId",
    "DeleteSSHPublicKey": "UserName SSHPublicKeyId",
    "DeleteServiceSpecificCredential": "UserName ServiceSpecificCredentialId",
    "DeleteSigningCertificate": "UserName CertificateId",
    "DeactivateMFADevice": "UserName SerialNumber",
    "DeleteVirtualMFADevice": "SerialNumber",
    "CreateAccountAlias": "AccountAlias",
    "DeleteAccountAlias": "AccountAlias",
    "UpdateAccountPasswordPolicy": " ".join(f"{parameter(name)}?" for name in PasswordPolicy().rules),
    "DeleteAccountPasswordPolicy": "",
}

RENAMING = {"UpdateUser": ("user", "UserName"), "UpdateGroup": ("group", "GroupName")}


def problems(call: Call, address: Address, account: Account) -> Iterator[str]:
    """What is wrong with a call of a plan for an account, made in the name of an address."""
    form = FORMS.get(call.operation)
    if form is None:
        yield f"{call.operation} is no operation that iamspec plans"
        return
    required = {name for name in form.split() if not name.endswith("?")}
    known = {name.rstrip("?") for name in form.split()}
    yield from (f"{call.operation} needs {name}" for name in sorted(required - call.params.keys()))
    yield from (f"{call.operation} takes no {name}" for name in sorted(call.params.keys() - known))
    wrong = [name for name in sorted(known & call.params.keys()) if not CHECKS.get(name, _text)(call.params[name])]
    yield from (f"{call.operation}: {name} is not what it must be" for name in wrong)
    if wrong or not required <= call.params.keys():
        return
    yield from _foreign(call, account)
    if call.operation != "DeleteVirtualMFADevice" and address not in subjects(call, account):
        yield f"{call.operation} is not about {address}"


def subjects(call: Call, account: Account) -> set[Address]:
    """Those in whose name such a call may be made."""
    params = call.params
    if call.operation.endswith("AccountAlias"):
        return {ALIAS}
    if call.operation.endswith("AccountPasswordPolicy"):
        return {PASSWORD_POLICY}
    if found := _named(params):
        return found
    if "PolicyName" in params:
        return {Address("policy", params["PolicyName"])}
    policy = policy_address(params.get("PolicyArn", ""), account)
    return {policy} if policy else set()


def entities(call: Call, account: Account) -> set[Address]:
    """All entities of the account that a call names."""
    arns = (call.params.get(name, "") for name in ("PolicyArn", "PermissionsBoundary"))
    policies = (policy_address(arn, account) for arn in arns)
    return subjects(call, account) | {one for one in policies if one is not None}


def renames(calls: Iterable[Call]) -> dict[Address, Address]:
    """The old addresses of what calls rename, by the new ones."""
    found = {}
    for call in calls:
        kind, key = RENAMING.get(call.operation, ("", ""))
        if f"New{key}" in call.params:
            found[Address(kind, call.params[f"New{key}"])] = Address(kind, call.params[key])
    return found


def _named(params: Mapping[str, Any]) -> set[Address]:
    names = (("user", USER), ("user", f"New{USER}"), ("group", GROUP), ("group", f"New{GROUP}"))
    return {Address(kind, params[name]) for kind, name in names if name in params}


def _foreign(call: Call, account: Account) -> Iterator[str]:
    """What a call names that is not of the account: only attachments and boundaries may be AWS's."""
    for name in ("PolicyArn", "PermissionsBoundary"):
        if name not in call.params:
            continue
        found = ARN.fullmatch(call.params[name])
        owners = {account.id, "aws"} if USER in call.params or GROUP in call.params else {account.id}
        fits = found and found["kind"] == "policy" and found["partition"] == account.partition
        if not found or not fits or found["account"] not in owners:
            yield f"{call.operation}: {call.params[name]} is no policy that it may be about in account {account.id}"
    if call.operation == "DeleteVirtualMFADevice" and not call.params["SerialNumber"].startswith(account.arn("mfa/")):
        yield f"{call.operation}: {call.params['SerialNumber']} is no device of account {account.id}"


# What values may be


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _document(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


def _tags(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(tag, dict) and tag.keys() == {"Key", "Value"} and all(isinstance(one, str) for one in tag.values())
        for tag in value
    )


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


CHECKS: dict[str, Callable[[Any], bool]] = {
    "PolicyDocument": _document,
    "SetAsDefault": lambda value: value is True,
    "PasswordResetRequired": _flag,
    "Status": lambda value: value in {ACTIVE, INACTIVE},
    "TagKeys": lambda value: isinstance(value, list) and all(map(_text, value)),
    "Tags": _tags,
    **{parameter(name): _flag for name in FLAGS},
    **{parameter(name): _number for name in PasswordPolicy().rules.keys() - FLAGS},
}
