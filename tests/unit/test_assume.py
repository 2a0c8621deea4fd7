"""Who may assume a role of the account: the trust of the role, and the policies of the caller."""

from typing import Any

import pytest

from iamspec.access import questions
from iamspec.access.assume import Chain, becoming, chains, may_assume
from iamspec.access.book import Book
from iamspec.access.principals import Held, Powers
from iamspec.access.targets import Target
from iamspec.kinds.contract import Address
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Request

OWN, OTHER = "123456789012", "210987654321"
ANA, BOB = Address("user", "ana"), Address("user", "bob")
HOP, ADMIN = Address("role", "hop"), Address("role", "admin")


def arn(address: Address) -> str:
    return f"arn:aws:iam::{OWN}:{address}"


def document(*statements: dict[str, Any]) -> Document:
    return Document({"Version": "2012-10-17", "Statement": list(statements)})


def policy(effect: str = "Allow", resource: str = "*", **more: Any) -> Document:
    return document({"Effect": effect, "Action": "sts:AssumeRole", "Resource": resource, **more})


def trust(*names: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"AWS": list(names)}, "Action": "sts:AssumeRole", **more}


def powers(address: Address, *documents: Document, boundary: Document | None = None) -> Powers:
    held = tuple(Held(address, ("inline_policies", str(at)), one) for at, one in enumerate(documents))
    bound = Held(Address("policy", "b"), ("document",), boundary) if boundary else None
    return Powers(address, arn(address), {}, held, bound)


def target(address: Address, *statements: dict[str, Any]) -> Target:
    return Target(address, arn(address), document(*statements))


BOOK = Book({}, OWN)
MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
NO_MFA = {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
ROOT = f"arn:aws:iam::{OWN}:root"
NOT_ANA, NOT_BOB = (
    {"Effect": "Deny", "NotPrincipal": {"AWS": [arn(one), ROOT]}, "Action": "sts:AssumeRole"} for one in (ANA, BOB)
)


@pytest.mark.parametrize(
    ("statements", "documents", "answer"),
    [
        ([trust(arn(ANA))], [], Answer.ALLOWED),
        ([trust(OWN)], [], Answer.DENIED),
        ([trust(OWN)], [policy()], Answer.ALLOWED),
        ([trust(ROOT)], [policy(resource=arn(ADMIN))], Answer.ALLOWED),
        ([trust(ROOT)], [policy(resource=arn(HOP))], Answer.DENIED),
        ([trust("*")], [policy()], Answer.ALLOWED),
        ([trust("*")], [], Answer.DENIED),
        ([trust(OTHER)], [policy()], Answer.DENIED),
        ([trust(arn(BOB))], [policy()], Answer.DENIED),
        ([trust(arn(ANA))], [policy("Deny")], Answer.DENIED),
        ([trust(arn(ANA)), trust("*", effect="Deny")], [policy()], Answer.DENIED),
        ([trust(arn(ANA), **MFA)], [], Answer.DEPENDS),
        ([trust(OWN)], [policy(**MFA)], Answer.DEPENDS),
        ([trust(arn(ANA), **MFA), trust(OWN)], [policy()], Answer.ALLOWED),
        ([trust(arn(ANA))], [policy("Deny", **MFA)], Answer.DEPENDS),
        (
            [{"Effect": "Allow", "NotPrincipal": {"AWS": arn(BOB)}, "Action": "sts:AssumeRole"}],
            [policy()],
            Answer.ALLOWED,
        ),
        ([{**trust(arn(ANA)), "Action": "sts:TagSession"}], [policy()], Answer.DENIED),
        ([{**trust(OWN), "Action": ["sts:AssumeRole", "sts:TagSession"]}], [policy()], Answer.ALLOWED),
        ([trust("AROAEXAMPLEID1234567")], [policy()], Answer.DENIED),
        ([trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})], [policy()], Answer.DEPENDS),
        ([trust(arn(ANA)), trust("*", effect="Deny", **NO_MFA)], [policy()], Answer.DEPENDS),
        ([trust(arn(ANA)), NOT_BOB], [policy()], Answer.DENIED),
        ([trust(OWN), NOT_ANA], [policy()], Answer.ALLOWED),
    ],
)
def test_trust_and_policies_decide_together(
    statements: list[dict[str, Any]], documents: list[Document], answer: Answer
) -> None:
    """Kills: a trust in the account taken for enough, a trust in the user taken for half, a Deny on one side missed."""
    assert may_assume(powers(ANA, *documents), target(ADMIN, *statements), BOOK) is answer


