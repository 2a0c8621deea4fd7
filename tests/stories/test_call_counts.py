"""How many calls each command makes: as many as it needs, however large the account is."""

import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from threading import Event

import pytest
import yaml
from fake import ACCOUNT, FakeIam

from iamspec.apply.run import Status
from iamspec.cli import main
from iamspec.commands import importing, plan as commands
from iamspec.commands.apply import run as run_plan
from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.kinds.user.credentials import READS

SIZES = [(8, 2, 6), (30, 7, 20)]  # users, groups, policies: one page, and some
PAGE_SIZE = 16
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
AWS = "arn:aws:iam::aws:policy/"
HELD = 2  # policies of AWS's that each user has, one itself and one by its group
LIMITS = {"GetAccountSummary": 1}  # of whatever gives somebody something

at_any_size = pytest.mark.parametrize("size", SIZES, ids=str)
reading = pytest.mark.parametrize("command", ["plan", "drift"])


class CountedIam(FakeIam):
    """An account that counts what goes over the wire: each page by itself, and who the caller is."""

    def __init__(self):
        super().__init__()
        self.page_size, self.counted = PAGE_SIZE, Counter()

    def caller(self):
        self.counted["GetCallerIdentity"] += 1
        return super().caller()

    def pages(self, call):
        for page in super().pages(call):
            self.counted[call.operation] += 1
            yield page

    def attempt_each(self, calls):
        self.counted.update(call.operation for call in calls)
        return super().attempt_each(calls)

    def write(self, call, *, patient=False):
        self.counted[call.operation] += 1
        return super().write(call, patient=patient)


def spec_of(size, tagged=0):
    """Users with tags, a group, a policy of AWS's, an own one, an inline one and a boundary; some policies with tags."""
    users, groups, policies = size
    user = {
        "tags": {"team": "a", "site": "x"},
        "policies": ["p0", "aws:ReadOnlyAccess"],
        "inline_policies": {"own": DOCUMENT},
    }
    return {
        "account": {"id": ACCOUNT.id, "alias": "acme"},
        "users": {f"u{n}": {**user, "groups": [f"g{n % groups}"], "permissions_boundary": "p1"} for n in range(users)},
        "groups": {f"g{n}": {"policies": ["p0", "aws:job-function/Billing"]} for n in range(groups)},
        "policies": {
            f"p{n}": {"document": DOCUMENT, **({"tags": {"a": "b"}} if n < tagged else {})} for n in range(policies)
        },
    }


