"""The account after a call, without making it: held against the account in which it has been made."""

from dataclasses import replace

import pytest
from fake import ACCOUNT, FakeIam
from hypothesis import given
from profiles import law
from test_laws import planned
from worlds import histories, lived, specs

from iamspec.access.account import AccountAccess
from iamspec.desired.resources import Names
from iamspec.iam import Call
from iamspec.kinds import KINDS
from iamspec.kinds.account import Alias
from iamspec.kinds.contract import Address, Purpose
from iamspec.kinds.group import Group
from iamspec.kinds.operation import Impossible
from iamspec.kinds.operations import PLANNED
from iamspec.kinds.password_policy import PasswordPolicy
from iamspec.kinds.policy.shape import Policy, PolicyFacts
from iamspec.kinds.profile import InstanceProfile
from iamspec.kinds.provider.metadata import Metadata
from iamspec.kinds.provider.shape import Provider, ProviderFacts
from iamspec.kinds.role.shape import Role, RoleFacts
from iamspec.kinds.user.credentials import Credentials, Key
from iamspec.kinds.user.operations import RESET_PASSWORD
from iamspec.kinds.user.shape import User, UserFacts
from iamspec.live import observe
from iamspec.live.simulate import carry_out, carry_out_all
from iamspec.policy.document import Document
from iamspec.policy.managed import managed_documents

OWN = "arn:aws:iam::123456789012:"
READ = f"{OWN}policy/read"
OTHER = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TEXT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
EVERYTHING = tuple(Address(kind, "") for kind in KINDS)  # the kinds beyond the sweep, too
DEVICE = "arn:aws:iam::123456789012:mfa/ann"


def known(iam, account=ACCOUNT):
    """The account with all that iamspec can know of it."""
    live = observe.read_named(iam, account, EVERYTHING)
    kinds = {"user", "policy", "role", "instance-profile", "identity-provider"}
    return observe.fill(iam, live, {one: Purpose.DELETE for one in live.resources if one.kind in kinds})


def hidden(live):
    """What the diff does not see, but a deletion does."""
    names = ("arn", "attached", "inline", "credentials")
    return {str(address): [getattr(one.facts, name, None) for name in names] for address, one in live.resources.items()}


@law(160)
@given(specs(roles=True), histories(roles=True))
def test_a_simulated_plan_leaves_what_the_calls_leave(spec, history):
    """Kills: an operation that changes nothing, or the wrong one of two holders, or only what the diff shows."""
    iam = lived(history)
    plan = planned(spec, iam)
    simulated = known(iam, plan.account)
    for step in plan.steps:
        simulated = carry_out(simulated, step)
        iam.write(step.call)
        now = observe.read_named(iam, plan.account, EVERYTHING)
        assert untagged(simulated.resources) == untagged(now.resources)
        assert simulated.account == now.account
    after = known(iam, plan.account)
    assert named(simulated.resources, after.resources) == after.resources
    assert hidden(simulated) == hidden(after)


@law(80)
@given(specs(roles=True), histories(roles=True))
def test_the_powers_after_a_plan_are_those_of_an_account_that_was_always_so(spec, history):
    """Kills: a user who keeps the powers of before, though a call reaches a group or a document of the user."""
    iam = lived(history)
    plan = planned(spec, iam)
    before = AccountAccess(known(iam, plan.account))
    after = before.after(carry_out_all(before.live, plan.steps))
    read = {arn: one for arn, one in managed_documents().items() if arn.endswith(("ReadOnlyAccess", "Billing"))}
    fresh = AccountAccess(after.live)
    assert after.powers == fresh.powers
    filled = before.with_documents(read)
    assert after.with_documents(read, filled).powers == fresh.with_documents(read).powers
    changed = {one for one in after.live.resources if after.live.resources[one] is not before.live.resources.get(one)}
    if not changed and after.live.resources.keys() == before.live.resources.keys():
        assert all(after.powers[one] is powers for one, powers in before.powers.items())


