"""The trust policies of a spec, offline: entries in short form as the documents that they stand for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iamspec.desired.load import Spec
from iamspec.desired.tree import plain
from iamspec.errors import Issue
from iamspec.iam import Account, Label
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Declared
from iamspec.kinds.labels import surroundings
from iamspec.kinds.role import trusting
from iamspec.kinds.role.shape import RoleSpec
from iamspec.kinds.role.trust_shape import ShortTrust
from iamspec.policy.document import Document, substitute
from iamspec.policy.trust import check
from iamspec.policy.trust.short import SIGN_IN, expanded

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Trusting:
    """The trust of a declared role.

    `short` has the places of the entries that its statements stand
    for.
    """

    declared: Declared[Any]
    document: Document
    inner: Path = ()
    short: tuple[Path, ...] = ()

    def place(self, path: Path) -> Path:
        """The place in the spec of a value in the document."""
        if not self.short:
            return (trusting.FIELD, *self.inner, *path)
        index = path[1] if len(path) > 1 and isinstance(path[1], int) else 0
        return (trusting.FIELD, *self.short[index])


def labels(spec: Spec, account: Account) -> dict[str, Label]:
    """The names that the spec gives to entities that IAM knows by their ARNs alone."""
    found = {}
    for declared in spec.entities.values():
        if identity := KINDS[declared.address.kind].identity(declared.address.name, declared.shape):
            client_ids = tuple(vars(declared.shape).get("client_ids") or ())
            found[account.arn(identity)] = Label(declared.address.name, client_ids)
    return found


def trusts(spec: Spec, known: dict[str, str]) -> Iterator[Trusting]:
    """The trust of every declared role, with the variables of the spec as they are `known` offline."""
    account = Account(known["account_id"], known["partition"])
    account = Account(account.id, account.partition, labels=labels(spec, account))
    around = surroundings(account)
    for declared in spec.of("role"):
        shape: RoleSpec = declared.shape
        trust = shape.trust
        if isinstance(trust, ShortTrust):
            read = [
                (entry, trust.path(at))
                for at, entry in trust.read
                if entry.form != "oidc" or entry.value in around.issuers
            ]
            if read:
                document = Document(expanded([one for one, _ in read], around), account.partition)
                yield Trusting(declared, document, short=tuple(path for _, path in read))
        elif trust is not None:
            written = substitute(plain(trust.document), known)
            yield Trusting(declared, Document(written, account.partition), trust.inner)


def issues(spec: Spec, known: dict[str, str]) -> Iterator[Issue]:
    """Entries in short form that IAM would refuse for what their issuer demands, or that name another sort of provider."""
    for declared in spec.of("role"):
        yield from _sorts(spec, declared)
    for one in trusts(spec, known):
        for finding in check(one.document.data) if one.short else ():
            yield one.declared.issue(finding.message, *one.place(finding.path))


def _sorts(spec: Spec, declared: Declared[Any]) -> Iterator[Issue]:
    """Entries that name a SAML provider as an issuer of tokens, or the other way round."""
    for one in trusting.mentioned(declared.shape):
        provider = spec.entities.get(Address(one.kind, one.written))
        if provider is None:
            continue
        is_issuer = provider.shape.oidc is not None
        if is_issuer != (one.path[-1] != "saml"):
            noun, cure = ("an issuer of tokens", "oidc") if is_issuer else ("a SAML provider", "saml")
            message = f"{provider.address} is {noun}; write {{{cure}: {one.written}}}"
            yield declared.issue(message, *one.path)


def foreign_sign_ins(spec: Spec, partition: str) -> Iterator[Issue]:
    """Entries of SAML providers in a partition whose sign-in address is not known here."""
    for declared in spec.of("role") if partition not in SIGN_IN else ():
        for one in trusting.mentioned(declared.shape):
            if one.path[-1] == "saml":
                message = f"the sign-in address of {partition} is not known here; write the trust as a document"
                yield declared.issue(message, *one.path)
