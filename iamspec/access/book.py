"""The users and roles of a spec or of an account, and the answers that their policies give by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from iamspec.access.principals import ADMINISTRATOR, Held, Powers
from iamspec.access.targets import Target
from iamspec.errors import IamspecError, Location
from iamspec.kinds.contract import Address, AnyDeclared
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Decision, Principal, Reason, Request, Source, contradictions, evaluate

EVERYTHING = Source("what is not known", Document(ADMINISTRATOR))


@dataclass(frozen=True, slots=True)
class Ground:
    """A deciding statement: the policy, and the place in the spec."""

    reason: Reason
    held: Held
    location: Location | None = None

    @property
    def text(self) -> str:
        place = f" at {self.location}" if self.location else ""
        depends = f", if {', '.join(self.reason.missing)}" if self.reason.missing else ""
        return f"{self.reason.effect} by Statement[{self.reason.statement}] of {self.held.label}{place}{depends}"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer for a user.

    `unknown` are unread policies that could change the answer.
    """

    address: Address
    answer: Answer
    note: str
    grounds: tuple[Ground, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """The users of a spec or of an account, and the places of their lines in the spec."""

    powers: Mapping[Address, Powers]
    account_id: str
    declared: Mapping[Address, AnyDeclared] = field(default_factory=dict)
    endpoint: str | None = None  # where the account answers, if that is not AWS
    trusts: Mapping[Address, Target] = field(default_factory=dict)  # the roles that may be assumed

    def of(self, name: str) -> Powers:
        """A user by name or address, or a role by address.

        Raises IamspecError if there is no such user or role.
        """
        is_role = name.startswith("role/")
        address = (
            Address("role", name.removeprefix("role/")) if is_role else Address("user", name.removeprefix("user/"))
        )
        if address not in self.powers:
            raise IamspecError(f"there is no {address}")
        return self.powers[address]

    def by_policies(self, powers: Powers, request: Request) -> Answered:
        """The answer by the policies of a user or role alone."""
        principal = self._principal(powers)
        decision = evaluate(principal, request)
        unknown = _open(powers, principal, request, decision)
        grounds = self._grounds(decision, powers)
        if unknown:
            note = f"depends on {', '.join(unknown)}, whose documents are not known here"
            return Answered(powers.address, Answer.DEPENDS, note, grounds, unknown)
        return Answered(powers.address, decision.answer, decision.note, grounds)

    def contradictions(self, powers: Powers, request: Request) -> list[str]:
        """Sentences about keys of the context that the user decides about, and has with another value."""
        found = contradictions(self._principal(powers), request) if request.context else []
        return [
            f"{one.key} of {powers.address} is {_values(one.actual)}, not {_values(one.given)}; leave it out of the context"
            for one in found
        ]

    def _principal(self, powers: Powers) -> Principal:
        bounds = powers.boundary.source if powers.boundary else None
        sources = tuple([one.source for one in powers.policies if one.source is not None])
        return Principal(powers.arn, self.account_id, powers.address.name, powers.tags, sources, bounds)

    def _grounds(self, decision: Decision, powers: Powers) -> tuple[Ground, ...]:
        if not decision.reasons:  # of most users: nothing allows it
            return ()
        held = {one.label: one for one in (*powers.policies, *((powers.boundary,) if powers.boundary else ()))}
        return tuple(self._ground(reason, held[reason.source.label]) for reason in decision.reasons)

    def _ground(self, reason: Reason, held: Held) -> Ground:
        declared = self.declared.get(held.owner)
        place = declared.locate((*held.path, "Statement", reason.statement)) if declared else None
        return Ground(reason, held, place)


def _open(powers: Powers, principal: Principal, request: Request, decision: Decision) -> tuple[str, ...]:
    """The unread policies that could change a decision.

    None if the decision stays a denial even where they allow
    everything.
    """
    policies = [held for held in powers.policies if held.document is None]
    bounds = [powers.boundary] if powers.boundary is not None and powers.boundary.document is None else []
    if decision.answer is Answer.DENIED and not policies:
        return ()  # an unread boundary gives nothing
    if decision.answer is Answer.DENIED:
        best = evaluate(replace(principal, policies=(*principal.policies, EVERYTHING)), request)
        if best.answer is Answer.DENIED:
            return ()
    return tuple(sorted({held.label for held in (*policies, *bounds)}))


def _values(values: Sequence[str]) -> str:
    return ", ".join(f'"{one}"' for one in values) or "absent"
