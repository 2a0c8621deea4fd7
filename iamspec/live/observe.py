"""Live IAM through a Reader: a sweep of the account, then single reads for facts that the sweep lacks."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from iamspec.errors import IamError
from iamspec.iam import Account, Call, Caller, Reader
from iamspec.kinds import KINDS, AnyKind
from iamspec.kinds.account import ADDRESS as ALIAS
from iamspec.kinds.contract import Address, Purpose, Resource, sweep
from iamspec.live import tag_listing
from iamspec.live.parts import begun
from iamspec.live.relations import Referrer, holders_of, members_of, referrers_of
from iamspec.live.snapshot import NOT_SAVED
from iamspec.live.tag_listing import TagListing
from iamspec.policy.document import Document, decode
from iamspec.policy.managed import default_version, managed_documents

AWS_PATHS = (
    "job-function/",
    "service-role/",
    "aws-service-role/",
)  # where AWS keeps managed policies, but for the root
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
SWEEP = "GetAccountAuthorizationDetails"
SWEPT = [kind for kind in KINDS.values() if kind.listing.operation == SWEEP]
SINGLE = [kind for kind in KINDS.values() if kind.listing.operation != SWEEP and not kind.by_request]
REQUESTED = [kind for kind in KINDS.values() if kind.listing.operation != SWEEP and kind.by_request]


@dataclass(frozen=True)
class Live:
    """A whole account as it is.

    Its relations are computed at the first question and then
    remembered.
    """

    account: Account
    caller: Caller
    resources: Mapping[Address, Resource]
    now: datetime = END_OF_TIME
    owners: Mapping[Address, str] = field(
        default_factory=dict
    )  # the stack that owns each entity, or the reason why it is unknown
    unasked: frozenset[Address] = frozenset()  # entities that CloudFormation could not be asked about
    aws: frozenset[str] = frozenset()  # AWS-managed policies that are known to exist
    missing: frozenset[str] = frozenset()  # AWS-managed policies that are known not to
    listed_tags: Callable[[], TagListing] = field(
        default=dict, compare=False
    )  # of policies, which confirm a spec and decide nothing
    unattachable: frozenset[str] = frozenset()  # AWS-managed policies without holders that cannot be attached
    listed: frozenset[str] = frozenset()  # the kinds beyond the sweep that were listed

    @cached_property
    def referrers(self) -> dict[Address, list[Referrer]]:
        """The entities that name each entity of the account, and how.

        Entities that only list it are left out.
        """
        return referrers_of(self.resources, self.account)

    @cached_property
    def holders(self) -> dict[str, dict[Address, str]]:
        """The holders of each managed policy, by its ARN, and the way of holding: `attaches` or `is bounded by`."""
        return holders_of(self.resources)

    @cached_property
    def members(self) -> dict[Address, list[Address]]:
        """The users in each group."""
        return members_of(self.resources)

    def with_facts(self, **fields: Any) -> "Live":
        """The same account after more facts were read.

        Its relations are not computed again.
        """
        more = replace(self, **fields)
        more.__dict__.update({name: self.__dict__[name] for name in RELATIONS if name in self.__dict__})
        return more


RELATIONS = ("referrers", "holders", "members")


def read_live(reader: Reader, caller: Caller | None = None, *, tagged: int = 0) -> Live:
    """The account in one sweep.

    A failed read raises. A half-read account would look like a
    deletion. `tagged` is how many policies will be asked for their
    tags. Of many policies, the tags are listed while the sweep
    runs.
    """
    caller = caller or reader.caller()
    account = Account(caller.account, caller.partition, endpoint=caller.endpoint)
    if tagged <= tag_listing.FEW:
        return _swept(reader, caller, account)
    listed_tags = begun(lambda: tag_listing.read(reader, account.partition))
    return replace(_swept(reader, caller, account), listed_tags=listed_tags)


def _swept(reader: Reader, caller: Caller, account: Account) -> Live:
    resources: dict[Address, Resource] = {}
    for kind, answer in zip(SINGLE, reader.read_each(listings()), strict=True):
        _parse(kind, answer or {}, account, resources)
    for page in reader.pages(swept()):
        for kind in SWEPT:
            _parse(kind, page, account, resources)
    alias: Any = resources[ALIAS]
    return Live(replace(account, alias=alias.alias), caller, resources, reader.now())


def read_named(reader: Reader, account: Account, touched: Iterable[Address]) -> Live:
    """The account in a sweep, with the names that are known, and the kinds of some entities beyond the sweep."""
    live = read_live(reader)
    named = replace(live, account=replace(live.account, labels=account.labels))
    kinds = {one.kind for one in touched}
    along = {one.name for one in REQUESTED if one.comes_with in kinds}
    return read_saved(reader, read_requested(reader, named, kinds), along)


def read_saved(reader: Reader, live: Live, kinds: Collection[str]) -> Live:
    """The account with the entities of some kinds, where a snapshot has them."""
    try:
        return read_requested(reader, live, kinds)
    except IamError as error:
        if error.code != NOT_SAVED:
            raise
        return live


def read_requested(reader: Reader, live: Live, kinds: Collection[str]) -> Live:
    """The account with the entities of kinds that only some specs ask for.

    IamError where a list is refused.
    """
    asked = [kind for kind in REQUESTED if kind.name in kinds and kind.name not in live.listed]
    calls = [(kind, call) for kind in asked for call in (kind.listing, *kind.lists)]
    if not calls:
        return live
    resources = dict(live.resources)
    answers = reader.attempt_each([call for _, call in calls])
    for (kind, _), answer in zip(calls, answers, strict=True):
        if isinstance(answer, IamError):
            raise answer
        _parse(kind, answer, live.account, resources)
    return replace(live, resources=resources, listed=live.listed | {kind.name for kind in asked})


def _parse(kind: AnyKind, answer: Mapping[str, Any], account: Account, found: dict[Address, Resource]) -> None:
    for record in kind.records(answer):
        if not _belongs_to_aws(record):
            resource = kind.parse(record, account)
            found[kind.address(resource)] = resource


def listings() -> list[Call]:
    """The calls that list the kinds that the sweep lacks, in the order of SINGLE."""
    return [kind.listing for kind in SINGLE]


def swept() -> Call:
    """The sweep of all kinds that it has."""
    return sweep(*sorted({entity for kind in SWEPT for entity in kind.listing.params["Filter"]}))


def _belongs_to_aws(record: Any) -> bool:
    """Whether a record is of an AWS-managed policy, which captures taken without a filter have too."""
    return isinstance(record, Mapping) and str(record.get("Arn")).split(":")[4:5] == ["aws"]


def policy_extras(reader: Reader, arns: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The tags and descriptions of customer-managed policies, which the sweep lacks, by ARN."""
    answers = reader.read_each([Call("GetPolicy", {"PolicyArn": arn}) for arn in arns])
    found = {}
    for arn, answer in zip(arns, answers, strict=True):
        policy = (answer or {}).get("Policy", {})
        found[arn] = {key: policy[key] for key in ("Description", "Tags") if policy.get(key)}
    return {arn: one for arn, one in found.items() if one}