def write(folder, spec):
    (folder / "iamspec.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
    return [str(folder)]


def settled(folder, size, tagged=0):
    """A spec in a folder, and an account that is what the spec says, nothing counted yet."""
    spec = spec_of(size, tagged)
    write(folder, spec)
    iam = CountedIam()
    iam.state = applied(size, tagged).copy().state
    return spec, iam


@cache
def applied(size, tagged):
    """The account after an apply, made once for all tests."""
    return made(spec_of(size, tagged))


def made(spec):
    """The account after an apply of a spec."""
    iam = FakeIam()
    with tempfile.TemporaryDirectory() as folder:
        plan = commands.plan(write(Path(folder), spec), iam)
    outcomes = list(run_plan(plan, iam, parallelism=1, stop=Event()))
    assert {one.status for one in outcomes} == {Status.DONE}
    return iam


def exit_code(iam, *arguments):
    """What a command answers, run as from the command line."""
    return main(arguments, connect=lambda *_, **__: iam)


def sweep(size, times=1):
    """The reads of an account, some times over: who calls, the alias, and each page."""
    pages = -(-sum(size) // PAGE_SIZE)
    once = {
        "GetCallerIdentity": 1,
        "ListAccountAliases": 1,
        "GetAccountPasswordPolicy": 1,
        "GetAccountAuthorizationDetails": pages,
    }
    return {operation: count * times for operation, count in once.items()}


def documents(count):
    """The reads of policies of AWS's whose holders a plan changes: what it does to access depends on them."""
    return {"GetPolicy": count, "GetPolicyVersion": count}


def asked_about(iam, operation):
    return sorted(call.params["PolicyArn"] for call in iam.calls if call.operation == operation)


@reading
@at_any_size
def test_with_nothing_to_do_an_account_is_read_once_and_nothing_is_asked_by_name(tmp_path, size, command):
    _, iam = settled(tmp_path, size)
    assert exit_code(iam, command, str(tmp_path)) == 0
    assert iam.counted == sweep(size)


@reading
@at_any_size
@pytest.mark.parametrize("tagged", [1, 5])
def test_each_policy_with_declared_tags_is_one_call_more(tmp_path, size, tagged, command):
    _, iam = settled(tmp_path, size, tagged)
    assert exit_code(iam, command, str(tmp_path)) == 0
    assert iam.counted == sweep(size) | {"GetPolicy": tagged}
    assert asked_about(iam, "GetPolicy") == [ACCOUNT.arn(f"policy/p{number}") for number in range(tagged)]


MANY = [(2, 1, 52), (8, 2, 60)]  # more policies with tags than are asked one by one
listing = pytest.mark.parametrize("size", MANY, ids=str)


@reading
@listing
def test_the_tags_of_many_policies_are_listed_and_not_asked_one_by_one(tmp_path, size, command):
    """Kills: a call for each policy with tags, which are fifteen hundred in a large account."""
    _, iam = settled(tmp_path, size, size[2])
    assert exit_code(iam, command, str(tmp_path)) == 0
    assert iam.counted == sweep(size) | {"GetResources": 1}


@listing
def test_a_policy_whose_listed_tags_are_not_the_declared_ones_is_asked_exactly(tmp_path, size):
    """Kills: a change planned because the list lags behind, and a policy without tags taken for one that lost them."""
    _, iam = settled(tmp_path, size, size[2])
    iam.listed_tags = {ACCOUNT.arn("policy/p3"): {"a": "old"}, ACCOUNT.arn("policy/p5"): {}}
    made = commands.plan([str(tmp_path)], iam)
    assert made.changes == ()
    assert iam.counted == sweep(size) | {"GetResources": 1, "GetPolicy": 2}
    assert asked_about(iam, "GetPolicy") == [ACCOUNT.arn("policy/p3"), ACCOUNT.arn("policy/p5")]


@listing
def test_a_policy_with_another_difference_is_asked_exactly(tmp_path, size):
    """Kills: a plan for a policy that rests on the listed tags."""
    spec, iam = settled(tmp_path, size, size[2])
    spec["policies"]["p3"]["document"] = {**DOCUMENT, "Statement": [{**DOCUMENT["Statement"][0], "Action": "s3:*"}]}
    commands.plan(write(tmp_path, spec), iam)
    assert ACCOUNT.arn("policy/p3") in asked_about(iam, "GetPolicy")


@listing
def test_where_the_tags_cannot_be_listed_each_policy_is_asked(tmp_path, size):
    """Kills: an account that cannot be planned without tag:GetResources."""
    _, iam = settled(tmp_path, size, size[2])
    denied = IamError("GetResources", "AccessDeniedException", "no")
    iam.fail = lambda call: denied if call.operation == "GetResources" else None
    made = commands.plan([str(tmp_path)], iam)
    assert made.changes == ()
    assert iam.counted == sweep(size) | {"GetPolicy": size[2]}


@at_any_size
def test_each_new_name_of_an_aws_managed_policy_is_one_call_whoever_names_it(tmp_path, size):
    spec, iam = settled(tmp_path, size)
    for user in spec["users"].values():
        user["policies"] = [*user["policies"], "aws:SecurityAudit", "aws:job-function/Billing"]  # Billing is in use
    spec["groups"]["g0"]["policies"].append("aws:AmazonS3ReadOnlyAccess")
    made = commands.plan(write(tmp_path, spec), iam)
    assert made.plan.summary == {"create": 0, "update": size[0] + 1, "delete": 0, "blocked": 0}
    new = [f"{AWS}AmazonS3ReadOnlyAccess", f"{AWS}SecurityAudit"]
    old = [f"{AWS}ReadOnlyAccess", f"{AWS}job-function/Billing"]
    assert iam.counted == sweep(size) | documents(4) | {"GetPolicy": 2 + 4} | LIMITS
    assert asked_about(iam, "GetPolicyVersion") == sorted(new + old)
    assert asked_about(iam, "GetPolicy") == sorted(new + new + old)  # do they exist, and what do they say


@reading
@at_any_size
def test_a_user_to_be_deleted_is_asked_for_its_credentials_and_nobody_else_is(tmp_path, size, command):
    spec, iam = settled(tmp_path, size)
    iam.add_credentials("u1")
    del spec["users"]["u1"]
    spec["absent"] = {"users": {"u1": "2030-01-01"}}
    assert exit_code(iam, command, *write(tmp_path, spec)) == (2 if command == "drift" else 0)
    assert iam.counted == sweep(size) | dict.fromkeys(READS, 1) | {"GetAccessKeyLastUsed": 2} | documents(HELD)
    assert [call.params for call in iam.calls if "UserName" in call.params] == [{"UserName": "u1"}] * len(READS)


def test_the_credentials_of_a_user_are_seven_reads():
    assert sorted(READS) == [
        "GetLoginProfile",
        "GetUser",
        "ListAccessKeys",
        "ListMFADevices",
        "ListSSHPublicKeys",
        "ListServiceSpecificCredentials",
        "ListSigningCertificates",
    ]


@at_any_size
def test_for_what_is_pruned_its_stack_is_asked_about_once_in_each_region(tmp_path, size):
    spec, iam = settled(tmp_path, size)
    del spec["users"]["u1"]
    spec |= {"prune": True, "guards": {"stack_regions": ["eu-west-1", "us-east-1"]}}
    assert exit_code(iam, "plan", *write(tmp_path, spec)) == 0
    asked = dict.fromkeys(READS, 1) | {"DescribeStackResources": 2}
    assert iam.counted == sweep(size) | asked | documents(HELD)


@at_any_size
def test_what_is_undeclared_takes_one_pair_of_calls_for_each_user(tmp_path, size):
    """Kills: facts about undeclared users that are read one user after the other, or for the proof once more."""
    spec, iam = settled(tmp_path, size)
    spec["users"] = {"u0": spec["users"]["u0"]}
    assert exit_code(iam, "plan", *write(tmp_path, spec)) == 0
    assert iam.counted == sweep(size) | dict.fromkeys(("GetLoginProfile", "ListAccessKeys"), size[0] - 1)


@at_any_size
def test_when_an_undeclared_user_signed_in_last_is_asked_only_of_users_who_can(tmp_path, size):
    """Kills: a question about the last sign-in of a user without password and key."""
    spec, iam = settled(tmp_path, size)
    del spec["users"]["u1"]
    iam.given("CreateLoginProfile", UserName="u1", Password="Secret-1234567")
    for _ in range(2):
        iam.given("CreateAccessKey", UserName="u1")
    assert exit_code(iam, "drift", *write(tmp_path, spec)) == 2
    pair = dict.fromkeys(("GetLoginProfile", "ListAccessKeys", "GetUser"), 1)
    assert iam.counted == sweep(size) | pair | {"GetAccessKeyLastUsed": 2}


@at_any_size
def test_an_import_asks_about_each_policy_once_and_about_the_sign_in_of_each_user(tmp_path, size):
    _, iam = settled(tmp_path, size, 2)
    imported = importing.take(iam)
    assert len(imported.entities) == sum(size)
    sign_in = dict.fromkeys(("GetLoginProfile", "ListAccessKeys"), size[0])
    assert iam.counted == sweep(size) | {"GetPolicy": size[2]} | sign_in


@at_any_size
def test_an_import_of_one_user_asks_about_no_policy(tmp_path, size):
    _, iam = settled(tmp_path, size)
    assert [str(one) for one in importing.take(iam, ["user/u1"]).entities] == ["user/u1"]
    assert iam.counted == sweep(size) | {"GetLoginProfile": 1, "ListAccessKeys": 1}


@pytest.mark.usefixtures("elsewhere")
@at_any_size
def test_an_apply_of_one_changed_user_makes_its_writes_between_two_sweeps(tmp_path, size):
    spec, iam = settled(tmp_path, size)
    spec["users"]["u1"] |= {"tags": {"team": "b", "site": "x"}, "groups": ["g0"], "inline_policies": {}}
    assert exit_code(iam, "apply", "--auto-approve", *write(tmp_path, spec)) == 0
    user = {"UserName": "u1"}
    assert iam.writes == [
        Call("TagUser", {**user, "Tags": [{"Key": "team", "Value": "b"}]}),
        Call("AddUserToGroup", {"GroupName": "g0", **user}),
        Call("DeleteUserPolicy", {**user, "PolicyName": "own"}),
        Call("RemoveUserFromGroup", {"GroupName": "g1", **user}),
    ]
    assert iam.counted == sweep(size, times=2) | {call.operation: 1 for call in iam.writes} | LIMITS


@reading
@at_any_size
def test_a_plan_for_many_users_reads_each_document_of_awss_once(tmp_path, size, command):
    """Kills: a read for each user whose access changes, but for the sign-in of each user that drift speaks of."""
    spec, iam = settled(tmp_path, size)
    for user in spec["users"].values():
        user["groups"] = []
    words, code = (("--allow", "mass-delete"), 0) if command == "plan" else ((), 2)
    assert exit_code(iam, command, *write(tmp_path, spec), *words) == code
    sign_in = dict.fromkeys(("GetLoginProfile", "ListAccessKeys"), size[0]) if command == "drift" else {}
    assert iam.counted == sweep(size) | documents(HELD) | sign_in


@at_any_size
def test_who_may_do_something_in_an_account_takes_a_sweep_and_each_document_of_awss_once(tmp_path, size):
    """Kills: a read for each user or group that holds a policy of AWS's."""
    _, iam = settled(tmp_path, size)
    assert exit_code(iam, "access", "--live", "--who", "s3:GetObject", "arn:aws:s3:::b/x") == 0
    assert iam.counted == sweep(size) | documents(HELD)


@at_any_size
def test_who_may_do_something_by_a_spec_takes_no_call(tmp_path, size):
    spec, iam = settled(tmp_path, size)
    write(tmp_path, spec)
    assert exit_code(iam, "access", "--who", "s3:GetObject", "arn:aws:s3:::b/x", "--spec", str(tmp_path)) == 0
    assert iam.counted == {}


def test_who_signs_in_by_the_spec_is_asked_for_it_in_two_reads_and_one_for_each_key(tmp_path):
    """The bug: everybody is asked because one user has `console`, or each key costs a second sweep."""
    size = SIZES[1]
    spec, iam = settled(tmp_path, size)
    for name in ("u1", "u2", "u3"):
        iam.add_credentials(name)
    iam.given("DeleteAccessKey", UserName="u2", AccessKeyId=next(iter(iam.state.user("u2").keys)))
    spec["users"]["u1"] |= {"console": True, "access_keys": 2}
    spec["users"]["u2"]["console"] = True
    assert exit_code(iam, "plan", *write(tmp_path, spec)) == 0
    assert iam.counted == sweep(size) | {"GetLoginProfile": 2, "ListAccessKeys": 2, "GetAccessKeyLastUsed": 3}
    assert {call.params["UserName"] for call in iam.calls if "UserName" in call.params} == {"u1", "u2"}


def test_who_may_expire_or_is_suspended_is_asked_and_who_is_let_back_is_not(tmp_path):
    size = SIZES[0]
    spec, iam = settled(tmp_path, size)
    spec["users"]["u1"]["expires"] = "2099-12-31"
    spec["users"]["u2"]["suspended"] = False
    assert exit_code(iam, "plan", *write(tmp_path, spec)) == 0
    assert iam.counted == sweep(size) | {"GetLoginProfile": 1, "ListAccessKeys": 1}


@pytest.mark.usefixtures("elsewhere")
def test_a_user_is_suspended_by_two_sweeps_two_reads_for_each_and_the_calls(tmp_path):
    size = SIZES[0]
    _, iam = settled(tmp_path, size)
    iam.add_credentials("u1")
    assert exit_code(iam, "suspend", "u1", "--auto-approve") == 0
    once = {"GetLoginProfile": 1, "ListAccessKeys": 1, "GetAccessKeyLastUsed": 2}
    reads = sweep(size, times=2) | {name: 2 * count for name, count in once.items()}
    reads["GetCallerIdentity"] = iam.counted["GetCallerIdentity"]
    reads["GetUser"] = 1  # when the password that goes was used last
    writes = {"PutUserPolicy": 1, "UpdateAccessKey": 2, "DeleteLoginProfile": 1}
    assert iam.counted == reads | documents(HELD) | writes
    assert iam.counted["GetCallerIdentity"] <= 2


def test_with_nothing_to_do_roles_take_their_pages_and_eight_calls_more(tmp_path):
    """Kills: a call for each role or profile. Providers have no list that tells more than their ARNs."""
    role = {"trust": [{"service": "ec2.amazonaws.com"}], "description": "d", "policies": ["p0"]}
    spec = spec_of((8, 2, 5)) | {
        "roles": {f"r{n}": {**role, "instance_profile": n % 9 == 0} for n in range(60)},
        "instance_profiles": {f"i{n}": {} for n in range(10)},
        "identity_providers": {f"x{n}": {"oidc": f"https://x{n}.example.com"} for n in range(3)},
    }
    write(tmp_path, spec)
    iam = CountedIam()
    iam.state = made(spec).state
    assert exit_code(iam, "plan", str(tmp_path), "--detailed-exitcode") == 0
    counted = dict(iam.counted)
    assert counted.pop("GetOpenIDConnectProvider") == 3
    lists = ("ListRoles", "ListInstanceProfiles", "ListOpenIDConnectProviders", "ListSAMLProviders")
    assert counted == sweep((8, 2, 5, 60)) | dict.fromkeys(lists, 1)
    assert sum(counted.values()) <= sweep((8, 2, 5, 60))["GetAccountAuthorizationDetails"] + 8
