"""Rules about names: actions, services and condition keys that do not exist."""

from collections.abc import Iterator

from iamspec.policy.actions import Catalogue
from iamspec.policy.lint import aws_names
from iamspec.policy.lint.subject import Remark, Subject, quoted
from iamspec.policy.statement import ACTIONS, Path


def actions(subject: Subject) -> Iterator[Remark]:
    """unknown-service, unknown-action, not-an-action and no-such-wildcard: one of them at most for each name."""
    for part in subject.parts:
        for path, action in part.texts(*ACTIONS):
            if ":" in action and not subject.catalogue.mask(action) and not _is_of_aws(subject.catalogue, action):
                yield _unknown(subject.catalogue, path, action)


def _is_of_aws(catalogue: Catalogue, action: str) -> bool:
    """Whether AWS's own policies name the action, or the service if the reference has no page for it."""
    service = action.partition(":")[0]
    return aws_names.has_action(action) or (
        service.lower() not in catalogue.services and aws_names.has_service(service)
    )


def _unknown(catalogue: Catalogue, path: Path, action: str) -> Remark:
    service = action.partition(":")[0]
    is_pattern = "*" in action or "?" in action
    if service.lower() not in catalogue.services and not ("*" in service or "?" in service):
        meant = [] if is_pattern else catalogue.suggest(action)
        meant = meant or catalogue.suggest_service(service)
        return Remark("unknown-service", path, f'no service with the prefix "{service}" is known{_hint(meant)}')
    if is_pattern:
        hint = "check its spelling" if action.split() == [action] else "take out its white space"
        return Remark("no-such-wildcard", path, f'"{action}" matches no known action; {hint}')
    if behind := catalogue.operation(action):
        needed = " and ".join(f'"{one}"' for one in behind)
        return Remark("not-an-action", path, f'"{action}" is an operation of the API, not an action; it needs {needed}')
    return Remark("unknown-action", path, f'no action "{action}" is known{_hint(catalogue.suggest(action))}')


def condition_keys(subject: Subject) -> Iterator[Remark]:
    """unknown-condition-key: AWS sets no such key, so that the test has no effect."""
    keys = subject.catalogue.keys
    for part in subject.parts:
        for test in part.tests():
            if test.key is not None and not keys.known(test.key) and not aws_names.has_key(test.key):
                hint = _hint(keys.suggest(test.key))
                message = f'no condition key "{test.key}" is known{hint}'
                yield Remark("unknown-condition-key", (*part.path, *test.part.steps), message)


def _hint(meant: list[str]) -> str:
    return f"; did you mean {quoted(meant)}?" if meant else "; look it up in the Service Authorization Reference"
