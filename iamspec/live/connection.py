"""How an account is reached."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Connection:
    """How an account is reached, as the options of the command line say it.

    `session_policy` is JSON: the session of an assumed role may do
    no more. `many` says that this process reaches many accounts,
    so that their sessions share what can be shared. With `keys`
    (id and secret) neither the environment nor a configuration
    file is asked, and no proxy: the copy of a rehearsal is on
    loopback.
    """

    profile: str | None = None
    endpoint_url: str | None = None
    assume_role: str | None = None
    external_id: str | None = None
    parallelism: int = 8
    session_name: str = "iamspec"
    session_policy: str | None = None
    many: bool = False
    keys: tuple[str, str] | None = field(default=None, repr=False)
