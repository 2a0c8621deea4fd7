"""The trust of a role: between the short forms of the spec and the trust policy of IAM."""

from collections.abc import Iterator, Mapping
from typing import Any

from iamspec.errors import Issue
from iamspec.iam import Account
from iamspec.kinds.contract import Address, Declared, How, Mention, Reference, World
from iamspec.kinds.labels import PROVIDER, provider_address, surroundings
from iamspec.kinds.role.shape import RoleSpec
from iamspec.kinds.role.trust_shape import ShortTrust
from iamspec.policy.document import Document
from iamspec.policy.statement import PRINCIPALS, listed, statements
from iamspec.policy.trust.entry import Entry, read
from iamspec.policy.trust.short import Surroundings, expanded, shortened
from iamspec.policy.trust.trusted import ENTITY, PROVIDER as PROVIDER_ARN

BY_NAME = ("oidc", "saml", "provider")  # the keys that name an identity provider
FIELD = "trust"
WAITING = "IamspecWaiting"  # the label of the statement with which a role waits for its trust


def mistakes(declared: Declared[RoleSpec]) -> Iterator[Issue]:
    """What is wrong with the entries of a trust in short form."""
    trust = declared.shape.trust
    if not isinstance(trust, ShortTrust):
        return
    if not trust.entries:
        yield declared.issue("the trust names nobody; write at least one entry", FIELD)
    for index, one in enumerate(trust.entries):
        place = (FIELD, *trust.path(index))
        if not isinstance(one, Mapping):
            yield declared.issue("an entry is a mapping, such as {service: lambda.amazonaws.com}", *place)
            continue
        for path, message in read(one)[1]:
            yield declared.issue(message, *place, *path)


def mentioned(shape: RoleSpec) -> tuple[Mention, ...]:
    """The identity providers that the entries name."""
    trust = shape.trust
    if not isinstance(trust, ShortTrust):
        return ()
    return tuple(
        Mention((FIELD, *trust.path(index), key), PROVIDER, str(one[key]))
        for index, one in enumerate(trust.entries)
        if isinstance(one, Mapping) and not read(one)[1]
        for key in BY_NAME
        if key in one
    )


def document(shape: RoleSpec, world: World) -> Document:
    """The trust policy.

    Entries with mistakes, or about unknown issuers, are left out:
    these are errors elsewhere.
    """
    trust, account = shape.trust, world.account
    if not isinstance(trust, ShortTrust):
        return world.document(trust.document if trust else None)
    around = surroundings(account)
    return Document(expanded(known(trust, around), around), account.partition)


def known(trust: ShortTrust, around: Surroundings) -> list[Entry]:
    return [one for _, one in trust.read if one.form != "oidc" or one.value in around.issuers]


def written(trust: Document, account: Account) -> Any:
    """The trust as a person would write it: in short form where it is exactly that."""
    entries = shortened(trust, surroundings(account))
    return [one.written for one in entries] if entries else {"document": trust.data}


def references(trust: Document) -> Iterator[Reference]:
    """The identity providers that a trust policy names."""
    for arn in sorted(_named(trust, "Federated")):
        if PROVIDER_ARN.fullmatch(arn):
            yield Reference(FIELD, How.TRUSTS, arn=arn)


def others(trust: Document, account: Account) -> tuple[Address, ...]:
    """The users, roles and identity providers of the account that a trust policy names, sorted."""
    found = {one for arn in _named(trust, "Federated") if (one := provider_address(arn, account))}
    for arn in _named(trust, "AWS"):
        if (entity := ENTITY.fullmatch(arn)) and entity["account"] == account.id:
            found.add(Address(entity["kind"], entity["name"].rpartition("/")[2]))
    return tuple(sorted(found))


def waiting(trust: Document, arn: str) -> Document:
    """The trust of a new role.

    It admits no principal where the trust names roles of the same
    account.

    IAM refuses a missing principal, such as the role itself, and
    roles may trust each other. The trust of the spec comes when
    all roles are made.
    """
    account = arn.split(":")[4] if arn else ""
    entities = [one for name in sorted(_named(trust, "AWS")) if (one := ENTITY.fullmatch(name))]
    roles = [one for one in entities if one["kind"] == "role" and account in {"", one["account"]}]
    if not roles:
        return trust
    root = f"arn:{roles[0]['partition']}:iam::{roles[0]['account']}:root"
    nobody = {"Sid": WAITING, "Effect": "Deny", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"}
    return Document({"Version": "2012-10-17", "Statement": [nobody]}, trust.partition)


def is_waiting(trust: Document) -> bool:
    return any(one.data.get("Sid") == WAITING for one in statements(trust.data))


def _named(trust: Document, kind: str) -> set[str]:
    found: set[str] = set()
    for one in statements(trust.data):
        for element in PRINCIPALS:
            value: Any = one.data.get(element)
            if isinstance(value, Mapping):
                found |= set(map(str, listed(value.get(kind))))
    return found
