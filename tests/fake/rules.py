"""The rules that several operations share: names, quotas, tags, passwords."""

import re
from collections.abc import Iterable, Mapping, Sequence

from fake.grammar import checked_size
from fake.state import Credential, Holder, Refused, State

SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")
RESERVED = "aws:"


def limited(state: State, quota: str, number: int) -> None:
    """LimitExceeded if there would be more than the account's quota."""
    if number > state.quotas[quota]:
        name = quota.removesuffix("Quota")
        raise Refused("LimitExceeded", f"Cannot exceed quota for {name}: {state.quotas[quota]}")


def free_name(taken: Mapping[str, Holder], kind: str, name: str, owner: Holder | None = None) -> None:
    """EntityAlreadyExists if another than the owner has the name in whatever case."""
    if (found := taken.get(name.lower())) is not None and found is not owner:
        raise Refused("EntityAlreadyExists", f"{kind} with name {found.name} already exists.")


def tagged(tags: Mapping[str, str], more: Sequence[Mapping[str, str]], *, ignoring_case: bool) -> dict[str, str]:
    """The tags after a merge. `ignoring_case`: keys that differ in case are the same key, and the last spelling stays."""
    if any(_reserved(tag["Key"]) for tag in more):
        raise Refused("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")
    keys = [_folded(tag["Key"], ignoring_case=ignoring_case) for tag in more]
    if len(set(keys)) < len(keys):
        raise Refused("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    merged = untagged(tags, keys, ignoring_case=ignoring_case) | {tag["Key"]: tag["Value"] for tag in more}
    if sum(not _reserved(key) for key in merged) > 50:
        raise Refused("LimitExceeded", "The number of tags has reached the maximum limit.")
    return merged


def untagged(tags: Mapping[str, str], keys: Iterable[str], *, ignoring_case: bool) -> dict[str, str]:
    """The tags without some of them; absent and reserved keys are no error, and nothing happens to them."""
    gone = {_folded(key, ignoring_case=ignoring_case) for key in keys if not _reserved(key)}
    return {key: value for key, value in tags.items() if _folded(key, ignoring_case=ignoring_case) not in gone}


def _folded(key: str, *, ignoring_case: bool) -> str:
    return key.lower() if ignoring_case else key


def _reserved(key: str) -> bool:
    return key.lower().startswith(RESERVED)


def some_tags(tags: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """The tags of a call that is about tags alone, and needs one."""
    if not tags:
        raise Refused("InvalidInput", "Error occurred while validating input.")
    return tags


def spelled(holder: Holder, name: str) -> str:
    """The name of an inline policy as the holder has it: the first spelling stays."""
    return next((one for one in holder.inline if one.lower() == name.lower()), name)


def put_inline(state: State, holder: Holder, quota: str, name: str, text: str) -> None:
    """Writes an inline policy over its namesake in any case, within the size that the holder's may have together."""
    name = spelled(holder, name)
    others = sum(checked_size(document) for other, document in holder.inline.items() if other != name)
    if others + checked_size(text) > state.quotas[quota]:
        raise Refused("LimitExceeded", f"Maximum policy size of {state.quotas[quota]} bytes exceeded for {holder.name}")
    holder.inline[name] = text


def attach(state: State, holder: Holder, quota: str, arn: str) -> None:
    """Attaching twice is no error, as in IAM."""
    attachable(state, arn)
    if arn not in holder.attached:
        limited(state, quota, len(holder.attached) + 1)
        holder.attached.append(arn)


def attachable(state: State, arn: str) -> str:
    """The ARN of a policy that can be attached and can be a boundary."""
    if re.fullmatch(r"arn:[^:]*:iam::aws:policy/(aws-service-role|root-task)/.*", arn):
        raise Refused("PolicyNotAttachable", f"Cannot attach AWS reserved policy {arn} to an IAM entity.")
    return state.policy(arn).arn


def detach(holder: Holder, arn: str) -> None:
    if arn not in holder.attached:
        raise Refused("NoSuchEntity", f"Policy {arn} was not found.")
    holder.attached.remove(arn)


def without_inline(holder: Holder, name: str) -> None:
    if (found := spelled(holder, name)) not in holder.inline:
        raise Refused("NoSuchEntity", f"The policy with name {name} cannot be found.")
    del holder.inline[found]


def without_boundary(holder: Holder) -> None:
    if holder.boundary is None:
        raise Refused("NoSuchEntity", f"{holder.name} has no permissions boundary.")
    holder.boundary = None


def without_blockers(blockers: Mapping[str, object]) -> None:
    """DeleteConflict for the first thing that is in the way of a deletion."""
    for remedy, found in blockers.items():
        if found:
            raise Refused("DeleteConflict", f"Cannot delete entity, must {remedy} first.")


def credential(held: Mapping[str, Credential], kind: str, found_by: str) -> Credential:
    """A user's credential by its id; that of another user is as unknown as any."""
    if found_by not in held:
        raise Refused("NoSuchEntity", f"The {kind} with id {found_by} cannot be found.")
    return held[found_by]


def strong_enough(state: State, password: str) -> None:
    """PasswordPolicyViolation unless the password meets the account's policy, or the default rule where it has none."""
    classes = {
        "RequireUppercaseCharacters": any("A" <= one <= "Z" for one in password),
        "RequireLowercaseCharacters": any("a" <= one <= "z" for one in password),
        "RequireNumbers": any("0" <= one <= "9" for one in password),
        "RequireSymbols": any(one in SYMBOLS for one in password),
    }
    if (policy := state.password_policy) is None:
        passes = len(password) >= 8 and sum(classes.values()) >= 3 and password != state.alias
    else:
        passes = len(password) >= policy["MinimumPasswordLength"]
        passes = passes and all(met or not policy[name] for name, met in classes.items())
    if not passes:
        raise Refused("PasswordPolicyViolation", "Password does not conform to the account password policy.")
