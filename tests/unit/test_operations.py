"""The rows of operations, held against botocore's model and AWS's list of actions."""

import pytest
from model import _service

from iamspec.kinds.operation import Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.policy.actions import catalogue

ROWS = pytest.mark.parametrize("row", OPERATIONS.values(), ids=OPERATIONS)


@ROWS
def test_a_row_has_parameters_that_the_service_takes_and_all_that_it_needs(row):
    """Kills: a parameter that is misspelled, or a required one that a row lets a plan leave out."""
    shape = _service("iam").operation_model(row.name).input_shape
    members, required = (set(shape.members), set(shape.required_members)) if shape else (set(), set())
    assert {one.name for one in row.parameters} - members == set()
    chosen = {row.secret.parameter} if row.secret else set()
    assert required - {one.name for one in row.parameters if one.required} - chosen == set()


@ROWS
def test_a_row_names_its_own_parameters_only(row):
    """Kills: a resource, a condition or a part of access that is read from a parameter that the call does not have."""
    named = {row.authorised.on, row.new_name, *(name for name, _ in row.authorised.also)}
    named |= set(row.opens[1]) if row.opens else set()
    named |= {row.authorised.condition[1]} if row.authorised.condition else set()
    assert named - {""} - {one.name for one in row.parameters} == set()
    assert bool(row.new_name) == (row.verb is Verb.RENAME)


@ROWS
def test_what_takes_a_call_back_and_what_it_needs_besides_are_operations(row):
    """Kills: an undo or a permission for a call that does not exist. PassRole is a permission, and no call."""
    besides = {operation for _, operation in row.authorised.also} - {"PassRole"}
    assert ({row.back} | besides) - {""} - OPERATIONS.keys() == set()


@ROWS
def test_iam_knows_the_resource_and_the_condition_of_each_call(row):
    """Kills: a permission on a kind of resource that the action does not have, or under a key that it never sees."""
    action = f"iam:{row.name}"
    kinds = {one.arn.rpartition(":")[2].partition("/")[0] for one in catalogue().resource_types(action)}
    if row.resource_kind is None:
        assert kinds == set()
    else:
        assert row.resource_kind in kinds
    if row.authorised.condition:
        assert row.authorised.condition[0] in catalogue().condition_keys(action)
