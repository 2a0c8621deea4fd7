"""`iamspec accept ADDRESS…`: writes live entities into the existing spec.

A dangerous entity is refused unless a person names the danger. The
edited spec is read and planned again. If the plan for the
addresses is not empty, the files are restored.
"""

import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from iamspec.commands.importing import take
from iamspec.commands.options import Options
from iamspec.commands.plan import plan
from iamspec.commands.reviewing import facts_of
from iamspec.commands.validate import validate
from iamspec.desired.editing import Editor, NotEdited
from iamspec.desired.load import Spec
from iamspec.desired.scope import Scope
from iamspec.desired.writing import write
from iamspec.desired.yaml_text import dump
from iamspec.errors import IamspecError, InvalidSpec
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.account import ADDRESS as ALIAS
from iamspec.kinds.contract import Address
from iamspec.kinds.provider.shape import Provider
from iamspec.kinds.role.shape import Role
from iamspec.kinds.user.shape import User
from iamspec.plan.accepting import former
from iamspec.plan.model import Action, Change
from iamspec.policy import trust
from iamspec.review.model import Review
from iamspec.review.undeclared import Undeclared

DANGERS = ("administrator", "escalation", "trust", "suspended", "credentials")
LISTS = frozenset({"groups", "policies", "members"})
SCALARS: Mapping[str, Any] = {"path": "/", "permissions_boundary": None, "console": None, "description": None}
ELSEWHERE = "is taken from {}; write the live document there, or into the spec"


