"""IAM's refusals: moto's exception with a code, to which the service model gives the HTTP status."""

from iamspec.sandbox.upstream import IAMException as Refused

STATUS_BEYOND_MODEL = {"AccessDenied": 403, "InvalidClientTokenId": 403, "ExpiredToken": 403, "NotImplemented": 501}

__all__ = ["STATUS_BEYOND_MODEL", "Refused", "conflict", "exists", "missing"]


def missing(what: str) -> Refused:
    return Refused("NoSuchEntity", f"{what} cannot be found.")


def exists(kind: str, name: str) -> Refused:
    return Refused("EntityAlreadyExists", f"{kind} with name {name} already exists.")


def conflict(must: str) -> Refused:
    return Refused("DeleteConflict", f"Cannot delete entity, must {must} first.")
