"""The security status of an account: reads the evidence, judges it, and marks accepted failures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from iamspec.commands.validate import validate
from iamspec.desired.enclosing import NAMES
from iamspec.desired.load import Spec
from iamspec.desired.validation import did_you_mean
from iamspec.desired.variables import ForAccount
from iamspec.errors import IamspecError, InvalidSpec
from iamspec.iam import Reader
from iamspec.live.snapshot import Snapshot
from iamspec.status.accept import accepted
from iamspec.status.assess import assess, chosen
from iamspec.status.evidence import Asked
from iamspec.status.frameworks import FRAMEWORKS, IAMSPEC
from iamspec.status.model import Status
from iamspec.status.reading import read, saved

ORGANIZATION = "organization"
ASKING = ("cis-7.0",)  # frameworks that ask the organization without being told


@dataclass(frozen=True, slots=True)
class Question:
    """What a status is asked for: the framework, and reads that are made only on demand.

    `account` is the account of a fleet that the settings are read
    for.
    """

    framework: str = IAMSPEC
    regions: tuple[str, ...] = ()
    organization: bool = False
    offline: bool = False
    account: ForAccount | None = None


DEFAULT = Question()


def take(
    reader: Reader, paths: Sequence[str], question: Question = DEFAULT, notice: Callable[[str], None] = lambda _: None
) -> Status:
    """The status of an account.

    Without PATHs, the settings in the current folder count, if it
    has any.
    """
    check_framework(question.framework)
    caller = reader.caller()
    spec = _spec(paths, caller.account, reader.now(), question.account)
    settings = spec.settings.status if spec else None
    asked = Asked(settings.root_unused_days, tuple(settings.required_tags)) if settings else Asked()
    found = read(
        reader,
        caller,
        _wanted(question),
        asked=asked,
        regions=question.regions,
        offline=question.offline,
        notice=notice,
    )
    if spec is None:
        return assess(found, question.framework)
    places = {address: declared.locate(()) for address, declared in spec.entities.items()}
    made = assess(found, question.framework, accepted(spec), places)
    return replace(made, source=spec.issue("").location)


def with_status(reader: Reader, snapshot: Snapshot, notice: Callable[[str], None]) -> tuple[Snapshot, list[str]]:
    """A snapshot for an offline status, and the missing sources with reasons."""
    answers, lacking = saved(reader, notice)
    return replace(snapshot, status=answers), lacking


def check_framework(name: str) -> None:
    if name not in FRAMEWORKS:
        known = f"; there are {', '.join(FRAMEWORKS)}"
        hint = did_you_mean(name, list(FRAMEWORKS))
        raise IamspecError(f'there is no framework "{name}"{hint or known}')


def _wanted(question: Question) -> set[str]:
    """The reads behind the checks.

    The organization is asked only on demand, because few accounts
    get an answer.
    """
    wanted = {name for check in chosen(question.framework) for name in check.source.reads}
    asks = question.organization or question.framework in ASKING
    return wanted if asks else wanted - {ORGANIZATION}


def _spec(paths: Sequence[str], account: str, now: datetime, member: ForAccount | None) -> Spec | None:
    """The spec that says which failures are accepted.

    Raises InvalidSpec if it is for another account.
    """
    if not paths and not any(Path(name).is_file() for name in NAMES):
        return None
    spec, _ = validate(tuple(paths) or (".",), now.date(), member)
    declared = spec.settings.account
    if declared and declared.id and declared.id != account:
        message = f"this spec is for account {declared.id}, but the credentials are for {account}"
        raise InvalidSpec([spec.issue(message, "account", "id")])
    return spec
