"""The actions that can apply to the Resource of a statement, by the resource types of the reference.

In doubt an action applies: `can_be` is False only if that is
certain.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from iamspec.policy.actions.arns import can_be, service_of, service_of_form
from iamspec.policy.actions.reference import Reference

# Several pages of the Service Authorization Reference share these prefixes, each with actions of the same names. The
# catalogue keeps one of these actions, so nothing is certain about the resources.
SHARED_PREFIX = frozenset(
    {
        "apigateway",
        "aws-marketplace",
        "elasticloadbalancing",
        "greengrass",
        "kinesisanalytics",
        "lex",
        "partnercentral",
        "ses",
    }
)
# The developer guides of these say that an action without resource types needs "*". Other services check some of them
# against a path or a parent, as IAM does with iam:ListUsers. s3:ListAllMyBuckets goes with arn:aws:s3:::* as well, so an
# ARN without a resource stands for the account.
NEEDS_ANY = frozenset({"dynamodb", "ec2", "kms", "lambda", "s3:ListAllMyBuckets"})
WILDCARDS = frozenset("*?")
MOST_LOOKS = 10_000  # services and resources whose actions are kept, each set of some 2 KiB
CHECKS_PATHS = frozenset({"iam"})  # IAM checks iam:ListUsers against a path, though the reference has no type for it


@dataclass(frozen=True, slots=True)
class Forms:
    """The actions of a service: by format of ARN, without any resource type, and all."""

    typed: Mapping[str, int]
    typeless: int
    every: int


class Applicable:
    """Sets of actions by service and resource. Those asked for last are kept.

    `mask` is the set of actions that a pattern matches.
    """

    def __init__(self, reference: Reference, mask: Callable[[str], int]) -> None:
        self._reference = reference
        self._mask = mask
        self._forms: dict[str, Forms] = {}
        self._looked_up = lru_cache(maxsize=MOST_LOOKS)(self._look)

    def of(self, patterns: Collection[str] | None, resources: Sequence[str], named: int) -> int:
        """Those of the named actions that can apply to a resource.

        `patterns` name them, in lower case. None stands for all
        but some.
        """
        found = 0
        for service in self._services(patterns, resources):
            if mine := named & self._of_service(service).every:
                found |= mine & self._on(service, resources)
        return found

    def _services(self, patterns: Collection[str] | None, resources: Iterable[str]) -> Iterable[str]:
        """The services whose actions are named, perhaps, and may apply to a resource."""
        prefixes = {one.partition(":")[0] for one in patterns or ("*",)}
        if all(map(WILDCARDS.isdisjoint, prefixes)):
            return sorted(prefixes & self._known)
        owners = {service_of(one) for one in resources}
        return (
            self._reference.services if None in owners else sorted({near for one in owners for near in self._near(one)})
        )

    def _near(self, owner: str | None) -> set[str]:
        """The services with actions that may apply to a resource of a service, and a few services more."""
        own = str(owner)
        return {own, *CHECKS_PATHS, *self._applying.get(own, ()), *self._applying.get("", ())} & self._known

    @cached_property
    def _applying(self) -> Mapping[str, Sequence[str]]:
        """The services by the services to whose resources their actions can be limited. Empty: to any."""
        found: dict[str, list[str]] = {}
        for service in self._known:
            for owner in {service_of_form(one) or "" for one in self._reference.all_formats(service)}:
                found.setdefault(owner, []).append(service)
        return found

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._reference.services)

    def _on(self, service: str, resources: Iterable[str]) -> int:
        found = 0
        for resource in resources:
            found |= self._looked_up(service, resource)
        return found

    def _look(self, service: str, resource: str) -> int:
        forms = self._of_service(service)
        if service in SHARED_PREFIX and can_be(resource, f"arn:*:{service}:*:*:*"):
            return forms.every
        found = 0
        for form, mask in forms.typed.items():
            if mask & ~found and can_be(resource, form):
                found |= mask
        is_open = service in CHECKS_PATHS or can_be(resource, f"arn:*:{service}:*:*:")
        return found | forms.typeless if is_open else found

    def _of_service(self, service: str) -> Forms:
        if service not in self._forms:
            every = self._mask(f"{service}:*")
            typed: dict[str, int] = {}
            typeless = 0
            for action, formats in self._reference.formats(service):
                mask = self._mask(action)
                typeless |= 0 if formats else mask
                for one in formats:
                    typed[one] = typed.get(one, 0) | mask
            self._forms[service] = Forms(typed, typeless, every)
        return self._forms[service]
