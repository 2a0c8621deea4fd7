"""Reviewed plans of any size, with dangerous changes among many ordinary changes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from story import ACCOUNT, AWS, OWN, Story

from iamspec.access.account import AccountAccess
from iamspec.errors import Location
from iamspec.kinds.contract import Address, Resource
from iamspec.plan.model import Change
from iamspec.review.model import Review

PLANNED = 400  # changes. A larger plan is this one with copies of an ordinary change

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-assets/*"}
WRITE = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::acme-assets/*"}
RISE = {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*"}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@cache
def sized(number: int) -> Review:
    """A plan with so many changes.

    From 40 on, one makes an administrator, one lets somebody become one, and an intruder is undeclared.
    """
    if number > PLANNED:
        return _grown(sized(PLANNED), number)
    with TemporaryDirectory() as folder:
        story = Story(Path(folder))
        story.iam.given("CreateAccountAlias", AccountAlias="acme-prod")
        story.group("developers", policies=[])
        people = [f"person{one:04}" for one in range(max(number - 3, 1))]
        for name in people:
            story.user(name, groups=["developers"])
            story.iam.given("TagUser", UserName=name, Tags=[{"Key": "team", "Value": "core"}])
        story.policy("read-assets", document=json.loads(document(READ)))
        story.iam.given("AttachGroupPolicy", GroupName="developers", PolicyArn=f"{OWN}read-assets")
        if number >= 40:
            story.user("intruder", policies=[f"{AWS}AdministratorAccess"])
            story.iam.given("CreateLoginProfile", UserName="intruder", Password="Long-enough-1")
            story.iam.given("CreateAccessKey", UserName="intruder")
            story.user("zoe")
            story.user("ana")
        review = story.plan(_spec(number, people))
        return _named_from(review, folder)


def _spec(number: int, people: list[str]) -> str:
    tag = "data" if number > 1 else "core"
    users = [f"  {name}: {{groups: [developers], tags: {{team: {tag}}}}}" for name in people]
    if number >= 40:
        users += ["  ana: {policies: [aws:AdministratorAccess]}"]
        users += [f"  zoe: {{inline_policies: {{own: {document(RISE)}}}}}"]
    assets = document(WRITE if number else READ)
    return "\n".join(
        [
            f"{ACCOUNT}users:",
            *users,
            "groups: {developers: {policies: [read-assets]}}",
            f"policies: {{read-assets: {{document: {assets}}}}}",
            "guards: {max_revokes: 9000}",
            "",
        ]
    )


def _named_from(review: Review, folder: str) -> Review:
    """The review with the names of files as in a repository."""

    def place(found: Location | None) -> Location | None:
        return replace(found, file=str(Path("iam") / Path(found.file).relative_to(folder))) if found else None

    return _placed(review, place)


def _placed(review: Review, place: Callable[[Location | None], Location | None]) -> Review:
    changes = tuple(replace(one, source=place(one.source)) for one in review.changes)
    limits = {name: found for name, one in review.plan.guard_places.items() if (found := place(one))}
    plan = replace(review.plan, changes=changes, guard_places=limits)
    return replace(review, plan=plan, settings=place(review.settings))


def _grown(review: Review, number: int) -> Review:
    """The review with more people like the last one, in its changes, its account and its effects on access."""
    last = Address("user", f"person{PLANNED - 4:04}")
    (model,) = (one for one in review.changes if one.address == last)
    (effect,) = (one for one in review.impact.principals if one.address == last)
    assert model.source is not None
    line, more = model.source.line, number - PLANNED
    moved = _placed(
        review, lambda one: replace(one, line=one.line + more) if one and line < one.line < 9 * PLANNED else one
    )
    added = [Address("user", f"person{PLANNED - 3 + one:04}") for one in range(more)]
    copies = [_copy(model, address, line + at) for at, address in enumerate(added, 1)]
    effects = (*review.impact.principals, *(replace(effect, address=one) for one in added))
    prints = dict.fromkeys(map(str, added), review.plan.fingerprints[str(last)])
    plan = replace(
        moved.plan,
        changes=tuple(sorted((*moved.changes, *copies), key=lambda one: (one.address.kind != "policy", one.address))),
        fingerprints={**review.plan.fingerprints, **prints},
    )
    return replace(
        moved,
        plan=plan,
        impact=replace(review.impact, principals=effects),
        before=_with(review.before, {one.address: one.before for one in copies if one.before}),
        after=_with(review.after, {one.address: one.after for one in copies if one.after}),
    )


def _copy(change: Change, address: Address, line: int) -> Change:
    """A change of another user."""
    steps = tuple(
        replace(one, address=address, call=replace(one.call, params={**one.call.params, "UserName": address.name}))
        for one in change.steps
    )
    sides = {side: replace(getattr(change, side), name=address.name) for side in ("before", "after")}
    source = replace(change.source, line=line) if change.source else None
    return replace(change, address=address, steps=steps, source=source, **sides)


def _with(access: AccountAccess, more: Mapping[Address, Resource]) -> AccountAccess:
    return replace(access, live=replace(access.live, resources={**access.live.resources, **more}))
