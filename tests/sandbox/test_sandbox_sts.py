"""Assuming a role in the sandbox: by the trust policy, by the rights of the caller, and by a token."""

import json
from urllib.request import Request, urlopen

import pytest
from test_sandbox import OWN, client, refusal

from iamspec.sandbox import running

DENIED = ("AccessDenied", 403)
ROLE = {"RoleArn": f"{OWN}role/r", "RoleSessionName": "session"}
GITHUB = "token.actions.githubusercontent.com"


@pytest.fixture
def sandbox():
    with running() as sandbox:
        yield sandbox


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(principal, action="sts:AssumeRole", effect="Allow", **condition):
    found = {"Effect": effect, "Principal": principal, "Action": action}
    return found | ({"Condition": condition} if condition else {})


def role(sandbox, *trusts, name="r", **params):
    return client(sandbox).create_role(RoleName=name, AssumeRolePolicyDocument=document(*trusts), **params)


def user(sandbox, *allowed, name="ann", denied=()):
    """A client of a user who has an own policy; resources are roles of the account."""
    iam = client(sandbox)
    iam.create_user(UserName=name)
    effects = [("Allow", one) for one in allowed] + [("Deny", one) for one in denied]
    statements = [
        {"Effect": effect, "Action": "sts:*", "Resource": f"{OWN}role/{resource}"} for effect, resource in effects
    ]
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    return client(sandbox, "sts", key=iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"])


def test_a_role_that_trusts_somebody_else_is_not_given(sandbox):
    """Kills: a sandbox in which everybody may assume every role."""
    sts = user(sandbox, "*")
    user(sandbox, "*", name="bob")
    role(sandbox, trusting({"AWS": f"{OWN}user/bob"}), trusting({"Service": "ec2.amazonaws.com"}))
    assert refusal(sts.assume_role, **ROLE) == DENIED
    assert refusal(client(sandbox, "sts").assume_role, **ROLE) == DENIED


def test_a_trust_in_the_account_needs_a_policy_and_a_trust_in_the_user_does_not(sandbox):
    plain, allowed = user(sandbox), user(sandbox, "r", name="bob")
    role(sandbox, trusting({"AWS": "123456789012"}))
    assert refusal(plain.assume_role, **ROLE) == DENIED
    assert allowed.assume_role(**ROLE)["AssumedRoleUser"]["Arn"].endswith(":assumed-role/r/session")
    client(sandbox).update_assume_role_policy(
        RoleName="r", PolicyDocument=document(trusting({"AWS": f"{OWN}user/ann"}))
    )
    plain.assume_role(**ROLE)
    assert refusal(allowed.assume_role, **ROLE) == DENIED


def test_a_deny_on_either_side_decides(sandbox):
    denied, allowed = user(sandbox, denied=["r"]), user(sandbox, "r", name="bob")
    names = {"AWS": [f"{OWN}user/ann", f"{OWN}user/bob"]}
    role(sandbox, trusting(names), trusting({"AWS": f"{OWN}user/bob"}, effect="Deny"))
    assert refusal(denied.assume_role, **ROLE) == DENIED
    assert refusal(allowed.assume_role, **ROLE) == DENIED


def test_conditions_of_the_trust_are_held_against_the_request(sandbox):
    sts = user(sandbox, "r")
    role(sandbox, trusting({"AWS": "123456789012"}, StringEquals={"sts:ExternalId": "x-77"}))
    assert refusal(sts.assume_role, **ROLE) == DENIED
    assert refusal(sts.assume_role, **ROLE, ExternalId="x-78") == DENIED
    sts.assume_role(**ROLE, ExternalId="x-77")
    without = trusting({"AWS": "123456789012"}, StringNotEquals={"sts:ExternalId": "x"}, Null={"aws:SourceVpc": "true"})
    client(sandbox).update_assume_role_policy(RoleName="r", PolicyDocument=document(without))
    sts.assume_role(**ROLE)
    mfa = trusting({"AWS": "123456789012"}, Bool={"aws:MultiFactorAuthPresent": "true"})
    client(sandbox).update_assume_role_policy(RoleName="r", PolicyDocument=document(mfa))
    assert refusal(sts.assume_role, **ROLE) == DENIED
    named = trusting({"AWS": "123456789012"}, StringLike={"sts:RoleSessionName": "${aws:username}"})
    client(sandbox).update_assume_role_policy(RoleName="r", PolicyDocument=document(named))
    assert refusal(sts.assume_role, **ROLE) == DENIED
    sts.assume_role(**ROLE | {"RoleSessionName": "ann"})


def test_a_boundary_that_leaves_the_role_out_holds_a_user_back(sandbox):
    sts = user(sandbox, "*")
    iam = client(sandbox)
    only = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=only)["Policy"]["Arn"]
    role(sandbox, trusting({"AWS": "123456789012"}))
    sts.assume_role(**ROLE)
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=arn)
    assert refusal(sts.assume_role, **ROLE) == DENIED


