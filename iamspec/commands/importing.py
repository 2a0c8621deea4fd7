"""Live IAM as a spec that a person would be glad to own; a plan right after it is empty."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamspec.desired.scope import Scope, matches
from iamspec.desired.settings import ENTITIES
from iamspec.desired.source import dump
from iamspec.desired.validation import did_you_mean
from iamspec.errors import IamspecError
from iamspec.iam import Account, Reader
from iamspec.kinds import KINDS
from iamspec.kinds.account import PASSWORD_POLICY
from iamspec.kinds.contract import Address, Purpose
from iamspec.live import observe
from iamspec.live.observe import Live

HEADER = """\
# The IAM of account {account}, as it was live when this was written.
"""
PRUNE = """\
# While this is false, what is live and not declared is only listed. Set it to true when nobody makes users, groups or
# policies by hand any more and `iamspec plan` lists nothing undeclared that should stay: apply then deletes the rest.
prune: false
"""


@dataclass(slots=True)
class Imported:
    """Entities by section, each as a person would write it, and what was left out and why."""

    account: Account
    password_policy: Mapping[str, Any] = field(default_factory=dict)
    entities: dict[Address, dict[str, Any]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def section(self, name: str) -> dict[str, dict[str, Any]]:
        kind = next(kind.name for kind in KINDS.values() if kind.section == name)
        return {address.name: self.entities[address] for address in sorted(self.entities) if address.kind == kind}


def take(reader: Reader, patterns: Sequence[str] = ()) -> Imported:
    """What is live and ours, or as much of it as the addresses name (globs); IamspecError for one that names nothing."""
    live = observe.read_live(reader)
    scope = Scope()
    ours, others = _sorted_out(live, scope)
    chosen = _chosen(patterns, ours, others) if patterns else ours
    live = observe.fill(reader, live, dict.fromkeys(chosen, Purpose.EXPORT))
    rules = KINDS[PASSWORD_POLICY.kind].written(live.resources[PASSWORD_POLICY], live.account)
    imported = Imported(
        live.account, {name: value for name, value in rules.items() if value not in {None, False, "account"}}
    )
    for address in chosen:
        imported.entities[address] = _written(live, address, imported.skipped)
    if not patterns:
        imported.skipped += [f"{address}: {reason}" for address, reason in sorted(others.items())]
        _add_stubs(imported, live, others)
    return imported


def _sorted_out(live: Live, scope: Scope) -> tuple[list[Address], dict[Address, str]]:
    ours: list[Address] = []
    others: dict[Address, str] = {}
    for address in sorted(live.resources):
        if not KINDS[address.kind].scoped:
            continue
        entity: Any = live.resources[address]
        if reason := scope.refusal(address.kind, entity.path, entity.name):
            others[address] = reason
        else:
            ours.append(address)
    return ours, others


def _chosen(patterns: Sequence[str], ours: Sequence[Address], others: Mapping[Address, str]) -> list[Address]:
    for pattern in patterns:
        if any(matches([pattern], "", str(address)) for address in ours):
            continue
        foreign = next((address for address in others if matches([pattern], "", str(address))), None)
        if foreign:
            raise IamspecError(f"{foreign} is not imported: {others[foreign]}")
        kind, _, name = pattern.rpartition("/")
        hint = did_you_mean(name, [one.name for one in ours if kind in {"", one.kind}])
        raise IamspecError(f'nothing live is called "{pattern}"{hint}')
    return [address for address in ours if matches(patterns, "", str(address))]


def _written(live: Live, address: Address, skipped: list[str]) -> dict[str, Any]:
    """An entity without what goes without saying."""
    kind = KINDS[address.kind]
    entity: Any = live.resources[address]
    if not entity.is_known:
        skipped.append(f"{address}: its document is not known, so it is external")
        return {"external": True}
    if quarantine := entity.facts.quarantine:
        names = ", ".join(sorted(arn.rpartition("/")[2] for arn in quarantine))
        skipped.append(f"{address}: {names}, which AWS attached because a key leaked, is left out and left attached")
    written = kind.written(kind.without_foreign(entity), live.account)
    if written.pop("suspended", None):
        skipped.append(f"{address}: is suspended, which is left out and so left as it is")
    return {key: value for key, value in written.items() if key != "name" and value and (key, value) != ("path", "/")}


def _add_stubs(imported: Imported, live: Live, others: Mapping[Address, str]) -> None:
    """What is out of scope, but named by what is not."""
    needed: set[Address] = set()
    for address in imported.entities:
        references = KINDS[address.kind].references(live.resources[address])
        needed |= {target for one in references if (target := one.within(live.account))}
    for address in sorted(needed & others.keys()):
        imported.entities[address] = {"external": True}


def as_files(imported: Imported) -> dict[str, str]:
    """The files of a spec by their names: the settings, the users, the groups, and each policy by itself."""
    files = {"iamspec.yaml": _settings(imported)}
    for section in ENTITIES:
        if section != "policies":
            files[f"{section}.yaml"] = dump({section: imported.section(section)})
    for name, policy in imported.section("policies").items():
        files[f"policies/{_file_name(name)}.yaml"] = dump({"policies": {name: policy}})
    return files


def _file_name(policy: str) -> str:
    """A name that no reader takes for hidden, and that is no other policy's."""
    return f"_{policy}" if policy.lstrip("_").startswith(".") else policy


def as_text(imported: Imported, *, whole: bool) -> str:
    """Everything as one spec file, or some entities ready to be pasted into one."""
    parts = [_settings(imported)] if whole else list(_comments(imported.skipped))
    for section in ENTITIES:
        if found := imported.section(section):
            parts.append(dump({section: found}))
    return "\n".join(parts) if whole else "".join(parts)


def _settings(imported: Imported) -> str:
    account: dict[str, Any] = {"id": imported.account.id}
    if imported.account.alias:
        account["alias"] = imported.account.alias
    if imported.password_policy:
        account["password_policy"] = dict(imported.password_policy)
    head = "".join(f"# {line}\n" for line in imported.account.elsewhere)
    head += HEADER.format(account=imported.account.id) + "".join(_comments(imported.skipped))
    return f"{head}version: 1\n{dump({'account': account})}{PRUNE}"


def _comments(skipped: Sequence[str]) -> Iterator[str]:
    if skipped:
        yield "# Left out:\n"
        yield from (f"#   {line.encode('unicode_escape').decode('ascii')}\n" for line in skipped)
