"""The account after a call of a plan, without making it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from iamspec.iam import Call
from iamspec.kinds.account import ADDRESS as ALIAS, Alias
from iamspec.kinds.contract import Step
from iamspec.live import effects
from iamspec.live.effects import Effect, Impossible
from iamspec.live.observe import Live

__all__ = ["PLANNED", "Impossible", "carry_out", "carry_out_all"]


def carry_out(live: Live, step: Step | Call) -> Live:
    """The account after one call; ids, dates and version numbers, which only IAM gives, stay unknown."""
    return carry_out_all(live, [step])


def carry_out_all(live: Live, steps: Iterable[Step | Call]) -> Live:
    """The account after one call after the other."""
    resources = dict(live.resources)
    current = replace(live, resources=resources)  # sees what is written below
    for step in steps:
        call = step.call if isinstance(step, Step) else step
        effect = OPERATIONS.get(call.operation)
        if effect is None:
            raise Impossible(f"{call.operation} is no operation that iamspec plans")
        changed = effect(current, call)
        for address in changed:
            resources.pop(address, None)  # what is renamed in its case only is the same key
        resources |= {address: one for address, one in changed.items() if one is not None}
        if alias := changed.get(ALIAS):
            current = replace(current, account=replace(current.account, alias=alias.alias))
    return current


OPERATIONS: dict[str, Callable[[Live, Call], Effect]] = {
    "CreatePolicy": effects.create_policy,
    "CreatePolicyVersion": effects.create_version,
    "DeletePolicyVersion": effects.delete_version,
    "DeletePolicy": effects.delete_policy,
    "CreateGroup": effects.create_group,
    "CreateUser": effects.create_user,
    "AddUserToGroup": effects.join,
    "RemoveUserFromGroup": effects.leave,
    "PutUserPermissionsBoundary": effects.bind,
    "DeleteUserPermissionsBoundary": effects.unbind,
    "CreateLoginProfile": effects.make_password,
    "DeleteLoginProfile": effects.drop_password,
    "CreateAccessKey": effects.make_key,
    "UpdateAccessKey": effects.turn_key,
    "DeleteAccessKey": effects.drop_key,
    # a device that has been deactivated is nobody's any more, and no resource either
    "DeleteVirtualMFADevice": lambda _live, _call: {},
    "CreateAccountAlias": lambda _live, call: {ALIAS: Alias(call.params["AccountAlias"])},
    "DeleteAccountAlias": effects.drop_alias,
    "UpdateAccountPasswordPolicy": effects.set_rules,
    "DeleteAccountPasswordPolicy": effects.drop_rules,
}
for _kind, _noun in (("user", "User"), ("group", "Group")):
    OPERATIONS |= {
        f"Update{_noun}": partial(effects.update, _kind),
        f"Delete{_noun}": partial(effects.delete, _kind),
        f"Attach{_noun}Policy": partial(effects.attach, _kind),
        f"Detach{_noun}Policy": partial(effects.detach, _kind),
        f"Put{_noun}Policy": partial(effects.put_inline, _kind),
        f"Delete{_noun}Policy": partial(effects.delete_inline, _kind),
    }
for _kind, _noun in (("user", "User"), ("policy", "Policy")):
    OPERATIONS |= {f"Tag{_noun}": partial(effects.tag, _kind), f"Untag{_noun}": partial(effects.untag, _kind)}
for _operation, _field, _key in (
    ("DeleteSSHPublicKey", "ssh_keys", "SSHPublicKeyId"),
    ("DeleteServiceSpecificCredential", "service_credentials", "ServiceSpecificCredentialId"),
    ("DeleteSigningCertificate", "certificates", "CertificateId"),
    ("DeactivateMFADevice", "mfa_devices", "SerialNumber"),
):
    OPERATIONS[_operation] = partial(effects.drop_credential, _field, _key)

PLANNED: frozenset[str] = frozenset(OPERATIONS)
