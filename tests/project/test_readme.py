"""What the README says is what the program does: its examples, help, tables, policies, commands and the demo's output."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import click
import pytest
from places import ROOT
from pydantic import BaseModel
from test_schemas import complaints

from iamspec.cli import FORMAT_NAMES, cli, main
from iamspec.commands.validate import validate
from iamspec.desired.lint import RULES
from iamspec.desired.load import file_shape
from iamspec.desired.source import parse_yaml
from iamspec.kinds.operations import PLANNED
from iamspec.review.guard import GUARDS

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def dedented(indent: str, text: str) -> str:
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


BLOCKS = [(language, dedented(indent, text)) for indent, language, text in BLOCK.findall(README)]
YAML = [text for language, text in BLOCKS if language == "yaml"]
WHOLE = {text.splitlines()[0].removeprefix("# acme-prod/"): text for text in YAML if text.startswith("# acme-prod/")}
PARTS = [text for text in YAML if not text.startswith("# acme-prod/")]
LINES = [line for language, text in BLOCKS if language == "console" for line in text.splitlines()]


def marked(mark: str, language: str) -> list[str]:
    """The blocks that stand below a comment."""
    return re.findall(rf"^<!-- {re.escape(mark)} -->\n```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


# The spec


@pytest.fixture
def whole(tmp_path):
    """The spec that the README shows in several files."""
    for name, text in WHOLE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_spec_in_the_readme_is_valid_and_nothing_about_it_is_worth_a_warning(whole):
    spec, warnings = validate([str(whole)])
    assert warnings == []
    assert sorted(map(str, spec.entities)) == [
        "account/alias",
        "group/admins",
        "group/developers",
        "group/legacy-ops",
        "password-policy/account",
        "policy/deploy-artifacts",
        "policy/developer-boundary",
        "user/alice",
        "user/bot",
        "user/break-glass",
        "user/carol",
        "user/contractor",
        "user/dave",
    ]


@pytest.mark.parametrize("text", PARTS, ids=lambda text: text.split(":")[0])
def test_a_part_of_a_spec_in_the_readme_is_valid_by_itself(text, tmp_path):
    (tmp_path / "iamspec.yaml").write_text(text, encoding="utf-8")
    validate([str(tmp_path)])


def test_every_key_of_the_spec_is_shown():
    """Kills: a key that only readers of the source know."""
    shown: set[str] = set()
    for text in (*(text for name, text in WHOLE.items() if not name.startswith("policies/")), *PARTS):
        collect(parse_yaml(text, "README.md").data, shown)
    assert fields(file_shape()) - shown == set()


def collect(data, shown: set[str]) -> None:
    if isinstance(data, dict):
        shown |= set(map(str, data))
        for value in data.values():
            collect(value, shown)
    elif isinstance(data, list):
        for value in data:
            collect(value, shown)


def fields(annotation) -> set[str]:
    """The names of the keys in a shape and in all shapes below it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        below = [fields(one.annotation) for one in annotation.model_fields.values()]
        return set(annotation.model_fields).union(*below)
    return set().union(*map(fields, get_args(annotation)))


def test_the_specs_in_the_readme_fit_the_schema():
    texts = [text for name, text in WHOLE.items() if not name.startswith("policies/")] + PARTS
    short = [one for text in texts for one in complaints(text) if not re.search("renamed_from|deny", one)]
    assert short == []


# The commands


