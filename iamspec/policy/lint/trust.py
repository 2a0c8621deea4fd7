"""Rules about trust policies: who is let in, and under too few conditions.

After "The confused deputy problem" in the IAM User Guide, the
pages of AWS services about it, and "Security hardening your
deployments" in GitHub's documentation.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from iamspec.policy.grammar.issuers import GITHUB
from iamspec.policy.lint.subject import Remark, Subject
from iamspec.policy.statement import Path, Statement, listed
from iamspec.policy.trust.checks import Check, checks
from iamspec.policy.trust.trusted import Sort, Trusted, trusted

EXTERNAL_ID = "sts:externalid"
SOURCES = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
NARROWING = frozenset({"aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid"})
OF_STRANGERS = frozenset(  # keys whose values a stranger chooses, or has like anybody else
    {
        *("aws:currenttime", "aws:epochtime", "aws:multifactorauthage", "aws:multifactorauthpresent"),
        *("aws:principaltype", "aws:referer", "aws:requestedregion", "aws:securetransport", "aws:tagkeys"),
        *("aws:tokenissuetime", "aws:useragent", "aws:viaawsservice", "aws:username", "sts:durationseconds"),
        *("sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys"),
    }
)
OWN_TAGS = ("aws:principaltag/", "aws:requesttag/")  # tags that a stranger gives to a user or a session
SAY_SOURCE = frozenset(  # services whose documentation has aws:SourceAccount in the trust policies of their roles
    f"{name}.amazonaws.com"
    for name in (
        *("appsync", "bedrock", "cloudformation", "codebuild", "codepipeline", "comprehend", "config", "datasync"),
        *("ecs-tasks", "events", "glue", "iot", "kinesisanalytics", "lexv2", "logs", "pipes", "rekognition"),
        *("sagemaker", "scheduler", "ssm", "states", "transcribe", "transfer", "translate", "vpc-flow-logs"),
    )
)

_OF_ONE = re.compile(r"repo:[^/:@*?]+(@\d+)?/[^/:@*?]+(@\d+)?:.*")
_BY_NAME = re.compile(r"repo:[^/:@]+/[^/:@]+:.*")
_OPEN = re.compile(r"[*?]")


def anybody(subject: Subject) -> Iterator[Remark]:
    for part, path, who in _admitted(subject):
        if who.sort is Sort.ANYBODY and not any(map(_tells_apart, checks(part))):
            message = "anybody in any AWS account can assume the role; name the accounts, or add a Condition"
            if not part.is_unconditional:
                message = f"{message} that a stranger cannot meet"
            yield Remark("trust-anybody", path, message)
    for part in subject.parts:
        if part.allows and part.has("NotPrincipal") and not any(map(_tells_apart, checks(part))):
            message = "anybody but these can assume the role, in any AWS account; name those who may in Principal"
            yield Remark("trust-anybody", (*part.path, "NotPrincipal"), message)


def whole_account(subject: Subject) -> Iterator[Remark]:
    """Another account that may assume the role for whomever it likes."""
    for part, path, who in _admitted(subject):
        named = set(_required(part))
        if who.sort is Sort.ACCOUNT and who.account != subject.account and not named & {EXTERNAL_ID, *NARROWING}:
            message = f"all of account {who.account} is trusted; name a role of it, or ask for an external id"
            yield Remark("whole-account", path, message)


def service_without_source(subject: Subject) -> Iterator[Remark]:
    for part, path, who in _admitted(subject):
        if who.name in SAY_SOURCE and not SOURCES & set(_required(part)):
            message = f'{who.name} would use the role for any account; ask for your own in "aws:SourceAccount"'
            yield Remark("service-without-source", path, message)


def _required(part: Statement) -> Iterator[str]:
    """The keys that a request must have, with one of some values."""
    return (one.key for one in checks(part) if one.is_plain and not all(map(_is_any, one.values)))


def _is_any(value: str) -> bool:
    return not value.strip("*?")


def _tells_apart(check: Check) -> bool:
    """Whether a test asks for something that not every stranger can have, be it by setting up an account.

    A test that only keeps some out lets all others in.
    """
    if check.is_negated or (check.is_plain and any(map(_is_any, check.values))):
        return False
    return not check.is_optional and check.key not in OF_STRANGERS and not check.key.startswith(OWN_TAGS)


def subjects(subject: Subject) -> Iterator[Remark]:
    """github-wide, github-by-name and wildcard-subject, the first that fits of each subject."""
    for part, path, who in _admitted(subject):
        if who.sort is not Sort.ISSUER:
            continue
        found = [one for one in checks(part) if one.key == f"{who.name}:sub".lower() and one.is_plain]
        if _is_github(who) and not found:
            message = "the trust asks for no subject, so it is not bound to one repository; compare the claim sub"
            yield Remark("github-wide", path, message)
        for value in sorted({value for one in found for value in one.values}):
            yield from _about(who, value, _place(part, who) or path, found)


def _about(who: Trusted, value: str, path: Path, found: Iterable[Check]) -> Iterator[Remark]:
    shown = f'the subject "{value}"'
    open_ended = any(value in one.values and one.takes_wildcards for one in found) and _OPEN.search(value)
    if _is_github(who) and not _OF_ONE.fullmatch(value):
        message = f"{shown} is not that of one repository; write repo:OWNER/REPOSITORY:…"
        yield Remark("github-wide", path, message)
    elif open_ended:
        message = f"{shown} means many; name the environment, the branch or the job"
        yield Remark("wildcard-subject", path, message)
    elif _is_github(who) and _BY_NAME.fullmatch(value):
        message = f"{shown} trusts a new owner of the name, too; write owner_id and repository_id"
        yield Remark("github-by-name", path, message)


def _is_github(who: Trusted) -> bool:
    return who.name == GITHUB or who.name.startswith(f"{GITHUB}/")


def _admitted(subject: Subject) -> Iterator[tuple[Statement, Path, Trusted]]:
    """Each principal of an Allow statement with its place."""
    for part in subject.parts:
        principals = part.data.get("Principal")
        if not part.allows:
            continue
        if principals == "*":
            yield part, (*part.path, "Principal"), trusted("AWS", "*")
        for kind, names in principals.items() if isinstance(principals, Mapping) else ():
            alone = not isinstance(names, list | tuple)
            for index, name in enumerate(listed(names)):
                place: Path = (*part.path, "Principal", str(kind))
                yield part, place if alone else (*place, index), trusted(str(kind), str(name))


def _place(part: Statement, who: Trusted) -> Path | None:
    """The place of the test of the subject."""
    key = f"{who.name}:sub".lower()
    tests = (test for test in part.tests() if test.key is not None and test.key.lower() == key)
    return next(((*part.path, "Condition", test.operator, str(test.key)) for test in tests), None)