def confirmed(live: Live, desired: Mapping[Address, Resource]) -> Live:
    """The account with the listed tags of the policies that these make equal to desired."""
    listed = live.listed_tags()
    found = {one: KINDS[one.kind].confirmed(desired[one], live.resources[one], listed) for one in desired if listed}
    return live.with_facts(resources={**live.resources, **found}) if listed else live


def fill(reader: Reader, live: Live, wanted: Mapping[Address, Purpose]) -> Live:
    """The account with the facts that the sweep lacks about some entities.

    They are read side by side, until nothing is missing. A read
    that many entities ask for, such as ListRoles, is made once.
    """
    resources = dict(live.resources)
    while True:
        asked = [(one, KINDS[one.kind].missing_reads(resources[one], wanted[one])) for one in sorted(wanted)]
        calls = {_key(call): call for _, its in asked for call in its}
        if not calls:
            return live.with_facts(resources=resources)
        answers = dict(zip(calls, reader.read_each(list(calls.values())), strict=True))
        for address, its in asked:
            if its:
                resources[address] = KINDS[address.kind].after_reads(
                    resources[address], [(one, answers[_key(one)]) for one in its]
                )


def _key(call: Call) -> tuple[Any, ...]:
    """Equal for equal reads, whose parameters are texts and numbers."""
    return (call.service, call.region, call.operation, *sorted(call.params.items()))


def read_quotas(reader: Reader) -> dict[str, int]:
    """The account's own limits and counts, by the names of GetAccountSummary."""
    (answer,) = reader.read_each([Call("GetAccountSummary")])
    return dict((answer or {}).get("SummaryMap", {}))


def look_up(reader: Reader, live: Live, arns: Iterable[str]) -> Live:
    """The account with its known AWS-managed policies.

    For a missing policy the usual paths are tried.
    """
    attached = {arn for arn in live.holders if arn.split(":")[4:5] == ["aws"]}
    found, missing = _existing(reader, live.account.partition, set(arns) - attached)
    elsewhere = {arn.replace(":policy/", f":policy/{path}") for arn in missing for path in AWS_PATHS}
    return live.with_facts(
        aws=frozenset({*attached, *found, *_existing(reader, live.account.partition, elsewhere)[0]}),
        missing=frozenset(missing),
        unattachable=frozenset(arn for arn, policy in found.items() if policy.get("IsAttachable") is False),
    )


