"""The printed policies against an IAM that enforces them: with each the command runs, without any part of it it does not."""

import copy
import io
import json
import pickle
import re

import pytest
import whole_story
from test_sandbox import client
from vault import delivered

from iamspec.apply.run import Status
from iamspec.cli import main
from iamspec.commands import plan as commands
from iamspec.commands.options import Options
from iamspec.errors import IamError
from iamspec.iam import Account, Call
from iamspec.kinds.operations import PLANNED
from iamspec.live.aws import AwsWriter
from iamspec.live.connection import Connection
from iamspec.policy.actions import can_be, catalogue
from iamspec.policy.document import Document
from iamspec.policy.statement import listed
from iamspec.review import permissions
from iamspec.sandbox import running
from iamspec.sandbox.backend import aws_managed
from iamspec.sandbox.gateway import LOCK
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.upstream import service_model
from iamspec.sandbox.wire import Request

ACCOUNT = Account("123456789012")
KEY = "AKIAIAMSPECSANDBOX00"
READ = permissions.reading(ACCOUNT).document
UNTIL = re.compile(r"until \S+ \S+ UTC")  # what a suspension does not end depends on the minute
TRUSTED = tuple(f"external-trust:identity-provider/{name}" for name in whole_story.SPEC["identity_providers"])
LIFTED = ("mass-delete", "self-lockout", "admin-quorum", "recently-used:user/erin", "in-use:role/r2", *TRUSTED)


class Beginning:
    """A backend as it was. AWS's own policies, which nothing changes, are shared and not copied."""

    def __init__(self, backend):
        self._shared = dict(enumerate(aws_managed("aws")))
        numbers = {id(policy): number for number, policy in self._shared.items()}
        stream = io.BytesIO()
        pickler = pickle.Pickler(stream)
        pickler.persistent_id = lambda one: numbers.get(id(one))
        pickler.dump(vars(backend))
        self._bytes = stream.getvalue()

    def again(self):
        unpickler = pickle.Unpickler(io.BytesIO(self._bytes))  # noqa: S301 - own
        unpickler.persistent_load = self._shared.__getitem__
        return unpickler.load()


class Within:
    """The sandbox as a writer, without HTTP and botocore: where many applies are tried."""

    def __init__(self, sandbox):
        self.gateway = sandbox.gateway

    def write(self, call, *, patient=False):
        operation = service_model("iam").operation_model(call.operation)
        try:
            with LOCK:
                asked = Request("iam", call.operation, {}, key_id=KEY)
                return self.gateway._of_iam(asked, operation, dict(call.params)) or {}
        except Refused as refused:
            raise IamError(call.operation, refused.code, refused.message) from refused

    def attempt_each(self, calls):
        return [self._attempt(call) for call in calls]

    def _attempt(self, call):
        try:
            return self.write(call)
        except IamError as error:
            return error


class Enforcing:
    """The account of the story, at its beginning as often as wanted, and what has been refused in it."""

    def __init__(self, sandbox, writer):
        self.sandbox, self.writer, self.refused = sandbox, writer, []
        self.within = Within(sandbox)
        self._beginning = Beginning(sandbox.backend)
        answer = sandbox.gateway.answer
        sandbox.gateway.answer = lambda asked: self._noted(asked, answer(asked))

    def _noted(self, asked, answer):
        if answer.status == 403:
            self.refused.append(asked.operation)
        return answer

    def begin(self, document):
        """Everything as it was, under another policy."""
        vars(self.sandbox.backend).update(self._beginning.again())
        self.sandbox.enforce = None if document is None else Document(document)
        self.refused.clear()

    def main(self, *arguments):
        return main(list(arguments), connect=lambda *_, **__: self.writer)


@pytest.fixture(scope="module")
def iam():
    with running() as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in (("ACCESS_KEY_ID", KEY), ("SECRET_ACCESS_KEY", "any")):
            patch.setenv(f"AWS_{name}", value)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        administrator = client(sandbox)
        administrator.create_user(UserName="bob")
        whole_story.lived(administrator)
        yield Enforcing(sandbox, AwsWriter(Connection(endpoint_url=sandbox.endpoint)))


@pytest.fixture
def spec(tmp_path):
    return whole_story.written(tmp_path)


def without_each_part(document):
    """A policy without an action, a resource or a value of a condition, and the removed part."""
    for number, statement in enumerate(document["Statement"]):
        parts = [("Action", statement), ("Resource", statement)]
        parts += [(key, values) for values in statement.get("Condition", {}).values() for key in values]
        for key, holder in parts:
            for part in listed(holder[key]):
                yield (number, part), _without(document, number, key, part)


def _without(document, number, key, part):
    left = copy.deepcopy(document)
    statement = left["Statement"][number]
    holder = next((one for one in statement.get("Condition", {}).values() if key in one), statement)
    holder[key] = [one for one in listed(holder[key]) if one != part]
    if not holder[key]:
        del left["Statement"][number]
    return left


