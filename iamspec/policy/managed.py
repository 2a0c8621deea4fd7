"""AWS's own policies as data of this package: names, versions and default documents.

No account is needed. The data describe partition `aws` on the day
`as_of`. Another partition may lack some policies. Documents there
are those of `aws` with another partition in the ARNs.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from iamspec.policy.actions import package_data
from iamspec.policy.actions.spelling import nearest
from iamspec.policy.document import Document

HOME = "aws"  # the partition of the data
RESERVED = ("aws-service-role/", "root-task/")  # IAM answers PolicyNotAttachable, recorded for users
SHORTEST_PIECE = 4  # characters of a name that say something about the whole


class ManagedDocuments(Mapping[str, Document]):
    """The default documents by ARN in a partition.

    A document is parsed at the first question.
    """

    def __init__(self, partition: str) -> None:
        self.partition = partition
        self.prefix = f"arn:{partition}:iam::aws:policy/"
        self._parsed: dict[str, Document] = {}

    def __getitem__(self, arn: str) -> Document:
        if arn not in self._parsed:
            if arn not in self:
                raise KeyError(arn)
            text = _texts()[arn.removeprefix(self.prefix)].replace("arn:aws:", f"arn:{self.partition}:")
            self._parsed[arn] = Document(json.loads(text), self.partition)
        return self._parsed[arn]

    def holding(self, text: str) -> Iterator[Document]:
        """The documents whose JSON has a text."""
        return (self[f"{self.prefix}{name}"] for name, whole in _texts().items() if text in whole)

    def __contains__(self, arn: object) -> bool:
        return isinstance(arn, str) and arn.startswith(self.prefix) and arn.removeprefix(self.prefix) in versions()

    def __iter__(self) -> Iterator[str]:
        return (f"{self.prefix}{name}" for name in versions())

    def __len__(self) -> int:
        return len(versions())


@cache
def managed_documents(partition: str = HOME) -> ManagedDocuments:
    """The default documents of the AWS-managed policies by ARN."""
    return ManagedDocuments(partition)


def versions() -> Mapping[str, str]:
    """The default version of each AWS-managed policy, by path and name: `job-function/Billing`."""
    found: Mapping[str, str] = package_data("managed-policies.json")["versions"]
    return found


def as_of() -> str:
    """The day of the data, such as `2026-09-30`."""
    return str(package_data("managed-policies.json")["date"])


def default_version(arn: str) -> str | None:
    """The version of a policy in the data.

    None in another partition, where versions have other numbers.
    """
    return versions().get(arn.removeprefix(managed_documents().prefix))


def is_reserved(name: str) -> bool:
    """Whether a policy is for AWS's own roles and tasks.

    IAM attaches it to no entity, and takes it as no boundary.
    """
    return name.startswith(RESERVED)


@lru_cache(maxsize=1024)
def suggestion(name: str) -> str | None:
    """The attachable policy that a wrong name means.

    The name may have another case, another path, a slip, or a
    piece missing.
    """
    if found := same_name(name):
        return found
    bare, short = name.lower().rpartition("/")[2], _attachable()
    if near := nearest(bare, short, 1):
        return short[near[0]]
    holding = [one for one in short.values() if _is_piece(bare, one.rpartition("/")[2])]
    return min(holding, key=lambda one: (len(one), one)) if holding else None


def _is_piece(bare: str, name: str) -> bool:
    """Whether a text in lower case is a run of whole words of a name such as `AmazonS3ReadOnlyAccess`."""
    start = name.lower().find(bare)
    end = start + len(bare)
    return start >= 0 and len(bare) >= SHORTEST_PIECE and name[start].isupper() and not name[end : end + 1].islower()


def same_name(name: str) -> str | None:
    """The attachable policy of this name, whatever its case and path."""
    return _attachable().get(name.lower().rpartition("/")[2])


@cache
def _attachable() -> dict[str, str]:
    """The names of attachable policies by their last part in lower case.

    No two share it.
    """
    return {name.lower().rpartition("/")[2]: name for name in versions() if not is_reserved(name)}


@cache
def _texts() -> Mapping[str, str]:
    """The documents as JSON by name, in the order of the table of versions."""
    packed = files("iamspec.policy").joinpath("data", "managed-documents.jsonl.gz").read_bytes()
    return dict(zip(versions(), gzip.decompress(packed).decode().split("\n"), strict=True))