def _existing(reader: Reader, partition: str, arns: Collection[str]) -> tuple[dict[str, Mapping[str, Any]], set[str]]:
    """The answers of GetPolicy about existing policies, and the other ARNs.

    IAM refuses ARNs of other partitions.
    """
    asked = sorted(arn for arn in arns if arn.startswith(f"arn:{partition}:"))
    answers = reader.read_each([Call("GetPolicy", {"PolicyArn": arn}) for arn in asked])
    found = {arn: answer.get("Policy") or {} for arn, answer in zip(asked, answers, strict=True) if answer is not None}
    return found, set(arns) - found.keys()


def read_documents(reader: Reader, arns: Iterable[str], account: Account) -> dict[str, Document]:
    """The default documents of AWS-managed policies.

    A call is needed only where the package lacks the default
    version. The package also answers for IAM where IAM does not. A
    policy that neither knows is left out.
    """
    asked, known = sorted(arns), managed_documents(account.partition)
    answers = reader.attempt_each([Call("GetPolicy", {"PolicyArn": arn}) for arn in asked])
    gone = {arn for arn, answer in zip(asked, answers, strict=True) if isinstance(answer, IamError) and answer.missing}
    versions = [
        Call("GetPolicyVersion", {"PolicyArn": arn, "VersionId": version})
        for arn, answer in zip(asked, answers, strict=True)
        if (version := _default_version(answer)) not in {None, default_version(arn)}
    ]
    read = {
        call.params["PolicyArn"]: Document(decode(answer["PolicyVersion"]["Document"]), account.partition)
        for call, answer in zip(versions, _answers(reader, versions), strict=True)
        if answer.get("PolicyVersion")
    }
    return {arn: read.get(arn) or known[arn] for arn in asked if arn in read or (arn in known and arn not in gone)}


def _default_version(answer: Mapping[str, Any] | IamError) -> str | None:
    policy = {} if isinstance(answer, IamError) else answer.get("Policy") or {}
    return policy.get("DefaultVersionId")


def _answers(reader: Reader, calls: Sequence[Call]) -> list[Mapping[str, Any]]:
    return [{} if isinstance(answer, IamError) else answer for answer in reader.attempt_each(calls)]


def ask_owners(reader: Reader, live: Live, addresses: Iterable[Address], regions: Sequence[str | None]) -> Live:
    """The account with the CloudFormation stacks of some entities.

    An entity without an answer counts as owned. IAM entities do
    not reliably carry the tags of their stack, so
    DescribeStackResources is asked by physical id.
    """
    asked = [(address, region) for address in sorted(addresses) for region in regions]
    calls = [_stack_call(live.resources[address], address, region) for address, region in asked]
    owners: dict[Address, str] = {}
    unknown: dict[Address, str] = {}
    for (address, region), answer in zip(asked, reader.attempt_each(calls), strict=True):
        if reason := _unanswered(answer, region):
            unknown.setdefault(address, reason)
        elif not isinstance(answer, IamError) and (owner := _owner(answer)):
            owners.setdefault(address, owner)
    unasked = frozenset(unknown.keys() - owners.keys())
    return live.with_facts(owners={**live.owners, **unknown, **owners}, unasked=live.unasked | unasked)


def ask_managers(reader: Reader, live: Live, addresses: Iterable[Address]) -> Live:
    """The account with the services of AWS that manage some entities, such as IAM Role Manager.

    An entity without an answer counts as managed.
    """
    asked = [(one, call) for one in sorted(addresses) for call in KINDS[one.kind].owner_reads(live.resources[one])]
    resources, owners = dict(live.resources), dict(live.owners)
    for (address, call), answer in zip(asked, reader.attempt_each([call for _, call in asked]), strict=True):
        kind = KINDS[address.kind]
        if isinstance(answer, IamError):
            owners.setdefault(address, f"IAM could not be asked who else manages it: {answer}")
            continue
        resources[address] = kind.after_reads(resources[address], [(call, answer)])
        if owner := kind.owner(resources[address]):
            owners.setdefault(address, owner)
    return live.with_facts(resources=resources, owners=owners) if asked else live


def _stack_call(resource: Any, address: Address, region: str | None) -> Call:
    physical = KINDS[address.kind].physical_id(resource)
    return Call("DescribeStackResources", {"PhysicalResourceId": physical}, "cloudformation", region)


def _unanswered(answer: Mapping[str, Any] | IamError, region: str | None) -> str | None:
    """The reason why the answer does not say who owns an entity.

    None if it does. CloudFormation reports an entity without a
    stack as an error.
    """
    if not isinstance(answer, IamError) or (answer.code == "ValidationError" and "does not exist" in str(answer)):
        return None
    return f"CloudFormation could not be asked{f' in {region}' if region else ''} whether a stack owns it: {answer}"


def _owner(answer: Mapping[str, Any]) -> str | None:
    stacks = sorted({one.get("StackName", "?") for one in answer.get("StackResources", ())})
    return f"the CloudFormation stack {stacks[0]} owns it" if stacks else None
