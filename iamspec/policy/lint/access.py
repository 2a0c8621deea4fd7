"""Rules about how much a document gives to its holder."""

from collections.abc import Iterator, Sequence

from iamspec.policy.actions import Catalogue, escalation, package_data
from iamspec.policy.actions.catalogue import everywhere
from iamspec.policy.lint.subject import Remark, Subject
from iamspec.policy.statement import Statement

PASS_ROLE = "iam:PassRole"  # noqa: S105 - an action, not a password
SHOWN = 5  # sets of actions in one message


def allow_not_action(subject: Subject) -> Iterator[Remark]:
    for part in subject.parts:
        if part.allows and part.has("NotAction"):
            message = "allows every action but these, those of services to come included; list the allowed in Action"
            yield Remark("allow-not-action", (*part.path, "NotAction"), message)


def allow_not_resource(subject: Subject) -> Iterator[Remark]:
    if subject.on_resource:
        return
    for part in subject.parts:
        if part.allows and part.has("NotResource"):
            message = "allows this on every resource but these, those to come included; list the allowed in Resource"
            yield Remark("allow-not-resource", (*part.path, "NotResource"), message)


def power(subject: Subject) -> Iterator[Remark]:
    """administrator, else pass-role-any and escalation, which it includes."""
    if subject.on_resource:
        return
    denied = subject.catalogue.denied(subject.document)
    free = [part for part in subject.parts if part.allows and part.is_unconditional]
    if administrators := _administrators(subject.catalogue, free, denied):
        yield from administrators
    else:
        yield from _pass_role(subject.catalogue, free, denied)
        yield from _escalation(subject.catalogue, free, denied)


def _administrators(catalogue: Catalogue, free: Sequence[Statement], denied: int) -> list[Remark]:
    """Statements that allow everything on everything.

    A Deny helps only if no way is left to rewrite the own
    permissions.
    """
    masks = [(part, catalogue.named(part)) for part in free if everywhere(part)]
    together = 0
    for _, mask in masks:
        together |= mask
    rewriting = [mask for mask in escalation.sets(catalogue, escalation.SELF).values() if not mask & denied]
    if together != catalogue.all or not rewriting:
        return []
    alone = [part for part, mask in masks if mask == catalogue.all]
    message = "allows every action on every resource without a condition; list what is needed"
    return [Remark("administrator", alone[0].path if alone else ("Statement",), message)]


def _pass_role(catalogue: Catalogue, free: Sequence[Statement], denied: int) -> Iterator[Remark]:
    wanted = catalogue.mask(PASS_ROLE) & ~denied
    for part in free:
        if wanted & catalogue.named(part) and escalation.unlimited(catalogue, part, PASS_ROLE):
            places = [path for path, text in part.texts("Action") if catalogue.mask(text) & wanted]
            message = "lets every role be passed to every service; name the roles, or set iam:PassedToService"
            yield Remark("pass-role-any", places[0] if places else (*part.path, "NotAction"), message)


def _escalation(catalogue: Catalogue, free: Sequence[Statement], denied: int) -> Iterator[Remark]:
    given = escalation.given(catalogue, free) & ~denied
    actions = {path["id"]: path["actions"] for path in package_data("privilege-escalation-actions.json")["paths"]}
    found = [name for name, mask in escalation.sets(catalogue).items() if mask & given == mask]
    found.sort(key=lambda name: (-len(actions[name]), name))
    if found:
        shown = ", ".join(f"{name} ({' + '.join(actions[name])})" for name in found[:SHOWN])
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        message = f"lets its holder gain further access: {shown}{more}; limit Resource or add a Condition"
        yield Remark("escalation", ("Statement",), message)
