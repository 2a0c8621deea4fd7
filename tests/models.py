"""Clients of botocore that share what depends on nothing but their service.

By itself each session reads the models of services from the disk,
and each client makes a class with a method for each operation.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from botocore import hooks
from botocore.client import ClientCreator
from botocore.loaders import Loader
from botocore.model import ServiceModel

BEGIN, READ = Loader.__init__, dict[Any, Any]()
CLASS, EMITTER = ClientCreator._create_client_class, hooks.EventAliaser.__init__
CLASSES, NAMES = dict[str, Any](), dict[str, str]()


def begun(loader: Loader, *words: Any, **named: Any) -> None:
    """Makes a loader that knows what each other has read."""
    BEGIN(loader, *words, **named)
    loader._cache = READ


@cache
def _model(service: str, version: str | None) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2", api_version=version), service_name=service)


def _model_of(creator: ClientCreator, service: str, api_version: str | None = None) -> ServiceModel:
    return _model(service, api_version)


def _class_of(creator: ClientCreator, service: str, model: ServiceModel) -> type:
    if service not in CLASSES:
        CLASSES[service] = CLASS(creator, service, model)
    found: type = CLASSES[service]
    return found


def _emitter(aliaser: hooks.EventAliaser, emitter: Any, event_aliases: Any = None) -> None:
    """Makes an emitter that knows the names of events which each other has looked up among the same hundreds of aliases."""
    EMITTER(aliaser, emitter, event_aliases)
    if aliaser._event_aliases == hooks.EVENT_ALIASES:
        aliaser._alias_name_cache = NAMES


def share(patch: Callable[[Any, str, Any], None] = setattr) -> None:
    """Lets all clients share, until the patch ends."""
    patch(Loader, "__init__", begun)
    patch(ClientCreator, "_load_service_model", _model_of)
    patch(ClientCreator, "_create_client_class", _class_of)
    patch(hooks.EventAliaser, "__init__", _emitter)
