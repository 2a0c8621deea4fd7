"""The policies of every user in a state of an account: live, or as a plan leaves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from iamspec.access.principals import Documents, Held, Powers, powers_of, unreached
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
    earlier: "AccountAccess | None" = field(default=None, compare=False, repr=False)

    @cached_property
    def documents(self) -> Documents:
        return Documents.of(self.live.resources, self.live.account, self.aws)

    @cached_property
    def powers(self) -> dict[Address, Powers]:
        """Every user of the account with all policies of the user.

        Whoever is as in the earlier state has the same value.
        """
        return powers_of(self.live.resources, self.documents, self._kept)

    @property
    def _kept(self) -> Mapping[Address, Powers]:
        before, account = self.earlier, self.live.account
        if before is None or replace(before.live.account, alias=account.alias) != account:
            return {}
        same = unreached(before.live.resources, self.live.resources, account)
        return {address: one for address, one in before.powers.items() if same(address)}

    def after(self, live: Live) -> "AccountAccess":
        """The state after some calls, of which most users notice nothing."""
        return AccountAccess(live, self.aws, self)

    def with_live(self, live: Live) -> "AccountAccess":
        """The same state after credentials were read.

        They decide nothing about policies, so the powers stay.
        """
        more = replace(self, live=live)
        for name in ("documents", "powers"):
            if name in self.__dict__:
                more.__dict__[name] = self.__dict__[name]
        return more

    def with_documents(self, aws: Mapping[str, Document], earlier: "AccountAccess | None" = None) -> "AccountAccess":
        """The same state after documents of AWS-managed policies were read.

        Powers are filled in, not computed again. `earlier` is the
        earlier state with the same documents.
        """
        more = replace(self, aws={**self.aws, **aws}, earlier=earlier or self.earlier)
        if "powers" not in self.__dict__:
            return more
        shared: dict[int, Powers] = {}
        if self.earlier is not None and earlier is not None:
            was, becomes = self.earlier.powers, earlier.powers
            shared = {id(one): becomes[address] for address, one in was.items()}
        more.__dict__["powers"] = _filled(self.powers, aws, shared) if aws else self.powers
        return more


def _filled(
    powers: Mapping[Address, Powers], aws: Mapping[str, Document], shared: Mapping[int, Powers]
) -> dict[Address, Powers]:
    known: dict[tuple[str, Address | None], Held] = {}  # users of one group share the policies of the group

    def filled(held: Held) -> Held:
        if held.document is not None or held.arn not in aws or aws[held.arn].data is None:
            return held
        key = (held.arn, held.through)
        if key not in known:
            known[key] = replace(held, document=aws[held.arn])
        return known[key]

    def whole(one: Powers) -> Powers:
        bound = filled(one.boundary) if one.boundary is not None else None
        return replace(one, policies=tuple(map(filled, one.policies)), boundary=bound)

    return {
        address: shared.get(id(one)) or (whole(one) if one.unknown_arns else one) for address, one in powers.items()
    }
