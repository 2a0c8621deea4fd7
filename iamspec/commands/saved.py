"""`iamspec apply PLANFILE`: makes a saved plan ready to be run, on the account as it is now."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from iamspec.commands.options import Options
from iamspec.commands.reading import ask_owners
from iamspec.commands.reviewing import reviewed
from iamspec.errors import IamspecError
from iamspec.iam import Reader
from iamspec.live import observe
from iamspec.review import guard
from iamspec.review.model import Review
from iamspec.saved.files import text_of
from iamspec.saved.plan import Saved, read_plan

LOOSE = "limits of the guards that a file loosens count only for who has seen its fingerprint: --expect {}"
PLAN = re.compile(rb'\s*\{\s*"format_version"')


def is_plan_file(paths: Sequence[str]) -> bool:
    """Whether a command got a saved plan, by the content of the file, or by a name that no spec has."""
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
    """A saved plan runs whole, because its fingerprint covers the whole plan."""
    if targets or excluded:
        raise IamspecError("a saved plan is run whole; --target and --exclude are for the plan that is saved")


def load(path: str) -> Saved:
    """The saved plan in a file."""
    return read_plan(text_of(path), path)


def ready(
    saved: Saved, reader: Reader, allow: Sequence[str] = (), *, approved: bool = False, defer: bool = False
) -> Review:
    """The plan over the account of today, judged anew.

    IamspecError names everything that has moved since.

    `approved` says that a person gave the plan's fingerprint. It
    covers the limits of the guards.
    """
    guard.check_names(allow)
    named = [*saved.touched, *(one.address for one in saved.told.changes), *saved.told.undeclared]
    live = observe.read_named(reader, saved.told.account, named)
    live = observe.fill(reader, live, saved.needs(live))
    live = ask_owners(reader, live, saved.pruned, saved.told.guards)
    live = observe.ask_managers(reader, live, [one for one in saved.pruned if one in live.resources])
    if moved := saved.check(live):
        raise IamspecError("\n".join(f"{saved.name}: {one}; nothing was run, plan again" for one in moved))
    limits = saved.told.guards if approved else saved.limits()
    plan, after = saved.plan(live)
    review = reviewed(plan, live, reader, Options(allow=tuple(allow), defer=defer), limits=limits, after=after)
    loose = () if limits == plan.guards else (LOOSE.format(plan.fingerprint),)
    notes = dict.fromkeys((*review.notes, *loose))  # the file has the notes of order and guards already
    return replace(review, plan=replace(plan, notes=tuple(notes)), remarks=())
