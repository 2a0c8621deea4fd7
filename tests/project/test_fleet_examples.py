"""The recipes of a fleet do what they say: their roles, and their shell steps as they stand, over a sandbox."""

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml
from fleets import Line, account, fingerprint, inside, organized
from inside import Inside
from places import ROOT

from iamspec.cli import main
from iamspec.commands.validate import validate
from iamspec.desired.lint import findings
from iamspec.policy.document import Document
from iamspec.review import permissions
from iamspec.review.permissions.authorization import reads, report, status
from iamspec.review.permissions.folding import folded

FLEET = ROOT / "examples/fleet"
KUBERNETES = list(yaml.safe_load_all((FLEET / "kubernetes.yaml").read_text(encoding="utf-8")))
ALLOWED = ["--allow", "external-trust:role/iamspec-apply", "--allow", "external-trust:role/iamspec-read"]
WORKFLOW = yaml.safe_load((FLEET / "github-actions.yml").read_text(encoding="utf-8"))


@pytest.fixture
def sandbox(monkeypatch):
    with organized(4, monkeypatch) as sandbox:
        yield sandbox


@pytest.fixture
def line(capsys):
    return Line(capsys)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The examples in a folder of their own."""
    folder = Path(shutil.copytree(FLEET, tmp_path / "fleet"))
    monkeypatch.chdir(folder)
    return folder


def grants(document):
    found = document["Statement"]
    return {
        (action, resource)
        for one in found
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        for resource in ([one["Resource"]] if isinstance(one["Resource"], str) else one["Resource"])
    }


def test_the_roles_of_an_account_have_what_the_program_asks_for_and_no_more():
    """Kills: an example that falls behind the program; a reading role that can write."""
    if os.environ.get("IAMSPEC_GOLDEN") == "write":
        needs = folded([*reads(permissions.EVERYWHERE), *status(), *report()])[0]
        for name, document in (("read", needs), ("manage", permissions.managing().document)):
            place = FLEET / f"spoke/policies/{name}.json"
            place.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        pytest.skip("written; read the diff")
    read, manage = (
        json.loads((FLEET / f"spoke/policies/{name}.json").read_text(encoding="utf-8")) for name in ("read", "manage")
    )
    wanted = grants(permissions.reading().document) | grants(permissions.watching().document)
    assert grants(read) == wanted, "write them anew with IAMSPEC_GOLDEN=write"
    assert Document(manage) == Document(permissions.managing().document)


@pytest.mark.parametrize("name", ["hub", "spoke"])
def test_the_specs_of_the_roles_are_valid_and_only_known_risks_are_warned_of(name):
    spec, warnings = validate([str(FLEET / name)])
    assert warnings == []
    assert [finding for finding in findings(spec) if finding.reason is None] == []


def test_the_fleet_is_made_in_an_organization_from_the_roles_on(sandbox, copy, line):
    """The roles are made through the role of AWS Organizations; then the fleet validates, offline."""
    assert line("plan", "bootstrap.yaml", "--out", "refused") == 1
    assert "Refused: the same in 4 accounts\n  refused  external-trust  role/iamspec-apply: " in line.out
    assert line("plan", "bootstrap.yaml", "--out", "roles", *ALLOWED) == 0
    assert "4 accounts: 0 in error, 4 to change" in line.out
    assert line("apply", "roles", "--expect", fingerprint("roles"), *ALLOWED) == 0
    roles = inside(sandbox, account(3)).list_roles(PathPrefix="/iamspec/")["Roles"]
    assert sorted(one["RoleName"] for one in roles) == ["iamspec-apply", "iamspec-read"]
    assert line("plan", "bootstrap.yaml", "--detailed-exitcode") == 0
    assert line("validate") == 0
    assert line.out == "ok: 3 accounts\n"


# The recipes, with the roles that the sandbox has


@pytest.fixture
def shell(sandbox, copy):
    """The fleet with the role that every member of the sandbox has, and a shell whose program is answered here."""
    path = copy / "fleet.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("role/iamspec/iamspec-apply", "role/OrganizationAccountAccessRole")
    path.write_text(text.replace('  read_arn: "', '  # read_arn: "').replace("  external_id:", "  # external_id:"))
    people = copy / "common/people.yaml"
    kept = [one for one in people.read_text(encoding="utf-8").splitlines(keepends=True) if "  iamspec-" not in one]
    people.write_text("".join(kept), encoding="utf-8")
    tools = copy / "bin"
    tools.mkdir()
    program = Inside(tools, {"iamspec": main})
    environment = dict(os.environ) | {
        "PATH": f"{tools}:{os.defpath}",
        "RESULTS": str(copy),
        "FLEET": str(copy),
        "SHARDS": "2",
        "HOSTNAME": "pod",
    }

    def run(script, *words, **more):
        command = ["bash", "-euo", "pipefail", "-c", script, "bash", *words]
        code, printed = program.run(command, copy, environment | more)
        assert code == 0, printed
        return printed

    yield run
    program.close()


def test_an_indexed_job_leaves_parts_that_the_second_job_merges(shell, copy):
    scripts = [job["spec"]["template"]["spec"]["containers"][0]["args"][0] for job in KUBERNETES]
    for index in ("0", "1"):
        shell(scripts[0], JOB_COMPLETION_INDEX=index)
    assert "Fleet plan: 4 accounts: 0 in error, 4 to change" in shell(scripts[1])
    assert (copy / "whole/fleet.json").is_file()


def test_an_array_job_leaves_parts_that_its_report_merges(shell, copy):
    script = (copy / "aws-batch.sh").read_text(encoding="utf-8")
    for index in ("0", "1"):
        shell(script, AWS_BATCH_JOB_ARRAY_INDEX=index)
    assert "Fleet plan: 4 accounts: 0 in error, 4 to change" in shell(script, "report")
    json.loads((copy / "aws-batch.json").read_text(encoding="utf-8"))


def test_the_workflow_plans_in_parts_comments_once_and_applies_what_was_read(shell, copy):
    def step(job, name):
        return next(one["run"] for one in WORKFLOW["jobs"][job]["steps"] if one.get("name") == name)

    given = {"COMMAND": "plan", "GITHUB_STEP_SUMMARY": str(copy / "summary.md")}
    shell(step("validate", "Validate"), **given)
    for number in ("1", "2"):
        shell(step("part", "Part"), **given, NUMBER=number)
    shell(step("report", "Report"), **given)
    assert "the same" in (copy / "summary.md").read_text()
    shell(step("apply", "Apply"), **given, FINGERPRINT=fingerprint(copy / "whole"))
    uses = [one["uses"] for job in WORKFLOW["jobs"].values() for one in job["steps"] if "uses" in one]
    assert [one for one in uses if len(one.partition("@")[2].split()[0]) != 40] == []
