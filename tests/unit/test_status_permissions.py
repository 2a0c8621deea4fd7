"""What a status says of policies, and of the account as a whole."""

import json

import pytest
from fake.defaults import AWS_MANAGED
from reports import NOW, Answering, row
from story import ALLOW, AWS, OWN

from iamspec.commands.status import Question, take
from iamspec.iam import Account
from iamspec.kinds.password_policy import PasswordPolicy
from iamspec.policy.document import Document
from iamspec.status.assess import rule
from iamspec.status.checks import CHECKS
from iamspec.status.checks.passwords import CHECKS as PASSWORDS
from iamspec.status.evidence import Certificate, Evidence, Missing, NotHere
from iamspec.status.grants import allows_everything

FROM_AWS = ("AWSSupportAccess", "AWSCloudShellFullAccess")
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def text(document):
    return json.dumps({"Version": "2012-10-17", **document})


def statement(**parts):
    return {"Statement": [{"Effect": "Allow", "Resource": "*", **parts}]}


def account():
    """A user in a group, and nothing to complain about but tags and the role for support."""
    iam = Answering(row("ana", mfa_active="true"), aws_managed=[*AWS_MANAGED, *FROM_AWS])
    iam.given("CreateUser", UserName="ana")
    iam.given("CreateGroup", GroupName="devs")
    iam.given("AddUserToGroup", UserName="ana", GroupName="devs")
    return iam


def verdict(iam, key, framework="iamspec", **question):
    found = take(iam, [], Question(framework, **question))
    (one,) = (one for one in found.findings if one.check.key == key)
    return str(one.verdict), [f"{who.address} {who.note}".strip() for who in one.ruling.who]


def made(iam, name, document):
    iam.given("CreatePolicy", PolicyName=name, PolicyDocument=text(document))
    return f"{OWN}{name}"


PASS = ("pass", [])


# Everything


