"""Repeated calls, their pauses, and reads after a lost answer, without a clock or a network."""

import json

import pytest
from fake import FakeIam
from fake.defaults import TRUST
from fake.scene import ALLOW, OWN, TEXT
from saml import metadata

from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.kinds.operation import Verb
from iamspec.kinds.operations import NEVER_TWICE, OPERATIONS
from iamspec.live.retry import FOUND, READING, RETRIED, Repeating

OTHER = json.dumps(ALLOW).replace("GetObject", "PutObject")


class Line:
    """A line to an account that meets faults in their order: a code, or one with a `!` for a call that was carried out."""

    def __init__(self, *faults):
        self.iam, self.faults, self.tried, self.paused = FakeIam(), list(faults), [], []
        self.iam.given("CreateUser", UserName="ann", Path="/staff/")
        self.iam.given("CreatePolicy", PolicyName="deploy", PolicyDocument=TEXT)
        self.repeating = Repeating(self.once, self.pauses, self.paused.append)
        self.reads = []

    def pauses(self):
        while True:
            yield 4.0

    def once(self, call):
        if call.operation.startswith(READING):
            self.reads.append(call.operation)
            return next(self.iam.pages(call))
        self.tried.append(call.operation)
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or fault.endswith("!"):
            answer = self.iam.write(call)
        if fault is not None:
            raise IamError(call.operation, fault.rstrip("!"), "")
        return answer

    def make(self, operation, *, patient=False, **params):
        return self.repeating.make(Call(operation, params), patient=patient)

    def refused(self, operation, *, patient=False, **params):
        with pytest.raises(IamError) as refused:
            self.make(operation, patient=patient, **params)
        return str(refused.value)


@pytest.mark.parametrize(
    ("code", "tries", "seconds"),
    [("Throttling", 16, 60), ("EntityTemporarilyUnmodifiable", 16, 60), ("ServiceFailure", 16, 60), ("NotReached", 1, 0)],
)  # fmt: skip
def test_a_budget_that_is_spent_is_told(code, tries, seconds):
    line = Line(*[code] * 20)
    told = f" (tried {tries} times in {seconds} of 60 seconds)" if tries > 1 else ""
    assert line.refused("TagUser", UserName="ann", Tags=[]) == f"TagUser: {code}: {told}"
    assert (len(line.tried), sum(line.paused)) == (tries, seconds)


def test_what_still_seems_to_hold_an_entity_is_waited_for_a_little():
    line = Line("DeleteConflict", "DeleteConflict")
    line.make("DeleteUser", UserName="ann")
    assert line.paused == [4.0, 4.0]
    line = Line(*["DeleteConflict"] * 9)
    assert (
        line.refused("DeleteUser", UserName="ann") == "DeleteUser: DeleteConflict:  (tried 3 times in 8 of 10 seconds)"
    )


def test_what_was_made_a_moment_ago_is_waited_for_and_nothing_else_is():
    line = Line("NoSuchEntity")
    line.make("TagUser", UserName="ann", Tags=[{"Key": "a", "Value": "b"}], patient=True)
    assert len(line.tried) == 2
    assert Line("NoSuchEntity").refused("TagUser", UserName="ann", Tags=[]) == "TagUser: NoSuchEntity: "
    line = Line("MalformedPolicyDocument")
    put = {"UserName": "ann", "PolicyName": "p", "PolicyDocument": TEXT}
    assert line.refused("PutUserPolicy", **put, patient=True) == "PutUserPolicy: MalformedPolicyDocument: "


def test_a_refusal_after_a_lost_answer_says_that_the_call_may_have_been_carried_out():
    line = Line("Unclear!", "AccessDenied")
    assert line.refused("TagUser", UserName="ann", Tags=[{"Key": "a", "Value": "b"}]) == (
        "TagUser: AccessDenied:  (tried 2 times in 4 of 60 seconds; an earlier try was not answered and may have been carried out)"
    )


