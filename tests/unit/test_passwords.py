"""Generated passwords against IAM's rules, which are written here once more, after the IAM User Guide.

"Setting an account password policy for IAM users": the minimum length, and at least one of each class that is required;
without a policy of the account's own 8 to 128 characters, three of the four classes, and not the account's name.
"""

import re

import pytest
from hypothesis import given, strategies as st
from profiles import law
from story import Story
from vault import Vault, delivered

from iamspec.apply.delivery.passwords import password
from iamspec.apply.run import Status
from iamspec.errors import IamError
from iamspec.kinds.password_policy import PasswordPolicy

UPPER, LOWER, DIGIT = re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9]")
SYMBOL = re.compile(r"[!@#$%^&*()_+\-=\[\]{}|']")
ALLOWED = re.compile(r"[\t\n\r\x20-\xFF]{1,128}")  # after the service model
ALL = {
    "require_symbols": True,
    "require_numbers": True,
    "require_uppercase_characters": True,
    "require_lowercase_characters": True,
}
NONE = PasswordPolicy()  # the account has none of its own
POLICIES = {
    "none of the account's own": NONE,
    "the weakest": PasswordPolicy(minimum_password_length=6),
    "IAM's defaults": PasswordPolicy(minimum_password_length=8, **ALL),
    "symbols only": PasswordPolicy(minimum_password_length=6, require_symbols=True),
    "as long as ours": PasswordPolicy(minimum_password_length=20, **ALL),
    "one longer": PasswordPolicy(minimum_password_length=21),
    "nearly the longest": PasswordPolicy(minimum_password_length=127, require_numbers=True),
    "the strictest": PasswordPolicy(minimum_password_length=128, password_reuse_prevention=24, hard_expiry=True, **ALL),
}


def refusals(text: str, policy: PasswordPolicy) -> list[str]:
    """Why IAM would refuse a password."""
    has = {
        "require_symbols": SYMBOL.search(text),
        "require_numbers": DIGIT.search(text),
        "require_uppercase_characters": UPPER.search(text),
        "require_lowercase_characters": LOWER.search(text),
    }
    found = [] if ALLOWED.fullmatch(text) else ["characters or length that no password has"]
    if policy == NONE:
        found += ["too short"] if len(text) < 8 else []
        return found + ([] if sum(map(bool, has.values())) >= 3 else ["fewer than three classes"])
    found += ["too short"] if len(text) < (policy.minimum_password_length or 6) else []
    return found + [name for name, present in has.items() if getattr(policy, name) and not present]


def test_the_check_itself_refuses():
    """Kills: a check that says yes to everything."""
    assert refusals("aaaaaaaaaaaaaaaaaaaaaaa", POLICIES["IAM's defaults"]) == [
        "require_symbols",
        "require_numbers",
        "require_uppercase_characters",
    ]
    assert refusals("Ab1!", NONE) == ["too short"]
    assert refusals("abcdefgh1", NONE) == ["fewer than three classes"]
    assert refusals("a" * 129, POLICIES["the weakest"]) == ["characters or length that no password has"]


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_thousand_passwords_meet_every_policy_and_no_two_are_equal(policy):
    """Kills: a class that is there by chance only, a length that is cut off, a generator that begins anew."""
    made = [password(policy) for _ in range(1000)]
    assert [(one, why) for one in made if (why := refusals(one, policy))] == []
    assert {len(one) for one in made} == {max(20, policy.minimum_password_length or 0)}
    assert len(set(made)) == 1000
    assert [one for one in made if not one[0].isalpha()] == []  # a spreadsheet takes other beginnings for formulas


def policies():
    return st.builds(
        PasswordPolicy,
        minimum_password_length=st.integers(6, 128),
        max_password_age=st.none() | st.integers(1, 1095),
        **{name: st.booleans() for name in ALL},
    ) | st.just(NONE)


@law(300)
@given(st.lists(policies(), max_size=3))
def test_a_password_meets_all_policies_that_it_may_be_held_against(found):
    """Kills: a password made for one of two policies, when a plan changes one into the other."""
    made = [password(*found) for _ in range(10)]
    assert [(one, why) for one in made for policy in (NONE, *found) if (why := refusals(one, policy))] == []
    assert {len(one) for one in made} == {max([20, *(one.minimum_password_length or 0 for one in found)])}
    assert len(set(made)) == 10


def test_every_sign_can_be_at_every_place():
    """Kills: a class that always stands at the same place, a sign that never comes up."""
    made = [password() for _ in range(4_000)]
    for place in range(1, 20):
        signs = {one[place] for one in made}
        assert [one for one in (UPPER, LOWER, DIGIT, SYMBOL) if not one.search("".join(signs))] == []
    assert len(set("".join(made))) == 26 + 26 + 10 + 20


WEAK, STRICT = {"MinimumPasswordLength": 6}, {"MinimumPasswordLength": 128, "RequireSymbols": True}
SPEC = "account: {{id: '123456789012', password_policy: {policy}}}\nusers: {{ann: {{console: true}}}}\n"
TO_STRICT = "{minimum_password_length: 128, require_symbols: true, require_numbers: true}"


@pytest.mark.parametrize(
    ("live", "written"), [(WEAK, TO_STRICT), (STRICT, "{minimum_password_length: 6}"), (STRICT, "null")]
)
def test_a_password_meets_the_policy_as_it_is_and_as_it_will_be(tmp_path, live, written):
    """Kills: a password that is refused because a plan that makes the rules stricter, or laxer, was half carried out."""
    story = Story(tmp_path)
    story.iam.given("UpdateAccountPasswordPolicy", **live)
    plan, vault = story.plan(SPEC.format(policy=written)), Vault()
    story.iam.fail = lambda call: _refused(call, "AccountPasswordPolicy")
    delivered(plan, story.iam, vault)
    [secret] = vault.held["ann"]
    assert story.iam.state.user("ann").password.text == secret.password
    assert len(secret.password) == 128
    story.iam.fail = None
    assert {one.status for one in delivered(story.plan(SPEC.format(policy=written)), story.iam)} == {Status.DONE}
    both = [one.after for one in plan.changes if one.address.kind == "password-policy"]
    assert [why for policy in both if (why := refusals(secret.password, policy))] == []


def _refused(call, what):
    return (
        IamError(call.operation, "AccessDenied", "no")
        if what in call.operation and call.operation[:3] != "Get"
        else None
    )


def test_rules_that_somebody_makes_stricter_meanwhile_are_told_and_leave_nothing(tmp_path):
    """Kills: a password in the sink that opens nothing."""
    story, vault = Story(tmp_path), Vault()
    plan = story.plan("users: {ann: {console: true}}\n")
    story.iam.given("UpdateAccountPasswordPolicy", MinimumPasswordLength=64)
    outcomes = delivered(plan, story.iam, vault)
    assert [(one.step.call.operation, one.status.value, one.reason) for one in outcomes] == [
        ("CreateUser", "done", ""),
        (
            "CreateLoginProfile",
            "failed",
            "CreateLoginProfile: PasswordPolicyViolation: Password does not conform to the account password policy.",
        ),
    ]
    assert (vault.held, story.iam.state.user("ann").password) == ({}, None)
