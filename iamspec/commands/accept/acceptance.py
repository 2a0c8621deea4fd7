"""The way of an acceptance: dangers are refused, the files are edited, and the edited spec is planned.

A dangerous entity is refused unless a person names the danger. The
edited spec is read and planned again. If the plan for the
addresses is not empty, the files are restored.
"""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from iamspec.commands.accept.edits import edit, is_closed
from iamspec.commands.accept.model import Acceptance, Official, Refused
from iamspec.commands.accept.refusals import address_of, dangers, left_to_others, problems
from iamspec.commands.importing import take
from iamspec.commands.options import Options
from iamspec.commands.plan import plan
from iamspec.commands.reviewing import facts_of
from iamspec.commands.validate import validate
from iamspec.desired.editing import NotEdited
from iamspec.desired.writing import write
from iamspec.errors import InvalidSpec
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.account import ADDRESS as ALIAS
from iamspec.kinds.contract import Address
from iamspec.plan.accepting import former
from iamspec.review.model import Review


def acceptance(names: Sequence[str], paths: Sequence[str], reader: Reader, even_if: Sequence[str] = ()) -> Acceptance:
    """What accepting these entities makes official, with the edits of the files.

    Nothing is written yet.
    """
    spec, _ = validate(paths)
    review = plan(paths, reader, Options(states=True))
    made = Acceptance(paths, spec, review)
    addresses = [address_of(one, review) for one in dict.fromkeys(names)]
    against = [problem for one in addresses for problem in problems(one, spec, review)]
    if against:
        raise Refused("\n".join(against))
    facts = {one.address: one for one in facts_of(addresses, review, reader)}
    dangerous = [line for one in addresses for line in dangers(facts[one], review, even_if)]
    if dangerous:
        raise Refused("\n".join(dangerous))
    imported = take(reader, list(map(str, addresses)), roles=True)
    for one in addresses:
        leaves = tuple(words for _, words in left_to_others(one, review))
        made.officials.append(Official(facts[one], imported.entities[one], leaves))
    for official in made.officials:
        try:
            edit(made, official)
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
    yield from (one for one in made.spec.entities if one.kind == "group" and is_closed(made.spec, one))
