"""The sweep of the account as evidence, with the roles, even if single listings are denied."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from iamspec.errors import IamError, Unreadable
from iamspec.iam import Account, Call, Caller, Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, moment
from iamspec.kinds.holdings import inline_documents
from iamspec.kinds.password_policy import PASSWORD_POLICY, PasswordPolicy
from iamspec.kinds.tags import own_tags
from iamspec.live import observe
from iamspec.live.snapshot import NOT_SAVED
from iamspec.policy.document import Document, decode
from iamspec.status.answers import DENIED, Answer, refused
from iamspec.status.evidence import Entities, Evidence, Missing, RoleFacts

UNKNOWN = DENIED | {NOT_SAVED}


class Listening:
    """A Reader that goes on where a listing is denied, remembers the refusal, and keeps the records of roles."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.refused: dict[str, IamError] = {}
        self.heard: dict[str, Answer] = {}
        self.roles: list[Answer] = []
        self.versions: dict[str, datetime] = {}

    def caller(self) -> Caller:
        return self._reader.caller()

    def now(self) -> datetime:
        return self._reader.now()

    def pages(self, call: Call) -> Iterator[Answer]:
        for page in self._reader.pages(call):
            self.roles += page.get("RoleDetailList", ())
            self.versions |= dict(_dated(page.get("Policies", ())))
            yield page

    def read_each(self, calls: Sequence[Call]) -> list[Answer | None]:
        return [self._heard(call, answer) for call, answer in zip(calls, self.attempt_each(calls), strict=True)]

    def attempt_each(self, calls: Sequence[Call]) -> list[Answer | IamError]:
        return self._reader.attempt_each(calls)

    def _heard(self, call: Call, answer: Answer | IamError) -> Answer | None:
        if not isinstance(answer, IamError):
            self.heard[call.operation] = answer
            return answer
        if answer.code in UNKNOWN:
            self.refused[call.operation] = answer
        elif not answer.missing:
            raise Unreadable(str(answer)) from answer
        return None


def swept(reader: Reader, found: Evidence, caller: Caller) -> Evidence:
    """The evidence with the users, groups, policies and roles of the account, and its password policy."""
    listening = Listening(reader)
    try:
        live = observe.read_live(listening, caller)
    except IamError as error:
        if error.code not in UNKNOWN:
            raise
        return replace(found, entities=refused(error), password_policy=_rules(listening, found.account))
    roles = tuple(_role(record, live.account) for record in listening.roles)
    rules = _rules(listening, found.account)
    return replace(
        found,
        account=live.account,
        entities=Entities(live, roles, listening.versions, live.holders),
        password_policy=rules,
    )


def _rules(listening: Listening, account: Account) -> PasswordPolicy | Missing:
    kind = KINDS[PASSWORD_POLICY.kind]
    if error := listening.refused.get(kind.listing.operation):
        return refused(error)
    (record,) = kind.records(listening.heard.get(kind.listing.operation, {}))
    found: PasswordPolicy = kind.parse(record, account)
    return found


def _dated(policies: Iterable[Answer]) -> Iterator[tuple[str, datetime]]:
    """When the document of each policy that is in force was written."""
    for one in policies:
        for version in one.get("PolicyVersionList") or ():
            if version.get("IsDefaultVersion") and (made := moment(version.get("CreateDate"))):
                yield one["Arn"], made


def _role(record: Answer, account: Account) -> RoleFacts:
    return RoleFacts(
        address=Address("role", record["RoleName"]),
        path=record.get("Path", "/"),
        trust=Document(decode(record.get("AssumeRolePolicyDocument")), account.partition),
        inline=inline_documents(record.get("RolePolicyList") or (), account),
        tags=own_tags(record.get("Tags") or ()),
    )
