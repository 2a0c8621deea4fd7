"""The session of a role may do what the command needs: nothing else, in any partition, and in the space that STS gives."""

import json

import pytest
from fleets import account

from iamspec.errors import IamspecError
from iamspec.fleet import tasks
from iamspec.fleet.session import MOST, session_policy
from iamspec.fleet.tasks import Asked, Reach, Task
from iamspec.kinds.operations import OPERATIONS
from iamspec.policy.grammar import check

READS = ("Get", "List", "Describe", "Generate")


def policy(command, *operations, partition="aws", **asked):
    role = f"arn:{partition}:iam::{account(1)}:role/iamspec"
    plan = json.dumps({"steps": [{"operation": one} for one in operations]}) if operations else None
    reach = Reach(assume_role=role)
    task = Task(command=command, account=account(1), folder="/", reach=reach, asked=Asked(**asked), plan=plan)
    text = session_policy(task)
    document = json.loads(text)
    assert check(document) == []
    assert len(text) <= MOST
    return document


def actions(document):
    found = [one["Action"] for one in document["Statement"]]
    return {action for one in found for action in ([one] if isinstance(one, str) else one)}


@pytest.mark.parametrize("command", ["plan", "drift", "status"])
def test_a_command_that_reads_gets_a_session_that_reads(command):
    """Kills: a plan of a pull request with a session that can write."""
    assert [one for one in actions(policy(command)) if not one.partition(":")[2].startswith(READS)] == []


def test_an_apply_gets_the_operations_of_its_plan_and_no_others():
    writes = actions(policy("apply", "CreateUser", "AttachUserPolicy")) - actions(policy("plan"))
    assert {"iam:AttachUserPolicy", "iam:CreateUser"} <= writes
    assert "iam:CreateAccessKey" not in writes
    keys = actions(policy("apply", "CreateAccessKey", sink="secretsmanager:iam/"))
    assert {"iam:CreateAccessKey", "iam:DeleteAccessKey", "secretsmanager:CreateSecret"} <= keys


def test_a_plan_with_every_operation_fits_into_a_session():
    """Kills: a large plan whose apply STS refuses."""
    assert {f"iam:{one}" for one in OPERATIONS} <= actions(policy("apply", *OPERATIONS))


def test_resources_are_those_of_the_partition():
    """Kills: a session in China that may read nothing."""
    text = json.dumps(policy("plan", partition="aws-cn"))
    assert "arn:aws-cn:" in text
    assert "arn:aws:" not in text


def test_a_text_that_is_no_task_or_result_is_refused():
    task = Task(command="plan", account=account(1), folder="/", reach=Reach())
    with pytest.raises(IamspecError, match=r"install one version everywhere"):
        tasks.task(tasks.text(task.model_copy(update={"iamspec_version": "0.0.9"})))
    other = tasks.failed(task.model_copy(update={"account": account(2)}), "x")
    with pytest.raises(IamspecError, match="the worker mixed up its tasks"):
        tasks.result(tasks.text(other), task)
    for text in ("", "[]", "{}", '{"command": "plan"}', None, 7):
        with pytest.raises(IamspecError, match="this is no result"):
            tasks.result(text, task)
