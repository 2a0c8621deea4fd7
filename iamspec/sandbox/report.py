"""The credential report of an account: a line for the root user and each user, as IAM writes it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from iamspec.sandbox.backend import Backend
from iamspec.sandbox.entities import Root, User

COLUMNS = (
    *("user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"),
    *("password_next_rotation", "mfa_active"),
    *(
        f"access_key_{number}_{what}"
        for number in (1, 2)
        for what in ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
    ),
    *(f"cert_{number}_{what}" for number in (1, 2) for what in ("active", "last_rotated")),
)
NOTHING, NEVER = "N/A", "no_information"

Row = dict[str, str]


def report(account: Backend) -> str:
    """The lines by name, ignoring case, after that of the root user.

    The last line has no line break.
    """
    users = sorted(account.users.values(), key=lambda user: user.name.lower())
    rows = [_root(account), *(_user(account, user) for user in users)]
    return "\n".join([",".join(COLUMNS), *(",".join(_cells(row)) for row in rows)])


def _cells(row: Row) -> Iterator[str]:
    for column in COLUMNS:
        yield row.get(column, "false" if column.endswith("_active") else NOTHING)


def _root(account: Backend) -> Row:
    root: Root = account.root
    keys: Row = {}
    for number in range(1, root.keys + 1):
        keys |= {f"access_key_{number}_active": "true", f"access_key_{number}_last_rotated": _date(root.created)}
    if root.key_last_used:
        keys |= _used("access_key_1", root.key_last_used, "us-east-1", "iam")
    return {
        "user": "<root_account>",
        "arn": account.arn("root"),
        "user_creation_time": _date(root.created),
        "password_enabled": _flag(root.password),
        "password_last_used": _last(root.password_last_used) if root.password else NOTHING,
        "password_last_changed": _date(root.created) if root.password else NOTHING,
        "password_next_rotation": "not_supported",
        "mfa_active": _flag(root.mfa),
        **keys,
    }


def _user(account: Backend, user: User) -> Row:
    row = {
        "user": user.name,
        "arn": user.arn,
        "user_creation_time": _date(user.create_date),
        "password_enabled": _flag(user.password),
        "mfa_active": _flag(user.mfa_devices),
    }
    for number, key in enumerate(sorted(user.access_keys, key=lambda key: str(key.access_key_id)), start=1):
        name = f"access_key_{number}"
        row |= {f"{name}_active": _flag(key.status == "Active"), f"{name}_last_rotated": _date(key.create_date)}
        if (used := key.last_used) is not None:
            when = used if isinstance(used, datetime) else used.timestamp
            row |= _used(name, when, getattr(used, "region", NOTHING), getattr(used, "service", NOTHING))
    for number, certificate in enumerate(user.signing_certificates.values(), start=1):
        row[f"cert_{number}_active"] = _flag(certificate.status == "Active")
        row[f"cert_{number}_last_rotated"] = _date(certificate.upload_date)
    return row | (_password(account, user) if user.password else {})


def _password(account: Backend, user: User) -> Row:
    changed = user.password_changed or user.create_date
    policy = account.account_password_policy
    age = policy.max_password_age if policy else None
    return {
        "password_last_used": _last(user.password_last_used),
        "password_last_changed": _date(changed),
        "password_next_rotation": _date(changed + timedelta(days=age)) if age else NOTHING,
    }


def _used(key: str, when: datetime, region: str, service: str) -> Row:
    return {
        f"{key}_last_used_date": _date(when),
        f"{key}_last_used_region": region,
        f"{key}_last_used_service": service,
    }


def _last(when: datetime | None) -> str:
    return _date(when) if when else NEVER


def _date(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _flag(value: object) -> str:
    return "true" if value else "false"