CREATIONS = {
    "CreateUser": {"UserName": "new", "Path": "/x/"},
    "CreateGroup": {"GroupName": "new", "Path": "/x/"},
    "CreatePolicy": {"PolicyName": "new", "Path": "/x/", "PolicyDocument": TEXT},
    "CreateAccountAlias": {"AccountAlias": "acme"},
    "CreateRole": {"RoleName": "new", "Path": "/x/", "AssumeRolePolicyDocument": json.dumps(TRUST)},
    "CreateInstanceProfile": {"InstanceProfileName": "new", "Path": "/x/"},
    "CreateOpenIDConnectProvider": {"Url": "https://new.example.com/x"},
    "CreateSAMLProvider": {"Name": "new", "SAMLMetadataDocument": metadata()},
}
WITHOUT_PATH = {
    "CreateAccountAlias",
    "CreateOpenIDConnectProvider",
    "CreateSAMLProvider",
}  # of these a name is all there is
TAKEN_OVER = {"CreateInstanceProfile"}  # an empty profile is as good as a new one


def test_whatever_makes_an_entity_has_its_line_here():
    """Kills: a kind without a read after the lost answer to a creation."""
    assert {row.name for row in OPERATIONS.values() if row.verb is Verb.CREATE} <= CREATIONS.keys()


@pytest.mark.parametrize("operation", CREATIONS)
def test_what_a_lost_call_has_made_is_found(operation):
    line = Line("Unclear!")
    assert line.make(operation, **CREATIONS[operation]) == {RETRIED: FOUND}
    assert line.tried == [operation, operation]


@pytest.mark.parametrize("operation", sorted(CREATIONS.keys() - WITHOUT_PATH - TAKEN_OVER))
def test_what_somebody_else_made_meanwhile_is_not_taken_for_it(operation):
    """Kills: a name that is there for the entity that was asked for."""
    line = Line("Unclear")
    line.iam.given(operation, **CREATIONS[operation] | {"Path": "/theirs/"})
    assert line.refused(operation, **CREATIONS[operation]).startswith(f"{operation}: EntityAlreadyExists: ")


def test_an_alias_that_is_anybody_elses_is_not_taken_for_ones_own():
    line = Line("Unclear")
    line.iam.state.aliases_elsewhere.add("acme")
    assert line.refused("CreateAccountAlias", AccountAlias="acme").startswith(
        "CreateAccountAlias: EntityAlreadyExists: "
    )


def test_a_policy_of_another_text_is_not_taken_for_it():
    line = Line("Unclear")
    line.iam.given("CreatePolicy", **CREATIONS["CreatePolicy"] | {"PolicyDocument": OTHER})
    assert line.refused("CreatePolicy", **CREATIONS["CreatePolicy"]).startswith("CreatePolicy: EntityAlreadyExists: ")


def test_what_iam_says_exists_and_does_not_show_yet_is_taken_for_it():
    line = Line("Unclear", "EntityAlreadyExists")
    assert line.make("CreateUser", UserName="new", Path="/") == {RETRIED: FOUND}


def test_a_rename_whose_answer_was_lost_is_found_under_the_new_name():
    line = Line("ServiceFailure!")
    assert line.make("UpdateUser", UserName="ann", NewUserName="anna") == {RETRIED: FOUND}
    assert sorted(line.iam.dump()["users"]) == ["anna"]
    missing = "UpdateUser: NoSuchEntity: The user with name bob cannot be found. (tried 2 times in 4 of 60 seconds"
    assert Line("Unclear").refused("UpdateUser", UserName="bob", NewUserName="rob").startswith(missing)


def test_a_version_whose_answer_was_lost_is_looked_up_and_never_made_twice():
    version = {"PolicyArn": f"{OWN}deploy", "PolicyDocument": OTHER, "SetAsDefault": True}
    line = Line("Unclear!")
    assert line.make("CreatePolicyVersion", **version) == {RETRIED: FOUND}
    assert (line.tried, line.reads) == (["CreatePolicyVersion"], ["GetAccountAuthorizationDetails"])
    line = Line("Unclear")
    assert line.refused("CreatePolicyVersion", **version) == "CreatePolicyVersion: Unclear: "
    assert line.tried == ["CreatePolicyVersion"]


def test_a_password_whose_answer_was_lost_is_looked_up_and_never_made_twice():
    password = {"UserName": "ann", "Password": "Long-enough-1"}
    line = Line("Unclear!")
    assert line.make("CreateLoginProfile", **password) == {RETRIED: FOUND}
    assert (line.tried, line.reads) == (["CreateLoginProfile"], ["GetLoginProfile"])
    line = Line("ServiceFailure")
    assert line.refused("CreateLoginProfile", **password) == "CreateLoginProfile: ServiceFailure: "
    assert (line.tried, line.reads) == (["CreateLoginProfile"], ["GetLoginProfile"])


