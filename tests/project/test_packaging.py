"""The packages have the tested code: the wheel, the sdist, the bill of materials, the image."""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from importlib.metadata import distribution

import pytest
from places import ROOT

BUILD = "import sys, setuptools.build_meta as build; print(getattr(build, f'build_{sys.argv[1]}')(sys.argv[2]))"


def tracked(folder):
    done = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout:
        pytest.skip("these files are not in a git work tree")
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with wheel and sdist, built out of a copy of the files that belong to them."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in sorted(tracked("iamspec") | tracked("pyproject.toml") | tracked("README.md") | tracked("LICENSE")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    for kind in ("wheel", "sdist"):
        command = [sys.executable, "-c", BUILD, kind, str(out)]
        subprocess.run(command, cwd=source, check=True, capture_output=True)
    return out


def test_the_wheel_has_every_file_of_the_package(built):
    """Kills: a data file that only a checkout has, and a program that fails once it is installed."""
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        found = {name for name in wheel.namelist() if name.startswith("iamspec/")}
    assert found == tracked("iamspec")


def test_the_metadata_is_complete(built):
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        (name,) = (one for one in wheel.namelist() if one.endswith("METADATA"))
        metadata = message_from_string(wheel.read(name).decode("utf-8"))
    assert {
        key: metadata[key] for key in ("Name", "License-Expression", "Requires-Python", "Description-Content-Type")
    } == {
        "Name": "iamspec",
        "License-Expression": "Apache-2.0",
        "Requires-Python": ">=3.11",
        "Description-Content-Type": "text/markdown",
    }
    links = {one.partition(",")[0] for one in metadata.get_all("Project-URL")}
    assert {"Documentation", "Changelog", "Source", "Issues"} <= links
    assert metadata["Summary"]
    assert metadata["License-File"] == "LICENSE"
    assert len(metadata.get_payload()) > 1000


def test_the_sdist_builds_the_same_package(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert tracked("iamspec") | {"pyproject.toml", "README.md", "LICENSE"} <= names


def test_the_wheel_runs_without_the_checkout(built, tmp_path):
    """Kills: a package that finds its data beside the sources alone."""
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(tmp_path / "installed")  # noqa: S202 - it was built a moment ago
    spec = tmp_path / "spec"
    spec.mkdir()
    (spec / "iamspec.yaml").write_text("users: {ann: {policies: [aws:ReadOnlyAccess]}}\n", encoding="utf-8")
    script = "import sys; sys.path.insert(0, sys.argv.pop(1)); from iamspec.cli import run; run()"
    for words, expected in (
        (["validate", "."], "ok: 1 user"),
        (["explain", "users.console"], "users.NAME.console"),
        (["init", "../new"], "iamspec.yaml"),
        (["access", "ann", "s3:GetObject"], "allowed"),
    ):
        done = subprocess.run(
            [sys.executable, "-I", "-c", script, str(tmp_path / "installed"), *words],
            cwd=spec,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, expected in done.stdout + done.stderr) == (0, True), done.stderr


def test_the_bill_of_materials_names_what_is_installed():
    """Kills: an SBOM that is a list of wishes, and one that is other every time."""
    made = [
        subprocess.run([sys.executable, "tools/sbom.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert made[0] == made[1]
    bom = json.loads(made[0])
    names = {one["name"] for one in bom["components"]}
    needs = [one for one in distribution("iamspec").requires or () if "extra" not in one]
    wanted = {re.sub("[-_.]+", "-", re.split(r"[^\w.-]", one)[0].lower()) for one in needs}
    assert {"bomFormat": bom["bomFormat"], "specVersion": bom["specVersion"]} == {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
    }
    assert wanted | {"botocore", "pydantic-core"} <= names
    assert not names & {"moto", "pytest", "hypothesis", "mypy", "iamspec"}
    refs = {bom["metadata"]["component"]["bom-ref"], *(one["bom-ref"] for one in bom["components"])}
    assert {one["ref"] for one in bom["dependencies"]} == refs
    assert {need for one in bom["dependencies"] for need in one["dependsOn"]} <= refs
    assert all(one["purl"].startswith("pkg:pypi/") and one["version"] for one in bom["components"])


def test_the_image_runs_as_nobody_in_particular():
    """Kills: a container that runs as root."""
    lines = (ROOT / "examples/Dockerfile").read_text(encoding="utf-8").splitlines()
    orders = [line for line in lines if line and not line.startswith("#")]
    last_stage = orders[max(index for index, line in enumerate(orders) if line.startswith("FROM ")) :]
    users = [line for line in last_stage if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]
    assert last_stage.index(users[0]) < next(n for n, line in enumerate(last_stage) if line.startswith("ENTRYPOINT"))
    copied = {
        word for line in orders if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    assert {one for one in copied if not (ROOT / one).exists()} == set()
