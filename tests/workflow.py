"""The example workflow, run here: its shell steps as they are, its actions only as far as later steps see them."""

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import github
import yaml
from inside import Inside
from places import ROOT

from iamspec.cli import main

TEXT = (ROOT / "examples/ci/github-actions.yml").read_text(encoding="utf-8")
WORKFLOW = yaml.load(TEXT, yaml.BaseLoader)  # noqa: S506 - it makes nothing but text; `on` is no boolean
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
BASE = "b" * 40
NOTHING: dict[str, Any] = {
    "commits": [],
    "comments": [],
    "issues": [],
    "labels": [],
    "pulls": [],
    "runs": [],
    "open": [],
    "reruns": [],
    "visibility": "private",
}


@dataclass
class Result:
    """The end of a job, the output of the steps, and the assumed roles."""

    code: int = 0
    printed: str = ""
    roles: list[str] = field(default_factory=list)


class Runner:
    """A machine of GitHub's for one repository: the folder has its files, `aws` leads to an account.

    With `processes` each call of iamspec is a process. Otherwise
    this process answers it.
    """

    def __init__(self, folder: Path, aws: Mapping[str, str], *, processes: bool) -> None:
        self.folder, self.aws, self.sink = folder / "work", aws, ""
        self.programs, self.artifacts, self.state = folder / "bin", folder / "artifacts", folder / "github.json"
        for one in (self.folder, self.programs, self.artifacts):
            one.mkdir()
        self.state.write_text(json.dumps({**NOTHING, "artifacts": str(self.artifacts)}), encoding="utf-8")
        self.inside = Inside(self.programs, {"gh": github.answered, **({} if processes else {"iamspec": main})})
        for name, line in {
            **({"iamspec": f"{sys.executable} -m iamspec"} if processes else {}),
            "python": f"{sys.executable} -IS",
            "pip": 'test "$*" = "install --quiet iamspec==0.1.0" #',
        }.items():
            (self.programs / name).write_text(f'#!/bin/sh\n{line} "$@"\n', encoding="utf-8")
            (self.programs / name).chmod(0o755)

    @property
    def github(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.state.read_text(encoding="utf-8"))
        return found

    def set(self, **parts: Any) -> None:
        self.state.write_text(json.dumps(self.github | parts), encoding="utf-8")

    def job(self, name: str, **inputs: str) -> Result:
        """Runs the steps of a job until one fails; `inputs` are those of a run by hand."""
        values = {
            "vars.IAMSPEC_REQUIREMENT": "iamspec==0.1.0",
            "vars.IAMSPEC_PLAN_ROLE": "arn:aws:iam::123456789012:role/iamspec-plan",
            "vars.IAMSPEC_APPLY_ROLE": "arn:aws:iam::123456789012:role/iamspec-apply",
            "vars.IAMSPEC_CLOCK_ROLE": "arn:aws:iam::123456789012:role/iamspec-clock",
            "vars.IAMSPEC_CLOCK_SINK": self.sink,
            "github.token": "a-token-that-nobody-must-see",
            "github.repository": "acme/iam",
            "github.event.pull_request.number": "7",
            "github.event.pull_request.base.sha": BASE,
            "github.event.pull_request.head.sha": "reviewed",
            "github.event.repository.visibility": self.github["visibility"],
            "inputs.fingerprint": "",
            **{f"inputs.{key}": value for key, value in inputs.items()},
        }
        result = Result()
        for step in WORKFLOW["jobs"][name]["steps"]:
            if result.code != 0 or not self._wanted(step, values):
                continue
            if "uses" in step:
                self._use(step, values, result)
            else:
                self._shell(step, values, result)
        return result

    def _wanted(self, step: Mapping[str, Any], values: Mapping[str, str]) -> bool:
        if "if" not in step:
            return True
        name, _, literal = step["if"].partition(" == ")
        return values.get(name, "") == literal.strip("'")

    def _use(self, step: Mapping[str, Any], values: Mapping[str, str], result: Result) -> None:
        given = step.get("with", {})
        if step["uses"].startswith("aws-actions/configure-aws-credentials@"):
            result.roles.append(_filled(given["role-to-assume"], values))
        if step["uses"].startswith("actions/upload-artifact@"):
            kept = self.artifacts / given["name"]
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
            for path in given["path"].split():
                shutil.copy(self.folder / path, kept)

    def _shell(self, step: Mapping[str, Any], values: dict[str, str], result: Result) -> None:
        output = self.folder.parent / "output"
        output.write_text("", encoding="utf-8")
        written = {key: _filled(value, values) for key, value in (WORKFLOW["env"] | step.get("env", {})).items()}
        environment = {
            **self.aws,
            **written,
            "PATH": f"{self.programs}{os.pathsep}{os.defpath}",
            "HOME": str(self.folder.parent),
            "PYTHONPATH": str(ROOT),
            "FAKE_GITHUB": str(self.state),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REPOSITORY": "acme/iam",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_SHA": "merged",
            "GITHUB_STEP_SUMMARY": str(self.folder.parent / "summary"),
            "GITHUB_WORKFLOW": "iam",
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        result.code, printed = self.inside.run(command, self.folder, environment)
        result.printed += printed
        for line in output.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            values[f"steps.{step['id']}.outputs.{name}"] = value


def _filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its expressions replaced; one that is not foreseen here is an error."""
    return EXPRESSION.sub(lambda found: values[found[1]], text)
