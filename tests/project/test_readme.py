"""The README and the pages of `iamspec explain` say what the program does: examples, help, commands, the demo's output."""

import ast
import contextlib
import json
import os
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import get_args

import click
import pytest
from inside import Inside
from places import ROOT
from pydantic import BaseModel
from test_schemas import complaints

from iamspec.cli import FORMAT_NAMES, cli, main
from iamspec.commands.validate import validate
from iamspec.desired.load import file_shape
from iamspec.desired.source import parse_yaml
from iamspec.kinds.operations import PLANNED

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def dedented(indent: str, text: str) -> str:
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


BLOCKS = [(language, dedented(indent, text)) for indent, language, text in BLOCK.findall(README)]
YAML = [text for language, text in BLOCKS if language == "yaml"]
EVERY_KEY = ROOT / "examples" / "acme-prod"
WHOLE = [path.read_text(encoding="utf-8") for path in sorted(EVERY_KEY.glob("*.yaml"))]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "iamspec/commands/data/guides").iterdir()}
TEXTS = {"README.md": README, **PAGES}
LINES = [line for language, text in BLOCKS if language == "console" for line in text.splitlines()]


def marked(mark: str, language: str) -> list[str]:
    """The blocks that stand below a comment."""
    return re.findall(rf"^<!-- {re.escape(mark)} -->\n```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


# The spec


def test_the_spec_with_every_key_is_valid_and_nothing_about_it_is_worth_a_warning():
    spec, warnings = validate([str(EVERY_KEY)])
    assert warnings == []
    assert sorted(map(str, spec.entities)) == [
        "account/alias",
        "group/admins",
        "group/developers",
        "group/legacy-ops",
        "identity-provider/github",
        "identity-provider/gitlab",
        "identity-provider/okta",
        "instance-profile/fleet",
        "password-policy/account",
        "policy/deploy-artifacts",
        "policy/developer-boundary",
        "role/deployer",
        "user/alice",
        "user/bot",
        "user/break-glass",
        "user/carol",
        "user/contractor",
        "user/dave",
    ]


@pytest.mark.parametrize("text", YAML, ids=lambda text: text.split(":")[0])
def test_a_piece_of_a_spec_in_the_readme_is_valid_by_itself(text, tmp_path):
    (tmp_path / "iamspec.yaml").write_text(text, encoding="utf-8")
    validate([str(tmp_path)])


def test_every_key_of_the_spec_is_shown():
    """Kills: a key that only readers of the source know."""
    shown: set[str] = set()
    for text in (*WHOLE, *YAML):
        collect(parse_yaml(text, "iamspec.yaml").data, shown)
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


def test_the_spec_with_every_key_fits_the_schema():
    short = [one for text in [*WHOLE, *YAML] for one in complaints(text) if not re.search("renamed_from|deny", one)]
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


def test_the_formats_are_all_named():
    assert {name for name in FORMAT_NAMES if name not in PAGES["formats.txt"]} == set()


VERBS = {"makes", "manages", "plans", "writes", "answers", "looks", "never", "ends"}  # of sentences about iamspec
COMMANDS = sorted({line for line in LINES if line.startswith("iamspec ")})
INLINE = sorted(set(re.findall(r"`(iamspec [a-z][^`…\[]*)`", README)))


@pytest.mark.parametrize("line", [*COMMANDS, *INLINE])
def test_a_command_line_in_the_readme_is_one_that_the_program_takes(line):
    """Kills: an option that was renamed."""
    name, *words = shlex.split(line.partition(" > ")[0])[1:]
    command = cli.commands[name]
    context = click.Context(command, info_name=name, **cli.context_settings)  # a command remembers its first --help
    command.make_parser(context).parse_args(words)


@pytest.mark.parametrize("name", TEXTS)
def test_the_options_and_commands_in_a_text_exist(name):
    """Kills: a page that explains an option of an older version."""
    every = [one for top in cli.commands.values() for one in (top, *getattr(top, "commands", {}).values())]
    known = {option for one in every for param in one.params for option in param.opts}
    assert set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", TEXTS[name])) - known - {"--help", "--version"} == set()
    assert (
        set(re.findall(r"\biamspec ([a-z]+)\b(?=[ ,.`:])", PAGES.get(name, ""))) - VERBS - cli.commands.keys() == set()
    )


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
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


def allowed(printed: str) -> set[str]:
    """The actions in a policy that `iamspec permissions` printed."""
    lists = [one["Action"] for one in json.loads(printed)["Statement"]]
    return {action for actions in lists for action in ([actions] if isinstance(actions, str) else actions)}


def reads() -> set[str]:
    """The reads that the source of the program names."""
    name = re.compile(r'"((?:Get|List|Describe|Simulate|Generate)[A-Z]\w+)"')
    files = [
        path
        for path in (ROOT / "iamspec").rglob("*.py")
        if not {"sandbox", "permissions", "delivery", "status", "fleet"} & set(path.relative_to(ROOT).parts)
        and path.name != "snapshot.py"
    ]
    found = {one for path in files for one in name.findall(path.read_text(encoding="utf-8"))} - {
        "GetCallerIdentity",
        "DescribeSecret",
    }
    services = {"DescribeStackResources": "cloudformation", "GetResources": "tag"}
    return {f"{services.get(one, 'iam')}:{one}" for one in found}


def test_the_policy_for_reading_allows_each_read_of_the_program_and_nothing_else(output):
    """Kills: a read that was added, and is refused to everybody who follows the README."""
    assert allowed(output("iamspec permissions --for plan")) == reads()


def test_the_policy_for_applying_allows_each_call_of_a_plan_and_the_reads(output):
    writes = {f"iam:{one}" for one in (*PLANNED, "PassRole")}
    assert allowed(output("iamspec permissions --for any")) == writes | reads()


# The demo


def test_the_demo_does_what_the_readme_shows(tmp_path):
    """Each excerpt is in the output, in order and in one piece. `…` stands for left-out lines.

    The sandbox is a process. Each command in it is answered here.
    """
    programs, home = tmp_path / "bin", tmp_path / "home"
    programs.mkdir()
    home.mkdir()
    command = [sys.executable, "-m", "iamspec", "sandbox", "--", str(ROOT / "examples/demo.sh")]
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.defpath])
    environment = {"PATH": path, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(ROOT)}
    with contextlib.closing(Inside(programs, {"iamspec": main})) as inside:
        code, shown = inside.run(command, ROOT, environment)
    assert code == 0, shown
    assert "https://acme-startup.signin.aws.amazon.com/console" in shown.splitlines()
    assert shown.splitlines()[-1].startswith("  iamspec explain ")  # what to do next; nothing is on standard error
    position = 0
    for excerpt in marked("make demo", "text"):
        for piece in re.split(r"^…\n", excerpt, flags=re.MULTILINE):
            position = shown.find(piece, position)
            assert position >= 0, f"not in the output, or not there:\n{piece}\n{shown}"
            position += len(piece)
    assert list(home.iterdir()) == []


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
