"""An entry of a trust policy in short form, as people write it, and the mistakes in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from iamspec.policy.grammar.quoting import nearest, quoted
from iamspec.policy.limits import NAME
from iamspec.policy.trust.rules import ACCOUNT_DIGITS
from iamspec.policy.trust.trusted import SERVICE

OWN = "own"
FORMS = {  # the key that says the form, and the keys that may stand beside it
    "github": ("environment", "branch", "tag", "pull_request", "owner_id", "repository_id", "provider"),
    "service": (),
    "account": ("role", "user", "external_id"),
    "oidc": ("subject",),
    "saml": (),
    "identity_center": (),
}
PLACES = {  # of a workflow, and how the subject of its token says them
    "environment": "environment:",
    "branch": "ref:refs/heads/",
    "tag": "ref:refs/tags/",
    "pull_request": "pull_request",
}
PATTERNS = ("branch", "tag", "subject")  # the keys that take {like: …}
LIKE = "like"
EXAMPLE = "{github: acme/infra, environment: production}"
Path = tuple[str, ...]

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_ID = re.compile(r"[1-9][0-9]*")
_ACCOUNT = re.compile(r"\d+", re.ASCII)
_ENTITY = re.compile(r"([\x21-\x7e]+/)?[\w+=,.@-]+", re.ASCII)
_SAML_NAME = re.compile(r"[\w._-]+", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/\\-]{2,1224}", re.ASCII)
_SUBJECT = re.compile(
    r"repo:(?P<owner>[^/:@]+)(@(?P<owner_id>\d+))?/(?P<name>[^/:@]+)(@(?P<repository_id>\d+))?:(?P<rest>.+)"
)
_OPEN = re.compile(r"[*?]")


@dataclass(frozen=True, slots=True)
class Like:
    """A text with wildcards, written as `{like: "release/*"}`."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry without mistakes: the form, its value, and the values of the keys beside it."""

    form: str
    value: str
    environment: str | None = None
    branch: str | Like | None = None
    tag: str | Like | None = None
    pull_request: bool = False
    owner_id: str = ""
    repository_id: str = ""
    provider: str = ""
    role: str = ""
    user: str = ""
    external_id: str = ""
    subject: str | Like | None = None

    @property
    def place(self) -> tuple[str, str | Like | None]:
        """The place of a workflow of GitHub: how the subject begins it, and its name.

        A colon in the name is escaped.
        """
        if self.environment is not None:
            return PLACES["environment"], self.environment.replace(":", "%3A")
        if self.branch is not None:
            return PLACES["branch"], self.branch
        if self.tag is not None:
            return PLACES["tag"], self.tag
        return PLACES["pull_request"], None

    @property
    def written(self) -> dict[str, Any]:
        """The entry as people write it."""
        found: dict[str, Any] = {self.form: self.value}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name not in {"form", "value"} and value not in {None, "", False}:
                found[one.name] = {LIKE: value.pattern} if isinstance(value, Like) else _plain(one.name, value)
        return found

    @classmethod
    def of_subject(cls, subject: str, provider: str, *, like: bool) -> "Entry | None":
        """The entry for the subject of a token of GitHub.

        None if no short form fits.
        """
        found = _SUBJECT.fullmatch(subject)
        if found is None:
            return None
        given: dict[str, Any] = {"provider": provider}
        given |= {name: found[name] or "" for name in ("owner_id", "repository_id")}
        for place, prefix in PLACES.items():
            if found["rest"].startswith(prefix):
                rest = found["rest"].removeprefix(prefix).replace("%3A", ":")
                given[place] = True if place == "pull_request" else Like(rest) if like else rest
                return cls("github", f"{found['owner']}/{found['name']}", **given)
        return None


def _plain(name: str, value: Any) -> Any:
    return int(value) if name in {"owner_id", "repository_id"} else value


def read(data: Mapping[str, Any]) -> tuple[Entry | None, list[tuple[Path, str]]]:
    """The entry in what people have written, or the mistakes with their paths."""
    problems = list(_problems(data))
    if problems:
        return None, problems
    (form,) = data.keys() & FORMS.keys()
    given: dict[str, Any] = {key: _value(value) for key, value in data.items() if key != form}
    if "pull_request" in given:
        given["pull_request"] = True
    return Entry(form, str(data[form]), **given), []


def _value(value: Any) -> str | Like:
    return Like(str(value[LIKE])) if isinstance(value, Mapping) else str(value)


