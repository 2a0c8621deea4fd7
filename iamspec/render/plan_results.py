"""A plan or a drift for CI systems: signs of attacks and refusals first, then undeclared entities, then the changes."""

from collections.abc import Iterator

from iamspec.errors import Location
from iamspec.kinds.contract import Address
from iamspec.plan.accepting import former
from iamspec.plan.model import Action, Change
from iamspec.render.changes import WORDS
from iamspec.render.concerns import Concern, beyond, concerns
from iamspec.render.impact import of_documents, sentence
from iamspec.render.results import Level, Result, Results, Rule
from iamspec.render.rows import rows
from iamspec.render.text import how_lifted, permission, sorted_complaints
from iamspec.render.uncompared import exposure, in_order
from iamspec.render.undeclared import brief
from iamspec.render.verdict import named, unasked_sentence, verdict
from iamspec.review.dangers import dangers
from iamspec.review.direction import of_live
from iamspec.review.looser import looser
from iamspec.review.model import Complaint, Review
from iamspec.review.texts import GUARD_TEXTS

OWN_RULES = (
    Rule("administrator", "A user or role is an administrator that was none, or that the spec does not make one"),
    Rule("escalation", "A user or role can become an administrator and could not before, or should not"),
    Rule("outside-trust", "Outsiders can assume a role and could not before, or should not"),
    Rule("loose", "A limit of the settings is looser than iamspec's own"),
    Rule("loosened", "The change loosens the settings"),
    Rule("accepts", "The change declares an entity that is live already"),
    Rule("alarm", "The account shows a sign of an attack"),
    Rule("blocked", "IAM cannot make this change"),
    Rule("undeclared", "A live entity in scope is not in the spec"),
    Rule("exposed", "A role out of scope is an administrator, can become one, or is open to outsiders"),
    Rule("credential", "A user has a credential that the spec does not want"),
    Rule("owner-unknown", "CloudFormation could not be asked for the owner of an entity"),
)
CHANGE_RULES = {
    "plan": {
        Action.CREATE: Rule("create", "Apply creates an entity"),
        Action.UPDATE: Rule("update", "Apply changes an entity"),
        Action.DELETE: Rule("delete", "Apply deletes an entity"),
    },
    "drift": {
        Action.CREATE: Rule("surplus", "An entity is only live"),
        Action.UPDATE: Rule("different", "A live entity differs from the spec"),
        Action.DELETE: Rule("missing", "An entity of the spec is not in the account"),
    },
}
GUARD_RULES = tuple(
    Rule(name, f"The guard {name} looks at every plan", f"It complains when {one.sees} {one.why}")
    for name, one in sorted(GUARD_TEXTS.items())
)


def results(review: Review, mode: str) -> Results:
    """The findings.

    All drift is an error. A plan has errors where apply would
    refuse it.
    """
    powers, shown = dangers(review, mode), of_live(review) if mode == "drift" else review
    risks = {
        former(one.change) if mode == "drift" else one.address: at for at, one in enumerate(rows(review, mode, powers))
    }
    rules = (*OWN_RULES, *CHANGE_RULES[mode].values(), *GUARD_RULES)
    found = [
        *_alarms(review),
        *_since_base(review),
        *(_loose(review) if mode == "plan" else ()),
        *(_concern(one, review, mode) for one in concerns(review, mode, powers)),
        *(_complaint(one, review) for one in sorted_complaints(review)),
        *_undeclared(review, mode),
        *_exposed(review, mode),
        *_credentials(review, mode),
        *(_change(one, shown, mode) for one in sorted(shown.changes, key=lambda one: risks[one.address])),
    ]
    ranks = {"error": 0, "warning": 1, "note": 2}
    found.sort(key=lambda one: (one.excuse is not None, ranks.get(one.level, 3)))  # stable: the order above stays
    whose = "" if mode == "drift" else f" of account {named(review.account)}"
    return Results(mode, f"iamspec {mode}{whose}: {verdict(review, mode)}", rules, found)


