"""The form of the calls that a plan may hold, and the entities that they name."""

from collections.abc import Iterable, Iterator

from iamspec.iam import Account, Call, Label
from iamspec.kinds import KINDS
from iamspec.kinds.address import Address
from iamspec.kinds.operation import Operation, Parameter
from iamspec.kinds.operations import OPERATIONS
from iamspec.policy.limits import ARN


def problems(call: Call, address: Address, account: Account) -> Iterator[str]:
    """The faults of a call of a plan for this account and this address."""
    row = OPERATIONS.get(call.operation)
    if row is None:
        yield f"{call.operation} is no operation that iamspec plans"
        return
    known = {one.name: one for one in row.parameters}
    missing = sorted({name for name, one in known.items() if one.required} - call.params.keys())
    yield from (f"{call.operation} needs {name}" for name in missing)
    yield from (f"{call.operation} takes no {name}" for name in sorted(call.params.keys() - known.keys()))
    wrong = [name for name in sorted(known.keys() & call.params.keys()) if not known[name].fits(call.params[name])]
    yield from (f"{call.operation}: {name} is not what it must be" for name in wrong)
    if wrong or missing:
        return
    yield from _foreign(row, call, account)
    subjects = row.subjects(call, account)
    if address not in subjects and _has_subject(row):
        yield f"{call.operation} is not about {address}"


def _has_subject(row: Operation) -> bool:
    return row.about is not None or any(one.subject for one in row.parameters)


def entities(call: Call, account: Account) -> set[Address]:
    """All entities of the account that a call names."""
    return {one for one in OPERATIONS[call.operation].entities(call, account) if one.kind in KINDS}


def renames(calls: Iterable[Call]) -> dict[Address, Address]:
    """The old addresses of renamed entities, by their new addresses."""
    found = {}
    for call in calls:
        row = OPERATIONS.get(call.operation)
        if row is not None and row.new_name in call.params:
            owner = row.parameter(row.authorised.on)
            found[Address(owner.kind, call.params[row.new_name])] = Address(owner.kind, call.params[owner.name])
    return found


def _foreign(row: Operation, call: Call, account: Account) -> Iterator[str]:
    """Complaints about ARNs of another account.

    The subject is of this account. An attached policy may be of
    AWS.
    """
    for parameter in row.parameters:
        if parameter.by_arn and parameter.name in call.params:
            arn = call.params[parameter.name]
            if parameter.kind == "mfa":
                if not arn.startswith(account.arn("mfa/")):
                    yield f"{call.operation}: {arn} is no device of account {account.id}"
            elif not _is_of(arn, parameter, account):
                yield f"{call.operation}: {arn} is no policy that it may be about in account {account.id}"


def labels(named: Iterable[tuple[Address, Call]], account: Account) -> dict[str, Label]:
    """The names that calls give to entities that IAM knows by their ARNs alone.

    A name that the ARN gives as well is left out.
    """
    found = {}
    for address, call in named:
        row = OPERATIONS.get(call.operation)
        for one in row.parameters if row is not None else ():
            value = call.params.get(one.name)
            if one.subject and one.naming is not None and isinstance(value, str):
                arn = one.naming.arn(value, account)
                if one.naming.address(arn, account) != address:
                    found[arn] = Label(address.name)
    return found


def _is_of(arn: str, parameter: Parameter, account: Account) -> bool:
    if parameter.naming is not None:
        return parameter.naming.address(arn, account) is not None
    found = ARN.fullmatch(arn)
    owners = {account.id} if parameter.subject else {account.id, "aws"}
    fits = found and found["kind"] == parameter.kind and found["partition"] == account.partition
    return bool(found and fits and found["account"] in owners)
