"""What the fake IAM says of roles, instance profiles and identity providers."""

import json

import pytest
from fake.scene import AWS, OWN, TEXT, ask, details, refusal, scene
from saml import metadata

from iamspec.iam import Call

ACCOUNT = "arn:aws:iam::123456789012:"
GITHUB = "token.actions.githubusercontent.com"


@pytest.fixture
def iam():
    return scene()


def trusting(principal, action="sts:AssumeRole", **condition):
    statement = {"Action": [action], "Effect": "Allow", "Principal": principal}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": statement | ({"Condition": condition} if condition else {})}
    )


def create(iam, principal, name="deploy", **params):
    call = {"RoleName": name, "AssumeRolePolicyDocument": trusting(principal), **params}
    return iam.write(Call("CreateRole", call))["Role"]


def principal(iam, name="deploy"):
    (statement,) = ask(iam, "GetRole", RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    return statement["Principal"]


def test_a_trust_follows_its_user_and_shows_an_id_once_the_user_is_gone(iam):
    """Kills: a fake that keeps names in trusts, so that a plan never sees a new owner of a name."""
    create(iam, {"AWS": [f"{ACCOUNT}user/alice"]})
    iam.write(Call("UpdateUser", {"UserName": "alice", "NewUserName": "alicia"}))
    assert principal(iam) == {"AWS": f"{ACCOUNT}user/alicia"}
    first = ask(iam, "GetUser", UserName="alicia")["User"]["UserId"]
    iam.write(Call("RemoveUserFromGroup", {"UserName": "alicia", "GroupName": "devs"}))
    iam.write(Call("DeleteUser", {"UserName": "alicia"}))
    iam.write(Call("CreateUser", {"UserName": "alicia"}))
    assert principal(iam) == {"AWS": first}
    assert details(iam)["RoleDetailList"][0]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": first}


@pytest.mark.parametrize(
    "whom",
    ["*", {"AWS": f"{ACCOUNT}user/nobody"}, {"AWS": f"{ACCOUNT}group/devs"}, {"Service": "ec2"}, {"Nobody": "x"}, {}],
)
def test_a_trust_in_nobody_is_refused(iam, whom):
    """Kills: a fake that makes a role which IAM refuses."""
    call = {"RoleName": "deploy", "AssumeRolePolicyDocument": trusting(whom)}
    assert refusal(iam, "CreateRole", **call) == "MalformedPolicyDocument"


def test_a_trust_in_github_names_a_repository(iam):
    def call(**condition):
        federated = {"Federated": f"{ACCOUNT}oidc-provider/{GITHUB}"}
        return {
            "RoleName": "deploy",
            "AssumeRolePolicyDocument": trusting(federated, "sts:AssumeRoleWithWebIdentity", **condition),
        }

    assert refusal(iam, "CreateRole", **call()) == "MalformedPolicyDocument"
    assert refusal(iam, "CreateRole", **call(StringLike={f"{GITHUB}:sub": "*"})) == "MalformedPolicyDocument"
    iam.write(Call("CreateRole", call(StringLike={f"{GITHUB}:sub": "repo:acme/app:*"})))


def test_description_and_duration_are_told_where_iam_tells_them_and_stay(iam):
    made = create(iam, {"AWS": "123456789012"}, Description="d", MaxSessionDuration=7200)
    assert made.keys().isdisjoint({"Description", "MaxSessionDuration"})
    iam.write(Call("UpdateRole", {"RoleName": "DEPLOY", "Description": "e"}))
    (found,) = ask(iam, "ListRoles")["Roles"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("e", 7200)
    assert details(iam)["RoleDetailList"][0].keys().isdisjoint({"Description", "MaxSessionDuration"})


def test_a_role_is_deleted_when_nothing_is_left_of_it(iam):
    create(iam, {"AWS": "123456789012"})
    role, profile = {"RoleName": "deploy"}, {"InstanceProfileName": "web"}
    iam.write(Call("CreateInstanceProfile", profile))
    takes = [
        ("AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile", {**role, **profile}, {}),
        ("AttachRolePolicy", "DetachRolePolicy", {**role, "PolicyArn": f"{AWS}ReadOnlyAccess"}, {}),
        ("PutRolePolicy", "DeleteRolePolicy", {**role, "PolicyName": "own"}, {"PolicyDocument": TEXT}),
    ]
    for give, _, params, more in takes:
        iam.write(Call(give, params | more))
    iam.write(Call("PutRolePermissionsBoundary", {**role, "PermissionsBoundary": f"{OWN}deploy"}))
    assert refusal(iam, "AddRoleToInstanceProfile", **role, **profile) == "LimitExceeded"
    assert refusal(iam, "DeleteInstanceProfile", **profile) == "DeleteConflict"
    for _, take, params, _ in takes:
        assert refusal(iam, "DeleteRole", **role) == "DeleteConflict"
        iam.write(Call(take, params))
    iam.write(Call("DeleteRole", role))
    assert ask(iam, "GetRole", **role) is None


def test_last_use_is_told_in_both_reads_and_a_template_by_get_role_alone(iam):
    create(iam, {"AWS": "123456789012"})
    role = iam.state.role("deploy")
    role.used, role.template = role.created, "arn:aws:iam::aws:role-template/Backup"
    used = {"LastUsedDate": role.created, "Region": "us-east-1"}
    found, detail = ask(iam, "GetRole", RoleName="deploy")["Role"], details(iam)["RoleDetailList"][0]
    assert (found["RoleLastUsed"], detail["RoleLastUsed"]) == (used, used)
    assert found["SourceRoleTemplate"] == {"TemplateArn": role.template, "TemplateMinorVersion": 1}
    assert "SourceRoleTemplate" not in detail


def test_only_its_service_changes_a_service_linked_role(iam):
    iam.write(Call("CreateServiceLinkedRole", {"AWSServiceName": "autoscaling.amazonaws.com"}))
    role = {"RoleName": "AWSServiceRoleForAutoScaling"}
    assert refusal(iam, "DeleteRole", **role) == "UnmodifiableEntity"
    assert refusal(iam, "PutRolePolicy", **role, PolicyName="p", PolicyDocument=TEXT) == "UnmodifiableEntity"
    assert refusal(iam, "UpdateRole", **role, MaxSessionDuration=7200) == "UnmodifiableEntity"
    iam.write(Call("DeleteServiceLinkedRole", role))
    assert ask(iam, "GetRole", **role) is None


def test_a_provider_of_tokens_is_known_by_its_url_without_scheme_and_port(iam):
    arn = iam.write(Call("CreateOpenIDConnectProvider", {"Url": "https://Idp.example.com:443/a/"}))
    assert arn == {"OpenIDConnectProviderArn": f"{ACCOUNT}oidc-provider/Idp.example.com/a/"}
    assert refusal(iam, "CreateOpenIDConnectProvider", Url="https://Idp.example.com/a/") == "EntityAlreadyExists"
    for url in ("http://idp.example.com", "https://idp.example.com/?q=1"):
        assert refusal(iam, "CreateOpenIDConnectProvider", Url=url) == "InvalidInput"
    iam.write(Call("AddClientIDToOpenIDConnectProvider", {**arn, "ClientID": "b"}))
    iam.write(Call("UpdateOpenIDConnectProviderThumbprint", {**arn, "ThumbprintList": ["A" * 40]}))
    found = ask(iam, "GetOpenIDConnectProvider", **arn)
    assert (found["Url"], found["ClientIDList"], found["ThumbprintList"]) == ("Idp.example.com/a/", ["b"], ["a" * 40])


def test_a_saml_provider_takes_metadata_and_has_a_name_in_any_case(iam):
    create_saml = {"Name": "okta", "SAMLMetadataDocument": metadata()}
    arn = iam.write(Call("CreateSAMLProvider", create_saml))
    assert refusal(iam, "CreateSAMLProvider", **create_saml | {"Name": "OKTA"}) == "EntityAlreadyExists"
    assert refusal(iam, "UpdateSAMLProvider", **arn, SAMLMetadataDocument="x" * 1000) == "InvalidInput"
    assert refusal(iam, "UpdateSAMLProvider", **arn) == "ValidationError"
    iam.write(Call("UpdateSAMLProvider", {**arn, "SAMLMetadataDocument": metadata(number=2)}))
    assert ask(iam, "GetSAMLProvider", **arn)["SAMLMetadataDocument"] == metadata(number=2)
