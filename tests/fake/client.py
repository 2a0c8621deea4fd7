"""The port to the account in memory: checks, records, locks, fails on demand, cuts into pages."""

import json
import pickle
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from threading import RLock
from typing import Any

from botocore import xform_name
from model import assert_valid

from fake import credentials, entities, policies, profiles, providers, reads, role_reads, roles
from fake.defaults import ACCOUNT, AWS_MANAGED, TRUST
from fake.dump import dump
from fake.grammar import checked_size
from fake.rules import attach
from fake.start import empty
from fake.state import Credential, Operation, Refused, Role
from fake.views import tag_list
from iamspec.errors import IamError
from iamspec.iam import Account, Call, Caller

READS = ("Get", "List", "Describe")
WHOLE = frozenset({"StackResources", "OpenIDConnectProviderList", "SAMLProviderList"})  # lists that have no pages


def _operations(*modules: Any) -> dict[str, Operation]:
    """The operations that modules define, by name: `create_user` is CreateUser."""
    return {
        name: found
        for module in modules
        for name, found in vars(module).items()
        if callable(found) and getattr(found, "__module__", "") == module.__name__ and not name.startswith("_")
    }


READING = _operations(reads, role_reads)
WRITING = _operations(entities, policies, credentials, roles, profiles, providers)


