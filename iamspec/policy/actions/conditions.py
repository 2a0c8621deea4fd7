"""The existing condition keys: global keys, keys of each service, and keys of sign-in providers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from iamspec.policy.actions.reference import Reference, package_data
from iamspec.policy.actions.spelling import nearest

SINGLE = frozenset({"events:detail-type"})  # the reference calls it a list. Policies of AWS compare it as a text
PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$")  # all three ways occur in the reference


@dataclass(frozen=True, slots=True)
class Carried:
    """The condition keys of an action in lower case.

    These are whole keys, and beginnings of keys such as
    `aws:requesttag/`.
    """

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, keys: Iterable[str]) -> "Carried":
        parted = [PLACEHOLDER.split(key.lower(), maxsplit=1) for key in keys]
        return cls(
            frozenset(whole for whole, *rest in parted if not rest),
            tuple(sorted(beginning for beginning, *rest in parted if rest)),
        )

    def __contains__(self, key: str) -> bool:
        return key in self.whole or key.startswith(self.beginnings)


class ConditionKeys:
    """Condition keys by service, read service by service.

    Case is ignored, as in IAM.
    """

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._beginnings: dict[str, Mapping[str, str]] = {}

    def known(self, key: str) -> bool:
        """Whether the key exists. Keys with a prefix outside AWS cannot be judged."""
        prefix = key.partition(":")[0].lower()
        if prefix == key.lower():
            return False
        if prefix == "aws":
            return bool(self._global.fullmatch(key))
        if prefix not in self.reference.services:
            return True
        return bool(self._of(prefix).fullmatch(key) or self._foreign.fullmatch(key))

    def multivalued(self, key: str) -> bool:
        """Whether requests may carry several values of a key of a service."""
        return bool(self._multivalued.fullmatch(key)) and key.lower() not in SINGLE

    def suggest(self, key: str) -> list[str]:
        """The keys of the same prefix that a wrong key may stand for.

        The name of a tag is kept.
        """
        stems = self._stems(key)
        head, slash, tail = key.partition("/")
        stem = (head + slash).lower()
        meant = [f"{stem}/"] if f"{stem}/" in stems else nearest(stem, stems)
        return [PLACEHOLDER.sub(lambda found: tail or found[0], stems[one], count=1) for one in meant]

    def spelling(self, key: str) -> str:
        """The key as AWS writes it.

        The name of a tag, and an unknown key, stay as they are.
        """
        head, slash, tail = key.partition("/")
        written = self._stems(key).get((head + slash).lower())
        return PLACEHOLDER.sub(lambda _: tail, written, count=1) if written else key

    def _stems(self, key: str) -> Mapping[str, str]:
        """The keys of the same prefix by their beginnings in lower case."""
        prefix = key.partition(":")[0].lower()
        if prefix not in self._beginnings:
            tables = package_data("global-condition-keys.json")
            known = (
                tables["keys"] if prefix == "aws" else self._own(prefix) if prefix in self.reference.services else ()
            )
            self._beginnings[prefix] = {PLACEHOLDER.split(one)[0].lower(): one for one in known}
        return self._beginnings[prefix]

    def _own(self, service: str) -> list[str]:
        return [key for key in self.reference.service_keys(service) if key.lower().startswith(f"{service}:")]

    def _of(self, service: str) -> re.Pattern[str]:
        if service not in self._patterns:
            self._patterns[service] = _pattern(self._own(service))
        return self._patterns[service]

    @cached_property
    def _global(self) -> re.Pattern[str]:
        return _pattern(package_data("global-condition-keys.json")["keys"])

    @cached_property
    def _multivalued(self) -> re.Pattern[str]:
        services = self.reference.services
        return _pattern({key for service in services for key in self.reference.multivalued_keys(service)})

    @cached_property
    def _foreign(self) -> re.Pattern[str]:
        """The keys that a service offers to other services.

        Their pages list the keys under its prefix.
        """
        found = set(package_data("global-condition-keys.json")["cross_service"])
        for service in self.reference.services:
            own = (f"{service}:", "aws:")
            found.update(key for key in self.reference.service_keys(service) if not key.lower().startswith(own))
        return _pattern(found)


def _pattern(keys: Iterable[str]) -> re.Pattern[str]:
    """What matches any of the keys, `${TagKey}` standing for any text."""
    forms = sorted(".+".join(map(re.escape, PLACEHOLDER.split(key))) for key in keys)
    return re.compile("|".join(forms) or r"(?!)", re.IGNORECASE | re.DOTALL)
