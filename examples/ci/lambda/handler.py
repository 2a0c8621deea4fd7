"""AWS Lambda on a schedule: compares live IAM with the spec in the package, and publishes drift to a topic.

The deployment package holds this file, iamspec with its dependencies, and the spec in the folder `spec`.
"""

import contextlib
import io
import os
from pathlib import Path
from typing import Any

import boto3

from iamspec.cli import main

SPEC = Path(__file__).parent / "spec"
DRIFT = 2
MOST = 200_000  # bytes; a message of SNS has room for 256 KiB


class NotComparedError(RuntimeError):
    """Drift could not be found out. Lambda counts the run as an error."""


def handler(_event: Any, _context: Any) -> dict[str, int]:
    """Publishes the report where there is drift. An error is raised, so that the alarm on errors of the function tells of it."""
    os.chdir("/tmp")  # noqa: S108 - the one folder that a function may write
    report, notes = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(report), contextlib.redirect_stderr(notes):
        code = main(["drift", str(SPEC), "--blame"])
    if code == DRIFT:
        message = report.getvalue().encode()[:MOST].decode(errors="ignore")
        boto3.client("sns").publish(
            TopicArn=os.environ["TOPIC_ARN"], Subject="IAM has drifted from its spec", Message=message
        )
    elif code != 0:
        raise NotComparedError(notes.getvalue()[:MOST])
    return {"code": code}
