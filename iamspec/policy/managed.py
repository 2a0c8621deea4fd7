"""The documents of AWS's own policies as the extra `sandbox` has them, read past moto, which would load boto."""

import json
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

from iamspec.policy.document import Document


@cache
def managed_documents(partition: str = "aws") -> dict[str, Document]:
    """The default documents of the AWS-managed policies that moto ships, by ARN; none without moto."""
    return {
        f"arn:{partition}:iam::aws:policy{policy['Path']}{name}": Document(policy["Document"], partition)
        for name, policy in json.loads(_shipped()).items()
    }


def _shipped() -> str:
    """One file of moto is executed by itself: nothing but a text stands in it."""
    moto = find_spec("moto")
    folders = (moto and moto.submodule_search_locations) or ()
    for file in (Path(folder) / "iam" / "aws_managed_policies.py" for folder in folders):
        found = spec_from_file_location("aws_managed_policies", file) if file.is_file() else None
        if found and found.loader:
            module = module_from_spec(found)
            found.loader.exec_module(module)
            return str(module.aws_managed_policies_data)
    return "{}"