class FakeIam:
    """A Writer on an account of its own.

    `calls` has every call in order, those that failed too. `fail` looks at each call before it is made, outside of the
    lock, and may give the IamError that it ends with. `page_size` bounds every page. `stacks` maps a physical id, or
    a region and a physical id, to the name of the stack that owns it. `listed_tags` are tags of policies, by ARN, that
    the Resource Groups Tagging API lists in place of those that they have. `state` is open to tests that need a world which
    no call makes: tags of AWS, smaller quotas, another clock.
    """

    def __init__(
        self,
        account: Account = ACCOUNT,
        aws_managed: Collection[str] = AWS_MANAGED,
        caller_arn: str | None = None,
    ) -> None:
        self.account = account
        arn = caller_arn or f"arn:{account.partition}:sts::{account.id}:assumed-role/deploy/session"
        self.state = empty(account, aws_managed, arn)
        self.calls: list[Call] = []
        self.fail: Callable[[Call], IamError | None] | None = None
        self.page_size = 100
        self.stacks: dict[str | tuple[str, str], str] = {}
        self.listed_tags: dict[str, dict[str, str]] = {}
        self._lock = RLock()

    @property
    def caller_arn(self) -> str:
        return self.state.caller_arn

    @caller_arn.setter
    def caller_arn(self, arn: str) -> None:
        self.state.caller_arn = arn

    @property
    def writes(self) -> list[Call]:
        """The calls that were to change something, in order."""
        return [call for call in self.calls if not call.operation.startswith(READS)]

    def dump(self, *, identity: bool = True) -> dict[str, Any]:
        """All that the account holds as one plain value; without `identity` ids, secrets and dates are left out."""
        with self._lock:
            return dump(self.state, identity=identity)

    def copy(self) -> "FakeIam":
        """Another account in the same state, with the calls so far and the same hook."""
        with self._lock:
            other = FakeIam(self.account, (), self.caller_arn)
            own = replace(self.state, aws_managed={})  # AWS's policies are nobody's to change, and most of the cost
            other.state = replace(pickle.loads(pickle.dumps(own)), aws_managed=self.state.aws_managed)  # noqa: S301 - own
            other.calls, other.fail, other.page_size = list(self.calls), self.fail, self.page_size
            other.stacks, other.listed_tags = dict(self.stacks), dict(self.listed_tags)
            return other

    def caller(self) -> Caller:
        return Caller(self.caller_arn, self.account.id)

    def now(self) -> datetime:
        return self.state.clock

    def pages(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """Pages as IAM cuts them: entities of all lists counted together, Marker and IsTruncated on each."""
        answer = self._read(call)
        start, size = _start(call), min(call.params.get("MaxItems", 100), self.page_size)
        if not _is_paged(answer):
            yield answer
            return
        whole = sum(map(len, answer.values()))
        while True:
            more = start + size < whole
            page = {**_cut(answer, start, start + size), "IsTruncated": more}
            yield page | {"Marker": str(start + size)} if more else page
            if not more:
                return
            start += size

    def read_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | None]:
        answers: list[Mapping[str, Any] | None] = []
        for answer in self.attempt_each(calls):
            if isinstance(answer, IamError) and not answer.missing:
                raise answer
            answers.append(None if isinstance(answer, IamError) else answer)
        return answers

    def attempt_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | IamError]:
        answers: list[Mapping[str, Any] | IamError] = []
        for call in calls:
            try:
                answers.append(self._read(call))
            except IamError as error:
                answers.append(_bare(error))
        return answers

    def write(self, call: Call, *, patient: bool = False) -> Mapping[str, Any]:
        assert not call.operation.startswith(READS), f"{call.operation} is no write"
        return self._made(call, WRITING)

    def looks(self) -> Iterator[None]:
        """Once: what is written here is read at once."""
        yield

    def given(self, operation: str, **params: Any) -> Mapping[str, Any]:
        """A write that sets the scene: checked like any, but in nobody's log and past the hook."""
        call = Call(operation, params)
        assert_valid(call)
        with self._lock:
            return self._answered(call, WRITING)

    def add_role(
        self,
        name: str,
        path: str = "/",
        attached: Sequence[str] = (),
        boundary: str | None = None,
        inline: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Puts a role with policies into the account, past all checks of CreateRole. The answer is the ARN."""
        state = self.state
        assert name.lower() not in state.roles, f"there is a role {name} already"
        role = Role(name=name, path=path, id=state.new_id("AROA"), created=state.tick(), trust=json.dumps(TRUST))
        role.boundary = state.policy(boundary).arn if boundary else None
        role.tags = dict(tags or {})
        for arn in attached:
            attach(state, role, "AttachedPoliciesPerRoleQuota", arn)
        for policy, document in (inline or {}).items():
            role.inline[policy] = json.dumps(document)
            checked_size(role.inline[policy])
        state.roles[name.lower()] = role
        return state.arn(role)

    def add_credentials(self, user_name: str) -> None:
        """Gives a user a password, two keys, a virtual and a hardware MFA device and one of each other credential."""
        state, user = self.state, self.state.user(user_name)
        self.given("CreateLoginProfile", UserName=user_name, Password="Correct-horse-7-battery-staple")
        for _ in range(2):
            self.given("CreateAccessKey", UserName=user_name)
        for serial in (state.account.arn(f"mfa/{user_name}"), f"GAHT{state.numbers:08d}"):
            user.mfa[serial] = Credential(serial, state.tick())
        for held, prefix in (
            (user.ssh_keys, "APKA"),
            (user.certificates, "CERTIFICATE"),
            (user.service_credentials, "ACCA"),
        ):
            made = Credential(state.new_id(prefix), state.tick())
            held[made.id] = made

    def _read(self, call: Call) -> Mapping[str, Any]:
        assert call.operation.startswith(READS), f"{call.operation} is no read"
        return self._made(call, READING)

    def _made(self, call: Call, operations: Mapping[str, Operation]) -> Mapping[str, Any]:
        assert_valid(call)
        with self._lock:
            self.calls.append(call)
        if self.fail is not None and (error := self.fail(call)) is not None:
            raise error
        with self._lock:
            return self._answered(call, operations)

    def _answered(self, call: Call, operations: Mapping[str, Operation]) -> Mapping[str, Any]:
        try:
            if call.service == "cloudformation":
                return self._stack(call)
            if call.service == "resourcegroupstaggingapi":
                return self._resources()
            name = xform_name(call.operation)
            assert name in operations, f"{call.service} {call.operation} is nothing that this account answers"
            params = {xform_name(key): value for key, value in call.params.items() if key not in {"Marker", "MaxItems"}}
            return operations[name](self.state, **params) or {}
        except Refused as refusal:
            raise IamError(call.operation, refusal.code, refusal.message) from refusal

    def _stack(self, call: Call) -> Mapping[str, Any]:
        assert call.operation == "DescribeStackResources", f"{call.operation} is nothing that this account answers"
        physical = call.params.get("PhysicalResourceId", "")
        stack = self.stacks.get(physical) or self.stacks.get((call.region or "", physical))
        if stack is None:
            raise Refused("ValidationError", f"Stack for {physical} does not exist")
        resource = {
            "StackName": stack,
            "StackId": f"arn:aws:cloudformation:{call.region or 'us-east-1'}:{self.account.id}:stack/{stack}/1",
            "LogicalResourceId": "Entity",
            "PhysicalResourceId": physical,
            "ResourceType": "AWS::IAM::ManagedPolicy" if physical.startswith("arn:") else "AWS::IAM::User",
            "Timestamp": self.state.clock,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        return {"StackResources": [resource]}

    def _resources(self) -> Mapping[str, Any]:
        """The policies with tags, as the Resource Groups Tagging API lists them, or as it lists them still."""
        tags = {one.arn: one.tags for one in self.state.policies.values() if one.tags} | self.listed_tags
        listed = [{"ResourceARN": arn, "Tags": tag_list(one)} for arn, one in sorted(tags.items()) if one]
        return {"PaginationToken": "", "ResourceTagMappingList": listed}


def _bare(error: IamError) -> IamError:
    """The error without the frames that it passed, which hold the answers, a whole plan, and so the error itself."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _start(call: Call) -> int:
    marker = str(call.params.get("Marker", 0))
    if not marker.isdigit():
        raise IamError(call.operation, "ValidationError", "Invalid Marker.")
    return int(marker)


def _is_paged(answer: Mapping[str, Any]) -> bool:
    return all(isinstance(value, list) for value in answer.values()) and not answer.keys() & WHOLE


def _cut(answer: Mapping[str, Any], start: int, end: int) -> dict[str, Any]:
    """The members from start to end, counted through all lists of the answer."""
    page = {}
    for name, members in answer.items():
        page[name] = members[max(start, 0) : max(end, 0)]
        start, end = start - len(members), end - len(members)
    return page
