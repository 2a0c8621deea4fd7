"""The formats of findings for CI systems, by the names that `--format` knows."""

from collections.abc import Callable

from iamspec.render.results import Results


def _sarif(found: Results) -> str:
    from iamspec.render.sarif import sarif  # noqa: PLC0415 - each format loads its own

    return sarif(found)


def _junit(found: Results) -> str:
    from iamspec.render.junit import junit_of  # noqa: PLC0415

    return junit_of(found)


def _github(found: Results) -> str:
    from iamspec.render.github import annotations  # noqa: PLC0415

    return annotations(found)


RESULT_FORMATS: dict[str, Callable[[Results], str]] = {"github": _github, "junit": _junit, "sarif": _sarif}
