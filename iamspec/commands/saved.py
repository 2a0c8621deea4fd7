"""Plans that come out of files, made ready to be run, and the proof that a run did what its plan says."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from iamspec.commands import plan as commands
from iamspec.commands.reviewing import reviewed
from iamspec.errors import IamspecError
from iamspec.iam import Reader, Writer
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Purpose
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.plan.diff import differences
from iamspec.plan.model import Action, Change, Plan
from iamspec.review import guard
from iamspec.review.model import Review
from iamspec.saved.journal_reader import Journal, read_journal
from iamspec.saved.plan import Saved, read_plan
from iamspec.undo.plan import needs, undo

LOOSE = "limits of the guards that a file loosens count only for who has seen its fingerprint: --expect {}"
PLAN = re.compile(rb'\s*\{\s*"format_version"')


def is_plan_file(paths: Sequence[str]) -> bool:
    """Whether what a command is given is a saved plan: by what is in it, or by a name that no spec has."""
    plans = [path for path in paths if _begins_as_plan(path)]
    if plans and len(paths) > 1:
        raise IamspecError(f"{plans[0]} is a saved plan, which is run whole and by itself")
    return bool(plans) or (len(paths) == 1 and paths[0].endswith(".json") and not Path(paths[0]).is_dir())


def _begins_as_plan(path: str) -> bool:
    if not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return PLAN.match(file.read(200)) is not None


def refuse_part(targets: Sequence[str], excluded: Sequence[str]) -> None:
    """A saved plan is run whole, or its fingerprint would be of another one."""
    if targets or excluded:
        raise IamspecError("a saved plan is run whole; --target and --exclude are for the plan that is saved")


def load(path: str) -> Saved:
    """The saved plan in a file."""
    return read_plan(text_of(path), path)


def text_of(path: str) -> str:
    """The text of a file that somebody names on the command line."""
    try:
        return Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise IamspecError(f"{path}: this is not UTF-8 text") from error


def ready(
    saved: Saved, reader: Reader, allow: Sequence[str] = (), *, approved: bool = False, defer: bool = False
) -> Review:
    """The plan over the account as one sweep finds it now, judged anew; IamspecError names what has moved since.

    `approved` says that somebody has seen the plan's fingerprint, which the limits of its guards are part of.
    """
    guard.check_names(allow)
    live = observe.read_live(reader)
    live = observe.fill(reader, live, saved.needs(live))
    live = commands.ask_owners(reader, live, saved.pruned, saved.told.guards)
    if moved := saved.check(live):
        raise IamspecError("\n".join(f"{saved.name}: {one}; nothing was run, plan again" for one in moved))
    limits = saved.told.guards if approved else saved.limits()
    plan, after = saved.plan(live)
    review = reviewed(plan, live, reader, allow, limits, defer=defer, after=after)
    loose = () if limits == plan.guards else (LOOSE.format(plan.fingerprint),)
    notes = dict.fromkeys((*review.notes, *loose))  # the file has the notes of order and guards already
    return replace(review, plan=replace(plan, notes=tuple(notes)), remarks=())


def load_journal(path: str) -> Journal:
    """The journal in a file."""
    return read_journal(text_of(path), path)


def undoing(journal: Journal, reader: Reader, allow: Sequence[str] = ()) -> Review:
    """The plan that takes an apply back, over the account as one sweep finds it now."""
    guard.check_names(allow)
    live = observe.read_live(reader)
    live = observe.fill(reader, live, needs(journal, live))
    return reviewed(undo(journal, live), live, reader, allow)


def unmet(review: Review, writer: Writer) -> Review:
    """The differences between the account and what the calls of a plan should have made of it.

    The account is read again for as long as IAM may need to become consistent.
    """
    live, wanted = review.live, review.after.live
    addresses = {
        address
        for address in {*live.resources, *wanted.resources}
        if live.resources.get(address) is not wanted.resources.get(address)
    }
    changes: tuple[Change, ...] = ()
    for _ in writer.looks():
        changes = _unmet(addresses, wanted, _looked_at(writer, wanted, addresses))
        if not changes:
            break
    left = Plan(account=review.account, spec_digest=review.plan.spec_digest, changes=changes)
    return Review(left, before=review.after, after=review.after)


def _looked_at(reader: Reader, wanted: Live, addresses: set[Address]) -> Live:
    live = observe.read_live(reader)
    lacking = (
        address
        for address in addresses & live.resources.keys() & wanted.resources.keys()
        if KINDS[address.kind].compares(wanted.resources[address])
    )
    return observe.fill(reader, live, dict.fromkeys(lacking, Purpose.COMPARE))


def _unmet(addresses: set[Address], wanted: Live, live: Live) -> tuple[Change, ...]:
    found = []
    for address in sorted(addresses):
        kind = KINDS[address.kind]
        want: Any = wanted.resources.get(address)
        have: Any = live.resources.get(address)
        want, have = want and kind.with_hidden(want), have and kind.with_hidden(have)
        want = kind.with_live_ids(want, have) if want and have else want
        if want == have:
            continue
        action = Action.CREATE if have is None else Action.DELETE if want is None else Action.UPDATE
        found.append(Change(address, action, differences(kind, have, want, live.account), before=have, after=want))
    return tuple(found)
