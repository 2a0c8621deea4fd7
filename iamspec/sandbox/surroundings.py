"""What other services say of an account: contacts, regions, access analyzers, and the tags of policies."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from iamspec.sandbox import views
from iamspec.sandbox.backend import Backend
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.trail import HOMES

PAGE = 100
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2")

Params = Mapping[str, Any]


class AccountManagement:
    """The service `account`."""

    def get_alternate_contact(self, backend: Backend, _: str, params: Params) -> dict[str, Any]:
        kind = params["AlternateContactType"]
        if (contact := backend.contacts.get(kind)) is None:
            raise Refused("ResourceNotFoundException", f"No contact of type {kind} was found.")
        return {"AlternateContact": {**contact, "AlternateContactType": kind}}

    def list_regions(self, _: Backend, __: str, params: Params) -> dict[str, Any]:
        wanted = params.get("RegionOptStatusContains") or ["ENABLED_BY_DEFAULT"]
        regions = REGIONS if "ENABLED_BY_DEFAULT" in wanted else ()
        return {"Regions": [{"RegionName": one, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for one in regions]}


class AccessAnalyzer:
    """The analyzers of a region, as declared."""

    def list_analyzers(self, backend: Backend, region: str, params: Params) -> dict[str, Any]:
        wanted = params.get("type")
        found = [kind for where, kind in sorted(backend.analyzers) if where == region and wanted in {None, kind}]
        made = datetime(2020, 1, 1, tzinfo=UTC).isoformat().replace("+00:00", "Z")
        return {
            "analyzers": [
                {
                    "arn": f"arn:{backend.partition}:access-analyzer:{region}:{backend.account_id}:analyzer/{kind}",
                    "name": kind,
                    "type": kind,
                    "createdAt": made,
                    "status": "ACTIVE",
                }
                for kind in found
            ]
        }


class Tagging:
    """The Resource Groups Tagging API as far as IAM has a part in it.

    Users and roles are left out.
    """

    def get_resources(self, backend: Backend, region: str, params: Params) -> dict[str, Any]:
        """Tagged resources of the home region, 100 a page at most."""
        size = params.get("ResourcesPerPage") or PAGE
        if not 1 <= size <= PAGE:
            raise Refused("InvalidParameterException", f"ResourcesPerPage must be between 1 and {PAGE}.")
        wanted, arns = params.get("ResourceTypeFilters") or ["iam"], params.get("ResourceARNList")
        found = [
            (arn, tags)
            for kind, arn, tags in _tagged(backend)
            if {"iam", f"iam:{kind}"} & set(wanted)
            and (arns is None or arn in arns)
            and all(_matches(one, tags) for one in params.get("TagFilters") or ())
        ]
        if region != HOMES.get(str(backend.partition), region):
            found = []
        token = params.get("PaginationToken") or "0"
        if not (token.isascii() and token.isdigit()):
            raise Refused("PaginationTokenExpiredException", "The pagination token is not valid.")
        begin, end = int(token), int(token) + size
        shown = [{"ResourceARN": arn, "Tags": views.shown(tags)} for arn, tags in found[begin:end]]
        return {"ResourceTagMappingList": shown, "PaginationToken": str(end) if end < len(found) else ""}


def _tagged(backend: Backend) -> list[tuple[str, str, Mapping[str, str]]]:
    kinds: dict[str, list[Any]] = {
        "policy": backend.customer_policies(),
        "instance-profile": list(backend.instance_profiles.values()),
        "oidc-provider": list(backend.open_id_providers.values()),
        "saml-provider": list(backend.saml_providers.values()),
    }
    return [(kind, one.arn, one.tags) for kind, entities in kinds.items() for one in entities if one.tags]


def _matches(tag_filter: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    value, wanted = tags.get(tag_filter["Key"]), tag_filter.get("Values")
    return value is not None and (not wanted or value in wanted)
