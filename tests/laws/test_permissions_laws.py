"""Which requests a printed policy allows: exactly those that the plan makes, whatever the plan; and how it is kept short."""

import json
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake import FakeIam
from hypothesis import given
from profiles import law
from worlds import histories, lived, specs, written

from iamspec.cli import main
from iamspec.commands import plan as commands
from iamspec.kinds.operations import OPERATIONS
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate
from iamspec.policy.grammar import check
from iamspec.policy.limits import POLICY_SIZE
from iamspec.policy.statement import listed
from iamspec.review import permissions

LAW = law(50)
OWN = "arn:aws:iam::123456789012:"
READS = {action for one in permissions.reading().document["Statement"] for action in listed(one["Action"])}


def requests(iam, call):
    """What IAM asks of a call, out of the account in memory at that moment: (action, ARN, value of the condition key)."""
    operation, params, state = call.operation, call.params, iam.state
    action, value = f"iam:{operation}", params.get("PermissionsBoundary", "")
    if "Alias" in operation:
        return [(action, "*", "")]
    if operation.startswith(("Attach", "Detach")):
        value = params["PolicyArn"]
    if operation in {"CreateUser", "CreateGroup", "CreatePolicy", "CreateRole"}:
        kind = operation[6:]
        made = f"{OWN}{kind.lower()}{params['Path']}{params[f'{kind}Name']}"
        return [(action, made, value), *([(f"iam:Tag{kind}", made, "")] if "Tags" in params else [])]
    if "Provider" in operation:
        return _of_provider(action, params)
    if "InstanceProfileName" in params:
        return _of_profile(state, action, params)
    if "Group" in operation:
        entity = state.group(params["GroupName"])
    elif "RoleName" in params:
        entity = state.role(params["RoleName"])
    elif "UserName" in params:
        entity = state.user(params["UserName"])
    else:
        return [(action, params.get("SerialNumber") or params["PolicyArn"], "")]
    arns = [state.arn(entity)]
    if operation.startswith("Update"):
        name, path = params.get("NewUserName") or params.get("NewGroupName"), params.get("NewPath")
        moved = SimpleNamespace(kind=entity.kind, path=path or entity.path, name=name or entity.name)
        arns.append(state.arn(moved))
    return [(action, arn, value) for arn in arns]


def _of_provider(action, params):
    arn = params.get("OpenIDConnectProviderArn") or params.get("SAMLProviderArn")
    made = f"saml-provider/{params.get('Name')}" if "Url" not in params else f"oidc-provider/{params['Url'][8:]}"
    tag = [(action.replace("Create", "Tag"), f"{OWN}{made}", "")] if "Create" in action and "Tags" in params else []
    return [(action, arn or f"{OWN}{made}", ""), *tag]


def _of_profile(state, action, params):
    """The permissions for a call about an instance profile. The role of the profile must be passed."""
    name = params["InstanceProfileName"]
    path = params["Path"] if "Path" in params else state.profile(name).path
    arn = f"{OWN}instance-profile{path}{name}"
    found = [(action, arn, "")]
    if action == "iam:CreateInstanceProfile" and "Tags" in params:
        found.append(("iam:TagInstanceProfile", arn, ""))
    if action == "iam:AddRoleToInstanceProfile":
        found.append(("iam:PassRole", state.arn(state.role(params["RoleName"])), ""))
    return found


def allowed(document):
    """Each request that a policy allows, without those of reading."""
    for statement in document["Statement"]:
        values = [""] + [
            one for keys in statement.get("Condition", {}).values() for key in keys.values() for one in listed(key)
        ]
        for action in set(listed(statement["Action"])) - READS:
            for resource in listed(statement["Resource"]):
                yield from ((action, resource, value) for value in (values[1:] or values))


@LAW
@given(specs(roles=True), histories(roles=True))
def test_an_apply_may_do_what_its_plan_does_and_nothing_else(spec, history):
    """Kills: a folding that mixes the needs of two entities, an ARN from before a rename, a forgotten tag."""
    iam = lived(history)
    with tempfile.TemporaryDirectory() as folder:
        plan = commands.plan(written(Path(folder), spec), iam)
    found = permissions.applying(plan)
    asked = set()
    for step in plan.steps:
        asked |= set(requests(iam, step.call))
        iam.write(step.call)
    assert check(found.document) == []
    if found.notes == ():
        assert set(allowed(found.document)) == asked
    assert [one for one in asked if not _is_allowed(found.document, one)] == []


def _is_allowed(document, asked):
    action, resource, value = asked
    keys = {"iam:PolicyARN": (value,), "iam:PermissionsBoundary": (value,)} if value else {}
    policies = (Source("printed", Document(document)),)
    principal = Principal(f"{OWN}user/ci", "123456789012", "ci", policies=policies)
    return evaluate(principal, Request(action, resource, keys)).answer is Answer.ALLOWED


@pytest.fixture
def story(tmp_path):
    def plan(spec):
        iam = FakeIam()
        return commands.plan(written(tmp_path, {"account": {"id": "123456789012"}, **spec}), iam)

    return plan


