"""Cures in the words of one finding: with the name of an entity that fails, and the line of the spec that declares it."""

import json
import re
import shlex

from iamspec.kinds.contract import Address
from iamspec.status.model import Cure, Finding, Form

PLAIN = re.compile(r"[A-Za-z0-9_][\w.@-]*", re.ASCII)
SECTIONS = {Form.USER: "users", Form.GROUP: "groups"}


def cure(finding: Finding) -> str:
    """The cure of a finding as one line that can be pasted."""
    who = next((one.address for one in (*finding.open, *finding.ruling.who)), None)
    fitting = finding.check.cure.others.get(who.kind, finding.check.cure) if who else finding.check.cure
    return written(fitting, who)


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
    """`users.yaml:39` of the first entity that fails and that the spec declares; empty if there is none."""
    found = next((finding.places[one.address] for one in finding.open if one.address in finding.places), None)
    return f"{found.file}:{found.line}" if found else ""
