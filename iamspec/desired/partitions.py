"""Resources of another partition than that of the account, which IAM refuses."""

from collections.abc import Iterator

from iamspec.desired.granted import documents
from iamspec.desired.load import Spec
from iamspec.errors import Issue
from iamspec.kinds.contract import dotted
from iamspec.policy.grammar.arn import foreign_partition
from iamspec.policy.statement import RESOURCES, statements


def foreign_resources(spec: Spec, partition: str) -> Iterator[Issue]:
    """An issue for each resource of a declared document that no account of the partition can hold."""
    for declared in spec.entities.values():
        for path, written in documents(declared):
            for statement in statements(written):
                for inner, text in statement.texts(*RESOURCES):
                    if reason := foreign_partition(text, partition):
                        place = (*path, *inner)
                        where = f"{declared.address}: {dotted(place)}"
                        yield Issue(f'Resource "{text}" {reason}', declared.locate(place), where)