def test_a_path_with_signs_that_mean_something_in_a_policy_is_named_by_itself(story):
    document = permissions.applying(story({"users": {"dave": {"path": "/a*b?c${d}/"}}})).document
    resource = f"{OWN}user/a${{*}}b${{?}}c${{$}}{{d}}/dave"
    assert set(allowed(document)) == {("iam:CreateUser", resource, "")}
    assert _is_allowed(document, ("iam:CreateUser", f"{OWN}user/a*b?c${{d}}/dave", ""))
    assert not _is_allowed(document, ("iam:CreateUser", f"{OWN}user/aXXbXc${{d}}/dave", ""))


def test_equal_needs_stand_in_one_statement_whose_policies_are_named(story):
    users = {name: {"policies": ["aws:ReadOnlyAccess"]} for name in ("ann", "bob")}
    document = permissions.applying(story({"users": users})).document
    both = [f"{OWN}user/ann", f"{OWN}user/bob"]
    assert [one for one in document["Statement"] if one["Resource"] == both] == [
        {
            "Effect": "Allow",
            "Action": "iam:AttachUserPolicy",
            "Resource": both,
            "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
        },
        {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": both},
    ]


@pytest.mark.parametrize(
    ("section", "name", "written", "actions"),
    [
        ("users", "ann", {}, {"iam:CreateUser", "iam:TagUser"}),
        ("roles", "app", {"trust": {"service": "ec2.amazonaws.com"}}, {"iam:CreateRole", "iam:TagRole"}),
        ("instance_profiles", "web", {}, {"iam:CreateInstanceProfile", "iam:TagInstanceProfile"}),
    ],
)
def test_whoever_makes_something_with_tags_may_tag_it(story, section, name, written, actions):
    """Kills: a create call with tags that IAM refuses, because it asks for the permission to tag as well."""
    document = permissions.applying(story({section: {name: {**written, "tags": {"team": "a"}}}})).document
    assert {action for action, _, _ in allowed(document)} == actions


def test_what_does_not_fit_by_name_is_given_by_path_and_then_by_kind(story):
    def found(paths):
        users = {f"somebody-{number:03}": {"path": paths(number)} for number in range(150)}
        return permissions.applying(story({"users": users}))

    by_path = found(lambda number: f"/team-{number % 3}/")
    resources = [f"{OWN}user/team-{number}/*" for number in range(3)]
    assert {one for _, one, _ in allowed(by_path.document)} == set(resources)
    by_kind = found(lambda number: f"/one-of-very-many-teams/{number:03}/")
    assert {one for _, one, _ in allowed(by_kind.document)} == {f"{OWN}user/*"}
    assert [one.notes for one in (by_path, by_kind)] == [
        ("resources are given by path: naming each would take 9,319 characters, and a managed policy may have 6,144",),
        ("resources are given by kind: naming each would take 12,319 characters, and a managed policy may have 6,144",),
    ]
    assert max(Document(one.document).size for one in (by_path, by_kind)) <= POLICY_SIZE.maximum


def test_what_fits_in_no_way_is_said_to_take_several_policies(story):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    names = [f"a-policy-with-quite-a-long-name-{number:03}" for number in range(100)]
    groups = {f"g{number}": {"policies": names[number * 10 : number * 10 + 10]} for number in range(10)}
    found = permissions.applying(
        story({"policies": {name: {"document": document} for name in names}, "groups": groups})
    )
    assert Document(found.document).size > POLICY_SIZE.maximum
    assert [note.split(":")[0] for note in found.notes] == [
        "resources are given by kind",
        f"even by kind it takes {Document(found.document).size:,} characters",
    ]


def test_nothing_planned_needs_what_reading_needs(story):
    assert permissions.applying(story({})) == permissions.reading(FakeIam().account)


def test_each_operation_of_a_plan_has_its_kind_of_resource():
    kinds = {row.name: row.resource_kind for row in OPERATIONS.values()}
    assert kinds["AddUserToGroup"] == kinds["RemoveUserFromGroup"] == "group"
    assert kinds["DeactivateMFADevice"] == "user"
    assert kinds["DeleteVirtualMFADevice"] == "mfa"
    assert kinds["CreateAccountAlias"] is None


def test_the_command_prints_what_reading_managing_and_one_apply_need(tmp_path, capsys):
    spec = {"account": {"id": "123456789012"}, "users": {"ann": {}}}
    folder, iam = written(tmp_path, spec)[0], FakeIam()

    def printed(*words):
        assert main(["permissions", *words], connect=lambda *_, **__: iam) == 0
        told = capsys.readouterr()
        return json.loads(told.out), told.err

    plan = commands.plan([folder], iam)
    warning = (
        "note: this allows to give anybody anything: attach it to nobody but the role that applies reviewed plans\n"
    )
    iam.calls.clear()
    assert printed() == (permissions.reading().document, "")
    assert printed("--for", "plan", folder) == (permissions.reading(iam.account).document, "")
    assert printed("--for", "any") == (permissions.managing().document, warning)
    assert printed("--for", "any", folder) == (permissions.managing(iam.account).document, warning)
    assert iam.calls == []
    assert printed(folder) == (permissions.applying(plan).document, "")
    assert iam.writes == []


def test_the_printed_policies_fit_and_are_policies():
    for found in (permissions.reading(), permissions.managing()):
        assert check(found.document) == []
        assert Document(found.document).size < POLICY_SIZE.maximum
