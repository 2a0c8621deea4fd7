"""What an import found, as a value, and as the text of a spec."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamspec.desired.sections import ENTITIES, PRUNED
from iamspec.desired.yaml_text import dump
from iamspec.errors import uncommanded
from iamspec.iam import Account
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address

HEADER = """\
# The IAM of account {account}, as it was live when this was written.
"""
PRUNE = """\
# While this is false, undeclared entities are only listed. Set it to true when
# nobody makes users, groups or policies by hand any more and `iamspec plan`
# lists nothing undeclared that should stay: apply then deletes the rest.
prune: false
"""
ACCEPTED = """\
# Roles that are not compared, and that are administrators, can become one, or
# are open to outsiders. Each is accepted in the state that it has today: a new
# one is drift, and so is one that changes. Look at them before you go on.
"""
SIGN_IN = """\
# `console` and `access_keys` are what each user has today. A password or key
# that is made by hand later is drift. Mind `console: false` and
# `access_keys: 0`: the next apply takes away a password or key that such a user
# has got by then. To leave the passwords and keys of a user alone, take these
# lines out.
"""
LARGEST = 8 * 2**20  # characters of a file. `validate` takes twice as much
MOST_VALUES = 900_000  # in a file. `validate` takes a million
STUB: Mapping[str, Any] = {"external": True}


@dataclass(slots=True)
class Imported:
    """Entities as a person would write them, and what was left out and why.

    `context` are entities that the imported ones name, without
    being imported themselves.
    """

    account: Account
    password_policy: Mapping[str, Any] = field(default_factory=dict)
    entities: dict[Address, Mapping[str, Any]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    context: dict[Address, Mapping[str, Any]] = field(default_factory=dict)
    accepted: list[Mapping[str, Any]] = field(default_factory=list)  # entries of drift.accept

    def section(self, name: str) -> dict[str, Mapping[str, Any]]:
        return _named(self.entities, name)

    @property
    def says_sign_in(self) -> bool:
        return any({"console", "access_keys"} & one.keys() for one in self.entities.values())


def _named(entities: Mapping[Address, Mapping[str, Any]], section: str) -> dict[str, Mapping[str, Any]]:
    kind = next(kind.name for kind in KINDS.values() if kind.section == section)
    return {address.name: entities[address] for address in sorted(entities) if address.kind == kind}


def as_files(imported: Imported) -> dict[str, str]:
    """The files of a spec by their names: the settings, the users, the groups, and each policy by itself."""
    files = {"iamspec.yaml": _settings(imported)}
    for section in ENTITIES:
        if section != "policies" and (section in PRUNED or imported.section(section)):
            head = SIGN_IN if section == "users" and imported.says_sign_in else ""
            for number, text in enumerate(_texts(section, imported.section(section)), 1):
                files[f"{section}{f'-{number}' if number > 1 else ''}.yaml"] = head + text
    for name, policy in imported.section("policies").items():
        files[f"policies/{_file_name(name)}.yaml"] = dump({"policies": {name: policy}})
    return files


def _texts(section: str, entities: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A section as text, in enough parts for each part to be a readable file."""
    text = dump({section: entities})
    values = text.count(":") + text.count(",") + text.count("\n")
    if len(entities) < 2 or (len(text) <= LARGEST and values <= MOST_VALUES):
        yield text
        return
    names = list(entities)
    for part in (names[: len(names) // 2], names[len(names) // 2 :]):
        yield from _texts(section, {name: entities[name] for name in part})


def _file_name(policy: str) -> str:
    """A name that no reader takes for hidden, and that is no other policy's."""
    return f"_{policy}" if policy.lstrip("_").startswith(".") else policy


def as_text(imported: Imported, *, whole: bool) -> str:
    """The account as a spec file, or some entities to paste into a spec file."""
    parts = [_settings(imported)] if whole else list(_comments(imported.skipped))
    for section in ENTITIES:
        if found := imported.section(section):
            head = SIGN_IN if section == "users" and imported.says_sign_in else ""
            parts.append(head + dump({section: found}))
    return "\n".join(parts) if whole else "".join(parts)


def context_text(imported: Imported) -> str:
    """The context as a spec file of its own.

    Empty if there is none.
    """
    sections = {section: found for section in ENTITIES if (found := _named(imported.context, section))}
    return dump(sections) if sections else ""


def _settings(imported: Imported) -> str:
    account: dict[str, Any] = {"id": imported.account.id}
    if imported.account.alias:
        account["alias"] = imported.account.alias
    if imported.password_policy:
        account["password_policy"] = dict(imported.password_policy)
    head = "".join(f"# {line}\n" for line in imported.account.elsewhere)
    head += HEADER.format(account=imported.account.id) + "".join(_comments(imported.skipped))
    drift = (
        ACCEPTED + dump({"drift": {"accept": [dict(one) for one in imported.accepted]}}) if imported.accepted else ""
    )
    return f"{head}version: 1\n{dump({'account': account})}{PRUNE}{drift}"


def _comments(skipped: Sequence[str]) -> Iterator[str]:
    if skipped:
        yield "# Left out:\n"
        yield from (f"#   {uncommanded(line.encode('unicode_escape').decode('ascii'))}\n" for line in skipped)
