"""How checks read the credential report: the users at fault, and doubts about the other users."""

from collections.abc import Callable

from iamspec.status.checks.rulings import cannot_tell, counted, failed, passed
from iamspec.status.model import Ruling, Subject
from iamspec.status.report import Report, Row

MANY = 10


def judged(
    report: Report, faulty: Callable[[Row], Subject | None], bad: str, good: str, *, of_keys: bool = False
) -> Ruling:
    """Fails with the users at fault: `bad` follows their number.

    A check `of_keys` does not pass while the report leaves out
    keys of a user.
    """
    who = [one for one in map(faulty, report.users) if one is not None]
    if who:
        return failed(f"{counted(len(who), 'user')} {bad}", who)
    cut = [str(row.address) for row in report.users if row.more]
    if of_keys and cut:
        return cannot_tell(f"the credential report leaves out some keys or certificates of {', '.join(cut[:MANY])}")
    return passed(good)
