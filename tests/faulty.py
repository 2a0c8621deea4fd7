"""Specs with faults, written into a folder, and what `validate` says of them."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from iamspec.commands.validate import validate
from iamspec.desired.spec_file import KNOWN as SECTIONS
from iamspec.errors import InvalidSpec
from iamspec.kinds import KINDS

Files = Mapping[str, str | bytes] | str | bytes
Table = dict[str, tuple[Files, list[str]]]  # the files of a spec below the PATH `spec`, and all that is wrong with them

DOC = "{Version: 2012-10-17, Statement: {Effect: Allow, Action: s3:GetObject, Resource: '*'}}"
JSON = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'

KNOWN = ", ".join(SECTIONS)
NAMED = "policies: {p: {document: {file: doc.json}}}\n"
LACKS = (
    "spec/a.yaml:1:26: policy/p: document: this is no policy document, since it has no Statement; "
    'write an object with "Version" and "Statement"'
)


def fields(kind: str) -> str:
    """The keys that an entity of a kind may have, as messages list them."""
    return ", ".join(sorted(KINDS[kind].shape.model_fields))


def written(folder: Path, files: Files) -> Path:
    """The files below `spec` in a folder; one alone is `a.yaml`, and DOC and JSON in a text stand for a document."""
    for name, content in (files if isinstance(files, Mapping) else {"a.yaml": files}).items():
        path = Path(os.path.normpath(folder / "spec" / name))
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, bytes) else content.replace("DOC", DOC).replace("JSON", JSON).encode()
        path.write_bytes(text)
    return folder / "spec"


def faults(folder: Path, files: Files | None = None, *paths: str) -> list[str]:
    """Every issue of the spec in a folder, or in PATHs in it, as people read it."""
    if files is not None:
        written(folder, files)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with pytest.raises(InvalidSpec) as refused:
            validate(paths or ["spec"])
    return list(map(str, refused.value.issues))


def warnings(folder: Path, files: Files) -> list[str]:
    """What is only worth a word in a spec without faults."""
    written(folder, files)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return list(map(str, validate(["spec"])[1]))
