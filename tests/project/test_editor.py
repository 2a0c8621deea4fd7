"""What people see in an editor: yaml-language-server with the schema completes, explains, and underlines as validate refuses.

It runs where IAMSPEC_YAML_SERVER names the program, such as node_modules/.bin/yaml-language-server.
"""

import os

import pytest
from editor import Editor
from places import ROOT
from test_schema_refuses import WRONG

SERVER = os.environ.get("IAMSPEC_YAML_SERVER", "")
NOT_THERE = {"absent: {users: {m: yesterday}}"}  # the server does not look at the formats of dates

pytestmark = pytest.mark.skipif(not SERVER, reason="IAMSPEC_YAML_SERVER names no yaml-language-server")


@pytest.fixture(scope="module")
def editor():
    found = Editor([SERVER], (ROOT / "schemas/iamspec.schema.json").as_uri())
    yield found
    found.close()


@pytest.mark.parametrize("text", sorted(WRONG.keys() - NOT_THERE))
def test_an_editor_underlines_what_validate_refuses(text, editor):
    assert editor.open(text)[1] != []


@pytest.mark.parametrize("name", ["users.yaml", "groups.yaml", "iamspec.yaml"])
def test_an_editor_takes_an_example(name, editor):
    text = (ROOT / "examples/startup" / name).read_text(encoding="utf-8")
    assert editor.open(text.partition("\n")[2])[1] == []


def test_an_editor_completes_keys_and_the_inside_of_documents(editor):
    statement = "policies:\n  p:\n    document:\n      Statement:\n        - "
    assert {"access_keys", "console", "groups"} <= editor.complete("users:\n  a:\n    ")
    assert editor.complete(f"{statement}Effect: ") == {"Allow", "Deny"}
    assert "s3:GetObject" in editor.complete(f"{statement}Action: ")
    assert {"StringEquals", "IpAddress", "Null"} <= editor.complete(f"{statement}Condition:\n            ")


def test_an_editor_explains_a_key(editor):
    text = "users:\n  a:\n    access_keys:\n      rotate_after_days"
    assert "Age in days at which iamspec starts to replace" in editor.hover(f"{text}: 90")
