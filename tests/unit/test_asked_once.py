"""A question about all users looks once at each document."""

from iamspec.access.book import Book
from iamspec.access.principals import Held, Powers
from iamspec.access.questions import who
from iamspec.kinds.contract import Address
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Request, patterns
from iamspec.policy.evaluate.statements import Actions

ACCOUNT = "123456789012"


def book_of(users, documents):
    """Users who all have the same policies."""
    held = tuple(Held(Address("policy", f"p{n}"), ("document",), one) for n, one in enumerate(documents))
    names = [Address("user", f"u{n}") for n in range(users)]
    return Book({one: Powers(one, f"arn:aws:iam::{ACCOUNT}:user/{one.name}", {}, held) for one in names}, ACCOUNT)


def document(action, resource="*"):
    return Document(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
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
