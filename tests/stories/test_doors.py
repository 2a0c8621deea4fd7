"""Whoever may become a role only before or only after a plan never meets what the role may do only after or only before."""

import json
from threading import Event

import pytest
from saml import certificate, metadata
from story import ACCOUNT, AWS, OWN, Story

from iamspec.commands.apply import run as run_plan
from iamspec.errors import IamError

ADMIN = f"{AWS}AdministratorAccess"
ISSUER, SAML = "arn:aws:iam::123456789012:oidc-provider/hub.example.com", "arn:aws:iam::123456789012:saml-provider/okta"
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
OTHER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "sts:AssumeRole"}
WEB = {"Effect": "Allow", "Principal": {"Federated": ISSUER}, "Action": "sts:AssumeRoleWithWebIdentity"}
OKTA = {"Effect": "Allow", "Principal": {"Federated": SAML}, "Action": "sts:AssumeRoleWithSAML"}

OWN_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}


def trust(*statements):
    return {"document": {"Version": "2012-10-17", "Statement": list(statements)}}


def allowing(actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}


def hub(*clients):
    return {"hub": {"oidc": "https://hub.example.com", "client_ids": list(clients)}}


ASSUMES = allowing("sts:AssumeRole")
OPS = {"inline_policies": {"a": ASSUMES}}

# A door: what the spec says of it while it is shut, while it is open, and whether it is open in the account.
DOORS = {
    "trust": (
        {"roles": {"app": {"trust": trust(EC2)}}},
        {"roles": {"app": {"trust": trust(EC2, OTHER)}}},
        lambda found: "210987654321" in json.dumps(found["roles"]["app"]["trust"]),
    ),
    "client": (
        {"roles": {"app": {"trust": trust(WEB)}}, "identity_providers": hub("x")},
        {"roles": {"app": {"trust": trust(WEB)}}, "identity_providers": hub("x", "y")},
        lambda found: "y" in found["oidc_providers"]["hub.example.com"]["client_ids"],
    ),
    "certificate": (
        {"roles": {"app": {"trust": trust(OKTA)}}, "identity_providers": {"okta": {"saml": metadata(number=1)}}},
        {"roles": {"app": {"trust": trust(OKTA)}}, "identity_providers": {"okta": {"saml": metadata(number=2)}}},
        lambda found: certificate(number=2) in found["saml_providers"]["okta"]["document"],
    ),
    "profile": (
        {"roles": {"app": {"trust": trust(EC2)}, "web": {"trust": trust(EC2), "instance_profile": ["web"]}}},
        {"roles": {"app": {"trust": trust(EC2), "instance_profile": ["web"]}, "web": {"trust": trust(EC2)}}},
        lambda found: found["profiles"]["web"]["role"] == "app",
    ),
    "policy of a user": (
        {"roles": {"app": {"trust": trust(OWN_ACCOUNT)}}, "users": {"ann": {}}},
        {"roles": {"app": {"trust": trust(OWN_ACCOUNT)}}, "users": {"ann": {"inline_policies": {"a": ASSUMES}}}},
        lambda found: bool(found["users"]["ann"]["inline"]),
    ),
    "membership of a user": (
        {"roles": {"app": {"trust": trust(OWN_ACCOUNT)}}, "users": {"ann": {}}, "groups": {"ops": OPS}},
        {
            "roles": {"app": {"trust": trust(OWN_ACCOUNT)}},
            "users": {"ann": {"groups": ["ops"]}},
            "groups": {"ops": OPS},
        },
        lambda found: bool(found["users"]["ann"]["groups"]),
    ),
    "policy of a role": (
        {"roles": {"app": {"trust": trust(OWN_ACCOUNT)}, "hop": {"trust": trust(EC2)}}},
        {
            "roles": {
                "app": {"trust": trust(OWN_ACCOUNT)},
                "hop": {"trust": trust(EC2), "inline_policies": {"a": ASSUMES}},
            }
        },
        lambda found: bool(found["roles"]["hop"]["inline"]),
    ),
}
POWERS = {  # little, and much, of what the role may do
    "attached": ({"policies": ["aws:ReadOnlyAccess"]}, {"policies": ["aws:AdministratorAccess"]}),
    "document": ({"policies": ["p"], "p": "s3:GetObject"}, {"policies": ["p"], "p": "*"}),
    "inline": ({"inline_policies": {"in": allowing("s3:GetObject")}}, {"inline_policies": {"in": allowing("*")}}),
    "boundary": (
        {"policies": ["aws:AdministratorAccess"], "permissions_boundary": "aws:ReadOnlyAccess"},
        {"policies": ["aws:AdministratorAccess"], "permissions_boundary": None},
    ),
}