def test_a_session_goes_on_to_another_role_for_an_hour_at_most(sandbox):
    role(sandbox, trusting({"AWS": "123456789012"}), name="first")
    role(sandbox, trusting({"AWS": f"{OWN}role/first"}), MaxSessionDuration=7200)
    sts = client(sandbox, "sts")
    given = sts.assume_role(RoleArn=f"{OWN}role/first", RoleSessionName="one")["Credentials"]
    assert refusal(sts.assume_role, **ROLE) == DENIED
    chained = client(sandbox, "sts", given=given)
    assert refusal(chained.assume_role, **ROLE, DurationSeconds=7200) == ("ValidationError", 400)
    second = chained.assume_role(**ROLE, DurationSeconds=3600)["Credentials"]
    assert client(sandbox, "sts", given=second).get_caller_identity()["Arn"].endswith("assumed-role/r/session")
    client(sandbox).delete_role(RoleName="first")
    assert refusal(chained.get_caller_identity) == ("InvalidClientTokenId", 403)


def test_temporary_credentials_need_their_token_and_end(sandbox):
    """Kills: a session that needs no more than the key id."""
    role(sandbox, trusting({"AWS": "123456789012"}))
    sts = client(sandbox, "sts")
    assert refusal(sts.assume_role, **ROLE, DurationSeconds=7200) == ("ValidationError", 400)
    given = sts.assume_role(**ROLE)["Credentials"]
    stolen = client(sandbox, "sts", key=given["AccessKeyId"])
    assert refusal(stolen.get_caller_identity) == ("InvalidClientTokenId", 403)


def test_tags_of_a_session_need_a_trust_of_their_own(sandbox):
    sts = user(sandbox, "r")
    marked = {"Tags": [{"Key": "team", "Value": "a"}]}
    role(sandbox, trusting({"AWS": "123456789012"}))
    assert refusal(sts.assume_role, **ROLE, **marked) == DENIED
    both = trusting({"AWS": "123456789012"}, ["sts:AssumeRole", "sts:TagSession"])
    client(sandbox).update_assume_role_policy(RoleName="r", PolicyDocument=document(both))
    sts.assume_role(**ROLE, **marked)


def github(sandbox, **params):
    """A role for one repository, and a function that asks for it with a token."""
    client(sandbox).create_open_id_connect_provider(Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"])
    condition = {
        "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": "repo:acme/infra:environment:iam"}
    }
    federated = {"Federated": f"{OWN}oidc-provider/{GITHUB}"}
    role(sandbox, trusting(federated, "sts:AssumeRoleWithWebIdentity", **condition))
    return client(sandbox, "sts").assume_role_with_web_identity


def test_a_token_of_the_repository_is_taken_and_of_another_is_not(sandbox):
    """Kills: a pipeline that works in the sandbox and is refused by AWS, or any repository that is let in."""
    assume = github(sandbox)
    right = sandbox.token(f"https://{GITHUB}", "repo:acme/infra:environment:iam")
    answer = assume(**ROLE, WebIdentityToken=right)
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"], answer["Provider"]) == (
        "repo:acme/infra:environment:iam",
        "sts.amazonaws.com",
        f"{OWN}oidc-provider/{GITHUB}",
    )
    identity = client(sandbox, "sts", given=answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/r/session"
    other = sandbox.token(f"https://{GITHUB}", "repo:evil/infra:environment:iam")
    assert refusal(assume, **ROLE, WebIdentityToken=other) == DENIED


def test_a_token_that_is_foreign_old_or_for_somebody_else_is_refused(sandbox):
    assume, subject = github(sandbox), "repo:acme/infra:environment:iam"
    invalid = ("InvalidIdentityToken", 400)
    with running() as elsewhere:
        foreign = elsewhere.token(f"https://{GITHUB}", subject)
    head, _, tail = sandbox.token(f"https://{GITHUB}", "repo:evil/x:environment:iam").split(".")
    claims = sandbox.token(f"https://{GITHUB}", subject).split(".")[1]
    for token in (foreign, f"{head}.{claims}.{tail}", "not-a-token", sandbox.token("https://idp.example.com", subject)):
        assert refusal(assume, **ROLE, WebIdentityToken=token) == invalid
    wrong = sandbox.token(f"https://{GITHUB}", subject, aud="https://github.com/acme")
    assert refusal(assume, **ROLE, WebIdentityToken=wrong) == invalid
    old = sandbox.token(f"https://{GITHUB}", subject, exp=1)
    assert refusal(assume, **ROLE, WebIdentityToken=old) == ("ExpiredTokenException", 400)


def test_a_pipeline_gets_its_token_over_http(sandbox):
    def fetched(path, body=None):
        request = Request(f"{sandbox.endpoint}{path}", data=body)  # noqa: S310 - loopback
        with urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    claims = {"iss": f"https://{GITHUB}", "sub": "repo:acme/infra:environment:iam"}
    token = fetched("/_iamspec/token", json.dumps(claims).encode())["token"]
    github(sandbox)(**ROLE, WebIdentityToken=token)
    keys = fetched("/.well-known/openid-configuration")["jwks_uri"]
    assert [one["alg"] for one in fetched(keys.removeprefix(sandbox.endpoint))["keys"]] == ["RS256"]
