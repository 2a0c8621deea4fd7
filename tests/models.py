"""Sessions of botocore that share the models of services. By itself each session reads them from the disk."""

from typing import Any

from botocore.loaders import Loader

BEGIN, READ = Loader.__init__, dict[Any, Any]()


def begun(loader: Loader, *words: Any, **named: Any) -> None:
    """Makes a loader that knows what each other has read."""
    BEGIN(loader, *words, **named)
    loader._cache = READ
