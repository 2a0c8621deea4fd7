"""Live IAM through a Reader: one sweep of the account, then only what the sweep lacks and somebody needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from iamspec.document import Document, decode
from iamspec.errors import IamError
from iamspec.grants import attached_arns
from iamspec.iam import Account, Call, Caller, Reader
from iamspec.kind import Address, Purpose, Resource, moment, sweep
from iamspec.kinds import KINDS

AWS_PATHS = (
    "job-function/",
    "service-role/",
    "aws-service-role/",
)  # where AWS keeps managed policies, but for the root
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
SWEEP = "GetAccountAuthorizationDetails"


@dataclass(frozen=True, slots=True)
class Role:
    """A role, in so far as it holds policies that are somebody else's to delete."""

    address: Address
    path: str
    policies: frozenset[str]
    boundary: str | None


@dataclass(frozen=True, slots=True)
class Live:
    """An account as it is; whole, or it would not be here."""

    account: Account
    caller: Caller
    resources: Mapping[Address, Resource]
    now: datetime = END_OF_TIME
    roles: tuple[Role, ...] = ()
    owners: Mapping[Address, str] = field(default_factory=dict)  # which stack owns what, or why that is not known
    aws: frozenset[str] = frozenset()  # AWS-managed policies that are known to exist
    missing: frozenset[str] = frozenset()  # AWS-managed policies that are known not to

    def holders(self) -> dict[str, dict[Address, str]]:
        """Who holds each managed policy, by its ARN, and how: `attaches` or `is bounded by`."""
        found: dict[str, dict[Address, str]] = {}
        for address, resource in self.resources.items():
            if address.kind in {"user", "group"}:
                whole: Any = KINDS[address.kind].whole(resource)
                _hold(found, address, whole.policies, getattr(whole, "permissions_boundary", None))
        for role in self.roles:
            _hold(found, role.address, role.policies, role.boundary)
        return found

    def members(self) -> dict[Address, list[Address]]:
        """The users in each group."""
        found: dict[Address, list[Address]] = {}
        for address, resource in self.resources.items():
            for name in getattr(resource, "groups", ()):
                found.setdefault(Address("group", name), []).append(address)
        return found


def _hold(found: dict[str, dict[Address, str]], holder: Address, policies: Iterable[str], boundary: str | None) -> None:
    for arn in policies:
        found.setdefault(arn, {})[holder] = "attaches it"
    if boundary:
        found.setdefault(boundary, {})[holder] = "is bounded by it"


def read_live(reader: Reader, caller: Caller | None = None) -> Live:
    """The account in one sweep. Any read that fails raises: a half-read account would look like a deletion."""
    caller = caller or reader.caller()
    account = Account(caller.account, caller.partition)
    calls = listings()
    records: dict[str, list[Any]] = {}
    for call in calls:
        for page in reader.pages(call):
            for section, found in page.items():
                if isinstance(found, list):
                    records.setdefault(section, []).extend(found)
    aliases = records.get(KINDS["account"].details) or [None]
    records[KINDS["account"].details] = aliases[:1]
    account = replace(account, alias=aliases[0])
    resources: dict[Address, Resource] = {}
    for kind in KINDS.values():
        for record in records.get(kind.details, ()):
            if not _belongs_to_aws(record):
                resource = kind.parse(record, account)
                resources[kind.address(resource)] = resource
    roles = tuple(_role(record) for record in records.get("RoleDetailList", ()))
    return Live(account, caller, resources, reader.now(), roles)


def listings() -> list[Call]:
    """The calls that list every kind, the sweeps of them as one, with the roles, who hold policies too."""
    filters = [entity for kind in KINDS.values() for entity in kind.listing.params.get("Filter", ())]
    others = [kind.listing for kind in KINDS.values() if kind.listing.operation != SWEEP]
    return [*others, sweep(*sorted({*filters, "Role"}))]


def _belongs_to_aws(record: Any) -> bool:
    """Whether a record is of an AWS-managed policy, which captures taken without a filter have too."""
    return isinstance(record, Mapping) and str(record.get("Arn")).split(":")[4:5] == ["aws"]


