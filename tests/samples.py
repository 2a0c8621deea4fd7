"""For every field of every kind two ways of writing it, so that laws can ask what becomes of each field."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from saml import metadata

from iamspec.kinds.contract import Address
from iamspec.kinds.group import Group
from iamspec.kinds.user.shape import User

READ = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
WRITE = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"], "Resource": "*"}}
NARROW = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    },
}

Pair = tuple[dict[str, Any], dict[str, Any]]


def pair(field: str, one: Any, two: Any) -> Pair:
    return {field: one}, {field: two}


# The first of two grants more than the second, or something else. What they name is declared by NEIGHBOURS.
HELD = {
    "policies": pair("policies", ["p1"], ["p2"]),
    "inline_policies": pair("inline_policies", {"own": WRITE}, {"own": READ}),
}
SAMPLES: dict[str, dict[str, Pair]] = {
    "policy": {
        "path": ({"path": "/a/", "document": READ}, {"path": "/b/", "document": READ}),
        "tags": ({"tags": {"a": "1"}, "document": READ}, {"tags": {"b": "2"}, "document": READ}),
        "document": pair("document", WRITE, READ),
    },
    "group": {
        "path": pair("path", "/a/", "/b/"),
        **HELD,
        "members": pair("members", ["u1"], ["u2"]),
    },
    "user": {
        "path": pair("path", "/a/", "/b/"),
        "tags": pair("tags", {"a": "1"}, {"b": "2"}),
        "groups": pair("groups", ["g1"], ["g2"]),
        **HELD,
        "permissions_boundary": pair("permissions_boundary", "p1", "p2"),
        "console": pair("console", True, False),
        "access_keys": pair("access_keys", 1, 0),
        "suspended": pair("suspended", False, True),
    },
    "role": {
        "path": pair("path", "/a/", "/b/"),
        "description": pair("description", "one", "two"),
        "trust": pair("trust", {"document": TRUST}, {"document": NARROW}),
        **HELD,
        "permissions_boundary": pair("permissions_boundary", "p1", "p2"),
        "max_session_duration": pair("max_session_duration", 7200, 3600),
        "tags": pair("tags", {"a": "1"}, {"b": "2"}),
        "instance_profile": pair("instance_profile", True, "other"),
        "suspended": pair("suspended", False, True),
    },
    "identity-provider": {
        "oidc": pair("oidc", "https://a.example.com", "https://b.example.com"),
        "client_ids": pair("client_ids", ["a", "b"], ["b"]),
        "thumbprints": pair("thumbprints", ["a" * 40], ["b" * 40]),
        "saml": ({"oidc": None, "saml": metadata()}, {"oidc": None, "saml": metadata(number=2)}),
        "tags": pair("tags", {"a": "1"}, {"b": "2"}),
    },
    "instance-profile": {
        "path": pair("path", "/a/", "/b/"),
        "tags": pair("tags", {"a": "1"}, {"b": "2"}),
    },
    "account": {"alias": pair("alias", "acme", "acme-2")},
    "password-policy": {
        field: ({"password_policy": {field: one}}, {"password_policy": {field: two}})
        for field, one, two in (
            ("minimum_password_length", 8, 12),
            ("require_symbols", True, False),
            ("require_numbers", True, False),
            ("require_uppercase_characters", True, False),
            ("require_lowercase_characters", True, False),
            ("allow_users_to_change_password", True, False),
            ("max_password_age", 90, 30),
            ("password_reuse_prevention", 3, 5),
            ("hard_expiry", True, False),
        )
    },
}
NEEDED = {
    "policy": {"document": READ},
    "role": {"trust": {"document": NARROW}},
    "identity-provider": {"oidc": "https://a.example.com"},
}  # what every entity of a kind must write
NEIGHBOURS: dict[str, dict[str, dict[str, Any]]] = {
    "policy": {"p1": {"document": WRITE}, "p2": {"document": READ}},
    "group": {"g1": {"inline_policies": {"own": WRITE}}, "g2": {}},
    "user": {"u1": {"external": True}, "u2": {"external": True}},
}


def as_live(resource: Any, members: Iterable[Address] = ()) -> Any:
    """An entity with the ids that only IAM gives, and a group with the users who are in it."""
    live = replace(resource, facts=replace(resource.facts, id=resource.facts.id or f"ID-{resource.name}"))
    if isinstance(live, User) and live.access_keys:
        keys = tuple(replace(key, id=key.id or f"AKIA{number}") for number, key in enumerate(live.access_keys))
        return replace(live, access_keys=keys)
    return replace(live, members=frozenset(one.name for one in members)) if isinstance(live, Group) else live