COMMANDS = {"plan": 0, "drift": 2, "import": 0, "snapshot": 0}


def test_everything_that_reads_runs_with_the_read_policy_as_it_does_without_limits(iam, spec, capsys):
    def outputs(document):
        iam.begin(document)
        lifted = [f"--allow={name}" for name in LIFTED]
        found = []
        for command, code in COMMANDS.items():
            words = {"plan": [*lifted, spec], "drift": [spec]}.get(command, [])
            assert iam.main(command, *words) == code
            told = capsys.readouterr()
            found.append((UNTIL.sub("until then", told.out), told.err))
        return found

    free = outputs(None)
    assert outputs(READ) == free
    assert iam.refused == []


# what a plan can do without, saying so: whether a stack or Role Manager owns something
UNASKED = {
    "cloudformation:DescribeStackResources": "CloudFormation could not be asked",
    "iam:GetRole": "IAM could not be asked who else manages it",  # before a role goes by absence
    f"arn:aws:iam::{ACCOUNT.id}:role/*": "IAM could not be asked who else manages it",
}
REPORTED = ["iam:GenerateCredentialReport", "iam:GetCredentialReport"]  # above 500 users
LISTED = "tag:GetResources"  # is asked only where many policies have tags
NEWER = "iam:GetPolicyVersion"  # is asked where AWS has a newer version than the package, as the sandbox never has


def test_without_any_part_of_the_read_policy_a_plan_names_the_call_that_was_refused(iam, spec, capsys):
    iam.begin(READ)
    iam.main("plan", spec)
    whole = capsys.readouterr().out
    unasked, superfluous = set(), []
    for (number, part), document in without_each_part(READ):
        iam.begin(document)
        code, told = iam.main("plan", spec), capsys.readouterr()
        if not iam.refused:
            superfluous.append((number, part))
        elif part in UNASKED:
            unasked.add(part)
            assert UNASKED[part] in told.out
            assert told.out != whole
        else:
            assert code == 1
            assert any(f"{one}: AccessDenied: User: " in told.err for one in iam.refused)
            assert not part.startswith("iam:") or f"is not authorized to perform: {part} on resource: " in told.err
    assert [part for _, part in superfluous] == [
        *REPORTED,
        LISTED,
        NEWER,
    ]
    assert unasked == set(UNASKED)


def planned(iam, spec):
    iam.begin(None)
    return commands.plan([spec], iam.writer, Options(allow=LIFTED))


def refusals(iam, plan, *, writer=None):
    """The reasons of all calls that failed."""
    outcomes = delivered(plan, writer or iam.writer, parallelism=8)
    return [one.reason for one in outcomes if one.status is Status.FAILED]


@pytest.mark.usefixtures("elsewhere")
def test_an_apply_runs_with_the_policy_that_is_printed_for_it(iam, spec, capsys, tmp_path):
    iam.begin(None)
    assert iam.main("permissions", spec) == 0
    printed = json.loads(capsys.readouterr().out)
    iam.begin(printed)
    sink = f"--credentials-out={tmp_path / 'secrets'}"
    assert iam.main("apply", "--auto-approve", sink, *(f"--allow={name}" for name in LIFTED), spec) == 0
    assert iam.refused == []
    assert "proved: read again, and nothing is left to do for 123456789012" in capsys.readouterr().err


