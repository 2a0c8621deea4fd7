"""The edits that bring the files of a spec to the state of live entities."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from iamspec.commands.accept.model import Acceptance, Official, Refused, change_of, has_excess
from iamspec.desired.editing import Editor, NotEdited
from iamspec.desired.load import Spec
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.plan.model import Action

LISTS = frozenset({"groups", "policies", "members"})
SCALARS: Mapping[str, Any] = {"path": "/", "permissions_boundary": None, "console": None, "description": None}
ELSEWHERE = "is taken from {}; write the live document there, or into the spec"


def edit(made: Acceptance, official: Official) -> None:
    address, section = official.address, KINDS[official.address.kind].section
    declared = made.spec.entities.get(address)
    if declared is None:
        written = _without_closed_groups(made, official)
        made.editor(_file_for(made.spec, address)).put((section, address.name), written)
        return
    place = (section, declared.address.name)
    editor = made.editor(declared.locate(()).file)
    change = change_of(address, made.review)
    for difference in change.differences if change and change.action is Action.UPDATE else ():
        _edit_field(made, official, editor, place, difference.field, difference.before, difference.after)
    if has_excess(address, made.review):
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
        if path[-1] == "groups" and is_closed(made.spec, Address("group", item)):
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
    if not is_closed(made.spec, Address("group", group)):
        return False
    return _group_editor(made, group).take(("groups", group, "members"), partial(_names, user))


def is_closed(spec: Spec, address: Address) -> bool:
    declared = spec.entities.get(address)
    return declared is not None and KINDS[address.kind].given(declared.shape).members is not None


def _group_editor(made: Acceptance, group: str) -> Editor:
    return made.editor(made.spec.entities[Address("group", group)].locate(()).file)


def _without_closed_groups(made: Acceptance, official: Official) -> dict[str, Any]:
    """The entity for the spec.

    It joins closed groups in their lists of members.
    """
    written = dict(official.written)
    closed = [one for one in written.get("groups", ()) if is_closed(made.spec, Address("group", one))]
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
