"""Rules about policy variables: `${aws:username}`.

After "IAM policy elements: Variables and tags" in the IAM User
Guide.
"""

import re
from collections.abc import Iterator, Mapping

from iamspec.policy.actions.conditions import ConditionKeys
from iamspec.policy.canonical import DEFAULT_VERSION
from iamspec.policy.evaluate.keys import is_multivalued
from iamspec.policy.lint.subject import Remark, Subject, quoted
from iamspec.policy.statement import RESOURCES, Path

SIGNS = frozenset("*?$")  # each stands for itself: ${*}
CLOUDFORMATION = {"AWS::AccountId": "${iamspec:account_id}", "AWS::Partition": "${iamspec:partition}"}
WITHOUT = ("numeric", "date", "binary", "ipaddress", "null")  # operators for which IAM replaces no variables

_BEGIN = re.compile(r"\$\{([^}]*)(\}?)|&\{(?=\w+:)")
_FORM = re.compile(r"(?P<name>[^\s,'\"{}$]+)(,\s*'[^']*')?")


def variables(subject: Subject) -> Iterator[Remark]:
    """malformed-variable, unknown-variable and multivalued-variable: each variable of a text, one remark at most."""
    data = subject.document.data
    if not isinstance(data, Mapping) or data.get("Version", DEFAULT_VERSION) == DEFAULT_VERSION:
        return  # they are plain text
    for path, text in _texts(subject):
        for found in _BEGIN.finditer(text) if "{" in text else ():
            if remark := _variable(subject.catalogue.keys, path, found):
                yield remark


def unsupported(subject: Subject) -> Iterator[Remark]:
    """variable-not-supported: variables under operators that replace none."""
    for test in subject.tests:
        if test.how.is_of(*WITHOUT):
            for place, value in test.texts():
                if "${" in value:
                    message = f'"{test.how.written}" replaces no variables, so that "{value}" matches nothing'
                    yield Remark("variable-not-supported", place, message)


def _variable(keys: ConditionKeys, path: Path, found: re.Match[str]) -> Remark | None:
    inner, closed = found[1], found[2]
    if inner is None:
        return _malformed(path, 'a variable begins with "${", not with "&{"')
    if not closed:
        return _malformed(path, f'"{found[0]}" has no closing brace; write "}}" behind the name')
    if inner in SIGNS:
        return None
    form = _FORM.fullmatch(inner)
    if form is None:
        return _malformed(
            path, f"\"{found[0]}\" is no variable; write ${{key}} or ${{key, 'default'}}, without blanks in the key"
        )
    return _unknown(keys, path, form["name"])


def _malformed(path: Path, message: str) -> Remark:
    return Remark("malformed-variable", path, message)


def _unknown(keys: ConditionKeys, path: Path, name: str) -> Remark | None:
    if name in CLOUDFORMATION:
        message = f'"${{{name}}}" is replaced by CloudFormation alone; write "{CLOUDFORMATION[name]}"'
        return Remark("unknown-variable", path, message)
    if not keys.known(name):
        meant = keys.suggest(name if ":" in name else f"aws:{name}")
        hint = f"; did you mean {quoted([f'${{{one}}}' for one in meant])}?" if meant else ""
        return Remark(
            "unknown-variable", path, f'no key "{name}" is known, so that "${{{name}}}" matches nothing{hint}'
        )
    if is_multivalued(name):
        message = f'"${{{name}}}" is never replaced, because a request may have several values of "{name}"'
        return Remark("multivalued-variable", path, message)
    return None


def _texts(subject: Subject) -> Iterator[tuple[Path, str]]:
    """The texts in which IAM looks for variables, with their places."""
    for part in subject.parts:
        yield from part.texts(*RESOURCES)
    for test in subject.tests:
        if not test.how.is_of(*WITHOUT):
            yield from test.texts()
