"""Checks of answers of the network: from AWS, and whole.

A captive portal answers 200 with a foreign page. botocore's
parsers accept such a page, or crash on it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from iamspec.errors import IamspecError
from iamspec.iam import Call
from iamspec.live.decoding import Decoder
from iamspec.live.details import SECTIONS, TAG, Form, decoded, fault, fault_of

SWEEP = "GetAccountAuthorizationDetails"
XML_PROTOCOLS = ("query", "ec2")
# possessive, since a page with many comments would otherwise be split in every way
ROOT = re.compile(rb"\s*+(?:<\?[^>]*\?>\s*+|<!--.*?-->\s*+)*+<([A-Za-z]+)[\s/>]", re.DOTALL)
ALSO_NEEDED = {  # what the service model calls optional, and no answer is whole without
    SWEEP: ("IsTruncated",),
    "GetCallerIdentity": ("Account", "Arn"),
    "GetCredentialReport": ("Content", "GeneratedTime"),
}
NEEDED_OF = {"secretsmanager": ("Name",)}  # the same of every answer of a service
CONTENT = {  # what the objects in an answer must have, by the names that they have in answers
    "AccessKey": Form(("AccessKeyId", "SecretAccessKey")),
    "AccessKeyMetadata": Form(("AccessKeyId",)),
    "Certificates": Form(("CertificateId",)),
    "MFADevices": Form(("SerialNumber",)),
    "OpenIDConnectProviderList": Form(("Arn",)),
    "Policy": Form(lists={"Tags": TAG}),
    "ResourceTagMappingList": Form(("ResourceARN",), lists={"Tags": TAG}),
    "Roles": Form(("RoleName",), ("Description",), numbers=("MaxSessionDuration",)),
    "SAMLProviderList": Form(("Arn",)),
    "SSHPublicKeys": Form(("SSHPublicKeyId",)),
    "ServiceSpecificCredentials": Form(("ServiceSpecificCredentialId",)),
    "Tags": TAG,
    "VirtualMFADevices": Form(("SerialNumber",)),
}
PAGING = frozenset({"IsTruncated", "Marker"})
TRIPPED = (
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)  # a parser over a foreign answer


class Foreign(IamspecError):  # noqa: N818 - the answer is foreign; "ForeignError" says nothing more
    """An answer that is not AWS's, or not whole.

    It is never quoted, because it may contain a secret.
    """


class Parsers:
    """A factory of botocore's parsers, each of which refuses a foreign answer before it parses it."""

    def __init__(self, factory: Any, decoder: Decoder) -> None:
        self._factory, self._decoder = factory, decoder

    def set_parser_defaults(self, **defaults: Any) -> None:
        self._factory.set_parser_defaults(**defaults)

    def create_parser(self, protocol: str) -> "_Parser":
        xml = protocol in XML_PROTOCOLS
        return _Parser(self._factory.create_parser(protocol), self._decoder if xml else None)


class _Parser:
    def __init__(self, parser: Any, decoder: Decoder | None) -> None:
        self._parser, self._decoder = parser, decoder  # a decoder for answers in XML

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        is_fine = response["status_code"] < 300
        if is_fine and not (_is_answer(response) if self._decoder else _is_object(response["body"])):
            raise Foreign("the answer is not AWS's; a proxy or a captive portal may have given it")
        if is_fine and self._decoder and response["context"]["operation_name"] == SWEEP:
            answer = self._decoder.decoded(response, shape)
            if answer is not None:
                return answer
        try:
            answer = self._parser.parse(response, shape)
        except TRIPPED:
            raise Foreign("the answer could not be read") from None
        if response["status_code"] >= 300 and not _is_refusal(answer):
            raise Foreign("the refusal could not be read")
        return answer


def _is_answer(response: Mapping[str, Any]) -> bool:
    """Whether the body begins as the answer to its call: `<CreateUserResponse …`."""
    found = ROOT.match(response["body"])
    return found is not None and found[1].decode() == f"{response['context']['operation_name']}Response"


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def _is_refusal(answer: Any) -> bool:
    """Whether a parsed error is one that botocore can make an exception of."""
    error = answer.get("Error", {})
    texts = (error.get(name, "") for name in ("Code", "Message")) if isinstance(error, dict) else (None,)
    return all(isinstance(text, str) for text in texts)


def lacking(call: Call, shape: Any, answer: Mapping[str, Any]) -> str | None:
    """The missing members of an answer: members that the model requires, and the sole member of an answer."""
    if shape is None:
        return None
    content = [name for name in shape.members if name not in PAGING]
    needed = {*shape.required_members, *ALSO_NEEDED.get(call.operation, ()), *NEEDED_OF.get(call.service, ())}
    needed |= set(content) if len(content) == 1 else set()
    if missing := sorted(name for name in needed if answer.get(name) is None):
        return f"the answer has no {missing[0]}"
    return fault(answer) if call.operation == SWEEP else next(_odd_content(answer), None)


def _odd_content(answer: Mapping[str, Any]) -> Iterator[str]:
    for name, form in CONTENT.items():
        found = answer.get(name)
        if isinstance(found, dict) and (wrong := fault_of(form, found)):
            yield f"{name}{wrong}"
        elif isinstance(found, list):
            yield from (
                f"{name}[{number}]{wrong}" for number, one in enumerate(found) if (wrong := fault_of(form, one))
            )


def whole(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the sweep with its documents as data."""
    return {key: [decoded(one) for one in value] if key in SECTIONS else value for key, value in answer.items()}
