"""The rows that kinds share.

They create, update and delete an entity, and change its policies,
boundary and tags.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from iamspec.iam import Call
from iamspec.kinds import effects
from iamspec.kinds.contract import sweep
from iamspec.kinds.operation import (
    Access,
    Answer,
    Authorised,
    Effector,
    Lookup,
    Operation,
    Parameter,
    State,
    Verb,
)
from iamspec.kinds.values import is_document, is_tag_list, is_text_list
from iamspec.policy.document import Document, decode

DOCUMENT = Parameter("PolicyDocument", is_document, shown=False)
POLICY_NAME = Parameter("PolicyName")
POLICY_ARN = Parameter("PolicyArn", kind="policy", by_arn=True)
BOUNDARY = Parameter("PermissionsBoundary", kind="policy", by_arn=True)
PATH = Parameter("Path", shown=False)
TAGS = Parameter("Tags", is_tag_list, shown=False)
TAG_KEYS = Parameter("TagKeys", is_text_list)
POLICY_KEY = ("iam:PolicyARN", "PolicyArn")
BOUNDARY_KEY = ("iam:PermissionsBoundary", "PermissionsBoundary")


def optional(parameter: Parameter) -> Parameter:
    return replace(parameter, required=False)


def subject(name: str, kind: str, *, by_arn: bool = False) -> Parameter:
    """The parameter that names the entity that a call is about."""
    return Parameter(name, kind=kind, by_arn=by_arn, subject=True)


# Entities


@dataclass(frozen=True, slots=True)
class Listing:
    """Where GetAccountAuthorizationDetails lists a kind: the filter, the list, and the name in a record."""

    entity: str
    section: str
    key: str

    def record(self, pages: Iterable[Answer], key: str, name: str) -> Answer | None:
        records = (record for page in pages for record in page.get(self.section, ()))
        return next((one for one in records if str(one.get(key, "")).casefold() == name.casefold()), None)


def creating(
    name: str,
    owner: Parameter,
    parameters: Iterable[Parameter],
    make: Callable[[State, Call], Any],
    listing: Listing,
    **fields: Any,
) -> Operation:
    """The call that makes an entity."""
    return Operation(
        name=name,
        verb=Verb.CREATE,
        parameters=(owner, *parameters),
        effect=partial(effects.create, owner, make),
        lookup=_by_name(listing, owner.name, "Path", "/"),
        **{"authorised": Authorised(owner.name), **fields},
    )


def renaming(name: str, owner: Parameter, listing: Listing) -> Operation:
    """The call that changes the name or path of an entity.

    IAM wants both ARNs allowed.
    """
    new_name = f"New{owner.name}"
    return Operation(
        name=name,
        verb=Verb.RENAME,
        parameters=(owner, optional(replace(owner, name=new_name)), Parameter("NewPath", required=False)),
        effect=partial(effects.update, owner),
        authorised=Authorised(owner.name),
        new_name=new_name,
        lookup=_by_name(listing, new_name, "NewPath", None),
        back=name,
    )


def replacing(name: str, owner: Parameter, parameters: Iterable[Parameter], effect: Effector) -> Operation:
    """The call that replaces a part of an entity. Another call of the same name takes it back."""
    return Operation(
        name=name,
        verb=Verb.UPDATE,
        parameters=(owner, *parameters),
        effect=effect,
        authorised=Authorised(owner.name),
        back=name,
    )


def deleting(name: str, owner: Parameter) -> Operation:
    """The call that deletes an entity that holds nothing any more."""
    effect = partial(effects.delete, owner)
    return Operation(name=name, verb=Verb.DELETE, parameters=(owner,), effect=effect, authorised=Authorised(owner.name))


def _by_name(listing: Listing, name: str, path: str, default_path: str | None) -> Lookup:
    """Looks for the name in a call.

    The entity must be there, with the path and the document of the
    call.
    """

    def shown(call: Call, pages: Iterable[Answer]) -> bool | None:
        params = call.params
        record = listing.record(pages, listing.key, params[name])
        if record is None:
            return None
        same = record[listing.key] == params[name]
        same = same and params.get(path, default_path) in {None, record.get("Path", "/")}
        return same and ("PolicyDocument" not in params or document_is(record, params))

    return Lookup(lambda call: sweep(listing.entity) if name in call.params else None, shown)


def document_is(record: Answer, params: Mapping[str, Any]) -> bool:
    """Whether the version of a policy in force is the document of a call."""
    versions = (one for one in record.get("PolicyVersionList", ()) if one.get("IsDefaultVersion"))
    sent = Document(decode(params["PolicyDocument"]))
    return any(Document(decode(one.get("Document"))) == sent for one in versions)


# What a holder holds


@dataclass(frozen=True, slots=True)
class Grants:
    """The calls that change the policies of a holder."""

    subject: Parameter
    attach: Operation
    detach: Operation
    put: Operation
    delete: Operation

    def __iter__(self) -> Iterator[Operation]:
        yield from (self.attach, self.detach, self.put, self.delete)


def grants(noun: str, owner: Parameter) -> Grants:
    """The grant calls of a kind of holder.

    The noun stands in their names: `User` as in AttachUserPolicy.
    """
    attach, detach, put, delete = (f"{verb}{noun}Policy" for verb in ("Attach", "Detach", "Put", "Delete"))
    attached, inline = (Access.ATTACHED, (owner.name, "PolicyArn")), (Access.INLINE, (owner.name, "PolicyName"))
    on_policy, on_holder = Authorised(owner.name, POLICY_KEY), Authorised(owner.name)

    def row(name: str, verb: Verb, back: str, effect: Any, *parameters: Parameter) -> Operation:
        is_attachment = POLICY_ARN in parameters
        return Operation(
            name=name,
            verb=verb,
            parameters=(owner, *parameters),
            effect=partial(effect, owner),
            authorised=on_policy if is_attachment else on_holder,
            opens=attached if is_attachment else inline,
            back=back,
        )

    return Grants(
        subject=owner,
        attach=row(attach, Verb.GRANT, detach, effects.attach, POLICY_ARN),
        detach=row(detach, Verb.TAKE, attach, effects.detach, POLICY_ARN),
        put=row(put, Verb.GRANT, delete, effects.put_inline, POLICY_NAME, DOCUMENT),
        delete=row(delete, Verb.TAKE, put, effects.delete_inline, POLICY_NAME),
    )


@dataclass(frozen=True, slots=True)
class Bounding:
    """The calls that set and remove the permissions boundary of a principal."""

    put: Operation
    delete: Operation

    def __iter__(self) -> Iterator[Operation]:
        yield from (self.put, self.delete)


def bounding(noun: str, owner: Parameter) -> Bounding:
    put, delete = f"Put{noun}PermissionsBoundary", f"Delete{noun}PermissionsBoundary"
    opens = (Access.BOUNDARY, (owner.name,))
    return Bounding(
        put=Operation(
            name=put,
            verb=Verb.UPDATE,
            parameters=(owner, BOUNDARY),
            effect=partial(effects.bind, owner),
            authorised=Authorised(owner.name, BOUNDARY_KEY),
            opens=opens,
            back=delete,
        ),
        delete=Operation(
            name=delete,
            verb=Verb.TAKE,
            parameters=(owner,),
            effect=partial(effects.unbind, owner),
            authorised=Authorised(owner.name),
            opens=opens,
            back=put,
        ),
    )


@dataclass(frozen=True, slots=True)
class Tagging:
    """The calls that set and remove tags.

    Two keys with the same `fold` are the same tag to IAM.
    """

    subject: Parameter
    tag: Operation
    untag: Operation
    fold: Callable[[str], str]

    def __iter__(self) -> Iterator[Operation]:
        yield from (self.tag, self.untag)


def tagging(noun: str, owner: Parameter, *, ignores_case: bool) -> Tagging:
    tag, untag = f"Tag{noun}", f"Untag{noun}"
    on = Authorised(owner.name)
    fold = str.lower if ignores_case else str
    shown = replace(TAGS, shown=True)
    return Tagging(
        subject=owner,
        tag=Operation(
            name=tag,
            verb=Verb.UPDATE,
            parameters=(owner, shown),
            effect=partial(effects.tag, owner, fold),
            authorised=on,
            back=untag,
        ),
        untag=Operation(
            name=untag,
            verb=Verb.TAKE,
            parameters=(owner, TAG_KEYS),
            effect=partial(effects.untag, owner, fold),
            authorised=on,
            back=tag,
        ),
        fold=fold,
    )
