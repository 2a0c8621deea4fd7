"""The declared entities of a spec, as resources of an account."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from iamspec.desired.copying import EndedSource, ended_sources
from iamspec.desired.granted import all_granted
from iamspec.desired.load import Spec
from iamspec.desired.trusts import labels
from iamspec.desired.variables import variables
from iamspec.errors import InvalidSpec, Issue
from iamspec.iam import Account
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Granted, Resource
from iamspec.kinds.holdings import AWS_MANAGED
from iamspec.kinds.parts import Parts, moving, owned
from iamspec.kinds.policy.shape import Policy
from iamspec.policy.document import BEGINNING, Document, substitute
from iamspec.policy.limits import QUARANTINE
from iamspec.policy.managed import managed_documents

DENYING = ("AWSDenyAll", QUARANTINE)
State = Mapping[Address, Resource]


@dataclass(frozen=True, slots=True)
class Names:
    """The world that kinds ask.

    It has the ARNs and documents of the account's customer-managed
    policies, by folded name, and the parts of entities.
    """

    account: Account
    arns: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)  # by ARN
    variables: Mapping[str, str] = field(default_factory=dict)  # those of a fleet
    parts: Parts = field(default_factory=Parts)
    made: dict[int, tuple[Any, Document]] = field(default_factory=dict, compare=False, repr=False)

    def policy_arn(self, reference: str) -> str:
        text = str(reference)
        if BEGINNING in text:
            text = substitute(text, variables(self.account.id, self.account.partition, self.variables))
        if text.startswith("arn:"):
            return text
        if text.startswith(AWS_MANAGED):
            return f"arn:{self.account.partition}:iam::aws:policy/{text.removeprefix(AWS_MANAGED)}"
        return self.arns.get(text.casefold(), self.account.arn(f"policy/{text}"))

    def document(self, data: Any) -> Document:
        """The document of data as written.

        It is the same Document each time, so that comparing and
        reading it is done once. `made` keeps the data alive.
        """
        known = self.made.get(id(data))
        if known is None:
            known = self.made[id(data)] = data, self._document(data)
        return known[1]

    def _document(self, data: Any) -> Document:
        written = substitute(data, variables(self.account.id, self.account.partition, self.variables))
        return Document(written, self.account.partition)

    def only_denies(self, policy_arn: str) -> bool:
        if policy_arn in self.documents:
            return self.documents[policy_arn].only_denies
        of_aws = managed_documents(self.account.partition).get(policy_arn)
        return of_aws.only_denies if of_aws else policy_arn.rpartition("/")[2].startswith(DENYING)


@dataclass(frozen=True, slots=True)
class Desired:
    """The spec in an account: the declared entities, the external entities, and all their names.

    `copiers` follow a suspended or ended user. Their changes are
    held back, except for the `released` ones.
    """

    spec: Spec
    world: Names
    resources: State
    external: frozenset[Address]
    ends: Mapping[Address, Mapping[tuple[str, str], datetime]] = field(default_factory=dict)  # by field and item
    copiers: Mapping[Address, EndedSource] = field(default_factory=dict)
    released: frozenset[Address] = frozenset()

    def beside(self, live: State) -> "Desired":
        """The same spec, with what becomes of the parts of live entities.

        A declared part stands by itself. A part without an owner,
        or with a tombstone, stays until its own change deletes it.
        """
        had, wanted = ({part for part, _ in owned(one)} for one in (live, self.resources))
        known = set(self.resources) | self.external
        parts = Parts(
            found=frozenset(live) | had | known,
            staying=frozenset({*set(live) - had, *wanted, *known, *self.spec.absent}),
            moving=moving(live, {**live, **self.resources}),
        )
        return replace(self, world=replace(self.world, parts=parts))

    @property
    def held_back(self) -> frozenset[Address]:
        return frozenset(self.copiers) - self.released


def desired(
    spec: Spec,
    account: Account,
    live: State,
    now: datetime | None = None,
    granted: Mapping[Address, Granted] | None = None,
) -> Desired:
    """The resources that a valid spec declares for an account.

    Live names decide about paths in ARNs. A live policy is found
    by name, under any path. Entities that have ended by
    `now` are not wanted any more. Without a time nothing has
    ended. Raises InvalidSpec if the spec then has issues.
    `granted` are the grants at that time, if they are known
    already.
    """
    issues: list[Issue] = []
    granted = all_granted(spec, issues, now) if granted is None else granted
    if issues and now is not None:
        raise InvalidSpec(issues)
    account = replace(account, labels={**account.labels, **labels(spec, account)})
    world = _names(spec, account, live)
    resources: dict[Address, Resource] = {}
    external = set()
    for address, declared in spec.entities.items():
        if getattr(declared.shape, "external", False):
            external.add(address)
            continue
        if not KINDS[address.kind].declares(declared.shape):
            continue
        resources[address] = KINDS[address.kind].desired(declared, granted.get(address, Granted()), world)
    ends = {address: one.ends for address, one in granted.items() if one.ends}
    copiers = {} if now is None else ended_sources(spec, now)
    wanted = Desired(spec, world, resources, frozenset(external), ends, copiers)
    return wanted.beside(live)


def live_names(account: Account, live: State) -> Names:
    """The names of the policies that are live."""
    arns, documents = {}, {}
    for address, resource in live.items():
        if isinstance(resource, Policy):
            arn = resource.facts.arn
            arns[address.folded], documents[arn] = arn, resource.document
    return Names(account, arns, documents)


def _names(spec: Spec, account: Account, live: State) -> Names:
    arns = {}
    for declared in spec.of("policy"):
        arns[declared.address.folded] = account.arn(f"policy{declared.shape.path}{declared.address.name}")
    there = live_names(account, live)
    arns, documents = {**arns, **there.arns}, dict(there.documents)
    world = Names(account, arns, variables=spec.variables)
    for declared in spec.of("policy"):
        if not declared.shape.external:
            documents[arns[declared.address.folded]] = world.document(declared.shape.document)
    return replace(world, documents=documents)
