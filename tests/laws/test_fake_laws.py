"""What holds of the fake IAM whatever is written to it, in whatever order."""

import json

from botocore.loaders import Loader
from botocore.model import ServiceModel
from fake import FakeIam
from fake.client import WRITING
from fake.scene import AWS, OWN, TEXT, document
from hypothesis import given, strategies as st
from model import assert_answer, problems
from profiles import law
from saml import metadata

from iamspec.errors import IamError
from iamspec.iam import Call

ACCOUNT = "arn:aws:iam::123456789012:"


def beginning():
    """A user and a group with everything that such can have, another user, two policies, one of them held by a role."""
    iam = FakeIam()
    for name in ("p", "q"):
        iam.given("CreatePolicy", PolicyName=name, PolicyDocument=TEXT)
    for name in ("a", "b"):
        iam.given("CreateUser", UserName=name)
    iam.given("CreateGroup", GroupName="g")
    iam.given("AddUserToGroup", UserName="a", GroupName="g")
    for kind, name in (("User", "a"), ("Group", "g")):
        iam.given(f"Attach{kind}Policy", **{f"{kind}Name": name, "PolicyArn": f"{OWN}p"})
        iam.given(f"Put{kind}Policy", **{f"{kind}Name": name, "PolicyName": "p", "PolicyDocument": TEXT})
    iam.add_role("r", attached=[f"{OWN}q"])
    iam.given("CreateInstanceProfile", InstanceProfileName="i")
    iam.given("AddRoleToInstanceProfile", InstanceProfileName="i", RoleName="r")
    iam.given("CreateOpenIDConnectProvider", Url="https://idp.example.com", ClientIDList=["c"])
    iam.given("CreateSAMLProvider", Name="idp", SAMLMetadataDocument=metadata())
    iam.add_credentials("a")
    return iam


def trusting(resource):
    """A trust policy that names a principal of the account."""
    statement = {"Effect": "Allow", "Principal": {"AWS": [f"{ACCOUNT}{resource}"]}, "Action": ["sts:AssumeRole"]}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


HELD = beginning().state.user("a")
POOL = {
    "AccessKeyId": [*HELD.keys, "AKIA000000000000"],
    "SSHPublicKeyId": [*HELD.ssh_keys],
    "CertificateId": [*HELD.certificates],
    "ServiceSpecificCredentialId": [*HELD.service_credentials],
    "UserName": ["a", "a", "b", "A"],
    "NewUserName": ["a", "A", "b"],
    "GroupName": ["g", "g", "h", "G"],
    "NewGroupName": ["g", "G", "h"],
    "Path": ["/", "/x/"],
    "NewPath": ["/", "/x/"],
    "PolicyName": ["p", "p", "q", "P"],
    "PolicyArn": [f"{OWN}p", f"{OWN}p", f"{OWN}x/p", f"{OWN}q", f"{AWS}ReadOnlyAccess", f"{AWS}None"],
    "PermissionsBoundary": [f"{OWN}p", f"{OWN}q", f"{AWS}PowerUserAccess"],
    "PolicyDocument": [TEXT, document(1000), document(2040), "{}"],
    "SetAsDefault": [True, False],
    "VersionId": ["v1", "v2", "v3"],
    "Tags": [[], [{"Key": "k", "Value": "1"}], [{"Key": "K", "Value": "2"}], [{"Key": "aws:k", "Value": ""}]],
    "TagKeys": [["k"], ["K"], ["aws:k"]],
    "AccountAlias": ["acme", "acme-prod"],
    "Password": ["weak", "Correct-horse-7", "acme"],
    "PasswordResetRequired": [True, False],
    "MinimumPasswordLength": [6, 15],
    "RequireSymbols": [True, False],
    "Status": ["Active", "Inactive", "Expired"],
    "SerialNumber": [*HELD.mfa],
    "Description": ["d"],
    "RoleName": ["r", "r", "s", "R", "AWSServiceRoleForAutoScaling"],
    "AssumeRolePolicyDocument": [trusting("user/a"), trusting("role/r"), trusting("root"), trusting("role/none"), TEXT],
    "MaxSessionDuration": [3600, 7200],
    "InstanceProfileName": ["i", "i", "j", "I"],
    "AWSServiceName": ["autoscaling.amazonaws.com"],
    "Url": ["https://idp.example.com", "https://idp.example.com:443/x", "http://idp.example.com"],
    "ClientIDList": [[], ["c", "d", "c"]],
    "ClientID": ["c", "d"],
    "ThumbprintList": [[], ["A" * 40], ["b" * 40] * 6],
    "OpenIDConnectProviderArn": [f"{ACCOUNT}oidc-provider/idp.example.com", f"{ACCOUNT}oidc-provider/none"],
    "Name": ["idp", "IDP", "other"],
    "SAMLProviderArn": [f"{ACCOUNT}saml-provider/idp", f"{ACCOUNT}saml-provider/none"],
    "SAMLMetadataDocument": [metadata(), metadata(number=2), "x" * 1000],
    "AssertionEncryptionMode": ["Allowed", "Required"],
    "AddPrivateKey": ["key"],
    "RemovePrivateKey": ["SAMLKEY0000000000000000"],
}
POOL["PolicyDocument"] += POOL["AssumeRolePolicyDocument"]
SERVICE = ServiceModel(Loader().load_service_model("iam", "service-2"), "iam")
WRITES = sorted(name for name in SERVICE.operation_names if name.lower() in {one.replace("_", "") for one in WRITING})
OPERATIONS, BOOLEANS = st.sampled_from(WRITES), st.booleans()
POOLED = {name: st.sampled_from(values) for name, values in POOL.items()}