WIDE = [
    EVERYTHING,
    {"Statement": {"Effect": "Allow", "Action": ["s3:Get*", "*"], "Resource": ["*"]}},
    statement(Action="*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
]
NARROW = [
    {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]},
    statement(Action="iam:*"),
    {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::acme/*"}]},
    statement(NotAction="iam:*"),
]


@pytest.mark.parametrize("document", WIDE)
def test_an_attached_policy_that_allows_everything_fails(document):
    """Kills: a single statement, a list, or a condition, behind which everything is allowed unseen."""
    iam = account()
    arn = made(iam, "ops", document)
    assert verdict(iam, "no-admin-policy") == PASS
    iam.given("AttachGroupPolicy", GroupName="devs", PolicyArn=arn)
    assert verdict(iam, "no-admin-policy") == ("fail", ["policy/ops"])


@pytest.mark.parametrize("action", ["*", "*:*", "**"])
def test_everything_has_several_spellings(action):
    assert allows_everything(Document(statement(Action=action)))
    assert not allows_everything(Document(statement(Action=f"s3:{action}")))


@pytest.mark.parametrize("document", NARROW)
def test_a_policy_that_does_not_allow_everything_passes(document):
    iam = account()
    iam.given("AttachGroupPolicy", GroupName="devs", PolicyArn=made(iam, "ops", document))
    assert verdict(iam, "no-admin-policy") == PASS


def test_inline_policies_and_the_administrators_of_aws_count_with_their_holders():
    """Kills: a role with everything inline, which no list of managed policies shows."""
    iam = account()
    iam.add_role("deploy", attached=[f"{AWS}AdministratorAccess"])
    iam.given("PutUserPolicy", UserName="ana", PolicyName="all", PolicyDocument=text(EVERYTHING))
    found = ["role/deploy attaches aws:AdministratorAccess", 'user/ana inline "all"']
    assert verdict(iam, "no-admin-policy") == ("fail", found)
    assert verdict(iam, "no-admin-policy", "fsbp") == PASS


def test_security_hub_looks_at_every_policy_of_the_account_but_boundaries():
    iam = account()
    arn = made(iam, "ops", EVERYTHING)
    assert verdict(iam, "no-admin-policy", "fsbp") == ("fail", ["policy/ops"])
    iam.given("PutUserPermissionsBoundary", UserName="ana", PermissionsBoundary=arn)
    assert verdict(iam, "no-admin-policy", "fsbp") == verdict(iam, "no-admin-policy") == PASS


def test_every_action_of_a_service_is_told_with_the_service():
    iam = account()
    made(iam, "mild", statement(Action=["s3:Get*", "ec2:DescribeInstances", "*"]))
    assert verdict(iam, "no-service-admin") == PASS
    made(iam, "wide", statement(Action=["iam:*", "s3:*"]))
    made(iam, "rest", statement(NotAction="iam:*"))
    assert verdict(iam, "no-service-admin") == ("fail", ["policy/rest iam:*", "policy/wide iam:*, s3:*"])


# Who holds what


def test_permissions_come_only_through_groups():
    """Kills: a boundary, a suspension or the quarantine of AWS, which give nothing, and a policy that does."""
    iam = account()
    arn = made(iam, "read", ALLOW)
    iam.given("AttachGroupPolicy", GroupName="devs", PolicyArn=arn)
    iam.given("PutUserPermissionsBoundary", UserName="ana", PermissionsBoundary=arn)
    iam.given("AttachUserPolicy", UserName="ana", PolicyArn=f"{AWS}AWSCompromisedKeyQuarantineV2")
    deny = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    iam.given("PutUserPolicy", UserName="ana", PolicyName="iamspec-suspended", PolicyDocument=text(deny))
    assert verdict(iam, "groups-only") == PASS
    iam.given("AttachUserPolicy", UserName="ana", PolicyArn=arn)
    iam.given("PutUserPolicy", UserName="ana", PolicyName="own", PolicyDocument=text(ALLOW))
    assert verdict(iam, "groups-only") == ("fail", ["user/ana 1 attached policy and 1 inline policy"])


def test_security_hub_exempts_the_users_that_send_mail():
    iam = account()
    name = "ses-smtp-user.20261124-120000"
    iam.given("CreateUser", UserName=name)
    iam.given("PutUserPolicy", UserName=name, PolicyName="AmazonSesSendingAccess", PolicyDocument=text(ALLOW))
    assert verdict(iam, "groups-only") == ("fail", [f"user/{name} 1 inline policy"])
    assert verdict(iam, "groups-only", "fsbp") == PASS


def test_a_role_may_call_support_and_in_an_older_benchmark_a_group_may():
    iam = account()
    assert verdict(iam, "support-role") == ("fail", [])
    iam.given("AttachGroupPolicy", GroupName="devs", PolicyArn=f"{AWS}AWSSupportAccess")
    assert verdict(iam, "support-role") == ("fail", [])
    assert verdict(iam, "support-role", "cis-1.2") == PASS
    iam.add_role("support", attached=[f"{AWS}AWSSupportAccess"])
    assert verdict(iam, "support-role") == PASS


def test_a_shell_in_the_browser_is_told_with_its_holders():
    iam = account()
    assert verdict(iam, "no-cloudshell-full") == PASS
    iam.given("AttachGroupPolicy", GroupName="devs", PolicyArn=f"{AWS}AWSCloudShellFullAccess")
    assert verdict(iam, "no-cloudshell-full") == ("fail", ["group/devs"])


@pytest.mark.parametrize(
    ("principal", "condition", "fails"),
    [
        ("*", None, True),
        ({"AWS": "*"}, None, True),
        ({"AWS": ["arn:aws:iam::123456789012:root", "*"]}, None, True),
        ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}, False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, None, False),
        ({"Service": "ec2.amazonaws.com"}, None, False),
    ],
)
def test_a_role_for_everybody_fails(principal, condition, fails):
    iam = account()
    one = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [one | ({"Condition": condition} if condition else {})]}
    iam.add_role("open")
    iam.state.roles["open"].trust = json.dumps(trust)
    assert verdict(iam, "no-public-principal") == (("fail", ["role/open"]) if fails else PASS)


def test_tags_of_users_and_roles():
    iam = account()
    iam.add_role("linked", "/aws-service-role/x/")
    assert verdict(iam, "tagged") == ("fail", ["user/ana"])
    iam.given("TagUser", UserName="ana", Tags=[{"Key": "team", "Value": "x"}])
    assert verdict(iam, "tagged") == PASS


# Passwords


STRONG = {"require_symbols": True, "require_numbers": True, "require_uppercase_characters": True}
STRONG |= {"require_lowercase_characters": True, "minimum_password_length": 14}
BEST = STRONG | {"password_reuse_prevention": 24, "max_password_age": 90}


def of_passwords(**rules):
    found = Evidence(Account("123456789012"), NOW, password_policy=PasswordPolicy(**rules))
    return {one.key for one in PASSWORDS if str(rule(CHECKS[one.key], found).verdict) == "fail"}


def test_without_a_password_policy_every_rule_fails():
    """Kills: IAM's own defaults, taken for a policy of the account."""
    assert of_passwords() == {one.key for one in PASSWORDS}


def test_rules_of_passwords_at_their_edges():
    assert of_passwords(**BEST) == set()
    assert of_passwords(**BEST | {"minimum_password_length": 13}) == {"pw-length"}
    assert of_passwords(**BEST | {"minimum_password_length": 7}) == {"pw-length", "pw-strong"}
    assert of_passwords(**BEST | {"minimum_password_length": 6}) == {"pw-length", "pw-strong", "pw-pci"}
    assert of_passwords(**BEST | {"password_reuse_prevention": 23}) == {"pw-reuse"}
    assert of_passwords(**BEST | {"password_reuse_prevention": 3}) == {"pw-reuse", "pw-pci"}
    assert of_passwords(**BEST | {"max_password_age": 91}) == {"pw-expires", "pw-pci"}
    assert of_passwords(**BEST | {"require_symbols": False}) == {"pw-symbol", "pw-strong"}
    assert of_passwords(**BEST | {"require_numbers": False}) == {"pw-number", "pw-strong", "pw-pci"}


# The account


def of_account(key, **facts):
    ruling = rule(CHECKS[key], Evidence(Account("123456789012"), NOW, **facts))
    return str(ruling.verdict), [str(one.address) for one in ruling.who]


def test_single_facts_of_the_account():
    assert of_account("security-contact", contact=True) == PASS
    assert of_account("security-contact", contact=False) == ("fail", [])
    assert of_account("security-contact", contact=Missing("denied")) == ("cannot tell", [])
    old, new = Certificate("old", NOW), Certificate("odd", None)
    assert of_account("certs-valid", certificates=()) == PASS
    found = ("fail", ["server-certificate/odd", "server-certificate/old"])
    assert of_account("certs-valid", certificates=(old, new)) == found
    assert of_account("central-root", organization=frozenset({"RootCredentialsManagement"})) == PASS
    assert of_account("central-root", organization=frozenset({"RootSessions"})) == ("fail", [])
    assert of_account("central-root", organization=NotHere("no organization")) == ("not applicable", [])
    assert of_account("central-root") == of_account("contact-current") == ("manual", [])


def test_analyzers_are_looked_for_where_somebody_asks():
    """Kills: an analyzer in a single region that passes for all regions, and a refused read that passes as an analyzer."""
    assert of_account("external-analyzer") == ("manual", [])
    assert of_account("external-analyzer", analyzers={"eu-west-1": True, "us-east-1": True}) == PASS
    assert of_account("external-analyzer", analyzers={"a": True, "b": False}) == ("fail", ["region/b"])
    assert of_account("external-analyzer", analyzers={"a": True, "b": Missing("no")}) == ("cannot tell", [])


def test_an_account_whose_people_come_through_a_provider_needs_no_users():
    iam = Answering(row("x", mfa_active="true"))
    assert verdict(iam, "individual-users") == ("fail", [])
    iam.answers["GetAccountSummary"] = {"SummaryMap": {"Providers": 1}}
    assert verdict(iam, "individual-users")[0] == "not applicable"
