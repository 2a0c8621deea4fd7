"""A question about all users looks once at each document."""

from collections import Counter

import pytest

from iamspec.access.book import Book
from iamspec.access.principals import Held, Powers
from iamspec.access.questions import who
from iamspec.kinds.contract import Address
from iamspec.policy.actions.applicable import Applicable
from iamspec.policy.actions.catalogue import Catalogue, catalogue
from iamspec.policy.actions.escalation import Holder
from iamspec.policy.actions.reference import Reference
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Request, patterns
from iamspec.policy.evaluate.statements import Actions, Rule
from iamspec.policy.statement import Statement

ACCOUNT = "123456789012"
CATALOGUE = catalogue()


def book_of(users, documents, tags=lambda _: {}):
    """Users who all have the same policies."""
    held = tuple(Held(Address("policy", f"p{n}"), ("document",), one) for n, one in enumerate(documents))
    names = [Address("user", f"u{n}") for n in range(users)]
    arn = f"arn:aws:iam::{ACCOUNT}:user/"
    return Book({one: Powers(one, f"{arn}{one.name}", tags(number), held) for number, one in enumerate(names)}, ACCOUNT)


def document(action, resource="*", condition=None):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return Document(
        {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}
    )


def test_a_statement_is_held_against_the_asked_action_once_whatever_the_number_of_users(monkeypatch):
    """Kills: a statement that is looked at again for each user who holds it, five thousand times in a large account."""
    counted = []
    match = Actions.match
    monkeypatch.setattr(Actions, "match", lambda self, action: counted.append(action) or match(self, action))
    documents = [document("s3:Get*"), document("sqs:*"), document("ec2:Run*")]
    found = who(book_of(50, documents), Request("s3:GetObject", "arn:aws:s3:::b/x"))
    assert (len(found), counted) == (50, ["s3:getobject"] * 3)


def test_the_resources_of_a_statement_about_other_actions_are_not_made_ready(monkeypatch):
    """Kills: a regex for each resource of an account, though a question is about one action."""
    made = []
    real = patterns.resource_pattern
    monkeypatch.setattr(
        patterns, "resource_pattern", lambda text, *, variables: made.append(text) or real(text, variables=variables)
    )
    documents = [document("s3:Get*", "arn:aws:s3:::b/*"), document("sqs:*", "arn:aws:sqs:*:*:q")]
    assert len(who(book_of(3, documents), Request("s3:GetObject", "arn:aws:s3:::b/x"))) == 3
    assert made == ["arn:aws:s3:::b/*"]


def test_a_statement_is_judged_once_unless_it_asks_who_is_asking(monkeypatch):
    """Kills: resource and condition judged again for each user, and a tag of the first user that speaks for all."""
    judged = []
    applies = Rule.applies
    monkeypatch.setattr(
        Rule, "applies", lambda self, *asked: judged.append(self.statement.data) or applies(self, *asked)
    )
    same = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    personal = {"StringEquals": {"aws:PrincipalTag/team": "a"}}
    documents = [document("s3:Get*", condition=same), document("s3:*", condition=personal)]
    book = book_of(50, documents, tags=lambda number: {"team": "a"} if number % 2 else {})
    found = who(book, Request("s3:GetObject", "arn:aws:s3:::b/x"))
    assert Counter(one.answer for one in found) == {Answer.ALLOWED: 25, Answer.DEPENDS: 25}
    assert Counter("team" in str(one) for one in judged) == {False: 1, True: 1 + 50}


def test_ways_to_become_administrator_look_at_each_document_once_whatever_the_number_of_holders(monkeypatch):
    """Kills: a catalogue of 20,000 actions that each of five thousand users has searched for the same documents."""
    asked = []
    named = Catalogue.named
    monkeypatch.setattr(
        Catalogue, "named", lambda self, statement: asked.append(statement.data) or named(self, statement)
    )
    documents = (document("iam:*", f"arn:aws:iam::{ACCOUNT}:user/u1"), document("s3:*"))

    def ways(number):
        return Holder(documents, None, f"u{number}", (f"arn:aws:iam::{ACCOUNT}:user/u{number}",)).escalations(CATALOGUE)

    first, searched = ways(0), len(asked)
    others = [bool(ways(number)) for number in range(1, 50)]
    assert (first, others) == ([], [True] + [False] * 48)
    assert len(asked) == searched


ON_FEW = [
    ({"NotAction": "s3:Get*", "Resource": "arn:aws:s3:::b/*"}, {"s3", "ssm", "iam", "backup"}),
    ({"Action": ["s3:GetObject", "x:Extra"], "Resource": "arn:aws:s3:::b/*"}, {"s3"}),
    ({"Action": "*:List*", "Resource": ["arn:aws:kms:*:*:key/1", "arn:aws:nobody:::x"]}, None),
]


@pytest.mark.parametrize(("statement", "services"), ON_FEW, ids=["not an action", "actions", "a pattern"])
def test_a_statement_is_held_against_the_services_that_its_resources_leave(monkeypatch, statement, services):
    """Kills: four hundred services that are searched for each statement with NotAction, and a service left out."""
    looked = set()
    look = Applicable._look
    monkeypatch.setattr(Applicable, "_look", lambda self, *asked: looked.add(asked[0]) or look(self, *asked))
    fresh = Catalogue(Reference())
    found, near = fresh.reached(Statement(statement)), set(looked)
    applicable, resources = fresh._applicable, Statement(statement).stored("Resource")
    named = fresh.named(Statement(statement))
    whole = 0
    for service in fresh.services:
        whole |= named & fresh.mask(f"{service}:*") & applicable._on(service, resources)
    assert found == whole
    assert len(near) < 15
    assert services is None or near <= services
