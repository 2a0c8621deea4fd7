"""A plan as commands of the AWS CLI for bash, a line for each call."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from iamspec.errors import is_visible, uncommanded
from iamspec.iam import Call
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.user.credentials import ROTATION
from iamspec.kinds.user.operations import marks_new_key
from iamspec.render.lines import count, visible
from iamspec.review.model import Review

WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What needs neither quotes nor thought in a list or in shorthand syntax: no commas, equals signs, URLs or leading dashes
PLAIN = re.compile(r"[A-Za-z0-9_/.][A-Za-z0-9_/.+-]*", re.ASCII)
LOADED = ("file://", "fileb://", "http://", "https://")  # the CLI replaces such an argument by what is there


def awscli(review: Review) -> str:
    """The calls in the order of their execution.

    A failed line does not stop the next line, as in apply.
    """
    lines = [f"# {visible(line)}" for line in _head(review)]
    phase = address = ""
    for step in review.steps:
        if step.phase.label != phase:
            phase, address = step.phase.label, ""
            lines += ["", f"# {phase}"]
        if str(step.address) != address:
            address = str(step.address)
            lines.append(f"# {visible(address)}")
        lines.append(command(step.call))
    return "\n".join(lines) + "\n"


def _head(review: Review) -> Iterator[str]:
    account = review.account
    alias = f" ({account.alias})" if account.alias else ""
    yield from account.elsewhere
    if not review.steps:
        yield f"nothing to do for account {account.id}{alias}"
    else:
        yield f"{count(len(review.steps), 'call')} for account {account.id}{alias}; these lines do not check the account"
    yield f"fingerprint {review.fingerprint}"
    if review.steps:
        yield "AWS CLI 2 shows answers in a pager, which swallows what is pasted after it: export AWS_PAGER=''"
    yield from (f"apply would refuse this plan: {reason}" for reason in sorted(_refusals(review)))
    yield from (f"changes are held back: {one.address}: {one.message}" for one in review.complaints if one.holds_back)


def _refusals(review: Review) -> Iterator[str]:
    for change in review.changes:
        if change.blocked:
            yield f"{change.address} is blocked: {change.blocked}"
    for one in review.complaints:
        if not one.allowed and not one.holds_back:
            subject = f"{one.address}: " if one.address else ""
            yield f"{one.guard}: {subject}{one.message}"


def command(call: Call) -> str:
    """A call as a line of bash that passes exactly the parameters."""
    words = ["aws", call.service, kebab(call.operation)]
    if call.region:
        words += ["--region", quoted(call.region)]
    if any(map(_only_as_json, call.params.values())):
        return " ".join([*words, "--cli-input-json", quoted(_json(call.params))])
    if marks_new_key(call):  # only the answer to the call before it has the id
        user = _option("UserName", call.params["UserName"])
        return " ".join([*words, user, f'--tags "Key={ROTATION},Value=${{ACCESS_KEY_ID:?}}"'])
    words += [_option(name, value) for name, value in call.params.items()]
    row = OPERATIONS.get(call.operation)
    secret = row.secret.parameter if row and row.secret else ""  # a plan holds no secret
    if secret and secret not in call.params:
        words.append(f'--{kebab(secret)} "${{{secret.upper()}:?}}"')
    return " ".join(words)


def kebab(name: str) -> str:
    """`DeleteSSHPublicKey` as `delete-ssh-public-key`, the way the CLI spells operations and parameters."""
    return WORD_STARTS.sub("-", name).lower()


def quoted(text: str) -> str:
    """A word of bash. Characters that a terminal would act on are escaped."""
    if is_visible(text) and uncommanded(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(map(_ansi_c, text)) + "'"


def _ansi_c(sign: str) -> str:
    if sign == "#":  # of a command to a CI job
        return "\\x23"
    if sign in "\\'":
        return f"\\{sign}"
    return sign if is_visible(sign) else "".join(f"\\x{byte:02x}" for byte in sign.encode(errors="replace"))


def _option(name: str, value: Any) -> str:
    option = f"--{kebab(name)}"
    if isinstance(value, bool):
        return option if value else f"--no-{option[2:]}"
    if isinstance(value, list | tuple):
        words = [_shorthand(one) for one in value]
        return f"{option} {' '.join(filter(None, words)) if words and all(words) else quoted(_json(value))}"
    text = _json(value) if isinstance(value, Mapping) else str(value)
    return f"{option}={quoted(text)}" if text.startswith("-") else f"{option} {quoted(text)}"


def _shorthand(value: Any) -> str:
    """`Key=team,Value=platform`, or nothing where the shorthand syntax could read it as something else."""
    if isinstance(value, Mapping):
        plain = all(isinstance(one, str) and PLAIN.fullmatch(one) for one in value.values())
        return ",".join(f"{key}={one}" for key, one in value.items()) if plain else ""
    return value if isinstance(value, str) and PLAIN.fullmatch(value) else ""


def _only_as_json(value: Any) -> bool:
    return isinstance(value, str) and (value.startswith(LOADED) or "\0" in value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
