"""AWS Organizations: the root, its units and accounts, and their tags."""

from collections.abc import Mapping, Sequence
from typing import Any

from iamspec.sandbox import views
from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.organization import JOINED, Member, Organization, Unit
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.sessions import Caller

PAGE = 20

Params = Mapping[str, Any]


class Organizations:
    """The organization as its management account sees it.

    A member may only describe it.
    """

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def describe_organization(self, _: Caller, __: Params) -> dict[str, Any]:
        organization = self._organization()
        management = organization.management
        return {
            "Organization": {
                "Id": organization.id,
                "Arn": self._arn(f"organization/{organization.id}"),
                "FeatureSet": "ALL",
                "MasterAccountArn": self._arn(f"account/{organization.id}/{management}"),
                "MasterAccountId": management,
                "MasterAccountEmail": self._member(management).email,
                "AvailablePolicyTypes": [],
            }
        }

    def list_roots(self, caller: Caller, params: Params) -> dict[str, Any]:
        root = self._managed(caller).root
        shown = {"Id": root.id, "Arn": self._arn(f"root/{self._organization().id}/{root.id}")}
        return _page("Roots", [shown | {"Name": root.name, "PolicyTypes": []}], params)

    def list_organizational_units_for_parent(self, caller: Caller, params: Params) -> dict[str, Any]:
        units = self._managed(caller).below(self._parent(params["ParentId"]))
        return _page("OrganizationalUnits", [self._unit(unit) for unit in units], params)

    def describe_organizational_unit(self, caller: Caller, params: Params) -> dict[str, Any]:
        wanted = params["OrganizationalUnitId"]
        for unit in self._managed(caller).units:
            if unit.id == wanted and unit.parent is not None:
                return {"OrganizationalUnit": self._unit(unit)}
        raise Refused("OrganizationalUnitNotFoundException", f"There is no organizational unit {wanted}.")

    def list_accounts_for_parent(self, caller: Caller, params: Params) -> dict[str, Any]:
        members = self._managed(caller).accounts_in(self._parent(params["ParentId"]))
        return _page("Accounts", [self._account(member) for member in members], params)

    def list_accounts(self, caller: Caller, params: Params) -> dict[str, Any]:
        return _page("Accounts", [self._account(member) for member in self._managed(caller).members], params)

    def describe_account(self, caller: Caller, params: Params) -> dict[str, Any]:
        self._managed(caller)
        return {"Account": self._account(self._member(params["AccountId"]))}

    def list_parents(self, caller: Caller, params: Params) -> dict[str, Any]:
        child = params["ChildId"]
        organization = self._managed(caller)
        units = {unit.id: unit.parent for unit in organization.units}
        parent = units.get(child) or next((one.parent for one in organization.members if one.id == child), None)
        if parent is None:
            raise Refused("ChildNotFoundException", f"There is no child {child}.")
        kind = "ROOT" if parent == organization.root.id else "ORGANIZATIONAL_UNIT"
        return _page("Parents", [{"Id": parent, "Type": kind}], params)

    def list_tags_for_resource(self, caller: Caller, params: Params) -> dict[str, Any]:
        organization, wanted = self._managed(caller), params["ResourceId"]
        tags = {member.id: member.tags for member in organization.members}
        if wanted not in tags and not organization.has(wanted):
            raise Refused("TargetNotFoundException", f"There is no resource {wanted}.")
        return {"Tags": views.shown(tags.get(wanted, {}))}

    def _organization(self) -> Organization:
        if (found := self.accounts.organization) is None:
            raise Refused("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
        return found

    def _managed(self, caller: Caller) -> Organization:
        if caller.account != (found := self._organization()).management:
            raise Refused("AccessDeniedException", "You don't have permissions to access this resource.")
        return found

    def _parent(self, wanted: str) -> str:
        if not self._organization().has(wanted):
            raise Refused("ParentNotFoundException", f"There is no root and no organizational unit {wanted}.")
        return wanted

    def _member(self, account: str) -> Member:
        for member in self._organization().members:
            if member.id == account:
                return member
        raise Refused("AccountNotFoundException", f"There is no account {account} in the organization.")

    def _unit(self, unit: Unit) -> dict[str, Any]:
        return {"Id": unit.id, "Arn": self._arn(f"ou/{self._organization().id}/{unit.id}"), "Name": unit.name}

    def _account(self, member: Member) -> dict[str, Any]:
        return {
            "Id": member.id,
            "Arn": self._arn(f"account/{self._organization().id}/{member.id}"),
            "Email": member.email,
            "Name": member.name,
            "Status": member.state,
            "State": member.state,
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": JOINED,
        }

    def _arn(self, resource: str) -> str:
        return f"arn:{self.accounts.partition}:organizations::{self._organization().management}:{resource}"


def _page(name: str, whole: Sequence[Any], params: Params) -> dict[str, Any]:
    token, size = params.get("NextToken", "0"), params.get("MaxResults", PAGE)
    if not (token.isascii() and token.isdigit()):
        raise Refused("InvalidInputException", "The token is not valid.")
    begin, end = int(token), int(token) + size
    return {name: list(whole[begin:end])} | ({"NextToken": str(end)} if end < len(whole) else {})
