"""The facts about the root user, from the account summary or else from the credential report."""

from dataclasses import dataclass

from iamspec.status.evidence import Evidence, Missing
from iamspec.status.report import Report


@dataclass(frozen=True, slots=True)
class Root:
    """The credentials of root.

    A flag is None where both sources are silent. `reason` says why
    the summary is silent.
    """

    password: bool | None
    mfa: bool | None
    keys: bool | None  # active ones and inactive ones
    active_keys: bool | None
    reason: str = ""

    @property
    def bare(self) -> bool:
        """Whether root certainly has no credentials at all, as under centralized root access."""
        return self.password is False and self.keys is False


def root_of(found: Evidence) -> Root | Missing:
    """The root user. Missing where neither source can be read."""
    if isinstance(found.summary, Missing) and isinstance(found.report, Missing):
        return Missing(found.summary.reason)
    row = found.report.root if isinstance(found.report, Report) else None
    active = None if row is None else any(key.active is not False for key in row.keys)
    return Root(
        password=_first(_flag(found, "AccountPasswordPresent"), row.password if row else None),
        mfa=_first(_flag(found, "AccountMFAEnabled"), row.mfa if row else None),
        keys=_first(_flag(found, "AccountAccessKeysPresent"), True if active else None),
        active_keys=active,
        reason=found.summary.reason if isinstance(found.summary, Missing) else "",
    )


def _flag(found: Evidence, name: str) -> bool | None:
    """A number of the summary as a flag.

    Any number but 0 is true.
    """
    value = None if isinstance(found.summary, Missing) else found.summary.get(name)
    return None if value is None else value != 0


def _first(one: bool | None, other: bool | None) -> bool | None:
    return other if one is None else one
