"""Identity providers: issuers of tokens (OpenID Connect) with their audiences, and SAML providers with their metadata."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds.contract import Answer, Declared, Granted, Kind, Limit, Phase, Purpose, Step, World, moment
from iamspec.kinds.fields import UnreadText
from iamspec.kinds.holdings import check_tags, tag_steps
from iamspec.kinds.labels import OIDC, PROVIDER, SAML, is_center, label
from iamspec.kinds.provider.metadata import LONGEST, SHORTEST, NoMetadata, ends, fingerprints, live_metadata, metadata
from iamspec.kinds.provider.operations import (
    ADD_CLIENT,
    CREATE_ISSUER,
    CREATE_SAML,
    DELETE_ISSUER,
    DELETE_SAML,
    FEDERATION,
    ISSUER,
    OIDC_TAGGING,
    OPERATIONS,
    REMOVE_CLIENT,
    SAML_TAGGING,
    SET_THUMBPRINTS,
    UPDATE_SAML,
)
from iamspec.kinds.provider.shape import (
    MAX_CLIENT_IDS,
    MAX_THUMBPRINTS,
    THUMBPRINT,
    Provider,
    ProviderFacts,
    ProviderSpec,
    issuer_of,
    url_error,
    url_of,
)
from iamspec.kinds.tags import own_tags, reserved_tags, tag_list
from iamspec.policy.limits import COUNTS, name_error

NEVER = datetime.max.replace(tzinfo=UTC)
LISTS = (Call("ListSAMLProviders"),)
ONLY_OIDC = ("client_ids", "thumbprints")


class ProviderKind(Kind[ProviderSpec, Provider]):
    name: ClassVar[str] = PROVIDER
    section: ClassVar[str] = "identity_providers"
    shape = ProviderSpec
    listing: ClassVar[Call] = Call("ListOpenIDConnectProviders")
    details: ClassVar[str] = "OpenIDConnectProviderList"
    lists: ClassVar[tuple[Call, ...]] = LISTS
    reads: ClassVar[tuple[str, ...]] = ("GetOpenIDConnectProvider", "GetSAMLProvider")
    resource_types: ClassVar[tuple[str, ...]] = (OIDC, SAML)
    operations = OPERATIONS
    texts: ClassVar[tuple[str, ...]] = ("saml",)
    identifying: ClassVar[frozenset[str]] = frozenset({"oidc", "client_ids"})
    by_request: ClassVar[bool] = True
    listed_whole: ClassVar[bool] = False  # the lists have nothing but ARNs
    limits = (Limit("identity providers", COUNTS[PROVIDER], "Providers"),)

    # Written

    def check(self, declared: Declared[ProviderSpec]) -> Iterator[Issue]:
        spec = declared.shape
        if error := name_error(declared.address.name):
            yield declared.issue(error)
        yield from check_tags(declared, spec.tags, ignore_case=False)
        given = [one for one in ("oidc", "saml") if getattr(spec, one) is not None]
        if len(given) == 2:
            yield declared.issue("oidc and saml exclude each other; write two providers", "saml")
        elif not given and not spec.external:  # an external SAML provider needs no more than its name
            yield declared.issue('"oidc" or "saml" is missing; write the URL of an issuer, or a metadata document')
        if spec.oidc is not None:
            yield from _check_oidc(declared)
        elif spec.saml is not None and not isinstance(spec.saml, UnreadText):
            yield from _check_saml(declared)

    def check_day(self, declared: Declared[ProviderSpec], day: date) -> Iterator[tuple[Issue, bool]]:
        """Certificates that have ended. While another one is valid, people still get in."""
        if declared.shape.saml is None or isinstance(declared.shape.saml, UnreadText):
            return
        try:
            found = sorted(ends(metadata(declared.shape.saml)))
        except NoMetadata:
            return
        over = [one for one in found if one.date() < day]
        for one in over:
            rest = "" if len(over) == len(found) else "; another one is valid"
            yield declared.issue(f"a certificate in it has expired on {one.date()}{rest}", "saml"), not rest

    def identity(self, name: str, shape: ProviderSpec) -> str:
        return f"{OIDC}/{issuer_of(shape.oidc)}" if shape.oidc is not None else f"{SAML}/{name}"

    def desired(self, declared: Declared[ProviderSpec], granted: Granted, world: World) -> Provider:
        spec = declared.shape
        return Provider(
            name=declared.address.name,
            oidc=url_of(issuer_of(spec.oidc)) if spec.oidc is not None else "",
            client_ids=frozenset(spec.client_ids),
            thumbprints=None if spec.thumbprints is None else frozenset(map(str.lower, spec.thumbprints)),
            saml=None if spec.saml is None else live_metadata(spec.saml),
            tags=spec.tags,
        )

    def written(self, resource: Provider, account: Account) -> dict[str, Any]:
        thumbprints = resource.thumbprints
        return {
            "name": resource.name,
            "oidc": resource.oidc or None,
            "client_ids": sorted(resource.client_ids),
            "thumbprints": None if thumbprints is None else sorted(thumbprints),
            "saml": resource.saml.document if resource.saml else None,
            "tags": dict(sorted((resource.tags or {}).items())),
        }

    def stub(self, resource: Provider) -> dict[str, Any]:
        """The stub of a provider.

        The URL names the issuer. Roles ask for the audiences.
        """
        if not resource.oidc:
            return {"external": True}
        return {"oidc": resource.oidc, "client_ids": sorted(resource.client_ids), "external": True}

    def shown(self, resource: Provider, account: Account) -> dict[str, Any]:
        """Metadata are long, and compared by entity id and certificates alone."""
        written = self.written(resource, account)
        found = resource.saml
        if found is not None:
            written["saml"] = {"entity_id": found.entity_id, "certificates": fingerprints(found)}
        return written

    # Live

    def records(self, answer: Mapping[str, Any]) -> list[Any]:
        """The providers in an answer of either list, without that of Identity Center, which is AWS's own."""
        found = [*answer.get(self.details, ()), *answer.get("SAMLProviderList", ())]
        return [one for one in found if not is_center(one["Arn"])]

    def parse(self, record: Mapping[str, Any], account: Account) -> Provider:
        """Tokens of an issuer are known by the ARN.

        Everything else takes a read of its own.
        """
        arn, kind = record["Arn"], record["Arn"].split(":", 5)[5].partition("/")[0]
        facts = ProviderFacts(arn=arn, created=moment(record.get("CreateDate")))
        issuer = arn.partition(f":{OIDC}/")[2] if kind == OIDC else ""
        return Provider(name=label(arn, account), oidc=url_of(issuer), facts=facts)

    def missing_reads(self, live: Provider, purpose: Purpose) -> list[Call]:
        if live.facts.asked:
            return []
        if live.issuer:
            return [Call("GetOpenIDConnectProvider", {ISSUER.name: live.facts.arn})]
        return [Call("GetSAMLProvider", {FEDERATION.name: live.facts.arn})]

    def after_reads(self, live: Provider, answers: Sequence[Answer]) -> Provider:
        (_, answer) = answers[0]
        record: Mapping[str, Any] = answer or {}
        tags, document = record.get("Tags") or (), record.get("SAMLMetadataDocument")
        facts = replace(
            live.facts,
            asked=True,
            created=moment(record.get("CreateDate")) or live.facts.created,
            reserved_tags=reserved_tags(tags),
        )
        return replace(
            live,
            client_ids=frozenset(record.get("ClientIDList") or ()),
            thumbprints=frozenset(record.get("ThumbprintList") or ()) if live.issuer else None,
            saml=live_metadata(document) if document is not None else None,
            tags=own_tags(tags),
            facts=facts,
        )

    def as_listed(self, live: Provider) -> Provider:
        return Provider(live.name, live.oidc, facts=replace(live.facts, asked=False, reserved_tags={}))

    def physical_id(self, live: Provider) -> str:
        return live.facts.arn

    # Desired beside live

    def fill_desired(self, desired: Provider, live: Provider | None, now: datetime) -> Provider:
        if live is None:
            return desired
        filled = replace(desired, tags=live.tags if desired.tags is None else desired.tags)
        return replace(filled, thumbprints=live.thumbprints) if desired.thumbprints is None else filled

    def compares(self, desired: Provider) -> bool:
        return True

    def with_live_ids(self, expected: Provider, live: Provider) -> Provider:
        """IAM fetches the thumbprints that a call leaves out."""
        return self.fill_desired(expected, live, NEVER)

    def blocked(self, before: Provider, after: Provider) -> str | None:
        if (before.issuer, before.saml is None) != (after.issuer, after.saml is None):
            return (
                f"IAM cannot make {before.resource} into {after.resource}: declare the other provider under a name of "
                "its own, let the roles trust it, and then remove this one"
            )
        if before.name != after.name:
            return f'IAM cannot rename a SAML provider: it is live as "{before.name}"; write its name like that'
        if after.thumbprints == frozenset() and before.thumbprints:
            return "IAM keeps at least one thumbprint; write one, or take the line out"
        return None

    # Calls

    def as_created(self, resource: Provider) -> Provider:
        return resource

    def create(self, after: Provider, world: World) -> Iterator[Step]:
        tags = {"Tags": tag_list(after.tags)} if after.tags else {}
        if after.saml is not None:
            call = CREATE_SAML.call(Name=after.name, SAMLMetadataDocument=after.saml.document, **tags)
        else:
            params: dict[str, Any] = {"Url": after.oidc}
            if after.client_ids:
                params["ClientIDList"] = sorted(after.client_ids)
            if after.thumbprints:
                params["ThumbprintList"] = sorted(after.thumbprints)
            call = CREATE_ISSUER.call(**params, **tags)
        yield Step(self.address(after), Phase.CREATE, call)

    def update(self, before: Provider, after: Provider, world: World) -> Iterator[Step]:
        address, arn = self.address(after), before.facts.arn
        tagging = OIDC_TAGGING if after.issuer else SAML_TAGGING
        yield from tag_steps(address, tagging, arn, before.tags or {}, after.tags or {})
        if after.thumbprints and after.thumbprints != before.thumbprints:
            params = {ISSUER.name: arn, "ThumbprintList": sorted(after.thumbprints)}
            yield Step(address, Phase.UPDATE, SET_THUMBPRINTS.call(**params))
        if after.saml is not None and after.saml != before.saml:
            params = {FEDERATION.name: arn, "SAMLMetadataDocument": after.saml.document}
            yield Step(address, Phase.UPDATE, UPDATE_SAML.call(**params))
        for one in sorted(after.client_ids - before.client_ids):
            yield Step(address, Phase.GRANT, ADD_CLIENT.call(**{ISSUER.name: arn, "ClientID": one}))
        for one in sorted(before.client_ids - after.client_ids):
            yield Step(address, Phase.REVOKE, REMOVE_CLIENT.call(**{ISSUER.name: arn, "ClientID": one}))

    def delete(self, before: Provider) -> Iterator[Step]:
        row, owner = (DELETE_ISSUER, ISSUER) if before.issuer else (DELETE_SAML, FEDERATION)
        yield Step(self.address(before), Phase.DELETE, row.call(**{owner.name: before.facts.arn}))


