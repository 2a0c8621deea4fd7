"""A real account, imported and then edited at random: the rehearsal converges, and the account itself is only read."""

import json
from random import Random

import pytest
import yaml
from places import DATA

from iamspec.commands.imported import as_text
from iamspec.commands.importing import take
from iamspec.commands.options import Options
from iamspec.commands.plan import plan
from iamspec.commands.rehearse import rehearse
from iamspec.live.snapshot import SnapshotReader, parse

CAPTURE = DATA / "account-authorization-details.json"
EDITS = 50
LIMITS = {"max_deletes": 999, "max_revokes": 999, "min_admins": 0}
READ = {"Sid": "Added", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::added/*"}


class Production(SnapshotReader):
    """An account that takes reads only, and remembers them."""

    def __init__(self, snapshot):
        super().__init__(snapshot)
        self.asked = []

    def pages(self, call):
        self.asked.append(call.operation)
        return super().pages(call)

    def read_each(self, calls):
        self.asked += [one.operation for one in calls]
        return super().read_each(calls)

    def attempt_each(self, calls):
        self.asked += [one.operation for one in calls]
        return super().attempt_each(calls)


def edited(spec, chance):
    """One edit of a spec, such as somebody makes in a day."""
    users, groups, policies = spec["users"], spec["groups"], spec["policies"]
    name = chance.choice(sorted(users))
    user = users[name] = users[name] or {}
    document = policies[chance.choice(sorted(policies))]["document"]
    edits = [
        lambda: user.setdefault("tags", {}).update({f"k{chance.randrange(9)}": f"v{chance.randrange(99)}"}),
        lambda: users.update({f"new{chance.randrange(999)}": {"groups": [chance.choice(sorted(groups))]}}),
        lambda: user.update(groups=sorted({*user.get("groups", ()), chance.choice(sorted(groups))})),
        lambda: user.update(groups=user.get("groups", [])[1:]),
        lambda: user.update(policies=sorted({*user.get("policies", ()), chance.choice(sorted(policies))})),
        lambda: user.setdefault("inline_policies", {}).update(added={"Version": "2012-10-17", "Statement": [READ]}),
        lambda: user.pop("inline_policies", None),
        lambda: document.update(Statement=[*_listed(document["Statement"])[:5], READ]),
    ]
    chance.choice(edits)()


def _listed(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.skipif(not CAPTURE.exists(), reason="needs a capture of a real account")
def test_fifty_edits_of_an_imported_account_converge_in_a_copy_and_the_account_is_only_read(tmp_path):
    """Kills: a plan that looks right and fails in the middle of an apply, and a rehearsal that writes to the account."""
    production = Production(parse(CAPTURE.read_text(encoding="utf-8"), str(CAPTURE)))
    spec = yaml.safe_load(as_text(take(production), whole=True))
    chance = Random(50)
    for _ in range(EDITS):
        edited(spec, chance)
    spec["guards"] = LIMITS
    (tmp_path / "iamspec.yaml").write_text(json.dumps(spec), encoding="utf-8")
    complaints = plan([str(tmp_path)], production).complaints
    lifted = Options(allow=tuple(sorted({one.guard for one in complaints})))
    found = rehearse([str(tmp_path)], production, lifted)
    assert [(one.step.call, one.reason) for one in found.failed] == []
    assert (found.passed, found.left, len(found.review.changes) > EDITS / 2) == (True, (), True)
    assert {one for one in production.asked if not one.startswith(("Get", "List"))} == set()
    assert production.asked
