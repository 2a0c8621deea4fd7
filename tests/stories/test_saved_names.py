"""Files of plans and journals restate what only the spec knows: names of identity providers, sources of copies."""

import json
from pathlib import Path

import pytest
from fake import FakeIam
from journals import lines, planned, run, through_its_file, undoing
from worlds import ACCOUNT, HUB

from iamspec.plan.fingerprint import digest
from iamspec.saved.plan import read_plan
from iamspec.saved.plan_document import plan_document, plan_text
from iamspec.saved.plan_file import InvalidPlan

ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/hub.example.com"
SERVICE, TOKEN = {"service": "ec2.amazonaws.com"}, {"oidc": "hub", "subject": "x"}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


def spec(*trust, clients=("b", "a"), external=False, **more):
    """A spec with an identity provider, and with a role if it trusts anything."""
    hub = {"oidc": HUB, "client_ids": [*clients], **({"external": True} if external else {})}
    roles = {"app": {"trust": [*trust]}} if trust else {}
    return {"account": {"id": ACCOUNT}, "identity_providers": {"hub": hub}, "roles": roles, **more}


def copying():
    ann = {"policies": ["read"], "inline_policies": {"own": ALLOW}}
    users = {"ann": ann, "bob": {"copy_permissions_from": "ann"}}
    return {"account": {"id": ACCOUNT}, "policies": {"read": {"document": ALLOW}}, "users": users}


STORIES = {
    "role and provider come": (None, spec(SERVICE, TOKEN)),
    "a role comes": (spec(), spec(SERVICE, TOKEN)),
    "a role comes and trusts an external provider": (spec(), spec(TOKEN, external=True)),
    "a trust comes": (spec(SERVICE), spec(SERVICE, TOKEN)),
    "a trust goes": (spec(SERVICE, TOKEN), spec(SERVICE)),
    "a role goes": (spec(TOKEN), spec(prune=["roles"])),
    "an audience comes": (spec(TOKEN), spec(TOKEN, clients="abc")),
    "role and provider go": (
        spec(TOKEN),
        {**spec(), "identity_providers": {}, "prune": ["roles", "identity_providers"]},
    ),
    "permissions are copied": (None, copying()),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_plan_its_undo_and_their_files_speak_of_the_same_entities(name, tmp_path):
    """Kills: a file without the names of the spec.

    Its trusts were shown as documents. A file that names a live
    provider was refused, because the provider was gone under the
    name that the file gave it.
    """
    before, after = STORIES[name]
    iam = FakeIam()
    if before is not None:
        run(planned(before, iam), iam, tmp_path / "earlier")
    start = _names(iam)
    plan = planned(after, iam)
    assert plan.steps != ()
    assert plan_text(through_its_file(plan, iam)) == plan_text(plan)
    run(plan, iam, tmp_path / "journal")
    back = undoing(tmp_path / "journal", iam)
    assert plan_text(through_its_file(back, iam)) == plan_text(back)
    run(back, iam, tmp_path / "undo")
    assert _names(iam) == start


def _names(iam):
    return {section: [*found] for section, found in iam.dump().items() if isinstance(found, dict)}


def test_a_plan_and_a_journal_have_the_names_of_the_spec_and_a_spec_without_any_leaves_no_trace(tmp_path):
    iam, names = FakeIam(), {ARN: {"name": "hub", "client_ids": ["a", "b"]}}
    plan = planned(spec(SERVICE, TOKEN), iam)
    run(plan, iam, tmp_path / "journal")
    assert (plan_document(plan)["labels"], lines(tmp_path / "journal")[0]["labels"]) == (names, names)
    assert "labels" not in plan_document(planned(copying(), FakeIam()))


def test_a_journal_without_names_is_undone_by_the_names_of_its_calls(tmp_path):
    """Kills: journals of earlier versions that cannot be read any more."""
    iam, journal = FakeIam(), tmp_path / "journal"
    run(planned(spec(TOKEN), iam), iam, journal)
    first, *rest = lines(journal)
    del first["labels"]
    Path(journal).write_text("".join(f"{json.dumps(line)}\n" for line in (first, *rest)), encoding="utf-8")
    assert [(str(one.address), one.call.operation) for one in undoing(journal, iam).steps] == [
        ("role/app", "DeleteRole"),
        ("identity-provider/hub", "DeleteOpenIDConnectProvider"),
    ]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ({ARN: {"name": "other", "client_ids": []}}, "steps[0]: CreateOpenIDConnectProvider is not about identity-provider/hub"),
        ({ARN.replace(ACCOUNT, "210987654321"): {"name": "x", "client_ids": []}}, f"{ARN.replace(ACCOUNT, '210987654321')} is no identity provider of account {ACCOUNT}"),
        ({f"{ARN}{end}": {"name": name, "client_ids": []} for end, name in (("", "hub"), ("/b", "HUB"))}, "hub is the name of several identity providers"),
    ],
)  # fmt: skip
def test_a_file_that_names_other_entities_than_its_calls_is_refused(labels, problem):
    """Kills: a forged file in which a provider has the name of another one."""
    document = {**plan_document(planned(spec(), FakeIam())), "labels": labels}
    del document["checksum"]
    with pytest.raises(InvalidPlan) as refused:
        read_plan(json.dumps({**document, "checksum": digest(document)}), "plan.json")
    assert f"plan.json: {problem}" in str(refused.value).split("\n")
