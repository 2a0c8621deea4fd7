"""What a plan leaves in memory: nothing that waits for a search for garbage, which iamspec hardly ever makes."""

import gc
import json
from weakref import ref

from story import ACCOUNT, ALLOW, Story

from iamspec.plan.order.judge import Judge
from iamspec.policy.document import Document
from iamspec.policy.remembered import Results

MOVED = f"{ACCOUNT}users: {{ann: {{groups: [new]}}}}\ngroups: {{old: {{}}, new: {{inline_policies: {{a: ALLOW}}}}}}\n"


def left(work):
    """The objects of a list that are there still when the work is done, without a search for garbage."""
    gc.collect()
    gc.disable()
    try:
        return [one for one in work() if one() is not None]
    finally:
        gc.enable()


def test_a_judge_is_gone_with_the_plan(tmp_path, monkeypatch):
    """Kills: moments that know their judge, and so keep every scene of every plan."""
    story, judges, level = Story(tmp_path), [], Judge.level
    story.group("old")
    story.user("ann", groups=["old"])
    story.iam.given("PutGroupPolicy", GroupName="old", PolicyName="a", PolicyDocument=json.dumps(ALLOW))
    monkeypatch.setattr(Judge, "level", lambda self, *asked: judges.append(ref(self)) or level(self, *asked))

    def work():
        story.plan(MOVED)
        return judges

    assert left(work) == []
    assert judges != []


def test_results_go_with_their_owner_though_their_values_live():
    """Kills: a value that calls its results back, and so keeps them until a search for garbage."""
    value = Document({"Statement": []})

    def work():
        results = Results()
        results.keep(value, "found")
        assert results.known(value) == "found"
        return [ref(results)]

    assert left(work) == []


def test_a_result_goes_with_its_value():
    results = Results()

    def work():
        value = Document({"Statement": []})
        results.keep(value, "found")
        return [ref(value)]

    assert left(work) == []
    assert results.held == {}