def untagged(resources):
    """Without tags of policies, credentials, and what only ListRoles tells: the sweep of an account lacks these."""
    unasked = {
        "policy": {"tags": None},
        "user": {"console": None, "access_keys": None},
        "role": {"description": None, "max_session_duration": None},
        "instance-profile": {"tags": None},
        "identity-provider": {"client_ids": frozenset(), "thumbprints": None, "saml": None, "tags": None},
    }
    return {one: replace(found, **unasked.get(one.kind, {})) for one, found in resources.items()}


def named(resources, live):
    """The resources with the ids and values that only live IAM knows."""
    return {
        one: KINDS[one.kind].with_live_ids(found, live[one]) if one in live else found
        for one, found in resources.items()
    }


def rich_user(name, **fields):
    held = Credentials(("SSH1",), ("SRV1",), ("CRT1",), (DEVICE,))
    return User(name=name, facts=UserFacts(id="AIDA1", credentials=held), **fields)


def all_steps():
    """What every kind yields between two entities that have nothing in common, there and back, and to nothing."""
    document, other, trust = (Document({"Statement": one}) for one in ([], {}, [{"Effect": "Allow"}]))
    pairs = {
        "policy": [
            Policy("p", tags={"a": "1"}, document=document, facts=PolicyFacts(READ, versions=("v1", "v2", "v3", "v4"))),
            Policy("p", tags={"b": "1"}, document=other, facts=PolicyFacts(READ, versions=("v1",))),
        ],
        "group": [
            Group("g", "/a/", frozenset({READ}), {"in": document}, frozenset({"ann"})),
            Group("h", "/b/", frozenset({OTHER}), {"other": document}, frozenset({"bob"})),
        ],
        "user": [
            rich_user(
                "ann",
                path="/a/",
                tags={"a": "1"},
                groups=frozenset({"g"}),
                policies=frozenset({READ}),
                console=True,
                access_keys=(Key("AKIA1"), Key("AKIA2")),
            ),
            rich_user(
                "bob",
                tags={"b": "1"},
                inline_policies={"in": document},
                permissions_boundary=READ,
                console=False,
                access_keys=(Key("AKIA1", "Inactive"), Key()),
            ),
        ],
        "role": [
            Role(
                "r",
                description="a",
                trust=trust,
                policies=frozenset({READ}),
                inline_policies={"in": document},
                permissions_boundary=READ,
                tags={"a": "1"},
                instance_profile=frozenset({"p"}),
                facts=RoleFacts(f"{OWN}role/r", profiles={"p": f"{OWN}instance-profile/p"}),
            ),
            Role(
                "r",
                description="b",
                trust=document,
                policies=frozenset({OTHER}),
                inline_policies={"other": document},
                max_session_duration=7200,
                tags={"b": "1"},
                instance_profile=frozenset({"q"}),
                facts=RoleFacts(f"{OWN}role/r", profiles={"q": f"{OWN}instance-profile/q"}),
            ),
        ],
        "instance-profile": [InstanceProfile("p", "/", {"a": "1"}), InstanceProfile("p", "/", {"b": "1"})],
        "account": [Alias("one"), Alias(None)],
        "password-policy": [PasswordPolicy(8), PasswordPolicy()],
    }
    hub, okta = f"{OWN}oidc-provider/hub.example.com", f"{OWN}saml-provider/okta"
    providers = [
        Provider(name, url, clients, thumbprints, None, tags, facts=ProviderFacts(hub))
        for name, url, clients, thumbprints, tags in (
            ("hub", "https://hub.example.com", frozenset({"a"}), frozenset({"a" * 40}), {"a": "1"}),
            ("hub", "https://hub.example.com", frozenset({"b"}), frozenset({"b" * 40}), {"b": "1"}),
        )
    ]
    signers = [
        Provider("okta", saml=Metadata(entity, document=entity), tags={tag: "1"}, facts=ProviderFacts(okta))
        for entity, tag in (("one", "a"), ("two", "b"))
    ]
    for name, (one, two) in (*pairs.items(), ("identity-provider", providers), ("identity-provider", signers)):
        for before, after in ((one, two), (two, one)):
            yield from KINDS[name].update(before, after, Names(ACCOUNT))
        yield from KINDS[name].create(one, Names(ACCOUNT))
        yield from KINDS[name].delete(one)


