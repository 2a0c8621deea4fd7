"""`iamspec permissions`: the IAM policy that a command needs, and no more."""

from collections.abc import Callable, Sequence

from iamspec.commands.options import NO_OPTIONS, Options
from iamspec.commands.plan import plan
from iamspec.commands.saved import is_plan_file, load, ready, refuse_part
from iamspec.commands.validate import validate
from iamspec.iam import Account, Reader
from iamspec.review import permissions
from iamspec.review.model import Review
from iamspec.review.permissions import Permissions


def to_apply(
    paths: Sequence[str], reader: Callable[[], Reader], options: Options = NO_OPTIONS
) -> tuple[Permissions, Review]:
    """The permissions for the apply of a spec or of a saved plan, and that plan.

    The reader is asked for after the arguments were checked.
    """
    if is_plan_file(paths):
        refuse_part(options.targets, options.excluded)
        review = ready(load(paths[0]), reader())
    else:
        review = plan(paths, reader(), options)
    return permissions.applying(review), review


def without_plan(purpose: str, paths: Sequence[str]) -> Permissions:
    """The permissions to plan, to see credentials or the security status, to repair, or to apply any plan."""
    if purpose == "clock":
        return permissions.clock(validate(paths or ["."])[0])
    if purpose == "status":
        return permissions.watching()
    wanted = {
        "plan": permissions.reading,
        "credentials": permissions.looking,
        "repair": permissions.repairing,
        "any": permissions.managing,
    }
    return wanted[purpose](_account(paths))


def _account(paths: Sequence[str]) -> Account:
    """The account of a spec or of a saved plan, as far as it is written there."""
    if is_plan_file(paths):
        return load(paths[0]).told.account
    declared = validate(paths)[0].settings.account if paths else None
    return Account(declared.id) if declared and declared.id else permissions.EVERYWHERE
