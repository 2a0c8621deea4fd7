"""Whether the parts of a spec fit together, and what each entity is given in all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iamspec.desired import aws_names, trusts
from iamspec.desired.granted import all_granted, given, reference_issues
from iamspec.desired.load import Spec
from iamspec.desired.tree import Unread
from iamspec.desired.validation import did_you_mean
from iamspec.desired.variables import ANY_ID, unknown, variables, wild_arns, wild_in_arn
from iamspec.errors import Issue
from iamspec.kinds import KINDS, SCOPED
from iamspec.kinds.contract import Address, Declared, Granted, Place, dotted, mentions
from iamspec.kinds.fields import Wrapped
from iamspec.kinds.holdings import AWS_MANAGED, over_quota
from iamspec.kinds.role.trust_shape import ShortTrust
from iamspec.policy.document import BEGINNING, Document, substitute, unknown_variables
from iamspec.policy.grammar.arn import PARTITIONS
from iamspec.policy.limits import ARN, NAME

INLINE = Place(("inline_policies", "*"))
MANY = 1000  # issues. After them a shared document is checked once, and not in each place


@dataclass(slots=True)
class Findings:
    """Errors and warnings."""

    issues: list[Issue] = field(default_factory=list)
    warnings: list[Issue] = field(default_factory=list)
    variables: Mapping[str, str] = field(default_factory=dict)  # as far as they are known offline
    looked_at: set[int] = field(default_factory=set)  # documents, by identity
    granted: Mapping[Address, Granted] = field(default_factory=dict)  # what each entity is given, before anything ends

    def quota(self, declared: Declared[Any], verdict: tuple[str, bool] | None, *path: str | int) -> None:
        if verdict:
            message, is_error = verdict
            (self.issues if is_error else self.warnings).append(declared.issue(message, *path))

    def document(self, declared: Declared[Any], path: tuple[str, ...], written: Any, place: Place) -> None:
        if isinstance(written, Unread):
            return
        document = Document(written)
        if id(written) not in self.looked_at or len(self.issues) < MANY:
            self.looked_at.add(id(written))
            self.issues += _document(declared, path, document, place, self.variables)
        if place.size is None:
            return
        if BEGINNING in document.text:
            document = Document(substitute(document.data, self.variables))
        if document.size > place.size.maximum:
            message = f"{document.size} characters without white space; IAM allows {place.size.maximum}"
            self.issues.append(declared.issue(message, *path))
        elif (verdict := over_quota(document.size, place.size, "characters without white space")) is not None:
            self.quota(declared, verdict, *path)


def check(spec: Spec) -> Findings:
    """All that is wrong with a spec whose files are well formed, offline."""
    found = Findings(variables=offline(spec))
    for declared in spec.entities.values():
        found.issues += KINDS[declared.address.kind].check(declared)
        found.issues += _stub(declared)
    found.issues += _names(spec)
    found.issues += _scope(spec)
    faultless: set[tuple[str, str]] = set()
    for declared in spec.entities.values():
        found.issues += _mentions(spec, declared, len(found.issues), faultless)
        found.warnings += aws_names.unknown(declared)
        found.warnings += _spelled_apart(declared)
    found.granted = all_granted(spec, found.issues)
    for address, granted in found.granted.items():
        _counts(spec.entities[address], granted, found)
    for declared in spec.entities.values():
        for place in KINDS[declared.address.kind].places:
            if len(place.path) == 1 and (written := getattr(declared.shape, place.path[0])) is not None:
                if isinstance(written, ShortTrust):
                    continue
                wrapped = isinstance(written, Wrapped)
                path = (*place.path, *written.inner) if wrapped else place.path
                document = written.document if wrapped else written
                found.document(declared, path, document, place)
                found.warnings += _old_version(declared, place.path[0], written) if place.grants else ()
    found.issues += trusts.issues(spec, offline(spec))
    _totals(spec, found)
    found.warnings += spec.warnings
    for issue, certain in _guards(spec):
        (found.issues if certain else found.warnings).append(issue)
    return found


def offline(spec: Spec) -> dict[str, str]:
    """The variables that a spec alone knows.

    All account ids have the same length.
    """
    account = spec.settings.account
    return variables((account and account.id) or ANY_ID, "aws", spec.variables)


# Names


def _stub(declared: Declared[Any]) -> Iterator[Issue]:
    shape = declared.shape
    if vars(shape).get("external"):
        for key in sorted(shape.model_fields_set - {"external"} - KINDS[declared.address.kind].identifying):
            yield declared.issue("an external entity is never changed; remove this line, or `external`", key)


def _names(spec: Spec) -> Iterator[Issue]:
    for address in spec.absent:
        if declared := spec.entities.get(address):
            section = KINDS[address.kind].section
            place = spec.issue("", "absent", section, address.name).location
            yield declared.issue(f"declared, and absent at {place}")
    yield from _double_identities(spec)
    yield from _double_parts(spec)
    yield from _double_tombstones(spec)
    yield from _old_names(spec)
    if spec.settings.prune and (spec.settings.account is None or spec.settings.account.id is None):
        yield spec.issue("prune needs account.id, so that nothing is deleted in another account", "prune")


def _double_identities(spec: Spec) -> Iterator[Issue]:
    """Two declared entities that are one to IAM, though their names differ."""
    seen: dict[str, Declared[Any]] = {}
    for declared in spec.entities.values():
        kind = KINDS[declared.address.kind]
        identity = kind.identity(declared.address.name, declared.shape)
        if identity and (first := seen.setdefault(identity, declared)) is not declared:
            field_name = next(iter(sorted(kind.identifying & declared.shape.model_fields_set)), "")
            message = f"{first.address} at {first.locate(())} is the same entity to IAM, {identity}"
            yield declared.issue(message, *([field_name] if field_name else []))


def _double_parts(spec: Spec) -> Iterator[Issue]:
    """A part that two entities claim, such as an instance profile of two roles."""
    seen: dict[Address, tuple[Declared[Any], tuple[str | int, ...]]] = {}
    for declared in spec.entities.values():
        for path, part in KINDS[declared.address.kind].parts(declared.shape, declared.address.name).items():
            if part in seen:
                first, place = seen[part]
                message = f"{part} is that of {first.address} at {first.locate(place)}; IAM gives it a single role"
                twice = f'"{part.name}" stands here twice'
                yield declared.issue(twice if first is declared else message, *path)
            seen.setdefault(part, (declared, path))


def _spelled_apart(declared: Declared[Any]) -> Iterator[Issue]:
    """Names of an entity and of a part of it that differ in case only."""
    address = declared.address
    for path, part in KINDS[address.kind].parts(declared.shape, address.name).items():
        if part.folded == address.folded and part.name != address.name:
            message = (
                f"{part} and {address} differ in case only; write `true` for one with the name of the {address.kind}"
            )
            yield declared.issue(message, *path)


def _double_tombstones(spec: Spec) -> Iterator[Issue]:
    for section, names in spec.settings.absent.items():
        seen: dict[str, str] = {}
        for name in names:
            if first := seen.get(name.casefold()):
                yield spec.issue(f'"{first}" and "{name}" are one name to IAM', "absent", section, name)
            seen.setdefault(name.casefold(), name)


def _old_names(spec: Spec) -> Iterator[Issue]:
    taken: dict[Address, Declared[Any]] = {}
    for declared in spec.entities.values():
        old = vars(declared.shape).get("renamed_from")
        if old is None:
            continue
        address = Address(declared.address.kind, old.name)
        if address.name == declared.address.name:
            yield declared.issue(f"{declared.address} has this name already", "renamed_from")
        elif address == declared.address:
            pass  # a change of case may have a renamed_from, and needs none
        elif address in taken:
            yield declared.issue(f"{taken[address].address} is renamed from {old.name} too", "renamed_from")
        elif address in spec.entities and old.id is None:
            place = spec.entities[address].locate(())
            message = f"{address} is also declared, at {place}; say which live entity had the name: {{name: {old.name}, id: AIDA…}}"
            yield declared.issue(message, "renamed_from")
        elif address in spec.absent:
            yield declared.issue(f"{address} is absent; a tombstone and a rename exclude each other", "renamed_from")
        taken.setdefault(address, declared)


def _scope(spec: Spec) -> Iterator[Issue]:
    scope = spec.scope
    for declared in spec.entities.values():
        shape, address = declared.shape, declared.address
        if not KINDS[address.kind].scoped or shape.external or address in spec.broken:
            continue
        if reason := scope.refusal(address.kind, vars(shape).get("path", "/"), address.name, declared=True):
            yield declared.issue(f"out of scope: {reason}; write {{external: true}} or change the scope")


# References


def _mentions(spec: Spec, declared: Declared[Any], told: int, faultless: set[tuple[str, str]]) -> Iterator[Issue]:
    """The faults in the names that an entity mentions.

    `faultless` are names that are right wherever they stand: many
    entities mention the same few.
    """
    for one in mentions(given(declared)):
        name = one.kind, one.written
        if name in faultless:
            continue
        if one.kind == "policy":
            found = list(_policy_reference(spec, declared, one.written, *one.path, told=told))
        else:
            found = list(reference_issues(spec, declared, Address(one.kind, one.written), *one.path, told=told))
        if not found:
            faultless.add(name)
        yield from found


def _policy_reference(
    spec: Spec, declared: Declared[Any], written: str, *path: str | int, told: int
) -> Iterator[Issue]:
    known = offline(spec)
    for _, name in unknown_variables(written, known):
        yield declared.issue(unknown(name, known), *path)
        return
    if wild := next(wild_in_arn(written, known, is_arn=True), None):
        yield declared.issue(wild, *path)
        return
    text = substitute(written, known)
    if reason := aws_names.reserved(text):
        yield declared.issue(reason, *path)
    elif text.startswith("arn:"):
        found = ARN.fullmatch(text)
        if not found or found["kind"] != "policy":
            yield declared.issue(f'"{written}" is no ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME', *path)
        elif found["partition"] not in PARTITIONS:
            yield declared.issue(f'"{written}" names no partition of AWS; write "${{iamspec:partition}}"', *path)
        elif (
            spec.settings.account
            and spec.settings.account.id
            and found["account"] not in ("aws", spec.settings.account.id)
        ):
            yield declared.issue(f'"{written}" is a policy of another account, which cannot be attached', *path)
    elif text.startswith(AWS_MANAGED):
        if not all(map(NAME.fullmatch, text.removeprefix(AWS_MANAGED).split("/"))):
            yield declared.issue(f'"{written}" is no AWS-managed policy: write aws:NAME or aws:PATH/NAME', *path)
    else:
        hint = aws_names.without_prefix(text)
        for one in reference_issues(spec, declared, Address("policy", text), *path, told=told):
            yield replace(one, message=f"{one.message}{hint}") if "did you mean" not in one.message else one


# Documents, sizes and counts


def _counts(declared: Declared[Any], granted: Granted, found: Findings) -> None:
    kind = KINDS[declared.address.kind]
    for limit in kind.limits:
        if limit.field:
            count = len(getattr(granted, limit.field))
            found.quota(declared, over_quota(count, limit.quota, limit.noun), limit.field)
    for name, one in given(declared).inline_policies.items():
        found.document(declared, ("inline_policies", name, *one.inner), one.document, INLINE)
    total = sum(Document(data).size for data in granted.inline_policies.values())
    if kind.inline_size is not None and total > kind.inline_size:
        message = f"inline policies have {total} characters without white space; IAM allows a {kind.name} {kind.inline_size} in all"
        found.issues.append(declared.issue(message, "inline_policies"))


def _document(
    declared: Declared[Any], path: tuple[str, ...], document: Document, place: Place, known: Mapping[str, str]
) -> Iterator[Issue]:
    data = document.data
    if not isinstance(data, dict) or "Statement" not in data:  # it may be anything, so nothing of it is repeated
        data = {} if isinstance(data, dict) else None
    if BEGINNING in document.text:
        for inner, name in unknown_variables(data, known):
            yield declared.issue(unknown(name, known), *path, *inner)
        yield from (declared.issue(message, *path, *inner) for inner, message in wild_arns(data, known))
        data = substitute(data, known)
    for finding in place.check(data):
        yield Issue(
            finding.message,
            declared.locate((*path, *finding.path)),
            f"{declared.address}: {dotted((*path, *finding.path))}",
        )


def _old_version(declared: Declared[Any], field_name: str, document: Any) -> Iterator[Issue]:
    """CreatePolicy refuses the old version, which inline policies may have."""
    if isinstance(document, Mapping) and document.get("Version", "2008-10-17") == "2008-10-17":
        message = 'IAM takes only "Version": "2012-10-17" in a new managed policy'
        yield declared.issue(message, field_name, *(["Version"] if "Version" in document else []))


def _totals(spec: Spec, found: Findings) -> None:
    """Too many entities of a kind. The issue stands at the first entity beyond the quota."""
    for kind in SCOPED.values():
        declared = [one for one in spec.of(kind.name) if not one.shape.external]
        for quota in (one.quota for one in kind.limits if not one.field):
            if verdict := over_quota(len(declared), quota, kind.section):
                found.quota(declared[int(quota.maximum) if verdict[1] else quota.default], verdict)


def _guards(spec: Spec) -> Iterator[tuple[Issue, bool]]:
    """The names in `guards` that no declared entity has, and whether it is certain that no live entity has them either.

    It is certain of a name that IAM takes for none, and of one
    that must be gone.
    """
    guards = spec.settings.guards
    named: list[tuple[tuple[str | int, ...], Address]] = [
        (("guards", "administrators", index), Address("user", name)) for index, name in enumerate(guards.administrators)
    ]
    for section, names in guards.protected.items():
        kind = next(kind.name for kind in KINDS.values() if kind.section == section)
        named += [(("guards", "protected", section, index), Address(kind, name)) for index, name in enumerate(names)]
    for path, address in named:
        if not set("*?/") & set(address.name) and address not in spec.entities and address not in spec.broken:
            hint = did_you_mean(address.name, [one.name for one in spec.entities if one.kind == address.kind])
            if address in spec.absent:
                yield spec.issue(f"{address} is under `absent`, so no entity will have this name", *path), True
            elif not NAME.fullmatch(address.name):
                yield spec.issue(f'IAM does not accept the name "{address.name}"{hint}', *path), True
            else:
                yield spec.issue(f'no {address.kind} "{address.name}" is declared{hint}', *path), False
