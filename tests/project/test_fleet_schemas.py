"""The committed schemas of a fleet are the program's own, and fit what the program reads and writes."""

import json

import jsonschema
import pytest
import yaml
from fleets import account
from places import ROOT

from iamspec.errors import InvalidSpec
from iamspec.fleet.file import read
from iamspec.fleet.schema import fleet_schema, results_schema, text
from iamspec.fleet.tasks import Applied, Reach, Result, Task

FLEET = json.loads((ROOT / "schemas/fleet.schema.json").read_text(encoding="utf-8"))
RESULTS = json.loads((ROOT / "schemas/fleet-results.schema.json").read_text(encoding="utf-8"))
FILES = sorted(
    path
    for path in (ROOT / "examples").rglob("*.yaml")
    if "/fleet.schema.json" in path.read_text(encoding="utf-8").splitlines()[0]
)


def test_the_committed_schemas_are_those_of_the_program():
    """`make schemas` writes them anew."""
    for place in ("schemas", "iamspec/desired/data"):
        assert text(fleet_schema()) == (ROOT / place / "fleet.schema.json").read_text(encoding="utf-8")
    assert text(results_schema()) == (ROOT / "schemas/fleet-results.schema.json").read_text(encoding="utf-8")
    for schema in (FLEET, RESULTS):
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_fleets_of_the_examples_fit_the_schema_and_the_program(path):
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), FLEET)
    assert read(str(path)).spec.paths


WRONG = {
    "no accounts": "paths: [common]",
    "no paths": "organization: {}",
    "unknown key": "organization: {}\npaths: [common]\nexecutor: threads",
    "short id": 'accounts: [{id: "12345678901"}]\npaths: [common]',
    "odd name": 'accounts: [{id: "123456789012", name: "pr od"}]\npaths: [common]',
    "empty wave": "organization: {}\npaths: [common]\nwaves: [{accounts: []}]",
    "nobody at a time": "organization: {}\npaths: [common]\nwaves: [{max_concurrent: 0}]",
}


@pytest.mark.parametrize("written", WRONG.values(), ids=WRONG)
def test_what_the_schema_refuses_the_program_refuses(written, tmp_path):
    (tmp_path / "fleet.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(written), FLEET)
    with pytest.raises(InvalidSpec):
        read(str(tmp_path / "fleet.yaml"))


def test_tasks_and_results_fit_their_schema():
    task = Task(command="plan", account=account(1), folder="/fleet", paths=["common"], reach=Reach())
    applied = Applied(done=1, failed=0, held=0, lines=[], proved=True)
    for one in (task, Result(command="apply", account=account(1), applied=applied)):
        jsonschema.validate(json.loads(one.model_dump_json()), RESULTS)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"command": "plan", "account": account(1), "secret": "x"}, RESULTS)