def _members(operation):
    """The members of the input of an operation that are in the pool, and whether they are required."""
    shape = SERVICE.operation_model(operation).input_shape
    return [(name, name in shape.required_members) for name in (shape.members if shape else ()) if name in POOL]


MEMBERS = {name: _members(name) for name in WRITES}


@st.composite
def writes(draw):
    """A valid call: every required member of its input and some of the others, from the pool."""
    operation = draw(OPERATIONS)
    return Call(operation, {name: draw(POOLED[name]) for name, must in MEMBERS[operation] if must or draw(BOOLEANS)})


def unique(names):
    return len({name.lower() for name in names}) == len(names)


def assert_sound(iam, value):
    """Fails unless the account, with its value, is one that IAM could hold."""
    state = iam.state
    arns = {*state.policies, *state.aws_managed}
    for name, holder in {**value["users"], **value["groups"], **value["roles"]}.items():
        assert holder["name"] == name
        assert {*holder["attached"], holder["boundary"]} - {None} <= arns
        assert len(holder["attached"]) == len(set(holder["attached"])) <= 10
        assert unique(holder["tags"])
        limit = 2048 if "groups" in holder else 10240 if "trust" in holder else 5120
        assert sum(len("".join(json.dumps(one).split())) for one in holder["inline"].values()) <= limit
    for user in value["users"].values():
        assert set(user["groups"]) <= set(value["groups"])
        assert len(user["keys"]) <= 2
    for policy in value["policies"].values():
        assert policy["default"] in policy["versions"]
        assert len(policy["versions"]) <= 5
        assert policy["arn"] == f"{OWN}{policy['path'][1:]}{policy['name']}"
    assert {one["role"] for one in value["profiles"].values()} - {None} <= set(value["roles"])
    assert all(unique(value[kind]) for kind in ("users", "groups", "roles", "profiles", "saml_providers"))
    assert all(key == user.name.lower() for key, user in state.users.items())
    assert all(key == group.name.lower() for key, group in state.groups.items())
    assert unique([policy.name for policy in state.policies.values()])
    ids = [one["id"] for kind in ("users", "groups", "roles", "policies", "profiles") for one in value[kind].values()]
    assert len(ids) == len(set(ids))


def answered(iam, call):
    """The answer to a call, or its refusal as a text."""
    try:
        return iam.write(call)
    except IamError as error:
        return str(error)


@law(200, database=None)
@given(st.lists(writes(), min_size=40, max_size=80))
def test_after_any_history_the_account_is_sound_and_a_refused_call_has_changed_nothing(calls):
    """Kills as well: a copy of an account that shares something with it, or forgets something."""
    iam = beginning()
    value = iam.dump()
    for number, call in enumerate(calls):
        if number % 8 == 0:
            copied = iam.copy()
        assert problems(call) == []
        answer, before, value = answered(iam, call), value, iam.dump()
        assert answered(copied, call) == answer
        if isinstance(answer, str):
            assert value == before
        else:
            assert_answer(call.operation, answer)
            assert_sound(iam, value)
        if number % 8 == 7:
            assert copied.dump() == value
    for page in iam.pages(Call("GetAccountAuthorizationDetails")):
        assert_answer("GetAccountAuthorizationDetails", page)
