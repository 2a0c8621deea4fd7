"""Commands that need only a spec: validate, lint, access."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from iamspec.cli.options import (
    ACCOUNT,
    CI_FORMATS,
    CONFIDENTIAL_FORMATS,
    PATHS,
    SNAPSHOT,
    STRICT,
    format_of,
    paths_of,
    port_of,
)
from iamspec.cli.output import ERROR, OK, counted, reported, say, show


@click.command()
@PATHS
@STRICT
@format_of("text", *CI_FORMATS)
def validate(paths: tuple[str, ...], strict: bool, format_name: str) -> int:
    """Check a spec, offline: all errors with file and line.

    With --strict its policies are linted too, and warnings are
    errors.
    """
    from iamspec.commands.validate import validate as check  # noqa: PLC0415 - each command loads what it needs
    from iamspec.desired.lint import findings  # noqa: PLC0415

    with reported("validate", format_name):
        spec, warnings = check(paths_of(paths), datetime.now(UTC).date())
    found = findings(spec) if strict else []
    for warning in warnings if format_name == "text" else ():
        say(str(replace(warning, where=f"{'error' if strict else 'warning'}: {warning.where}".rstrip(": "))))
    if format_name != "text":
        _show_validated(warnings, found, format_name, strict=strict)
    elif strict:
        _show_lint(found, format_name, strict=True)
    if strict and (warnings or _unmeant(found)):
        return ERROR
    _say_counts(spec)
    return OK


def _show_validated(warnings: Any, found: Any, format_name: str, *, strict: bool) -> None:
    """The warnings about a spec, with those about its policies where `strict`, in a format for CI systems."""
    from iamspec.render.lint import results  # noqa: PLC0415
    from iamspec.render.result_formats import RESULT_FORMATS  # noqa: PLC0415
    from iamspec.render.results import of_issues  # noqa: PLC0415

    made = of_issues("validate", (), warnings, strict=strict)
    linted = results(found, strict=strict)
    if strict:
        made = replace(made, rules=(*made.rules, *linted.rules), results=(*made.results, *linted.results))
    show(RESULT_FORMATS[format_name](made), format_name)


def _say_counts(spec: Any) -> None:
    from iamspec.kinds import SCOPED  # noqa: PLC0415

    numbers = {kind: sum(one.kind == kind.name for one in spec.entities) for kind in SCOPED.values()}
    counts = [
        counted(number, kind.noun(1), kind.noun(2)) for kind, number in numbers.items() if number or not kind.by_request
    ]
    say(f"ok: {', '.join(counts)}")


@click.command()
@PATHS
@STRICT
@format_of("text", "json", *CI_FORMATS)
def lint(paths: tuple[str, ...], strict: bool, format_name: str) -> int:
    """Warn, offline, about policies with unwanted effects."""
    from iamspec.commands import lint as command  # noqa: PLC0415 - loads the actions of AWS

    with reported("lint", format_name):
        found = command.lint(paths_of(paths))
    _show_lint(found, format_name, strict=strict)
    return ERROR if strict and _unmeant(found) else OK


def _show_lint(found: Any, format_name: str, *, strict: bool) -> None:
    from iamspec.render.lint import LINT_FORMATS  # noqa: PLC0415

    show(LINT_FORMATS[format_name](found, strict=strict), format_name)


def _unmeant(found: Any) -> int:
    """The number of warnings that are not ignored for a reason."""
    return sum(one.reason is None for one in found)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[USER] [ACTION [RESOURCE]]")
@click.option("--who", is_flag=True, help="Ask for everybody: the words are then ACTION [RESOURCE].")
@click.option("--spec", "paths", multiple=True, metavar="PATH", help="The spec that is asked; repeatable. [default: .]")
@click.option("--live", is_flag=True, help="Ask the account instead of a spec.")
@click.option(
    "--context", "pairs", multiple=True, metavar="KEY=VALUE", help="A condition key that is known; repeatable."
)
@format_of("text", "json", "html")
@ACCOUNT
@SNAPSHOT
@click.pass_context
def access(
    context: click.Context, /, words: tuple[str, ...], who: bool, paths: tuple[str, ...], live: bool, **options: Any
) -> int:
    """Ask who may do what, of live IAM or of the spec.

    The answer is allowed, denied or depends, with its statements.
    USER alone lists everything that the user may do. USER with an
    ACTION (and a RESOURCE) is a question about that action.
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
    answer = ACCESS_FORMATS[format_name](ask(book, words, pairs, who=who))
    show(answer, format_name, confidential=format_name in CONFIDENTIAL_FORMATS)
    return OK


@click.command()
def schema() -> int:
    """Print the JSON Schema of the spec, for editors."""
    from iamspec.desired.published import schema_text  # noqa: PLC0415

    show(schema_text(), "json")
    return OK
