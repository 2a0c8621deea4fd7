"""Trust policies as IAM keeps them: principals by identity, and the document written anew.

IAM keeps a user or role in a trust policy by the unique id. After
a rename the new name is shown, after a deletion the id. A new user
of the same name is not trusted.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from iamspec.policy.canonical import DEFAULT_VERSION
from iamspec.policy.document import decode
from iamspec.policy.statement import ACCOUNT_ID, PRINCIPALS, listed, statements
from iamspec.policy.trust.trusted import DOMAIN, ENTITY, PROVIDER, ROOT, SERVICE, SESSION, UNIQUE_ID
from iamspec.sandbox import documents
from iamspec.sandbox.refusals import Refused

ORDER = ("Sid", "Effect", *PRINCIPALS, "Action", "NotAction", "Condition")


Resolve = Callable[[str, str], Any]


class Directory(Protocol):
    """The users and roles of all accounts of a sandbox."""

    partition: str

    def knows(self, account: str) -> bool: ...
    def by_arn(self, arn: str) -> Any: ...
    def by_id(self, unique_id: str) -> Any: ...
    def role_named(self, account: str, name: str) -> Any: ...


@dataclass(slots=True)
class Trust:
    """A trust policy.

    Users and roles stand in `data` themselves, where the document
    has principals.
    """

    data: Any

    @property
    def document(self) -> Any:
        """The document as IAM shows it now."""
        return _shown(self.data)

    @property
    def text(self) -> str:
        document = self.document
        return (
            document if isinstance(document, str) else json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        )


def stored(text: str, directory: Directory) -> Trust:
    """The form of a trust policy that IAM keeps.

    Raises MalformedPolicyDocument if IAM refuses it.
    """
    data = documents.check_trust(text)
    return Trust(_rendered(data, lambda kind, name: _principal(kind, name, directory)))


def loaded(text: str, known: Mapping[str, Any]) -> Trust:
    """A trust policy of a live account.

    Nothing is refused. `known` has users and roles by ARN and by
    id.
    """
    data = decode(text)
    if not isinstance(data, dict):
        return Trust(data)
    return Trust(_rendered(data, lambda _, name: known.get(name, name)))


def _rendered(data: Mapping[str, Any], resolved: Resolve) -> dict[str, Any]:
    head = {"Version": data.get("Version", DEFAULT_VERSION)} | ({"Id": data["Id"]} if "Id" in data else {})
    return head | {"Statement": [_statement(one.data, resolved) for one in statements(data)]}


def _statement(statement: Mapping[str, Any], resolved: Resolve) -> dict[str, Any]:
    found = {}
    for element in (*ORDER, *(key for key in statement if key not in ORDER)):
        if element not in statement:
            continue
        value = statement[element]
        if element in PRINCIPALS and isinstance(value, Mapping):
            found[element] = {
                kind: _scalar([resolved(kind, str(one)) for one in listed(names)]) for kind, names in value.items()
            }
        elif element == "Condition" and isinstance(value, Mapping):
            found[element] = {operator: _values(keys) for operator, keys in value.items()}
        else:
            found[element] = _scalar(value)
    return found


def _values(keys: Any) -> Any:
    return {key: _scalar(values) for key, values in keys.items()} if isinstance(keys, Mapping) else keys


def _scalar(value: Any) -> Any:
    """A list with a single member as that member."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shown(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shown(one) for one in value]
    if hasattr(value, "gone"):
        return value.id if value.gone else value.arn
    return value


def _principal(kind: str, name: str, directory: Directory) -> Any:
    """The user or role itself for a principal of the sandbox, the text for another principal."""
    if kind == "AWS":
        return _aws(name, directory)
    if kind == "Service" and SERVICE.fullmatch(name):
        return name
    if kind == "Federated" and (PROVIDER.fullmatch(name) or DOMAIN.fullmatch(name)):
        return name
    raise invalid(kind, name)


def _aws(name: str, directory: Directory) -> Any:
    if name == "*":
        return name
    if ACCOUNT_ID.fullmatch(name):
        return f"arn:{directory.partition}:iam::{name}:root"
    if UNIQUE_ID.fullmatch(name):
        return directory.by_id(name) or _refuse(name)
    found = ROOT.fullmatch(name) or ENTITY.fullmatch(name) or SESSION.fullmatch(name)
    if found is None or found["partition"] != directory.partition:
        raise invalid("AWS", name)
    if ROOT.fullmatch(name) or not directory.knows(found["account"]):
        return name  # the principals of an account elsewhere cannot be checked from here
    if ENTITY.fullmatch(name):
        return directory.by_arn(name) or _refuse(name)
    if found["role"] and directory.role_named(found["account"], found["role"]) is None:
        raise invalid("AWS", name)
    return name


def _refuse(name: str) -> Any:
    raise invalid("AWS", name)


def invalid(kind: str, name: str) -> Refused:
    return documents.malformed(f'Invalid principal in policy: "{kind}":"{name}"')
