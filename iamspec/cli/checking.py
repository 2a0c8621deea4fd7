"""Commands that need only a spec: validate, lint, access."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from iamspec.cli.options import ACCOUNT, PATHS, SNAPSHOT, STRICT, format_of, paths_of, port_of
from iamspec.cli.output import ERROR, OK, counted, say, show


@click.command()
@PATHS
@STRICT
def validate(paths: tuple[str, ...], strict: bool) -> int:
    """Check a spec, offline: every error with its file, line and column.

    With --strict its policies are linted too, and warnings are errors.
    """
    from iamspec.commands.validate import validate as check  # noqa: PLC0415 - each command loads what it needs
    from iamspec.desired.lint import findings  # noqa: PLC0415
    from iamspec.kinds import SCOPED  # noqa: PLC0415

    spec, warnings = check(paths_of(paths), datetime.now(UTC).date())
    for warning in warnings:
        say(str(replace(warning, where=f"{'error' if strict else 'warning'}: {warning.where}".rstrip(": "))))
    unmeant = _unmeant(findings(spec), "text", strict=True) if strict else 0
    if strict and (warnings or unmeant):
        return ERROR
    numbers = {kind: sum(one.kind == kind.name for one in spec.entities) for kind in SCOPED.values()}
    counts = [
        counted(number, kind.name, kind.section) for kind, number in numbers.items() if number or not kind.by_request
    ]
    say(f"ok: {', '.join(counts)}")
    return OK


@click.command()
@PATHS
@STRICT
@format_of("text", "json", "sarif")
def lint(paths: tuple[str, ...], strict: bool, format_name: str) -> int:
    """Warn, offline, about policies that IAM accepts and hardly anybody means."""
    from iamspec.commands import lint as command  # noqa: PLC0415 - loads the actions of AWS

    return ERROR if _unmeant(command.lint(paths_of(paths)), format_name, strict=strict) and strict else OK


def _unmeant(found: Any, format_name: str, *, strict: bool) -> int:
    """Prints warnings and returns the number of those that are not ignored for a reason."""
    from iamspec.render.lint import LINT_FORMATS  # noqa: PLC0415

    show(LINT_FORMATS[format_name](found, strict=strict))
    return sum(one.reason is None for one in found)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[USER] [ACTION [RESOURCE]]")
@click.option("--who", is_flag=True, help="Ask for everybody: the words are then ACTION [RESOURCE].")
@click.option("--spec", "paths", multiple=True, metavar="PATH", help="The spec that is asked; repeatable. [default: .]")
@click.option("--live", is_flag=True, help="Ask the account instead of a spec.")
@click.option(
    "--context", "pairs", multiple=True, metavar="KEY=VALUE", help="A condition key that is known; repeatable."
)
@format_of("text", "json")
@ACCOUNT
@SNAPSHOT
@click.pass_context
def access(
    context: click.Context, /, words: tuple[str, ...], who: bool, paths: tuple[str, ...], live: bool, **options: Any
) -> int:
    """Ask who may do what: allowed, denied, or what it depends on, and by which statement.

    USER alone lists what the user may do; with an ACTION (and a RESOURCE) it is a question about that.
    """
    from iamspec.access.declared import spec_book  # noqa: PLC0415
    from iamspec.commands.access import ask, live_book  # noqa: PLC0415
    from iamspec.commands.validate import checked, failing_tests  # noqa: PLC0415
    from iamspec.render.access import ACCESS_FORMATS  # noqa: PLC0415

    pairs, format_name = options.pop("pairs"), options.pop("format_name")
    if live or options["snapshot"] is not None:
        book = live_book(port_of(context, options))
    else:
        spec, _ = checked(paths_of(paths))
        for issue in failing_tests(spec):
            say(str(replace(issue, where=f"warning: {issue.where}")))
        book = spec_book(spec)
    show(ACCESS_FORMATS[format_name](ask(book, words, pairs, who=who)))
    return OK


@click.command()
def schema() -> int:
    """Print the JSON Schema of the spec, for editors."""
    from iamspec.desired.published import schema_text  # noqa: PLC0415

    show(schema_text())
    return OK
