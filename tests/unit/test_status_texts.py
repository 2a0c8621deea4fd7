"""The texts of the checks: every cure is one that iamspec, the AWS CLI or a person can follow."""

import re
import shlex

import pytest

from iamspec.cli import cli
from iamspec.commands.validate import validate
from iamspec.kinds.contract import Address
from iamspec.status.checks import CHECKS, ROWS
from iamspec.status.cures import written
from iamspec.status.model import Form

CURES = [(one.key, cure) for one in ROWS for cure in (one.cure, *one.cure.others.values())]
YAML = [(key, cure) for key, cure in CURES if cure.form in {Form.SETTINGS, Form.USER, Form.GROUP}]
COMMANDS = [(key, cure) for key, cure in CURES if cure.form is Form.COMMAND]
REFERENCED = "groups: {developers: {}, administrators: {}}"


@pytest.mark.parametrize(("key", "cure"), YAML, ids=str)
@pytest.mark.parametrize("name", ["ana", "ci.deploy+x@acme", "-odd", "true"])
def test_a_cure_in_yaml_is_valid(key, cure, name, tmp_path):
    """Kills: a cure that validate refuses, and a name that YAML reads as something else."""
    text = written(cure, Address("group" if cure.form is Form.GROUP else "user", name))
    (tmp_path / "cure.yaml").write_text(f"{text}\n", encoding="utf-8")
    (tmp_path / "others.yaml").write_text(f"{REFERENCED}\n", encoding="utf-8")
    spec, _ = validate([str(tmp_path)])
    if cure.form is not Form.SETTINGS:
        assert Address(str(cure.form), name) in spec.entities


@pytest.mark.parametrize(("key", "cure"), COMMANDS, ids=str)
def test_a_cure_that_is_a_command_exists(key, cure):
    words = shlex.split(written(cure, None))
    if words[0] == "iamspec":
        assert words[1] in cli.commands
        return
    import botocore.session
    from botocore import xform_name

    program, service, operation, *options = words
    model = botocore.session.get_session().get_service_model(service)
    found = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(found[operation]).input_shape
    known = {xform_name(name, "-") for name in shape.members} if shape else set()
    given = {one.removeprefix("--") for one in options if one.startswith("--")} - {"region"}
    required = {xform_name(name, "-") for name in shape.required_members} if shape else set()
    assert (program, given - known, required - given) == ("aws", set(), set())


@pytest.mark.parametrize("name", ["a b", "$(reboot)", "x;y"])
def test_a_name_in_a_command_is_one_word(name):
    (_, cure) = COMMANDS[0]
    assert name in shlex.split(written(cure, Address("user", name)))


@pytest.mark.parametrize("check", ROWS, ids=lambda one: one.key)
def test_a_check_says_what_why_and_how(check):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.key)
    for text in (check.why, check.about):
        assert text.endswith(".")
    assert not check.title.endswith(".")
    assert check.why.count(".") - check.why.count("X.509") <= 1, "one sentence"
    assert len(check.title) <= 60


def test_keys_stand_once():
    assert len(CHECKS) == len(ROWS)
