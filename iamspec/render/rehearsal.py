"""A rehearsal in words: failures in the copy, work left to do, and limits of the rehearsal."""

from collections.abc import Iterator

from iamspec.apply.run import Status
from iamspec.commands.rehearse import Rehearsal
from iamspec.render.lines import count, visible
from iamspec.render.text import progress_line
from iamspec.render.verdict import named

NOT_REHEARSED = (
    "the permissions of whoever runs the apply, and a session that ends in the middle",
    "policies of the organization (SCPs, RCPs) and permissions in other accounts",
    "throttling, faults of the network, and the time until IAM is consistent",
    "quotas that differ from the defaults, and policies of AWS that the sandbox does not know",
)


def rehearsal(found: Rehearsal) -> str:
    """The report."""
    return "\n".join(visible(line) for line in _lines(found)) + "\n"


def _lines(found: Rehearsal) -> Iterator[str]:
    account = named(found.review.account)
    if found.review.refused:
        yield f"Not rehearsed: apply would refuse this plan for account {account}; `iamspec plan` says why"
        return
    done = sum(one.status is Status.DONE for one in found.outcomes)
    if found.passed and not found.outcomes:
        yield f"Nothing to rehearse: no call is planned for account {account} now"
    elif found.passed:
        yield f"Rehearsed in a copy of account {account}: {count(done, 'call')}, none failed, and nothing was left to do"
    else:
        failed, left = len(found.failed), len(found.left)
        yield f"The rehearsal in a copy of account {account} failed: {count(done, 'call')} done, {failed} not, {left} changes left"
        yield from (f"  {progress_line(one)}" for one in found.failed)
        yield from (f"  still to do: {one.address}" for one in found.left)
    yield "Nothing of the account itself was changed. Not rehearsed:"
    if found.waiting:
        yield f"  new passwords and access keys: {', '.join(map(str, found.waiting))}"
    yield from (f"  {line}" for line in NOT_REHEARSED)
