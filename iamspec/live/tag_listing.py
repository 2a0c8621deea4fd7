"""The tags of customer-managed policies as the Resource Groups Tagging API lists them, a hundred policies a page.

The API lags behind IAM, and lists no policy without tags. So its
answers confirm what a spec says, and decide nothing: where they do
not confirm, IAM itself is asked, policy by policy.
"""

from collections.abc import Mapping
from typing import Any

from iamspec.errors import IamError
from iamspec.iam import Call, Reader

SERVICE = "resourcegroupstaggingapi"
REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}  # where IAM is listed
FEW = 25  # policies that are asked one by one without looking at the list

TagListing = Mapping[str, list[Mapping[str, Any]]]  # by ARN, as IAM writes tags


def listing(partition: str) -> Call | None:
    """The read that lists the tags of policies.

    None for a partition in which the region of IAM is not known.
    """
    if partition not in REGIONS:
        return None
    params = {"ResourceTypeFilters": ["iam:policy"], "ResourcesPerPage": 100}
    return Call("GetResources", params, SERVICE, REGIONS[partition])


def read(reader: Reader, partition: str) -> TagListing:
    """The listed tags of each policy.

    Nothing where the API refuses, since nothing rests on its
    answer.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    call = listing(partition)
    try:
        for page in reader.pages(call) if call else ():
            for one in page.get("ResourceTagMappingList") or ():
                found[one["ResourceARN"]] = one.get("Tags") or []
    except IamError:
        return {}
    return found
