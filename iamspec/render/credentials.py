"""Everybody's credentials as a table for people, and as JSON and CSV for programs."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from iamspec.commands.credentials import ROOT, CredentialReport, KeyRow, Row
from iamspec.render.lines import Line, Span, count, visible, written
from iamspec.render.prose import code, prose
from iamspec.saved.json_text import json_text

HEADINGS = ("USER", "CONSOLE", "MFA", "PASSWORD", "LAST SIGN-IN", "ACCESS KEYS", "NEXT ROTATION")
OLD = 90  # days, after which a key is worth a word
COLUMNS = (
    "user",
    "suspended",
    "console",
    "mfa",
    "password_changed",
    "password_used",
    "next_rotation",
    *(f"access_key_{number}_{name}" for number in (1, 2) for name in ("id", "active", "created", "used")),
)


def text(report: CredentialReport, *, colour: bool = False) -> str:
    """The table, then its faults. Ages are in days."""
    table = _without_empty_columns([HEADINGS, *(_cells(row, report.now) for row in report.rows)])
    widths = [max(len(visible(row[index])) for row in table) for index in range(len(table[0]))]
    lines: list[Line] = [[Span(one, "bold yellow")] for one in report.account.elsewhere]
    lines += [[Span(_title(report), "bold")], ()]
    for number, cells in enumerate(table):
        row = "  ".join(visible(cell).ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        lines.append([Span(row, "dim" if number == 0 else "")])
    if found := list(_remarks(report)):
        lines += [(), *([Span(one, "yellow")] for one in found)]
    lines += [[Span(note, "dim")] for note in report.notes]
    return written(lines, colour=colour)


def _without_empty_columns(table: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The table without columns that have no value in any row, so that it fits a terminal."""
    shown = [index for index in range(len(HEADINGS)) if any(row[index] != "-" for row in table[1:])]
    return [tuple(row[index] for index in shown) for row in table]


def _title(report: CredentialReport) -> str:
    account = f"{report.account.id} ({report.account.alias})" if report.account.alias else report.account.id
    if not report.reported:
        return f"Credentials in account {account}, as they are now"
    minutes = max(0, int((report.now - report.made).total_seconds() // 60))
    age = count(minutes, "minute") if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
    return f"Credentials in account {account}, by IAM's credential report, which is {age} old"


def _cells(row: Row, now: datetime) -> tuple[str, ...]:
    changed = f"{(now - row.password_changed).days} days" if row.password_changed and row.console else "-"
    return (
        f"{row.user} (suspended)" if row.suspended else row.user,
        _yes(row.console),
        _yes(row.mfa),
        changed,
        _day(row.password_used),
        "; ".join(_key(key, now) for key in row.keys) or "-",
        _day(row.next_rotation),
    )


def _yes(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "?"}[value]


def _day(when: datetime | None) -> str:
    return when.date().isoformat() if when else "-"


def _key(key: KeyRow, now: datetime) -> str:
    name = f"{key.id} " if key.id else ""
    age = f" {(now - key.created).days} days" if key.created else ""
    return (
        f"{name}{'active' if key.active else 'inactive'}{age}, {f'used {_day(key.used)}' if key.used else 'never used'}"
    )


def _remarks(report: CredentialReport) -> Iterator[str]:
    """What the security status of an account is about, each with who is meant."""
    people = [one for one in report.rows if one.user != ROOT]
    for root in (one for one in report.rows if one.user == ROOT):
        if root.mfa is False:
            yield "the root user has no MFA device"
        if root.keys:
            yield f"the root user has {count(len(root.keys), 'access key')}: delete them"
    yield from _about("can sign in without MFA", [one.user for one in people if one.console and one.mfa is False])
    old = [one.user for one in people if any(_is_old(key, report.now) for key in one.keys)]
    yield from _about(f"with an active access key older than {OLD} days", old)
    unused = [one.user for one in people if any(key.active and key.used is None for key in one.keys)]
    yield from _about("with an active access key that was never used", unused)


def _is_old(key: KeyRow, now: datetime) -> bool:
    return key.active and key.created is not None and (now - key.created).days > OLD


def _about(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        yield f"{count(len(names), 'user')} {what}: {', '.join(names[:10])}{more}"


def markdown(report: CredentialReport, **_: object) -> str:
    """The table for a comment or an issue.

    Names of users stand in code spans.
    """
    lines = [f"### {prose(_title(report))}", "", f"| {' | '.join(one.capitalize() for one in HEADINGS)} |"]
    lines.append(f"|{' --- |' * len(HEADINGS)}")
    for row in report.rows:
        name, *cells = _cells(row, report.now)
        shown = (one.replace("|", "\\|") for one in (code(name), *map(visible, cells)))
        lines.append(f"| {' | '.join(shown)} |")
    remarks = [f"- {prose(one)}" for one in (*_remarks(report), *report.notes)]
    return "\n".join([*lines, *(["", *remarks] if remarks else [])]) + "\n"


def as_json(report: CredentialReport, **_: object) -> str:
    value = {
        "account": {"id": report.account.id, "partition": report.account.partition, "alias": report.account.alias},
        "endpoint": report.account.endpoint,
        "made": report.made.isoformat(),
        "source": "credential report" if report.reported else "live",
        "users": [_plain(row) for row in report.rows],
    }
    return json_text(value)


def _plain(row: Row) -> dict[str, Any]:
    return {
        "user": row.user,
        "suspended": row.suspended,
        "console": row.console,
        "mfa": row.mfa,
        "password_changed": _iso(row.password_changed),
        "password_used": _iso(row.password_used),
        "next_rotation": _iso(row.next_rotation),
        "access_keys": [
            {"id": key.id or None, "active": key.active, "created": _iso(key.created), "used": _iso(key.used)}
            for key in row.keys
        ],
    }


def _iso(when: datetime | None) -> str | None:
    return when.isoformat() if when else None


def as_csv(report: CredentialReport, **_: object) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in report.rows:
        plain = _plain(row)
        keys = plain.pop("access_keys")
        for number, key in enumerate(keys[:2], 1):
            plain |= {f"access_key_{number}_{name}": value for name, value in key.items()}
        writer.writerow({name: _cell(value) for name, value in plain.items()})
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    return str(value).lower() if isinstance(value, bool) else value


CREDENTIAL_FORMATS: dict[str, Callable[..., str]] = {
    "text": text,
    "json": as_json,
    "markdown": markdown,
    "csv": as_csv,
}