def _problems(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    forms = [key for key in data if key in FORMS]
    if len(forms) != 1:
        yield (), _form_error(data, forms)
        return
    form = forms[0]
    allowed = FORMS[form]
    for key in data:
        if key != form and key not in allowed:
            near = nearest(str(key), allowed) if allowed else None
            hint = f"did you mean {near}?" if near else f"known are {', '.join(allowed)}" if allowed else "take it out"
            yield (str(key),), f"unknown key {quoted(str(key))} beside {form}; {hint}"
    for key, value in data.items():
        if key == form or key in allowed:
            yield from _text_problems(str(key), value)
    yield from _CHECKS[form](data)


def _form_error(data: Mapping[str, Any], forms: list[str]) -> str:
    if forms:
        return f"this names {' and '.join(forms)}; write one entry for each of them"
    near = next((one for key in data if (one := nearest(str(key), FORMS))), None)
    hint = f"did you mean {near}?" if near else f"write one of {', '.join(FORMS)}, such as {EXAMPLE}"
    return f"this names nobody; {hint}"


def _text_problems(key: str, value: Any) -> Iterator[tuple[Path, str]]:
    """Texts are not empty, and have wildcards only within `like`."""
    pattern = isinstance(value, Mapping)
    if pattern and (key not in PATTERNS or set(value) != {LIKE}):
        takes = f'; {{like: "release/*"}} is for {", ".join(PATTERNS)}' if key not in PATTERNS else ""
        yield (key,), f"must be text{takes}" if takes else 'write {like: "release/*"}'
        return
    inner: Path = (key, LIKE) if pattern else (key,)
    one = value[LIKE] if pattern else value
    if isinstance(one, Mapping | list) or one is None:
        yield inner, "must be text"
    elif not str(one):
        yield inner, "no value"
    elif "${" in str(one):
        yield inner, "a variable has no place in a short form; write the trust as a document"
    elif _OPEN.search(str(one)) and not pattern:
        cure = f"write {{like: {quoted(str(one))}}} if many are meant" if key in PATTERNS else "name exactly one"
        yield inner, f"a wildcard in {quoted(str(one))}; {cure}"
    elif pattern and key == "subject" and not str(one).strip("*?"):
        yield inner, f"{quoted(str(one))} matches everything; write a beginning that is yours"


def _is_odd(value: Any, wanted: re.Pattern[str]) -> bool:
    """Whether a text of some signs, without wildcards, is not of a form.

    Other mistakes have messages of their own.
    """
    return isinstance(value, str) and value != "" and not _OPEN.search(value) and not wanted.fullmatch(value)


def _github_problems(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if _is_odd(data["github"], _REPOSITORY):
        yield ("github",), f"{quoted(str(data['github']))} is no repository; write OWNER/REPOSITORY, such as acme/infra"
    places = [key for key in PLACES if key in data]
    if len(places) != 1:
        said = f"{' and '.join(places)} exclude each other" if places else "the place of the workflow is missing"
        yield (), f"{said}; write exactly one of {', '.join(PLACES)}"
    if "pull_request" in data and str(data["pull_request"]) != "true" and data["pull_request"] is not True:
        yield ("pull_request",), "write true, or another place in its stead"
    ids = [key for key in ("owner_id", "repository_id") if key in data]
    if len(ids) == 1:
        yield (ids[0],), "write owner_id and repository_id, or neither of them"
    for key in ids:
        if not _ID.fullmatch(str(data[key])):
            yield (key,), f"{quoted(str(data[key]))} is no id of GitHub, which is a number"


def _account_problems(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    text = str(data["account"])
    if text and not _OPEN.search(text) and text != OWN and (problem := _id_problem(data["account"])):
        yield ("account",), problem
    if "role" in data and "user" in data:
        yield (), "role and user exclude each other; write one entry for each of them"
    for key in ("role", "user"):
        if key in data and (_is_odd(data[key], _ENTITY) or _is_written_whole(data[key])):
            cure = "write the path, if there is one, and the name, as in ci/deployer"
            yield (key,), f"{quoted(data[key])} is no name of a {key}; {cure}"
    if "external_id" in data and _is_odd(data["external_id"], _EXTERNAL_ID):
        yield ("external_id",), "an external id has 2 to 1224 letters, digits and +=,.@:/\\-_"


def _is_written_whole(value: Any) -> bool:
    """Whether a name is an ARN, or begins with the slash of a path."""
    return isinstance(value, str) and value.startswith(("arn:", "/"))


def _id_problem(value: Any) -> str | None:
    text = str(value)
    if not _ACCOUNT.fullmatch(text):
        return f"{quoted(text)} is no account; write an account id in quotes, or own"
    if len(text) != ACCOUNT_DIGITS:
        return f"{quoted(text)} has {len(text)} digits; an account id has {ACCOUNT_DIGITS}"
    return f'write the account id in quotes: account: "{text}"' if type(value) is not str else None


def _service_problems(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if _is_odd(data["service"], SERVICE):
        shown = quoted(str(data["service"]))
        yield ("service",), f'{shown} is no AWS service; write its principal, such as "lambda.amazonaws.com"'


def _oidc_problems(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if "subject" not in data:
        yield (), "subject is missing; write the subject that the tokens have"


def _named_problems(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for key in ("saml", "identity_center"):
        if key in data and _is_odd(data[key], _SAML_NAME if key == "saml" else NAME):
            yield (key,), f"{quoted(str(data[key]))} is no name; letters without accents, digits and ._- only"


_CHECKS = {
    "github": _github_problems,
    "service": _service_problems,
    "account": _account_problems,
    "oidc": _oidc_problems,
    "saml": _named_problems,
    "identity_center": _named_problems,
}
