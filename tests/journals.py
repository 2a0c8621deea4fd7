"""Applies that are written down, and taken back by what was written."""

import json
import tempfile
from pathlib import Path
from threading import Event

from worlds import written

from iamspec.apply.run import Status
from iamspec.commands import plan as commands, saved as saved_apply
from iamspec.commands.apply import run as run_plan
from iamspec.commands.options import Options
from iamspec.commands.undo import load_journal, undoing as undo_plan
from iamspec.saved.journal import recording
from iamspec.saved.plan import read_plan
from iamspec.saved.plan_document import plan_text

DONE = {Status.DONE}


def planned(spec, iam, *allow):
    """The plan for a spec as data."""
    with tempfile.TemporaryDirectory() as folder:
        return commands.plan(written(Path(folder), spec), iam, Options(allow=allow))


def run(plan, writer, path, *, stop=None, parallelism=1):
    """Runs a plan with its journal at a path, and returns the outcomes."""
    with recording(plan, writer.now, str(path)) as journal:
        return list(run_plan(plan, writer, parallelism=parallelism, stop=stop or Event(), witness=journal))


def lines(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def undoing(path, iam, *allow):
    return undo_plan(load_journal(str(path)), iam, allow)


def through_its_file(plan, iam, *allow):
    """A plan as it is after it was saved and read again."""
    return saved_apply.ready(read_plan(plan_text(plan), "plan.json"), iam, allow)