def has_much(found):
    """Whether the role app may do everything."""
    role = found["roles"]["app"]
    documents = list(role["inline"].values()) + (
        [found["policies"]["p"]["document"]] if f"{OWN}p" in role["attached"] else []
    )
    return role["boundary"] is None and (ADMIN in role["attached"] or allowing("*") in documents)


def spec(door, power):
    said = {key: dict(one) for key, one in door.items()}
    own = {key: one for key, one in power.items() if key != "p"}
    said["roles"] = {"deploy": {"external": True}, **said["roles"], "app": {**said["roles"]["app"], **own}}
    said["policies"] = {"p": {"document": allowing(power.get("p", "s3:GetObject"))}}
    return ACCOUNT + "".join(f"{key}: {json.dumps(one)}\n" for key, one in said.items())


def carried_out(story, text, fail=None):
    """Makes the calls of a plan, of which one may fail. `look` is called before each and at the end."""
    names = ("role/app", "identity-provider/hub", "identity-provider/okta")
    review = story.plan(text, *(f"external-trust:{one}" for one in names))
    assert [one for one in review.complaints if not one.allowed] == []
    calls = []

    def failing(call):
        calls.append(call.operation)
        return IamError(call.operation, "AccessDenied", "") if call.operation == fail else None

    story.iam.fail = failing
    list(run_plan(review, story.iam, parallelism=1, stop=Event()))
    story.iam.fail = lambda _call: None
    return calls


@pytest.mark.parametrize("opens", [True, False])
@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("door", DOORS)
def test_nobody_meets_in_a_role_what_was_there_before_or_comes_after(door, power, opens, tmp_path):
    """Kills: a trust that narrows after the role has got its policies, or a call that fails and leaves a stranger with them.

    The role is open with little, and becomes shut with much, or
    the other way round: open with much is neither.
    """
    shut, open_, is_open = DOORS[door]
    little, much = POWERS[power]
    before, after = spec(shut, much), spec(open_, little)
    if not opens:
        before, after = spec(open_, little), spec(shut, much)
    number, failing = 0, None
    while True:
        folder = tmp_path / str(number)
        folder.mkdir()
        story = Story(folder)
        carried_out(story, before)
        assert (is_open(story.iam.dump()), has_much(story.iam.dump())) == (not opens, opens)
        seen_, original = [], story.iam.write

        def write(call, *, patient=False, original=original, seen_=seen_, story=story):
            answer = original(call, patient=patient)
            seen_.append((is_open(story.iam.dump()), has_much(story.iam.dump())))
            return answer

        story.iam.write = write
        calls = carried_out(story, after, failing)
        assert (True, True) not in seen_, (calls, failing)
        if failing is None:
            assert seen_[-1] == (opens, not opens)
            assert len(calls) > 1
            operations = calls
        if number == len(operations):
            return
        failing, number = operations[number], number + 1


def test_a_role_that_changes_both_hands_and_powers_in_single_calls_is_a_complaint(tmp_path):
    """Kills: a moment that no order avoids, and that nobody is told of."""
    story = Story(tmp_path)
    third = {**OTHER, "Principal": {"AWS": "arn:aws:iam::333333333333:root"}}
    power = {"policies": ["p"], "p": "s3:GetObject"}
    carried_out(story, spec({"roles": {"app": {"trust": trust(OTHER)}}}, power))
    found = story.plan(spec({"roles": {"app": {"trust": trust(third)}}}, {**power, "p": "ec2:RunInstances"}))
    assert [(one.guard, str(one.address), one.message) for one in found.complaints if one.guard == "window"] == [
        (
            "window",
            "role/app",
            (
                "has for a moment more than before and after: ec2:RunInstances for those whom it lets in or shuts out (after "
                "CreatePolicyVersion of policy/p, before UpdateAssumeRolePolicy of role/app)"
            ),
        )
    ]
