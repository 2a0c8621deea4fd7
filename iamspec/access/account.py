"""The policies of every user in a state of an account: live, or as a plan leaves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from iamspec.access.principals import Documents, Held, Powers, powers_of
from iamspec.kinds.contract import Address
from iamspec.live.observe import Live
from iamspec.policy.document import Document


@dataclass(frozen=True)
class AccountAccess:
    """A state of an account, with the documents of AWS-managed policies by ARN, as far as they were read.

    `documents` and `powers` are computed at the first question and
    then remembered.
    """

    live: Live
    aws: Mapping[str, Document] = field(default_factory=dict)

    @cached_property
    def documents(self) -> Documents:
        return Documents.of(self.live.resources, self.live.account, self.aws)

    @cached_property
    def powers(self) -> dict[Address, Powers]:
        """Every user of the account with all policies of the user."""
        return powers_of(self.live.resources, self.documents)

    def with_live(self, live: Live) -> "AccountAccess":
        """The same state after credentials were read.

        They decide nothing about policies, so the powers stay.
        """
        more = replace(self, live=live)
        for name in ("documents", "powers"):
            if name in self.__dict__:
                more.__dict__[name] = self.__dict__[name]
        return more

    def with_documents(self, aws: Mapping[str, Document]) -> "AccountAccess":
        """The same state after documents of AWS-managed policies were read.

        Powers are filled in, not computed again.
        """
        more = replace(self, aws={**self.aws, **aws})
        if aws and "powers" in self.__dict__:
            more.__dict__["powers"] = _filled(self.powers, aws)
        elif "powers" in self.__dict__:
            more.__dict__["powers"] = self.powers
        return more


def _filled(powers: Mapping[Address, Powers], aws: Mapping[str, Document]) -> dict[Address, Powers]:
    known: dict[tuple[str, Address | None], Held] = {}  # users of one group share the policies of the group

    def filled(held: Held) -> Held:
        if held.document is not None or held.arn not in aws or aws[held.arn].data is None:
            return held
        key = (held.arn, held.through)
        if key not in known:
            known[key] = replace(held, document=aws[held.arn])
        return known[key]

    return {
        address: replace(
            one,
            policies=tuple(map(filled, one.policies)),
            boundary=filled(one.boundary) if one.boundary is not None else None,
        )
        if one.unknown_arns
        else one
        for address, one in powers.items()
    }