def test_the_planned_operations_are_those_that_kinds_yield():
    """Kills: an operation that a kind learns and the simulation does not, or the other way round."""
    assert {step.call.operation for step in all_steps()} == PLANNED - {RESET_PASSWORD.name}  # of a command alone


@pytest.fixture
def live():
    """Ann in devs, and a policy."""
    iam = FakeIam()
    for operation, params in (
        ("CreateUser", {"UserName": "ann", "PermissionsBoundary": OTHER}),
        ("CreateGroup", {"GroupName": "devs"}),
        ("CreatePolicy", {"PolicyName": "read", "PolicyDocument": TEXT}),
        ("AddUserToGroup", {"UserName": "ann", "GroupName": "devs"}),
        ("CreateLoginProfile", {"UserName": "ann", "Password": "correct-Horse-7"}),
    ):
        iam.write(Call(operation, params))
    return known(iam)


REFUSED = [
    ("CreateServiceLinkedRole", {"AWSServiceName": "x"}, "CreateServiceLinkedRole is no operation that iamspec plans"),
    ("CreateUser", {"UserName": "Ann", "Path": "/"}, "CreateUser: user/Ann exists already"),
    ("CreateGroup", {"GroupName": "devs", "Path": "/"}, "CreateGroup: group/devs exists already"),
    ("CreatePolicy", {"PolicyName": "read", "Path": "/", "PolicyDocument": TEXT}, "CreatePolicy: policy/read exists already"),
    ("CreatePolicyVersion", {"PolicyArn": READ + "s", "PolicyDocument": TEXT}, f"CreatePolicyVersion: {READ}s does not exist"),
    ("DeletePolicyVersion", {"PolicyArn": READ, "VersionId": "v1"}, "DeletePolicyVersion: policy/read has no such version: v1"),
    ("DeleteUser", {"UserName": "bob"}, "DeleteUser: user/bob does not exist"),
    ("AttachUserPolicy", {"UserName": "ann", "PolicyArn": READ + "s"}, f"AttachUserPolicy: {READ}s does not exist"),
    ("DetachUserPolicy", {"UserName": "ann", "PolicyArn": READ}, f"DetachUserPolicy: user/ann does not attach {READ}"),
    ("DeleteGroupPolicy", {"GroupName": "devs", "PolicyName": "in"}, "DeleteGroupPolicy: group/devs has no inline policy in"),
    ("AddUserToGroup", {"GroupName": "ops", "UserName": "ann"}, "AddUserToGroup: group/ops does not exist"),
    ("RemoveUserFromGroup", {"GroupName": "devs", "UserName": "bob"}, "RemoveUserFromGroup: user/bob does not exist"),
    ("UpdateUser", {"UserName": "bob", "NewPath": "/x/"}, "UpdateUser: user/bob does not exist"),
    ("DeleteAccessKey", {"UserName": "ann", "AccessKeyId": "AKIA1"}, "DeleteAccessKey: user/ann does not have AKIA1"),
    ("DeleteAccountAlias", {"AccountAlias": "acme"}, "DeleteAccountAlias: the alias acme does not exist"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "message"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_call_that_names_what_is_not_there_is_impossible(live, operation, params, message):
    with pytest.raises(Impossible) as refused:
        carry_out(live, Call(operation, params))
    assert str(refused.value) == message


def test_a_boundary_or_password_that_is_not_there_is_not_taken_off(live):
    for operation, what in (("DeleteUserPermissionsBoundary", "boundary"), ("DeleteLoginProfile", "password")):
        gone = carry_out(live, Call(operation, {"UserName": "ann"}))
        with pytest.raises(Impossible) as refused:
            carry_out(gone, Call(operation, {"UserName": "ann"}))
        assert str(refused.value) == f"{operation}: a {what} of user/ann does not exist"


def test_a_renamed_group_keeps_its_members(live):
    after = carry_out(live, Call("UpdateGroup", {"GroupName": "devs", "NewGroupName": "Devs", "NewPath": "/a/"}))
    assert {str(one): sorted(map(str, users)) for one, users in after.members.items()} == {"group/Devs": ["user/ann"]}
    assert sorted(map(str, after.resources)) == [
        "account/alias",
        "group/Devs",
        "password-policy/account",
        "policy/read",
        "user/ann",
    ]
    assert hidden(after)["group/Devs"][0] == "arn:aws:iam::123456789012:group/a/Devs"


def test_a_renamed_user_keeps_what_it_has(live):
    after = carry_out(live, Call("UpdateUser", {"UserName": "ann", "NewUserName": "eve"}))
    assert sorted(map(str, after.resources)) == [
        "account/alias",
        "group/devs",
        "password-policy/account",
        "policy/read",
        "user/eve",
    ]
    before = {one.kind: found for one, found in live.resources.items()}
    now = {one.kind: found for one, found in after.resources.items()}
    assert now == before | {"user": replace(before["user"], name="eve")}
    assert hidden(after)["user/eve"] == ["arn:aws:iam::123456789012:user/eve", *hidden(live)["user/ann"][1:]]


def test_tags_that_nobody_asked_for_stay_unknown(live):
    address = next(one for one in live.resources if one.kind == "policy")
    unasked = replace(live, resources={**live.resources, address: replace(live.resources[address], tags=None)})
    after = carry_out(unasked, Call("TagPolicy", {"PolicyArn": READ, "Tags": [{"Key": "a", "Value": "1"}]}))
    assert after.resources[address].tags is None


def test_the_account_before_is_left_as_it_was(live):
    before = dict(live.resources)
    carry_out(live, Call("DeleteUserPermissionsBoundary", {"UserName": "ann"}))
    assert live.resources == before


VERSION = {"PolicyArn": READ, "PolicyDocument": TEXT.replace("Allow", "Deny"), "SetAsDefault": True}
REACHED = [  # by a call about a group or a policy; and the group of ann
    [("PutGroupPolicy", {"GroupName": "devs", "PolicyName": "in", "PolicyDocument": TEXT})],
    [("AttachGroupPolicy", {"GroupName": "devs", "PolicyArn": READ}), ("CreatePolicyVersion", VERSION)],
    [("AttachUserPolicy", {"UserName": "ann", "PolicyArn": READ}), ("CreatePolicyVersion", VERSION)],
    [
        ("PutUserPermissionsBoundary", {"UserName": "ann", "PermissionsBoundary": READ}),
        ("CreatePolicyVersion", VERSION),
    ],
]


@pytest.mark.parametrize("calls", REACHED, ids=lambda calls: calls[0][0])
def test_a_user_whom_the_last_call_reaches_has_other_powers(live, calls):
    """Kills: a user who keeps the powers of before, as no call names the user."""
    *first, last = [Call(operation, params) for operation, params in calls]
    before = AccountAccess(carry_out_all(live, first))
    after = before.after(carry_out_all(before.live, [last]))
    assert after.powers == AccountAccess(after.live).powers != before.powers


def test_a_user_whom_no_call_reaches_keeps_the_same_powers(live):
    """Kills: powers of five thousand users that are worked out again for one change."""
    before = AccountAccess(carry_out_all(live, [Call("CreateUser", {"UserName": "eve", "Path": "/"})]))
    after = before.after(carry_out_all(before.live, [Call("AddUserToGroup", {"UserName": "eve", "GroupName": "devs"})]))
    kept = {address.name: after.powers[address] is one for address, one in before.powers.items()}
    assert kept == {"ann": True, "eve": False}
