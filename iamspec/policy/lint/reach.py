"""Rules about statements that cannot apply to what they name."""

from collections.abc import Iterable, Iterator, Mapping

from iamspec.policy.actions import Catalogue, can_be
from iamspec.policy.actions.applicable import NEEDS_ANY, SHARED_PREFIX
from iamspec.policy.actions.catalogue import everywhere
from iamspec.policy.canonical import DEFAULT_VERSION
from iamspec.policy.lint.subject import Remark, Subject
from iamspec.policy.statement import RESOURCES, Path, Statement

SHOWN = 3  # formats of ARNs in one message


def resource_mismatch(subject: Subject) -> Iterator[Remark]:
    """resource-mismatch: none of the statement's resources can be what the action works on."""
    if subject.on_resource:
        return
    for part in subject.parts:
        resources = [resource for _, resource in part.texts("Resource")]
        if not resources or everywhere(part):
            continue
        for path, action in part.texts("Action"):
            found = subject.catalogue.names(subject.catalogue.mask(action))
            # of a pattern, the actions with types tell what it is meant for
            telling = [one for one in found if subject.catalogue.resource_types(one)] or found
            if telling and not any(_applies(subject.catalogue, one, resources) for one in telling):
                yield Remark("resource-mismatch", path, _mismatch(subject.catalogue, action, telling))


def _applies(catalogue: Catalogue, action: str, resources: Iterable[str]) -> bool:
    """Whether the action may apply to any of the resources.

    False only when certain.
    """
    service = action.partition(":")[0]
    forms = [one.arn for one in catalogue.resource_types(action)]
    if service in SHARED_PREFIX or (not forms and NEEDS_ANY.isdisjoint({service, action})):
        return True
    forms = forms or [f"arn:*:{service}:*:*:"]
    return any(can_be(resource, form) for resource in resources for form in forms)


def _mismatch(catalogue: Catalogue, action: str, found: list[str]) -> str:
    forms = {one.arn for name in found for one in catalogue.resource_types(name)}
    if not forms:
        return f'"{action}" cannot be limited to resources; give it a statement with Resource "*"'
    shortest = sorted(forms, key=lambda form: (len(form), form))
    shown = " or ".join(shortest[:SHOWN]) + (f" or {len(forms) - SHOWN} more" if len(forms) > SHOWN else "")
    return f'"{action}" applies to no resource of this statement; it needs {shown}'


def version_2008_variables(subject: Subject) -> Iterator[Remark]:
    """version-2008-variables: once for a document, at the first text that holds a variable."""
    data = subject.document.data
    version = data.get("Version", DEFAULT_VERSION) if isinstance(data, Mapping) else None
    if version != DEFAULT_VERSION:
        return
    for part in subject.parts:
        for path, text in _texts(part):
            if "${" in text and "${iamspec:" not in text:
                message = f'"{text}" is plain text in Version {DEFAULT_VERSION}, which a missing Version means; '
                yield Remark("version-2008-variables", path, message + 'for variables, write "Version": "2012-10-17"')
                return


def _texts(part: Statement) -> Iterator[tuple[Path, str]]:
    yield from part.texts(*RESOURCES)
    for test in part.tests():
        if test.key is not None:
            place = (*part.path, *test.part.steps)
            yield from ((place, value) for value in test.values if isinstance(value, str))