def _role(record: Mapping[str, Any]) -> Role:
    boundary = (record.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    address = Address("role", record["RoleName"])
    return Role(address, record.get("Path", "/"), attached_arns(record), boundary)


def policy_extras(reader: Reader, arns: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The tags and descriptions of customer-managed policies, which the sweep lacks, by ARN."""
    answers = reader.read_each([Call("GetPolicy", {"PolicyArn": arn}) for arn in arns])
    found = {}
    for arn, answer in zip(arns, answers, strict=True):
        policy = (answer or {}).get("Policy", {})
        found[arn] = {key: policy[key] for key in ("Description", "Tags") if policy.get(key)}
    return {arn: one for arn, one in found.items() if one}


def fill(reader: Reader, live: Live, wanted: Mapping[Address, Purpose]) -> Live:
    """The account with what the sweep lacks about some entities, read side by side."""
    asked: list[tuple[Address, list[Call]]] = []
    for address in sorted(wanted):
        calls = KINDS[address.kind].lacks(live.resources[address], wanted[address])
        if calls:
            asked.append((address, calls))
    answers = iter(reader.read_each([call for _, calls in asked for call in calls]))
    resources = dict(live.resources)
    for address, calls in asked:
        resources[address] = KINDS[address.kind].told(resources[address], [next(answers) for _ in calls])
    return _key_use(reader, replace(live, resources=resources), [address for address, _ in asked])


def _key_use(reader: Reader, live: Live, addresses: Iterable[Address]) -> Live:
    """When the access keys that have become known were used last, which only a second question tells."""
    users: dict[Address, Any] = {one: live.resources[one] for one in addresses if one.kind == "user"}
    keys = [(address, key) for address, user in users.items() for key in user.facts.credentials.access_keys]
    answers = reader.read_each([Call("GetAccessKeyLastUsed", {"AccessKeyId": key}) for _, key in keys])
    resources = dict(live.resources)
    for (address, _), answer in zip(keys, answers, strict=True):
        used = (answer or {}).get("AccessKeyLastUsed", {}).get("LastUsedDate")
        resources[address] = KINDS[address.kind].used(resources[address], moment(used))
    return replace(live, resources=resources)


def read_quotas(reader: Reader) -> dict[str, int]:
    """The account's own limits and counts, by the names of GetAccountSummary."""
    (answer,) = reader.read_each([Call("GetAccountSummary")])
    return dict((answer or {}).get("SummaryMap", {}))


def look_up(reader: Reader, live: Live, arns: Iterable[str]) -> Live:
    """The account with which AWS-managed policies exist: attached ones do; for a missing one, usual paths are tried."""
    attached = {arn for arn in live.holders() if arn.split(":")[4:5] == ["aws"]}
    found, missing = _existing(reader, set(arns) - attached)
    elsewhere = {arn.replace(":policy/", f":policy/{path}") for arn in missing for path in AWS_PATHS}
    return replace(live, aws=frozenset(attached | found | _existing(reader, elsewhere)[0]), missing=frozenset(missing))


def _existing(reader: Reader, arns: Iterable[str]) -> tuple[set[str], set[str]]:
    asked = sorted(arns)
    answers = reader.read_each([Call("GetPolicy", {"PolicyArn": arn}) for arn in asked])
    found = {arn for arn, answer in zip(asked, answers, strict=True) if answer is not None}
    return found, set(asked) - found


def read_documents(reader: Reader, arns: Iterable[str], account: Account) -> dict[str, Document]:
    """The default documents of AWS-managed policies; one that cannot be read is left out."""
    asked = sorted(arns)
    found = _answers(reader, [Call("GetPolicy", {"PolicyArn": arn}) for arn in asked])
    versions = [
        Call("GetPolicyVersion", {"PolicyArn": arn, "VersionId": answer["Policy"]["DefaultVersionId"]})
        for arn, answer in zip(asked, found, strict=True)
        if (answer.get("Policy") or {}).get("DefaultVersionId")
    ]
    documents = _answers(reader, versions)
    return {
        call.params["PolicyArn"]: Document(decode(answer["PolicyVersion"]["Document"]), account.partition)
        for call, answer in zip(versions, documents, strict=True)
        if answer.get("PolicyVersion")
    }


def _answers(reader: Reader, calls: Sequence[Call]) -> list[Mapping[str, Any]]:
    return [{} if isinstance(answer, IamError) else answer for answer in reader.attempt_each(calls)]


def ask_owners(reader: Reader, live: Live, addresses: Iterable[Address], regions: Sequence[str | None]) -> Live:
    """The account with what CloudFormation owns of some entities; one that cannot be asked about counts as owned.

    IAM entities do not reliably carry the tags of their stack, so DescribeStackResources is asked by physical id.
    """
    asked = [(address, region) for address in sorted(addresses) for region in regions]
    calls = [_stack_call(live.resources[address], address, region) for address, region in asked]
    owners = dict(live.owners)
    for (address, region), answer in zip(asked, reader.attempt_each(calls), strict=True):
        if reason := _ownership(answer, region):
            owners.setdefault(address, reason)
    return replace(live, owners=owners)


def _stack_call(resource: Any, address: Address, region: str | None) -> Call:
    physical = resource.facts.arn if address.kind == "policy" else resource.name
    return Call("DescribeStackResources", {"PhysicalResourceId": physical}, "cloudformation", region)


def _ownership(answer: Mapping[str, Any] | IamError, region: str | None) -> str | None:
    if isinstance(answer, IamError):
        if answer.code == "ValidationError" and "does not exist" in str(answer):
            return None
        return f"CloudFormation could not be asked{f' in {region}' if region else ''} whether a stack owns it: {answer}"
    stacks = sorted({one.get("StackName", "?") for one in answer.get("StackResources", ())})
    return f"the CloudFormation stack {stacks[0]} owns it" if stacks else None