def test_a_trust_in_a_user_outweighs_the_boundary_of_the_user_and_not_that_of_a_role() -> None:
    bound = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    user, role = powers(ANA, boundary=bound), powers(HOP, boundary=bound)
    assert may_assume(user, target(ADMIN, trust(arn(ANA))), BOOK) is Answer.ALLOWED
    assert may_assume(role, target(ADMIN, trust(arn(HOP))), BOOK) is Answer.DENIED


def test_a_trust_in_a_session_depends_on_its_name_and_is_of_that_role_alone() -> None:
    """Kills: a chain through a session that nobody sees."""
    session = trust(f"arn:aws:sts::{OWN}:assumed-role/hop/s1")
    assert may_assume(powers(HOP), target(ADMIN, session), BOOK) is Answer.DEPENDS
    assert may_assume(powers(ADMIN), target(ADMIN, session), BOOK) is Answer.DENIED
    book = Book({HOP: powers(HOP)}, OWN)
    assert [one.text for one in becoming(ADMIN, {ADMIN: target(ADMIN, session)}, book)] == ["role/hop → role/admin"]


def test_an_unread_policy_leaves_the_answer_open() -> None:
    unread = Powers(ANA, arn(ANA), {}, (Held(Address("policy", "aws:New"), ("document",), None),))
    assert may_assume(unread, target(ADMIN, trust(OWN)), BOOK) is Answer.DEPENDS


def ladder(length: int) -> tuple[Book, dict[Address, Target]]:
    """Roles that trust each the one before, the first one trusts ana."""
    roles = [Address("role", f"r{number}") for number in range(length)]
    before = [ANA, *roles]
    targets = {role: target(role, trust(arn(before[at]))) for at, role in enumerate(roles)}
    return Book({one: powers(one) for one in before}, OWN), targets


def test_chains_count_to_a_depth_of_three() -> None:
    """Kills: a chain that is followed for ever, or not at all."""
    book, targets = ladder(5)
    assert [one.text for one in chains([ANA], targets, book)] == [
        "user/ana → role/r0",
        "user/ana → role/r0 → role/r1",
        "user/ana → role/r0 → role/r1 → role/r2",
    ]


def test_a_chain_is_as_certain_as_its_weakest_link_and_goes_in_no_circle() -> None:
    book = Book({one: powers(one) for one in (ANA, HOP, ADMIN)}, OWN)
    targets = {
        HOP: target(HOP, trust(arn(ANA), **MFA), trust(arn(ADMIN))),
        ADMIN: target(ADMIN, trust(arn(HOP))),
    }
    assert chains([ANA], targets, book) == [
        Chain(ANA, (HOP, ADMIN), Answer.DEPENDS),
        Chain(ANA, (HOP,), Answer.DEPENDS),
    ]


def test_those_who_can_become_a_role_are_found_from_its_side(monkeypatch):
    """Kills: a chain that is seen from the user and not from the role."""
    book, targets = ladder(5)
    assert [one.text for one in becoming(Address("role", "r3"), targets, book)] == [
        "role/r0 → role/r1 → role/r2 → role/r3",
        "role/r1 → role/r2 → role/r3",
        "role/r2 → role/r3",
    ]
    assert [one.text for one in becoming(Address("role", "r2"), targets, book)][-1] == (
        "user/ana → role/r0 → role/r1 → role/r2"
    )


def test_a_question_about_a_role_of_the_account_is_answered_by_both_sides():
    """Kills: a policy alone taken for the right to assume a role that trusts somebody else."""
    target_ = target(ADMIN, trust(arn(BOB)))
    book = Book({ANA: powers(ANA, policy())}, OWN, trusts={ADMIN: target_})
    request = Request("sts:AssumeRole", arn(ADMIN), wild=True)
    answered = questions.ask(book, book.powers[ANA], request)
    assert (answered.answer, answered.note) == (Answer.DENIED, "the trust policy of role/admin does not let it in")
    foreign = questions.ask(
        book, book.powers[ANA], Request("sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/x", wild=True)
    )
    assert (foreign.answer, foreign.note) == (Answer.ALLOWED, f"as far as account {OTHER} allows it")
