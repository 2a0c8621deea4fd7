"""A task and its result: JSON text both ways, so that any engine on any machine can carry it.

A task says how credentials are got, and never has any. Texts that
do not fit these shapes are refused at either end.
"""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from iamspec import __version__
from iamspec.errors import IamspecError
from iamspec.kinds.contract import dotted

FORMAT_VERSION = 1
Command = Literal["validate", "plan", "drift", "status", "apply"]
M = TypeVar("M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Reach(_Strict):
    """How an account is reached: never with credentials, but with the way to get them."""

    profile: str | None = Field(default=None, description="A profile of the AWS configuration on the worker.")
    endpoint_url: str | None = Field(default=None, description="Where AWS answers, if not at its own addresses.")
    assume_role: str | None = Field(default=None, description="The ARN of the role to assume.")
    external_id: str | None = Field(default=None, description="The external id that the role asks for.")
    session_name: str = Field(default="iamspec", description="The name of the session.")
    parallelism: int = Field(default=8, ge=1, le=64, description="Calls to the account at one time.")


class Asked(_Strict):
    """Options of the command."""

    allow: list[str] = Field(default=[], description="Lifted complaints of guards.")
    framework: str = Field(default="iamspec", description="The framework of a security status.")
    defer: bool = Field(default=False, description="Whether calls that make secrets are left out.")
    sink: str | None = Field(default=None, description="Where new passwords and access keys go.")
    approved: bool = Field(default=False, description="Whether a person gave the fingerprint of the fleet.")
    journal: str | None = Field(default=None, description="The file of the journal, on the machine that asks.")


class Task(_Strict):
    """A run of one account."""

    format_version: Literal[1] = Field(default=1, description="The version of this format.")
    iamspec_version: str = Field(default=__version__, description="The version of the program that asks.")
    command: Command = Field(description="What is to be done.")
    account: str = Field(pattern="^[0-9]{12}$", description="The id of the account.")
    variables: dict[str, str] = Field(default={}, description="What ${iamspec:…} stands for, beside id and partition.")
    folder: str = Field(description="The folder of fleet.yaml, on every machine that runs tasks.")
    paths: list[str] = Field(default=[], description="The PATHs of the spec, below the folder.")
    partial: bool = Field(default=False, description="Whether a PATH with ? is missing, so that nothing is pruned.")
    reach: Reach = Field(description="How the account is reached.")
    asked: Asked = Field(default=Asked(), description="Options of the command.")
    plan: str | None = Field(default=None, description="The saved plan that is applied.")


class Applied(_Strict):
    """The outcome of an apply in an account."""

    done: int = Field(ge=0, description="Calls that were made.")
    failed: int = Field(ge=0, description="Calls that failed.")
    held: int = Field(ge=0, description="Calls that were not tried.")
    lines: list[str] = Field(description="A line for each call that is not done.")
    proved: bool = Field(description="Whether the account was read again, and nothing was left to do.")
    notes: list[str] = Field(default=[], description="Where secrets went, or for whom they wait.")


class Result(_Strict):
    """The end of a run of one account: a document, or the error instead of it."""

    format_version: Literal[1] = Field(default=1, description="The version of this format.")
    iamspec_version: str = Field(default=__version__, description="The version of the program that answers.")
    command: Command = Field(description="What was to be done.")
    account: str = Field(pattern="^[0-9]{12}$", description="The id of the account.")
    document: str | None = Field(default=None, description="The plan, drift or status as its JSON document.")
    error: str | None = Field(default=None, description="Why there is no document.")
    applied: Applied | None = Field(default=None, description="What an apply did.")


def text(value: BaseModel) -> str:
    return value.model_dump_json()


def task(given: str) -> Task:
    """The task in a text.

    IamspecError if it is none of this version of iamspec.
    """
    found = _read(Task, given, "task")
    if found.iamspec_version != __version__:
        raise IamspecError(
            f"this worker has iamspec {__version__}, and the task is of {found.iamspec_version}; install one version everywhere"
        )
    return found


def result(given: Any, asked: Task) -> Result:
    """The result of a task.

    IamspecError if a text is none, or is about another account.
    """
    found = _read(Result, given, "result")
    if (found.account, found.command) != (asked.account, asked.command):
        raise IamspecError(
            f"the result is about {found.command} of account {found.account}; the worker mixed up its tasks"
        )
    return found


def failed(asked: Task, message: str) -> Result:
    return Result(command=asked.command, account=asked.account, error=message)


def _read(shape: type[M], given: Any, noun: str) -> M:
    try:
        return shape.model_validate_json(given)
    except ValidationError as error:
        wrong = "; ".join(
            f"{dotted(one['loc'])}: {one['msg']}" for one in error.errors(include_url=False, include_input=False)
        )
        raise IamspecError(f"this is no {noun} of iamspec {__version__}: {wrong}") from error
    except TypeError as error:
        raise IamspecError(f"this is no {noun}: {type(given).__name__} instead of JSON text") from error
