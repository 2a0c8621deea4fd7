"""`iamspec lint`: warns about policies that IAM accepts and hardly anybody means, offline."""

from collections.abc import Sequence

from iamspec.commands.validate import validate
from iamspec.desired.lint import Finding, findings


def lint(paths: Sequence[str]) -> list[Finding]:
    """Every warning about the policies of a spec, by place.

    Ignored warnings have their reason.
    """
    spec, _ = validate(paths)
    return findings(spec)
