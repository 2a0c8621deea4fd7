"""The plan as data: it fits the schema, is complete, and is equal for equal plans."""

import copy
import json

import jsonschema
import pytest
from hypothesis import given, strategies as st
from places import ROOT
from profiles import law
from render_plans import changed, clean, full, small, updated_user, user
from test_render import hostile_plan

from iamspec.kinds.contract import Phase
from iamspec.plan.diff import Difference
from iamspec.plan.model import Action, Change
from iamspec.saved.json_text import indented
from iamspec.saved.plan_document import plan_document, plan_text

SCHEMA = json.loads((ROOT / "schemas/plan.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize(
    "plan", [full(), clean(), small(), hostile_plan("\x1b\u202e\n")], ids=["full", "clean", "small", "hostile"]
)
def test_a_plan_is_what_its_schema_says(plan):
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(plan_text(plan)))] == []


def test_the_schema_is_a_schema_and_names_every_phase_and_action():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["step"]["properties"]["phase"]["enum"] == [phase.label for phase in Phase]
    assert SCHEMA["$defs"]["change"]["properties"]["action"]["enum"] == [action.value for action in Action]


def objects(value):
    """Every object whose keys the contract fixes, with how to get there."""
    yield value
    for key in ("account", "summary"):
        yield value[key]
    for key in ("changes", "steps", "complaints", "strays", "kept"):
        yield from value[key]
    for change in value["changes"]:
        yield from change["differences"]
        for difference in change["differences"]:
            yield from difference["details"]


def test_the_schema_refuses_every_key_too_many_and_every_key_too_few():
    document = plan_document(full())
    for index, one in enumerate(objects(document)):
        changed = copy.deepcopy(document)
        next(found for number, found in enumerate(objects(changed)) if number == index)["surplus"] = 1
        assert not VALIDATOR.is_valid(changed), one
        for key in one:
            changed = copy.deepcopy(document)
            del next(found for number, found in enumerate(objects(changed)) if number == index)[key]
            assert not VALIDATOR.is_valid(changed), (key, one)


def test_the_text_is_the_document_with_nothing_lost():
    plan = hostile_plan('"\\\x7f\x9b\u202eé€')
    assert json.loads(plan_text(plan)) == json.loads(json.dumps(plan_document(plan)))
    assert plan_text(full()).endswith("\n}\n")
    assert "größe" in plan_text(full())


def test_steps_are_the_calls_in_the_order_of_execution():
    plan = full()
    assert [
        (one["address"], one["phase"], one["operation"], one["params"]) for one in plan_document(plan)["steps"]
    ] == [(str(one.address), one.phase.label, one.call.operation, one.call.params) for one in plan.steps]


def test_details_are_told_only_of_what_is_there_before_and_after():
    change = Change(user("a"), Action.UPDATE, (Difference("path", "/a/", "/b/"), Difference("groups", None, ["x"])))
    differences = plan_document(changed(clean(), changes=(change,)))["changes"][0]["differences"]
    assert differences == [
        {
            "field": "path",
            "before": "/a/",
            "after": "/b/",
            "cosmetic": False,
            "via": {},
            "details": [{"path": "", "before": "/a/", "after": "/b/"}],
        },
        {"field": "groups", "before": None, "after": ["x"], "cosmetic": False, "via": {}, "details": []},
    ]


def test_text_that_was_written_without_quotes_is_no_detail():
    class Plain(str):
        __slots__ = ()

    change = Change(user("a"), Action.UPDATE, (Difference("tags", {"a": "x", "b": "1"}, {"a": Plain("x"), "b": "2"}),))
    details = plan_document(changed(clean(), changes=(change,)))["changes"][0]["differences"][0]["details"]
    assert details == [{"path": "b", "before": "1", "after": "2"}]


def test_a_change_says_where_it_comes_from_and_through_whom():
    change = plan_document(changed(clean(), changes=(updated_user(),)))["changes"][0]
    assert change["source"] == {"file": "users.yaml", "line": 12}
    assert [one["via"] for one in change["differences"] if one["via"]] == [
        {"admins": "user/bob"},
        {"developer-boundary": "user/bob"},
    ]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@law(150)
@given(VALUES)
def test_indented_text_is_what_the_json_module_writes(value):
    """Kills: a number as the key of a condition that is written without quotes; an empty list over two lines."""
    assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False)
