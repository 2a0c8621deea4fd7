"""Cures in the words of a finding, with the name of a failing entity and its line in the spec."""

import json
import re
import shlex
from typing import Any

from iamspec.kinds.contract import Address
from iamspec.status.model import Check, Cure, Finding, Form

PLAIN = re.compile(r"[A-Za-z0-9_][\w.@-]*", re.ASCII)
SECTIONS = {Form.USER: "users", Form.GROUP: "groups"}


def cure(finding: Finding) -> str:
    """The cure of a finding as one line that can be pasted."""
    return cure_of(finding.check, _first(finding))


def cure_of(check: Check[Any], who: Address | None) -> str:
    """The cure of a check for one entity."""
    return written(_fitting(check, who), who)


def form(finding: Finding) -> Form:
    return _fitting(finding.check, _first(finding)).form


def _first(finding: Finding) -> Address | None:
    """The first open entity that the spec declares, or else the first open one, or else the first."""
    declared = [one for one in finding.open if one.address in finding.places]
    return next((one.address for one in (*declared, *finding.open, *finding.ruling.who)), None)


def _fitting(check: Check[Any], who: Address | None) -> Cure:
    return check.cure.others.get(who.kind, check.cure) if who else check.cure


def written(one: Cure, who: Address | None) -> str:
    """A cure for an entity, or for NAME."""
    name = who.name if who else "NAME"
    if one.form in SECTIONS:
        key = name if PLAIN.fullmatch(name) else json.dumps(name)
        return f"{SECTIONS[one.form]}: {{{key}: {{{one.text}}}}}"
    if one.form is Form.COMMAND:
        return one.text.replace("NAME", shlex.quote(name)) if who else one.text
    return one.text.replace("NAME", name) if who else one.text


def place(finding: Finding) -> str:
    """The place of the entity that the cure is about, such as `users.yaml:39`.

    Empty if it is not declared.
    """
    who = _first(finding)
    found = finding.places.get(who) if who else None
    return f"{found.file}:{found.line}" if found else ""