def _check_oidc(declared: Declared[ProviderSpec]) -> Iterator[Issue]:
    spec = declared.shape
    if error := url_error(spec.oidc or ""):
        yield declared.issue(error, "oidc")
    for field, most in (("client_ids", MAX_CLIENT_IDS), ("thumbprints", MAX_THUMBPRINTS)):
        given = getattr(spec, field) or []
        for index, one in enumerate(given):
            if one in given[:index]:
                yield declared.issue(f'"{one}" stands here twice', field, index)
        if len(given) > most:
            yield declared.issue(f"{len(given)} of them; IAM allows {most} at most", field)
    for index, one in enumerate(spec.thumbprints or ()):
        if not THUMBPRINT.fullmatch(one):
            yield declared.issue(f'"{one}" is no thumbprint: 40 hexadecimal digits', "thumbprints", index)
    if spec.thumbprints == []:
        yield declared.issue("IAM keeps at least one thumbprint; write one, or take the line out", "thumbprints")


def _check_saml(declared: Declared[ProviderSpec]) -> Iterator[Issue]:
    spec = declared.shape
    for field in ONLY_OIDC:
        if getattr(spec, field):
            yield declared.issue(f"{field} are of an issuer of tokens (oidc); take this line out", field)
    if is_center(f":{SAML}/{declared.address.name}"):
        yield declared.issue("this is the provider of Identity Center, which only AWS may change; take it out")
    try:
        found = metadata(spec.saml)
        list(ends(found))
    except NoMetadata as error:
        yield _placed(declared.issue(str(error), "saml"), error)
        return
    if not SHORTEST <= len(spec.saml) <= LONGEST:
        yield declared.issue(f"{len(spec.saml)} characters; IAM takes {SHORTEST} to {LONGEST:,}", "saml")


def _placed(issue: Issue, error: NoMetadata) -> Issue:
    """The issue at the line of a file of its own.

    Metadata within YAML are shown at their start.
    """
    if error.position is None or issue.location is None or issue.location.line != 1:
        return issue
    line, column = error.position
    return replace(issue, location=replace(issue.location, line=line, column=column))