def test_a_role_whose_entry_into_a_profile_was_not_answered_is_looked_up_and_never_entered_twice():
    entry = {"InstanceProfileName": "app", "RoleName": "app"}
    for fault, found in (("Unclear!", True), ("Unclear", False)):
        line = Line(fault)
        line.iam.add_role("app")
        line.iam.given("CreateInstanceProfile", InstanceProfileName="app")
        if found:
            assert line.make("AddRoleToInstanceProfile", **entry) == {RETRIED: FOUND}
        else:
            assert line.refused("AddRoleToInstanceProfile", **entry) == "AddRoleToInstanceProfile: Unclear: "
        assert (line.tried, line.reads) == (["AddRoleToInstanceProfile"], ["ListInstanceProfiles"])


def test_an_access_key_whose_answer_was_lost_is_never_made_twice():
    """Kills: a second key. Who delivers keys looks for the first one."""
    line = Line("Unclear!")
    assert line.refused("CreateAccessKey", UserName="ann") == "CreateAccessKey: Unclear: "
    assert (line.tried, len(line.iam.dump()["users"]["ann"]["keys"])) == (["CreateAccessKey"], 1)


def test_what_an_answer_took_is_told_with_its_budget():
    line = Line("Throttling", "ConcurrentModification")
    answer = line.make("TagUser", UserName="ann", Tags=[{"Key": "a", "Value": "b"}])
    assert answer == {RETRIED: "tried 3 times in 8 of 60 seconds"}


def test_who_never_answers_is_waited_for_no_longer_than_the_budget():
    """Kills: a call that waits a quarter of an hour for an address which takes calls and never answers."""
    line, times = Line(*["Unclear"] * 9), iter(range(0, 1000, 20))
    patient = Repeating(line.once, line.pauses, line.paused.append, lambda: float(next(times)))
    with pytest.raises(IamError) as refused:
        patient.make(Call("TagUser", {"UserName": "ann", "Tags": []}))
    assert str(refused.value) == "TagUser: Unclear:  (tried 3 times in 60 of 60 seconds)"


def test_a_refusal_after_a_lost_answer_is_marked_as_unclear():
    """Kills: a journal that takes the refusal of the second try for the fate of the first."""
    call = Call("TagUser", {"UserName": "ann", "Tags": [{"Key": "a", "Value": "b"}]})
    for fault, unclear in (("Unclear!", True), ("Throttling", False)):
        with pytest.raises(IamError) as refused:
            Line(fault, "AccessDenied").repeating.make(call)
        assert refused.value.unclear is unclear


@pytest.mark.parametrize("operation", sorted(NEVER_TWICE))
def test_what_is_throttled_was_not_made_and_is_tried_again(operation):
    params = {
        "AddRoleToInstanceProfile": {"InstanceProfileName": "app", "RoleName": "app"},
        "CreateAccessKey": {"UserName": "ann"},
        "CreateLoginProfile": {"UserName": "ann", "Password": "Long-enough-1"},
        "CreatePolicyVersion": {"PolicyArn": f"{OWN}deploy", "PolicyDocument": OTHER, "SetAsDefault": True},
    }[operation]
    line = Line("Throttling")
    line.iam.add_role("app")
    line.iam.given("CreateInstanceProfile", InstanceProfileName="app")
    line.make(operation, **params)
    assert line.tried == [operation, operation]


def test_a_look_up_that_is_refused_leaves_what_iam_said():
    line = Line("Unclear!")
    line.iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "") if call.operation.startswith("Get") else None
    )
    assert line.make("CreateUser", UserName="new", Path="/") == {RETRIED: FOUND}


def test_a_read_is_followed_from_page_to_page_through_its_faults():
    line = Line()
    faults = ["Throttling", None, "Unclear", None]
    line.iam.page_size = 1
    line.iam.given("CreateUser", UserName="bob")

    def once(call):
        if faults and (fault := faults.pop(0)):
            raise IamError(call.operation, fault, "")
        return next(line.iam.pages(call))

    repeating = Repeating(once, line.pauses, line.paused.append)
    pages = repeating.pages(Call("GetAccountAuthorizationDetails", {"Filter": ["User"]}))
    assert [one["UserName"] for page in pages for one in page["UserDetailList"]] == ["ann", "bob"]
    assert line.paused == [4.0, 4.0]
