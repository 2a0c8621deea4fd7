"""The rules that several operations share: names, quotas, tags, passwords."""

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
    """The tags with more of them merged in; users have one tag for all ways of writing its key, the last one."""
    keys = [_folded(tag["Key"], ignoring_case=ignoring_case) for tag in more]
    if len(set(keys)) < len(keys):
        raise Refused("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    _not_reserved(tag["Key"] for tag in more)
    merged = untagged(tags, keys, ignoring_case=ignoring_case) | {tag["Key"]: tag["Value"] for tag in more}
    if sum(not key.lower().startswith(RESERVED) for key in merged) > 50:
        raise Refused("LimitExceeded", "The number of tags has reached the maximum limit.")
    return merged


def untagged(tags: Mapping[str, str], keys: Iterable[str], *, ignoring_case: bool) -> dict[str, str]:
    """The tags without some of them; keys that are not there are no error."""
    gone = {_folded(key, ignoring_case=ignoring_case) for key in keys}
    _not_reserved(gone)
    return {key: value for key, value in tags.items() if _folded(key, ignoring_case=ignoring_case) not in gone}


def _folded(key: str, *, ignoring_case: bool) -> str:
    return key.lower() if ignoring_case else key


def _not_reserved(keys: Iterable[str]) -> None:
    if any(key.lower().startswith(RESERVED) for key in keys):
        raise Refused("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")


def put_inline(state: State, holder: Holder, quota: str, name: str, text: str) -> None:
    """Writes an inline policy over its namesake, within the size that all of the holder's may have together.

    Names ignore case, and the first spelling stays.
    """
    name = _inline_name(holder, name)
    others = sum(checked_size(document) for other, document in holder.inline.items() if other != name)
    if others + checked_size(text) > state.quotas[quota]:
        raise Refused("LimitExceeded", f"Maximum policy size of {state.quotas[quota]} bytes exceeded for {holder.name}")
    holder.inline[name] = text


def attach(state: State, holder: Holder, quota: str, arn: str) -> None:
    """Attaching twice is no error, as in IAM."""
    if state.policy(arn).path == "/aws-service-role/":
        raise Refused("PolicyNotAttachable", f"Cannot attach a service role policy to {holder.name}.")
    if arn not in holder.attached:
        limited(state, quota, len(holder.attached) + 1)
        holder.attached.append(arn)


def detach(holder: Holder, arn: str) -> None:
    if arn not in holder.attached:
        raise Refused("NoSuchEntity", f"Policy {arn} was not found.")
    holder.attached.remove(arn)


def _inline_name(holder: Holder, name: str) -> str:
    return next((one for one in holder.inline if one.lower() == name.lower()), name)


def without_inline(holder: Holder, name: str) -> None:
    name = _inline_name(holder, name)
    if name not in holder.inline:
        raise Refused("NoSuchEntity", f"The policy with name {name} cannot be found.")
    del holder.inline[name]


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