class Refused(IamspecError):  # noqa: N818 - nothing was accepted; "RefusedError" says nothing more
    """Something is not accepted. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Official:
    """An entity that becomes a part of the spec: its facts, and how a person would write it."""

    facts: Undeclared
    written: Mapping[str, Any]

    @property
    def address(self) -> Address:
        return self.facts.address

    @property
    def lines(self) -> str:
        """The entity as lines to paste into a spec."""
        return dump({KINDS[self.address.kind].section: {self.address.name: dict(self.written)}})


@dataclass(slots=True)
class Acceptance:
    """Everything that is accepted, and the edited files."""

    paths: Sequence[str]
    spec: Spec
    review: Review
    officials: list[Official] = field(default_factory=list)
    editors: dict[str, Editor] = field(default_factory=dict)

    def editor(self, file: str) -> Editor:
        if file not in self.editors:
            place = Path(file)
            self.editors[file] = Editor(place.read_text(encoding="utf-8") if place.exists() else "")
        return self.editors[file]


def acceptance(names: Sequence[str], paths: Sequence[str], reader: Reader, even_if: Sequence[str] = ()) -> Acceptance:
    """What accepting these entities makes official, with the edits of the files.

    Nothing is written yet.
    """
    spec, _ = validate(paths)
    review = plan(paths, reader, Options(states=True))
    made = Acceptance(paths, spec, review)
    addresses = [_address(one, review) for one in dict.fromkeys(names)]
    problems = [problem for one in addresses for problem in _problems(one, spec, review)]
    if problems:
        raise Refused("\n".join(problems))
    facts = {one.address: one for one in facts_of(addresses, review, reader)}
    dangerous = [line for one in addresses for line in _dangers(facts[one], review, even_if)]
    if dangerous:
        raise Refused("\n".join(dangerous))
    imported = take(reader, list(map(str, addresses)), roles=True)
    for one in addresses:
        made.officials.append(Official(facts[one], imported.entities[one]))
    for official in made.officials:
        try:
            _edit(made, official)
        except NotEdited as error:
            lines = f"change the file by hand. Lines that say what is live:\n{official.lines}"
            raise Refused(f"{official.address}: {error}; {lines}") from error
    made.officials = [_as_edited(made, one) for one in made.officials]
    return made


def _as_edited(made: Acceptance, official: Official) -> Official:
    """A declared entity as the spec says it after the edits, which is less than everything that is live."""
    declared = made.spec.entities.get(official.address)
    if declared is None:
        return official
    place = (KINDS[official.address.kind].section, declared.address.name)
    return replace(official, written=made.editor(declared.locate(()).file).plain(place))


def carry_out(made: Acceptance, reader: Reader) -> list[str]:
    """Writes the files and plans again.

    If the plan for the entities is not empty, every file is as it
    was.
    """
    old = {file: _content(Path(file)) for file in made.editors}
    try:
        for file, editor in sorted(made.editors.items()):
            mode = stat.S_IMODE(Path(file).stat().st_mode) if Path(file).exists() else 0o666
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            write(Path(file), editor.text, mode)
        _prove(made, reader)
    except BaseException:
        for file, content in old.items():
            _restore(Path(file), content)
        raise
    return sorted(made.editors)


def _content(place: Path) -> bytes | None:
    return place.read_bytes() if place.exists() else None


def _restore(place: Path, content: bytes | None) -> None:
    if content is None:
        place.unlink(missing_ok=True)
    elif place.read_bytes() != content:
        write(place, content, stat.S_IMODE(place.stat().st_mode))


def _prove(made: Acceptance, reader: Reader) -> None:
    """Raises Refused if the edited spec is not valid, says something else too, or still differs from live."""
    accepted = {one.address for one in made.officials}
    try:
        spec, _ = validate(made.paths)
    except InvalidSpec as error:
        raise Refused(f"the spec would not be valid with it, so nothing was written:\n{error}") from error
    touched = {*accepted, *_groups(made)}
    for address in {*spec.entities, *made.spec.entities} - touched:
        before, after = made.spec.entities.get(address), spec.entities.get(address)
        if before is None or after is None or before.shape != after.shape:
            raise Refused(f"the edit would change {address}, too, so nothing was written; edit the file by hand")
    if spec.settings != made.spec.settings and ALIAS not in accepted:
        raise Refused("the edit would change the settings, too, so nothing was written; edit the file by hand")
    left = plan(made.paths, reader, Options(states=True))
    differing = [former(one) for one in left.changes] + list(left.plan.undeclared)
    differing += [one.address for one in left.plan.excess]
    if remains := sorted(accepted & set(differing)):
        what = "; ".join(f"{one}: {_fields(one, left)}" for one in remains)
        raise Refused(f"the spec would still differ from live ({what}), so nothing was written; edit the file by hand")


def _fields(address: Address, review: Review) -> str:
    found = [one.field for change in review.changes if former(change) == address for one in change.differences]
    return ", ".join(found) or "credentials"


def _groups(made: Acceptance) -> Iterator[Address]:
    """The closed groups whose list of members an acceptance may change."""
    yield from (one for one in made.spec.entities if one.kind == "group" and _is_closed(made.spec, one))


# What is refused


def _address(name: str, review: Review) -> Address:
    kind, slash, rest = name.partition("/")
    wanted = Address(kind, rest) if slash else Address("user", name)
    if wanted.kind not in KINDS or set("*?") & set(wanted.name):
        raise Refused(f'"{name}" is no address of one entity, as in user/alice')
    if wanted not in review.live.resources:
        raise Refused(f"{wanted} is not live in account {review.account.id}; there is nothing to accept")
    return Address(wanted.kind, review.live.resources[wanted].name)


def _problems(address: Address, spec: Spec, review: Review) -> Iterator[str]:
    """Why an entity cannot be accepted, whatever the options say."""
    live, declared = review.live.resources[address], spec.entities.get(address)
    refusal = Scope(spec.settings.scope, None).refusal(address.kind, live.path, live.name, declared=True)
    change = _change(address, review)
    if address in spec.absent:
        yield f"{address} is absent in the spec; take the tombstone out first"
    elif not KINDS[address.kind].scoped:
        yield f"{address} is a setting of the account; write it into the settings by hand"
    elif reason := refusal or spec.scope.kind_refusal(address.kind):
        yield f"{address} is out of scope: {reason}"
    elif declared is not None and vars(declared.shape).get("external"):
        yield f"{address} is external, so nothing of it is compared; take that line out first"
    elif change is not None and change.address != address:
        yield f"{address} is to be renamed to {change.address}; apply that first"
    elif declared is not None and change is None and not _excess(address, review):
        yield f"{address} is what the spec says already; there is nothing to accept"


def _change(address: Address, review: Review) -> Change | None:
    return next((one for one in review.changes if former(one) == address), None)


def _excess(address: Address, review: Review) -> bool:
    return any(one.address == address for one in review.plan.excess)


def _dangers(facts: Undeclared, review: Review, even_if: Sequence[str]) -> Iterator[str]:
    """The dangers of an entity that no option names."""
    for danger, words in _found_dangers(facts, review):
        if danger not in even_if:
            yield f"{facts.address} {words}; if that is meant, pass --even-if {danger}"


def _found_dangers(facts: Undeclared, review: Review) -> Iterator[tuple[str, str]]:
    live = review.live.resources[facts.address]
    if facts.administrator is None:
        yield "administrator", "has a policy that could not be read, so it may be an administrator"
    elif facts.administrator:
        yield "administrator", "is an administrator, or makes its users administrators"
    elif facts.escalates:
        yield "escalation", "can become an administrator"
    if isinstance(live, Role) and trust.outside(live.trust, review.account.id):
        yield "trust", "trusts somebody outside of the account"
    if isinstance(live, Provider):
        yield "trust", "lets people and jobs from outside of the account in, where a role trusts it"
    if getattr(live, "suspended", None) or live.facts.quarantine:
        yield "suspended", "is suspended, or AWS has quarantined it"
    if isinstance(live, User) and (facts.console or facts.active_keys or facts.console is None):
        yield "credentials", "has a password or an active access key"


# The edits


def _edit(made: Acceptance, official: Official) -> None:
    address, section = official.address, KINDS[official.address.kind].section
    declared = made.spec.entities.get(address)
    if declared is None:
        written = _without_closed_groups(made, official)
        made.editor(_file_for(made.spec, address)).put((section, address.name), written)
        return
    place = (section, declared.address.name)
    editor = made.editor(declared.locate(()).file)
    change = _change(address, made.review)
    for difference in change.differences if change and change.action is Action.UPDATE else ():
        _edit_field(made, official, editor, place, difference.field, difference.before, difference.after)
    if _excess(address, made.review):
        _edit_keys(editor, place, official)


def _edit_field(
    made: Acceptance, official: Official, editor: Editor, place: tuple[str, ...], name: str, live: Any, said: Any
) -> None:
    path = (*place, name)
    if name in LISTS:
        _edit_list(made, official, editor, path, live or [], said or [])
    elif name == "inline_policies":
        for key in sorted({*(live or {}), *(said or {})}):
            _edit_document(editor, (*path, key), (live or {}).get(key), (said or {}).get(key))
    elif name == "document":
        _edit_document(editor, path, live, said)
    elif name == "tags":
        _edit_mapping(editor, path, live or {}, said or {})
    elif name == "access_keys":
        _edit_keys(editor, place, official)
    elif name == "suspended":
        editor.put(path, bool(live))
    elif live == SCALARS.get(name, object()) or live is None:
        editor.put(path, None) if name == "permissions_boundary" else editor.drop(path)
    else:
        editor.put(path, live)


def _edit_list(
    made: Acceptance,
    official: Official,
    editor: Editor,
    path: tuple[str, ...],
    live: Sequence[str],
    said: Sequence[str],
) -> None:
    for item in (one for one in live if one not in said):
        if path[-1] == "groups" and _is_closed(made.spec, Address("group", item)):
            _group_editor(made, item).append(("groups", item, "members"), official.address.name)
        else:
            editor.append(path, item)
    for item in (one for one in said if one not in live):
        taken = editor.take(path, partial(_names, item))
        if not taken and not (path[-1] == "groups" and _left_group(made, item, official.address.name)):
            raise NotEdited(f"{path[-1]} has {item} from elsewhere, such as copy_permissions_from")


def _names(item: str, written: Any) -> bool:
    """Whether an item of a list, which may have an end, names something."""
    name = written.get("name") if isinstance(written, Mapping) else written
    known = {item.casefold(), f"arn:aws:iam::aws:policy/{item.removeprefix('aws:')}".casefold()}
    return str(name).casefold() in known or str(name).casefold().endswith(f":policy/{item}".casefold())


def _left_group(made: Acceptance, group: str, user: str) -> bool:
    if not _is_closed(made.spec, Address("group", group)):
        return False
    return _group_editor(made, group).take(("groups", group, "members"), partial(_names, user))


def _is_closed(spec: Spec, address: Address) -> bool:
    declared = spec.entities.get(address)
    return declared is not None and KINDS[address.kind].given(declared.shape).members is not None


def _group_editor(made: Acceptance, group: str) -> Editor:
    return made.editor(made.spec.entities[Address("group", group)].locate(()).file)


def _without_closed_groups(made: Acceptance, official: Official) -> dict[str, Any]:
    """The entity for the spec.

    It joins closed groups in their lists of members.
    """
    written = dict(official.written)
    closed = [one for one in written.get("groups", ()) if _is_closed(made.spec, Address("group", one))]
    for group in closed:
        _group_editor(made, group).append(("groups", group, "members"), official.address.name)
    if closed:
        written["groups"] = [one for one in written["groups"] if one not in closed]
        written = {key: one for key, one in written.items() if key != "groups" or one}
    return written


def _edit_document(editor: Editor, path: tuple[str, ...], live: Any, said: Any) -> None:
    if live == said:
        return
    there = editor.get(path)
    if isinstance(there, Mapping) and "file" in there:
        raise NotEdited(f"{path[-1]} {ELSEWHERE.format(there['file'])}")
    if isinstance(there, Mapping) and "document" in there:
        raise NotEdited(f"{path[-1]} has an end of its own")
    if live is None:
        editor.drop(path)
    else:
        editor.put(path, live)


def _edit_mapping(editor: Editor, path: tuple[str, ...], live: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    for key in sorted({*live, *said}):
        if key not in live:
            editor.drop((*path, key))
        elif live[key] != said.get(key):
            editor.put((*path, key), live[key])


def _edit_keys(editor: Editor, place: tuple[str, ...], official: Official) -> None:
    path = (*place, "access_keys")
    number = official.facts.active_keys or 0
    editor.put((*path, "active") if isinstance(editor.get(path), Mapping) else path, number)


def _file_for(spec: Spec, address: Address) -> str:
    """The file for a new entity: the file with most entities of its kind, or of any kind, or the settings."""
    files = Counter(one.locate(()).file for one in spec.of(address.kind))
    others = Counter(one.locate(()).file for one in spec.entities.values() if KINDS[one.address.kind].scoped)
    if len(files) > 1 and max(files.values()) == 1 and all(Path(file).stem.lstrip("_") for file in files):
        return str(Path(min(files)).parent / f"{address.name}.yaml")  # each entity has a file of its own
    for found in (files, others):
        if found:
            return max(sorted(found), key=lambda file: found[file])
    if (settings := spec.issue("").location) is not None:
        return settings.file
    raise Refused("the spec has no file that could take an entity; `iamspec init` begins a spec")
