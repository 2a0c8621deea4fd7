"""The committed schema of the spec is the program's own, and says the same of files as the program does."""

import json

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from places import ROOT

from iamspec.cli import cli
from iamspec.commands.validate import validate
from iamspec.desired.schema import text
from iamspec.errors import InvalidSpec

SCHEMA = json.loads((ROOT / "schemas/iamspec.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SPECS = sorted(
    path
    for path in (ROOT / "examples").rglob("*.yaml")
    if "iamspec.schema.json" in path.read_text(encoding="utf-8").splitlines()[0]
)


class AsEditorsRead(yaml.SafeLoader):
    """YAML 1.2, as editors read it: a day is text, and yes and no are, too."""


AsEditorsRead.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(("timestamp", "bool")) or first in "tf"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def complaints(text: str) -> list[str]:
    data = yaml.load(text, AsEditorsRead)  # noqa: S506 - it is a safe one
    return sorted(f"{one.json_path}: {one.validator}" for one in VALIDATOR.iter_errors(data))


def test_the_committed_schema_is_what_the_program_prints():
    """Kills: a key that the program knows and editors underline; `make schemas` writes the files anew."""
    printed = CliRunner().invoke(cli, ["schema"])
    assert (printed.exit_code, printed.stdout) == (0, (ROOT / "schemas/iamspec.schema.json").read_text("utf-8"))
    assert text() == printed.stdout


def test_the_schemas_are_schemas():
    for path in sorted((ROOT / "schemas").glob("*.json")):
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_example_fits_its_schema_and_leads_an_editor_to_it(path):
    text = path.read_text(encoding="utf-8")
    link = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / link).resolve() == ROOT / "schemas/iamspec.schema.json"
    assert complaints(text) == []


def test_there_are_examples():
    names = [path.relative_to(ROOT / "examples").as_posix() for path in SPECS]
    startup = ["groups.yaml", "iamspec.yaml", "policies/policies.yaml", "users.yaml"]
    assert [name for name in names if not name.startswith("fleet/")] == [f"startup/{name}" for name in startup]
    assert len(names) > len(startup)


WRONG = {
    "userz: {}": ["$: additionalProperties"],
    "users: {alice: {grups: [a]}}": ["$.users.alice: additionalProperties"],
    "users: {alice: {groups: a}}": ["$.users.alice.groups: type"],
    "users: {alice: {copy_permissions_from: [a]}}": ["$.users.alice.copy_permissions_from: type"],
    "groups: {a: {members: {alice: 1}}}": ["$.groups.a.members: type"],
    "groups: {a: {external: maybe}}": ["$.groups.a.external: type"],
    "policies: {a: {document: [1]}}": ["$.policies.a.document: anyOf"],
    "prune: maybe": ["$.prune: anyOf"],
    "prune: [accounts]": ["$.prune: anyOf"],
    "guards: {max_deletes: many}": ["$.guards.max_deletes: type"],
    "scope: {keys: ['*']}": ["$.scope: additionalProperties"],
    "version: 2\nprune: false": ["$.version: const"],
}


@pytest.mark.parametrize("text", WRONG)
def test_what_the_schema_refuses_is_refused_by_the_program_too(text, tmp_path):
    (tmp_path / "iamspec.yaml").write_text(text, encoding="utf-8")
    assert complaints(text) == WRONG[text]
    with pytest.raises(InvalidSpec):
        validate([str(tmp_path)])


RIGHT = [
    "x-anything: {a: [b]}\nusers: {alice: {}}",
    "users: {alice: {tags: {floor: 0042, on: yes, day: 2026-11-23}, permissions_boundary: null, console: true}}",
    "users: {alice: {renamed_from: {name: al, id: AIDA12}}, bob: {copy_permissions_from: alice}}",
    "tests: {a: {users: ['*'], deny: [{action: 'iam:CreateUser'}]}}\nusers: {bob: {}}",
    "prune: false\nscope: {users: ['/a/*'], exclude: {groups: [b]}}\nabsent: {users: {m: 2026-11-23}}",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_the_program_takes_fits_the_schema(text, tmp_path):
    (tmp_path / "iamspec.yaml").write_text(text, encoding="utf-8")
    validate([str(tmp_path)])
    assert complaints(text) == []


@pytest.mark.parametrize("text", ["users: {bob: {renamed_from: bo}}", "tests: {a: {users: ['*'], deny: ['iam:*']}}"])
def test_the_short_forms_fit_the_schema(text):
    assert complaints(text) == []


def test_a_version_that_does_not_exist_is_refused_in_every_file(tmp_path):
    (tmp_path / "users.yaml").write_text("version: 2\nusers: {}", encoding="utf-8")
    with pytest.raises(InvalidSpec):
        validate([str(tmp_path)])
