"""The first files of a spec: names to edit, or the live account, and a workflow for CI on demand.

The result is text by path. Nothing is written, so that a refusal
changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from iamspec.desired.published import schema_text
from iamspec.errors import IamspecError

DATA = Path(__file__).parent / "data"
SCHEMA = ".iamspec.schema.json"
SCHEMA_LINE = "# yaml-language-server: $schema={path}\n"
EMPTY_WITH = frozenset({".git", ".hg", ".svn", ".iamspec"})  # what an empty folder may have: version control, journals
WORKFLOWS = {
    "github": (".github/workflows/iam.yml", "github-actions.yml"),
    "gitlab": (".gitlab-ci.yml", "gitlab-ci.yml"),
}
ROLES = {"github": ".github/iamspec-roles.yaml", "gitlab": ".gitlab/iamspec-roles.yaml"}
SPEC_LINE = 'SPEC: "."'
IGNORED = """\
# Journals, passwords, saved plans and snapshots are nobody else's business.
.iamspec/
handover/
*.plan.json
snapshot*.json
"""
SETTINGS = """\
# The settings of the spec stand in this file and in no other, so that one
# owner can review them. `iamspec explain KEY` says what a key means.
version: 1
account:
{id}
  password_policy:
    minimum_password_length: 14
    require_uppercase_characters: true
    require_lowercase_characters: true
    require_numbers: true
    require_symbols: true
    password_reuse_prevention: 24
    allow_users_to_change_password: true # or nobody gets past the first sign-in
# While this is false, undeclared entities are only listed. Set it to true when
# `iamspec plan` lists nothing undeclared that should stay: apply then deletes
# the rest.
prune: false
"""
USERS = """\
# Everybody who signs in, and every machine that has a key. Change the names.
users:
  ana:
    groups: [administrators]
    console: true
  ben:
    groups: [developers]
    console: true
"""
GROUPS = """\
# People get permissions through groups alone, so that one can see who may do what.
groups:
  administrators:
    policies: [aws:AdministratorAccess]
  developers:
    policies: [aws:ReadOnlyAccess]
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a spec: the folder as typed, and the root of its repository.

    A workflow stands in the root.
    """

    folder: Path
    root: Path

    @property
    def inside(self) -> str:
        """The folder as the repository names it. `.` is its root."""
        return self.folder.resolve().relative_to(self.root.resolve()).as_posix()


def place_of(typed: str) -> Place:
    """The place of a new spec. Raises IamspecError if the folder has files."""
    folder = Path(typed)
    if folder.exists() and not folder.is_dir():
        raise IamspecError(f"{typed} is a file; {_elsewhere()}")
    found = sorted(one.name for one in folder.iterdir() if one.name not in EMPTY_WITH) if folder.exists() else []
    if found:
        shown = ", ".join(found[:3]) + (" …" if len(found) > 3 else "")
        raise IamspecError(f"{typed} has files ({shown}), and init overwrites nothing; {_elsewhere()}")
    return Place(folder, _root(folder))


def _elsewhere() -> str:
    """The advice to take a folder that is not there yet."""
    free = next((name for name in ("iam", "iam-spec") if not Path(name).exists()), "DIR")
    return f"name a new folder, as in `iamspec init {free}`"


def _root(folder: Path) -> Path:
    """The root of the git repository around a folder.

    Without a repository it is the current folder, or else the
    folder itself.
    """
    here, current = folder.resolve(), Path.cwd()
    around = next((one for one in (here, *here.parents) if (one / ".git").exists()), None)
    return around or (current if here.is_relative_to(current) else here)


def starter(account_id: str | None) -> dict[str, str]:
    """The files of a spec to begin with, by their names."""
    written = f'  id: "{account_id}"' if account_id else '  # id: "123456789012" # plan and apply then refuse any other'
    return {"iamspec.yaml": SETTINGS.format(id=written), "users.yaml": USERS, "groups.yaml": GROUPS}


def with_editor(files: Mapping[str, str]) -> dict[str, str]:
    """The files, each with the line by which editors find the schema, and the schema itself."""
    led = {name: SCHEMA_LINE.format(path=f"{'../' * name.count('/')}{SCHEMA}") + text for name, text in files.items()}
    return {**led, SCHEMA: schema_text(), ".gitignore": IGNORED}


def workflow(ci: str, place: Place) -> dict[Path, str]:
    """The workflow by path. Raises IamspecError if a workflow, or the spec of its roles, is there already."""
    path, source = WORKFLOWS[ci]
    text = (DATA / source).read_text(encoding="utf-8").replace(SPEC_LINE, f'SPEC: "{place.inside}"')
    if there := [str(one) for one in (place.root / path, place.root / ROLES[ci]) if one.exists()]:
        raise IamspecError(f"{there[0]} is there already, and init overwrites nothing; leave --ci out")
    return {place.root / path: text}


def roles(ci: str, place: Place, *, imported: bool) -> dict[Path, str]:
    """The spec of the roles by path.

    The role of the nights fits the spec that was `imported` into
    the folder.
    """
    from iamspec.commands.ci_roles import spec  # noqa: PLC0415 - loads the permissions of every call
    from iamspec.commands.validate import validate  # noqa: PLC0415

    of = validate([str(place.folder)])[0] if imported else None
    return {place.root / ROLES[ci]: spec(ci, ROLES[ci], of=of)}


def next_steps(typed: str, *, imported: bool) -> Iterator[tuple[str, str]]:
    """Commands to go on with, and what each does."""
    path = "" if typed == "." else f" {typed}"
    if imported:
        yield f"git add{path or ' .'} && git commit -m 'IAM as it is'", ""
        yield f"iamspec plan{path}", "shows what a change to the files would do"
        yield f"iamspec status{path}", "shows what to mend first"
        return
    yield f"iamspec validate{path}", "checks the files"
    yield f"iamspec sandbox -- iamspec plan{path}", "tries them on this machine"
    yield f"iamspec plan{path}", "shows what apply would do"
