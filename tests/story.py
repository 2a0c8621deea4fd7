"""Accounts with a past, specs that meet them, and plans in a form that can be compared whole."""

import json
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fake import FakeIam

from iamspec.apply.run import Status
from iamspec.cli import main
from iamspec.commands import plan as commands
from iamspec.commands.apply import run as run_plan
from iamspec.commands.options import Options
from iamspec.errors import InvalidSpec
from iamspec.iam import Call
from iamspec.kinds.contract import Step
from iamspec.review.model import Review

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}
TEXTS = {json.dumps(one, separators=(",", ":")): name for one, name in ((ALLOW, "ALLOW"), (DENY, "DENY"))}
OWN, AWS = "arn:aws:iam::123456789012:policy/", "arn:aws:iam::aws:policy/"
ACCOUNT = "account: {id: '123456789012'}\n"
PRUNE = f"prune: true\n{ACCOUNT}"
QUARANTINE = f"{AWS}AWSCompromisedKeyQuarantineV2"


class Story:
    """An account and a folder for its spec."""

    def __init__(self, folder: Path, iam: FakeIam | None = None) -> None:
        self.folder, self.iam = folder, iam or FakeIam()
        self.iam.add_role("deploy")  # that of the caller, who is then nobody unknown

    def user(self, name: str, path: str = "/", *, groups: Sequence[str] = (), policies: Sequence[str] = ()) -> None:
        self.iam.given("CreateUser", UserName=name, Path=path)
        for group in groups:
            self.iam.given("AddUserToGroup", UserName=name, GroupName=group)
        for arn in policies:
            self.iam.given("AttachUserPolicy", UserName=name, PolicyArn=arn)

    def group(self, name: str, path: str = "/", *, policies: Sequence[str] = ()) -> None:
        self.iam.given("CreateGroup", GroupName=name, Path=path)
        for arn in policies:
            self.iam.given("AttachGroupPolicy", GroupName=name, PolicyArn=arn)

    def policy(self, name: str, path: str = "/", document: Any = ALLOW) -> None:
        self.iam.given("CreatePolicy", PolicyName=name, Path=path, PolicyDocument=json.dumps(document))

    def plan(self, spec: str, *allow: str) -> Review:
        """The reviewed plan for a spec in which ALLOW and DENY stand for documents."""
        for name, document in (("ALLOW", ALLOW), ("DENY", DENY)):
            spec = spec.replace(name, json.dumps(document))
        (self.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
        return commands.plan([str(self.folder)], self.iam, Options(allow=allow))

    def run(self, *words: str) -> int:
        """The exit code of a command line that finds this account."""
        return main(words, connect=lambda *_, **__: self.iam)

    def refused(self, spec: str) -> list[str]:
        """Why there is no plan, without the places; nothing has been written then."""
        with pytest.raises(InvalidSpec) as refused:
            self.plan(spec)
        assert self.iam.writes == []
        return [f"{issue.where}: {issue.message}" for issue in refused.value.issues]

    def applied(self, spec: str, *allow: str) -> dict[str, Any]:
        """The plan as `seen`, after every call of it has been made and the plan after that is found to be empty."""
        plan = self.plan(spec, *allow)
        assert not plan.refused
        outcomes = list(run_plan(plan, self.iam, parallelism=1, stop=Event()))
        assert [one for one in outcomes if one.status is not Status.DONE or one.reason] == []
        assert [one.step.call for one in outcomes] == self.iam.writes
        assert self.plan(spec, *allow).changes == ()
        return seen(plan)

    def live(self, section: str, name: str) -> dict[str, Any]:
        """The fields of a live entity, without empty fields and the name."""
        found = self.iam.dump(identity=False)[section][name]
        return {key: value for key, value in found.items() if value and key not in {"name", "kind", "trust", "arn"}}

    def names(self, section: str) -> list[str]:
        return sorted(self.iam.dump()[section])


def seen(review: Review) -> dict[str, Any]:
    """All that a reviewed plan says, each part that says anything, as lists of lines."""
    plan, changes = review.plan, []
    for one in plan.changes:
        fields = ", ".join(difference.field for difference in one.differences)
        changes.append(f"{'blocked' if one.blocked else one.action} {one.address}: {fields}")
    parts = {
        "changes": changes,
        "steps": [line(step) for step in plan.steps],
        "undeclared": list(map(str, plan.undeclared)),
        "strays": [f"{user} in {group}" for user, group in plan.strays],
        "kept": [f"{one.address}: {one.reason}" for one in plan.kept],
        "excess": [f"{one.address}: {one.credential}" for one in plan.excess],
        "alarms": list(plan.alarms),
        "notes": list(review.notes),
        "complaints": [
            f"{'allowed ' if one.allowed else ''}{one.guard} {one.address}: {one.message}" for one in review.complaints
        ],
    }
    return {name: lines for name, lines in parts.items() if lines}


def line(step: Step) -> str:
    """A step as `grant AddUserToGroup GroupName=devs UserName=alice`; known documents by their names."""
    return f"{step.phase.label} {called(step.call)}"


def called(call: Call) -> str:
    words = [call.operation]
    for key, value in sorted(call.params.items()):
        if key in {"Tags", "TagKeys"}:
            tags = [f"{one['Key']}:{one['Value']}" if isinstance(one, dict) else one for one in value]
            words.append(f"{key}={','.join(tags)}")
        else:
            words.append(f"{key}={TEXTS.get(str(value), value)}")
    return " ".join(words)