SHOWN = re.compile(r"^<!-- (iamspec [^\n]*) -->\n```(text|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def output(monkeypatch, capsys):
    """What a command line that is shown prints, in the folder of the project."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")

    def printed(line: str) -> str:
        assert main(shlex.split(line)[1:]) == 0
        return capsys.readouterr().out

    return printed


def test_the_outputs_in_the_readme_are_what_the_program_prints(output):
    """Written anew with IAMSPEC_GOLDEN=write."""
    if os.environ.get("IAMSPEC_GOLDEN") == "write":
        text = SHOWN.sub(lambda found: f"<!-- {found[1]} -->\n```{found[2]}\n{output(found[1])}```", README)
        (ROOT / "README.md").write_text(text, encoding="utf-8")
        pytest.skip("written; read the diff")
    found = SHOWN.findall(README)
    assert [(line, output(line)) for line, _, _ in found] == [(line, text) for line, _, text in found]


def table(column: str) -> list[str]:
    """The first cells of the table whose first column is headed like that."""
    rows = README.partition(f"| {column} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [row.split(" | ")[0].removeprefix("| ").strip("`") for row in rows]


def test_the_table_of_commands_has_every_command():
    assert sorted(row.split()[1] for row in table("Command")) == sorted(cli.commands)


def test_the_table_of_guards_has_every_guard():
    assert table("Guard") == sorted(GUARDS)


def test_the_warnings_of_lint_are_all_named():
    sentence = README.partition("`iamspec lint` warns of")[2].partition("What is known")[0]
    assert re.findall("`([a-z0-9-]+)`", sentence) == sorted(RULES)


def test_the_formats_are_all_named():
    section = README.partition("### Formats")[2].partition("###")[0]
    assert {name for name in FORMAT_NAMES if f"`{name}`" not in section and f"--format {name}`" not in section} == set()


COMMANDS = sorted({line for line in LINES if line.startswith("iamspec ")})
INLINE = sorted(set(re.findall(r"`(iamspec [a-z][^`…\[]*)`", README)))


@pytest.mark.parametrize("line", [*COMMANDS, *INLINE])
def test_a_command_line_in_the_readme_is_one_that_the_program_takes(line):
    """Kills: an option that was renamed."""
    name, *words = shlex.split(line.partition(" > ")[0])[1:]
    command = cli.commands[name]
    context = click.Context(command, info_name=name, **cli.context_settings)  # a command remembers its first --help
    command.make_parser(context).parse_args(words)


def test_the_options_in_the_text_exist():
    known = {option for one in cli.commands.values() for param in one.params for option in param.opts}
    assert set(re.findall(r"`(--[a-z-]+)", README)) - known == set()


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_a_link_leads_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    links = re.findall(r"\]\(([^)]+)\)", text)
    missing = [link for link in links if not link.startswith(("http", "#")) and not (ROOT / link).exists()]
    assert missing + [link for link in links if link.startswith("#") and link[1:] not in headings] == []


# The policies


def allowed(command: str) -> set[str]:
    """The actions in the policy that the README shows below a command."""
    statements = [json.loads(text)["Statement"] for line, _, text in SHOWN.findall(README) if line == command]
    lists = [one["Action"] for found in statements for one in found]
    return {action for actions in lists for action in ([actions] if isinstance(actions, str) else actions)}


REPORT = {
    "iam:GenerateCredentialReport",
    "iam:GetCredentialReport",
}  # of one command, whose policy is printed with --for


def reads() -> set[str]:
    """The reads that the source of the program names."""
    name = re.compile(r'"((?:Get|List|Describe|Simulate|Generate)[A-Z]\w+)"')
    files = [
        path
        for path in (ROOT / "iamspec").rglob("*.py")
        if not {"sandbox", "permissions", "delivery", "status"} & set(path.parts) and path.name != "snapshot.py"
    ]
    found = {one for path in files for one in name.findall(path.read_text(encoding="utf-8"))} - {
        "GetCallerIdentity",
        "DescribeSecret",
    }
    return {"cloudformation:" + one if one == "DescribeStackResources" else "iam:" + one for one in found}


def test_the_policy_for_reading_allows_each_read_of_the_program_and_nothing_else():
    """Kills: a read that was added, and is refused to everybody who follows the README."""
    assert allowed("iamspec permissions --for plan") == reads() - REPORT


def test_the_policy_for_applying_allows_each_call_of_a_plan_and_the_reads():
    writes = {f"iam:{one}" for one in (*PLANNED, "PassRole")}
    assert allowed("iamspec permissions --for any") == writes | reads() - REPORT


# The demo


def test_the_demo_does_what_the_readme_shows(tmp_path):
    """Each excerpt is in the output, its lines together but for what `…` leaves out, and after the one before."""
    command = [sys.executable, "-m", "iamspec", "sandbox", "--", ROOT / "examples/demo.sh"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    environment = {"PATH": path, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "https://acme-startup.signin.aws.amazon.com/console"
    position = 0
    for excerpt in marked("make demo", "text"):
        for piece in re.split(r"^…\n", excerpt, flags=re.MULTILINE):
            position = done.stdout.find(piece, position)
            assert position >= 0, f"not in the output, or not there:\n{piece}\n{done.stdout}"
            position += len(piece)
    assert list(tmp_path.iterdir()) == []


# What contributors read


def test_contributors_read_of_every_stage_and_each_package_says_where_to_start():
    """Kills: a folder that CONTRIBUTING forgets; a package without a docstring."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    folders = {name for layer in layers for name in layer.split(" | ") if (ROOT / "iamspec" / name).is_dir()}
    assert sorted(name for name in folders if f"`{name}" not in text and f"iamspec/{name}" not in text) == []
    packages = [path for path in (ROOT / "iamspec").rglob("__init__.py") if path.parent.name != "iamspec"]
    assert [path for path in packages if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None] == []