def test_a_saved_plan_runs_with_the_policy_that_is_printed_for_it(iam, spec, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    iam.begin(None)
    lifted = [f"--allow={name}" for name in LIFTED]
    assert iam.main("plan", *lifted, "--out", "plan.json", spec) == 0
    capsys.readouterr()
    assert iam.main("permissions", "plan.json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert iam.main("permissions", spec) == 0
    assert json.loads(capsys.readouterr().out) == printed
    assert iam.main("permissions", "plan.json", "--for", "plan") == 0
    assert json.loads(capsys.readouterr().out) == READ
    iam.begin(printed)
    sink = f"--credentials-out={tmp_path / 'secrets'}"
    assert iam.main("apply", "--auto-approve", sink, *lifted, "plan.json") == 0
    assert iam.refused == []


def test_the_story_has_every_call_that_a_plan_can_have(iam, spec):
    plan = planned(iam, spec)
    assert {step.call.operation for step in plan.steps} == PLANNED - {
        "DeleteAccountAlias",
        "DeleteAccountPasswordPolicy",
        "UpdateLoginProfile",  # of a repair
    }
    assert not plan.refused


TAKING_BACK = {
    "iam:DeleteAccessKey",
    "iam:DeleteLoginProfile",
}  # of what could not be delivered: needed when that fails


def without(*sections):
    """A change of the story after which the spec lacks some sections."""
    absent = {section: names for section, names in whole_story.SPEC["absent"].items() if section not in sections}
    return {"absent": absent} | {section: {} for section in sections}


ALONE = {"account": {"id": ACCOUNT.id}, "prune": False}
NOBODY: dict[str, dict[str, str]] = {
    section: {} for section in ("policies", "groups", "users", "roles", "instance_profiles", "identity_providers")
}
PARTS = {  # the whole story needs a longer policy than there can be, which names resources by path
    "people": (without("roles", "instance_profiles", "identity_providers"), 70),
    "roles": (without("users", "groups", "identity_providers") | ALONE, 30),
    "identity_providers": (without("users", "groups", "policies", "roles", "instance_profiles") | ALONE, 15),
}


@pytest.mark.parametrize("chapter", PARTS)
def test_without_any_part_of_its_policy_an_apply_fails_with_the_call_that_was_refused(iam, chapter, tmp_path):
    changed, least = PARTS[chapter]
    plan = planned(iam, whole_story.written(tmp_path, **changed))
    document = permissions.applying(plan).document
    reads = {one for statement in READ["Statement"] for one in listed(statement["Action"])}
    tried, superfluous = 0, []
    for (number, part), left in without_each_part(document):
        actions = set(listed(document["Statement"][number]["Action"]))
        if part in reads or actions <= reads:
            continue  # the plan's business
        iam.begin(left)
        reasons = refusals(iam, plan, writer=iam.within)
        tried += 1
        if not reasons and part not in TAKING_BACK:
            superfluous.append((number, part))
        assert [one for one in reasons if "AccessDenied: User: " not in one] == []
        if part.startswith("iam:"):
            assert [one for one in reasons if f"is not authorized to perform: {part} on resource: " not in one] == []
    assert superfluous == []
    assert tried > least


def test_a_look_at_credentials_takes_the_report_and_what_every_look_takes(iam, capsys):
    looking = permissions.looking(ACCOUNT).document
    iam.begin(looking)
    assert (iam.main("credentials"), iam.main("credentials", "bob")) == (0, 0)
    assert iam.refused == []
    for lacking in ("GenerateCredentialReport", "GetCredentialReport"):
        left = [one for (_, part), one in without_each_part(looking) if part == f"iam:{lacking}"]
        for document in left:
            iam.begin(document)
            assert iam.main("credentials") == 1
            assert iam.refused == [lacking]
            assert f"{lacking}: AccessDenied: User: " in capsys.readouterr().err
        assert len(left) == 1


def test_taking_the_password_policy_away_is_a_right_of_its_own(iam, tmp_path):
    alone = {"account": {"id": ACCOUNT.id, "password_policy": None}, "prune": False, "absent": {}}
    spec = whole_story.written(tmp_path, **alone, **NOBODY)
    iam.begin(None)
    iam.writer.write(Call("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 8}))
    plan = commands.plan([spec], iam.writer, Options(allow=LIFTED))
    assert [step.call.operation for step in plan.steps] == ["DeleteAccountPasswordPolicy"]
    iam.sandbox.enforce = Document(READ)
    assert ["is not authorized to perform: iam:DeleteAccountPasswordPolicy" in one for one in refusals(iam, plan)] == [
        True
    ]
    iam.sandbox.enforce = Document(permissions.applying(plan).document)
    assert refusals(iam, plan) == []


def test_taking_the_alias_away_is_a_right_of_its_own(iam, tmp_path):
    alone = {"account": {"id": ACCOUNT.id, "alias": None}, "prune": False, "absent": {}}
    spec = whole_story.written(tmp_path, **alone, **NOBODY)
    plan = planned(iam, spec)
    iam.begin(permissions.applying(plan).document)
    assert refusals(iam, plan) == []
    iam.begin(READ)
    [reason] = refusals(iam, plan)
    assert reason == (
        "DeleteAccountAlias: AccessDenied: User: arn:aws:iam::123456789012:user/iamspec-sandbox is not authorized to "
        "perform: iam:DeleteAccountAlias on resource: * because no identity-based policy allows the "
        "iam:DeleteAccountAlias action (request sandbox)"
    )


def test_what_manages_an_account_runs_any_apply(iam, spec):
    plan = planned(iam, spec)
    for account in (ACCOUNT, permissions.EVERYWHERE):
        iam.begin(permissions.managing(account).document)
        assert refusals(iam, plan) == []


def test_each_action_can_be_limited_to_its_resource_and_by_its_condition(iam, spec):
    """Kills: an action on a resource that it is never asked about, where it would allow nothing at all."""
    known, impossible = catalogue(), []
    documents = [READ, permissions.applying(planned(iam, spec)).document, permissions.managing(ACCOUNT).document]
    for statement in (one for document in documents for one in document["Statement"]):
        keys = {key for values in statement.get("Condition", {}).values() for key in values}
        for action in listed(statement["Action"]):
            forms = [one.arn for one in known.resource_types(action)]
            needs_star = not forms or action in {"cloudformation:DescribeStackResources", LISTED}
            resources = listed(statement["Resource"])
            possible = [one for one in resources if (one == "*" if needs_star else any(can_be(one, f) for f in forms))]
            impossible += [(action, one) for one in resources if one not in possible]
            impossible += [(action, key) for key in keys - set(known.condition_keys(action))]
    assert impossible == []
