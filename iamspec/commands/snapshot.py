"""`iamspec snapshot`: saves the answers of an account, so that other commands can read them later."""

from collections.abc import Mapping
from typing import Any

from iamspec.iam import Account, Reader
from iamspec.kinds import KINDS
from iamspec.kinds.account import AccountKind
from iamspec.kinds.contract import Purpose
from iamspec.kinds.password_policy import PasswordPolicyKind
from iamspec.kinds.profile import LIST as PROFILES, ProfileKind
from iamspec.kinds.provider.kind import ProviderKind
from iamspec.live import observe
from iamspec.live.snapshot import Snapshot, bare, content


def take_snapshot(reader: Reader) -> Snapshot:
    """Everything that iamspec reads of an account, as IAM answered."""
    caller = reader.caller()
    listings = observe.listings()
    answers = {call.operation: one or {} for call, one in zip(listings, reader.read_each(listings), strict=True)}
    aliases, rules = (answers[kind.listing.operation] for kind in (AccountKind, PasswordPolicyKind))
    details: dict[str, list[Mapping[str, object]]] = {}
    for page in reader.pages(observe.swept()):
        for section, found in page.items():
            if isinstance(found, list):
                details.setdefault(section, []).extend(found)
    lists = [call for kind in KINDS.values() for call in kind.lists]
    lists += [kind.listing for kind in observe.REQUESTED]
    more = {call.operation: bare(one or {}) for call, one in zip(lists, reader.read_each(lists), strict=True)}
    more[PROFILES.operation] = _with_tags(reader, more[PROFILES.operation])
    alias = next(iter(aliases.get("AccountAliases", ())), None)
    arns = sorted(str(one["Arn"]) for one in details.get("Policies", ()))
    return Snapshot(
        Account(caller.account, caller.partition, alias, caller.endpoint),
        details,
        observe.policy_extras(reader, arns),
        rules.get("PasswordPolicy"),
        lists=more,
        providers=_providers(reader, more),
    )


def _with_tags(reader: Reader, profiles: Mapping[str, Any]) -> dict[str, Any]:
    """The list of instance profiles with the tags of each, which IAM leaves out of the list."""
    kind, account, records = ProfileKind(), Account("", ""), profiles.get(ProfileKind.details, [])
    calls = [kind.missing_reads(kind.parse(one, account), Purpose.EXPORT)[0] for one in records]
    answers = zip(records, reader.read_each(calls), strict=True)
    return {kind.details: [{**one, "Tags": list((answer or {}).get("Tags", ()))} for one, answer in answers]}


def _providers(reader: Reader, lists: Mapping[str, Mapping[str, object]]) -> dict[str, Mapping[str, object]]:
    """The answer about each identity provider, by its ARN."""
    kind = ProviderKind()
    account = Account("", "")
    calls = {}
    for listing in (kind.listing, *kind.lists):
        for record in kind.records(lists.get(listing.operation, {})):
            calls[str(record["Arn"])] = kind.missing_reads(kind.parse(record, account), Purpose.EXPORT)[0]
    answers = reader.read_each(list(calls.values()))
    return {arn: content(one or {}) for arn, one in zip(calls, answers, strict=True)}