def _loose(review: Review) -> Iterator[Result]:
    """The limits that are looser than those of iamspec, but for those that the base is compared with."""
    told = {one.setting for one in review.base.loosened} if review.base else set()
    for one in looser(review.plan.guards):
        if f"guards.{one.name}" not in told:
            message = f"guards.{one.name} is {one.value}; iamspec's own limit is {one.own}"
            yield Result("loose", "note", message, review.plan.guard_places.get(one.name) or review.settings)


def _concern(one: Concern, review: Review, mode: str) -> Result:
    said = f": {one.reason}" if one.reason else ""
    level: Level = "error" if mode == "drift" else "warning"
    message = f"{one.label.lower()}: {one.address}{said}"
    return Result(one.rule, level, message, one.place or review.settings, str(one.address))


def _since_base(review: Review) -> Iterator[Result]:
    """What the change loosens since the base, and the live entities that it newly declares."""
    base = review.base
    for one in base.loosened if base else ():
        yield Result("loosened", "warning", one.message, one.source or review.settings)
    for accepted in base.accepted if base else ():
        place = _place(accepted.address, review)
        message = f"this change accepts {accepted.address}, which is live already: {brief(accepted)}"
        yield Result("accepts", "warning", message, place, str(accepted.address))


def _alarms(review: Review) -> Iterator[Result]:
    yield from (Result("alarm", "error", one, review.settings) for one in sorted(review.plan.alarms))
    if review.plan.unasked:
        yield Result("owner-unknown", "error", unasked_sentence(review.plan), review.settings)


def _complaint(one: Complaint, review: Review) -> Result:
    subject = f"{one.address}: " if one.address else ""
    return Result(
        one.guard,
        "error",
        f"{subject}{one.message}; to allow: {permission(one)}",
        _place(one.address, review),
        str(one.address or ""),
        excuse=how_lifted(one) if one.allowed else None,
    )


def _place(address: Address | None, review: Review) -> Location | None:
    """The line that declares an entity, or else the settings: code scanning takes no finding without a place."""
    places = {one.address: one.source for one in review.changes if one.source}
    return places.get(address, review.settings) if address else review.settings


def _undeclared(review: Review, mode: str) -> Iterator[Result]:
    facts = {one.address: one for one in review.undeclared}
    others = [one for one in sorted(review.plan.undeclared) if one not in facts]
    for address in (*facts, *others):
        one = facts.get(address)
        level: Level = "error" if mode == "drift" else "note"
        if mode == "plan" and (one is None or one.danger < LEAST_DANGER):
            level = "warning"
        said = f": {brief(one)}" if one else ""
        yield Result("undeclared", level, f"{address} is not in the spec{said}", review.settings, str(address))


def _exposed(review: Review, mode: str) -> Iterator[Result]:
    for one in in_order(review.plan.exposed) if mode == "drift" else ():
        message = f"{one.address} is out of scope: {exposure(one)}"
        yield Result("exposed", "error", message, review.settings, str(one.address))


LEAST_DANGER = 6  # an entity without power. Administrators, escalators and unknown entities rank below


def _credentials(review: Review, mode: str) -> Iterator[Result]:
    level: Level = "error" if mode == "drift" else "warning"
    for one in beyond(review, mode):
        message = f"{one.address} has a credential that the spec does not want: {one.credential}"
        yield Result("credential", level, message, _place(one.address, review), str(one.address))


def _change(change: Change, review: Review, mode: str) -> Result:
    address = str(change.address)
    place = change.source or review.settings
    if change.blocked:
        return Result("blocked", "error", f"{address}: {change.blocked}", place, address)
    fields = ", ".join(one.field for one in change.differences)
    access = "; ".join(f"{name} {sentence(one, mode)}" for name, one in of_documents(review, change.address).items())
    reason = f" ({change.reason})" if change.reason else ""
    message = f"{address} {WORDS[mode][change.action]}{reason}{f': {fields}' if fields else ''}{f'; {access}' if access else ''}"
    level: Level = "error" if mode == "drift" else "note"
    return Result(CHANGE_RULES[mode][change.action].id, level, message, place, address)
