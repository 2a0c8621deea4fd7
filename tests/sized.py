"""Reviewed plans of any size in which what is dangerous is hidden among ordinary changes."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from story import ACCOUNT, AWS, OWN, Story

from iamspec.errors import Location
from iamspec.review.model import Review

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
    from dataclasses import replace

    def place(found: Location | None) -> Location | None:
        return replace(found, file=str(Path("iam") / Path(found.file).relative_to(folder))) if found else None

    changes = tuple(replace(one, source=place(one.source)) for one in review.changes)
    limits = {name: found for name, one in review.plan.guard_places.items() if (found := place(one))}
    plan = replace(review.plan, changes=changes, guard_places=limits)
    return replace(review, plan=plan, settings=place(review.settings))
