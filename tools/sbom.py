"""Writes the software bill of materials of iamspec, as CycloneDX 1.6 in JSON: `make sbom`.

It lists iamspec and every package that an installation without extras brings along, with the versions that are installed
here, and who needs whom. The same installation gives the same bytes: there is no time in it, and the serial number is
that of its content.
"""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = "iamspec"
EXTRA = re.compile(r";.*\bextra\s*==")
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def sbom() -> dict[str, Any]:
    """The bill of materials of what is installed."""
    found = dict(sorted(_closure(ROOT)))
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**_component(found[ROOT]), "type": "application"}},
        "components": [_component(one) for name, one in found.items() if name != ROOT],
        "dependencies": [
            {"ref": _purl(one), "dependsOn": sorted(_purl(found[need]) for need in _needs(one) if need in found)}
            for one in found.values()
        ],
    }
    serial = uuid5(NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return {"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", **body, "serialNumber": f"urn:uuid:{serial}"}


def _closure(name: str) -> Iterator[tuple[str, Distribution]]:
    """The installed packages behind a name, the name itself first."""
    open_names, seen = [name], set[str]()
    while open_names:
        current = open_names.pop()
        if current in seen:
            continue
        seen.add(current)
        try:
            found = distribution(current)
        except PackageNotFoundError:  # behind a marker, such as one for another system
            continue
        yield current, found
        open_names += _needs(found)


def _needs(found: Distribution) -> list[str]:
    """The names that a package requires without any extra."""
    plain = (one for one in found.requires or () if not EXTRA.search(one))
    return sorted({_normal(match[0]) for one in plain if (match := NAME.match(one))})


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _purl(found: Distribution) -> str:
    return f"pkg:pypi/{_normal(found.name)}@{found.version}"


def _component(found: Distribution) -> dict[str, Any]:
    """A package with its licence as the package writes it."""
    given = found.metadata.get("License-Expression") or ""
    licence: dict[str, Any] = {"licenses": [{"expression": given}]} if given else _named(found)
    purl = _purl(found)
    return {
        "type": "library",
        "bom-ref": purl,
        "name": _normal(found.name),
        "version": found.version,
        "purl": purl,
        **licence,
    }


def _named(found: Distribution) -> dict[str, Any]:
    """The licence out of the classifiers, for packages that have no licence expression."""
    head = "License :: "
    names = sorted(
        one.rpartition(" :: ")[2] for one in found.metadata.get_all("Classifier") or () if one.startswith(head)
    )
    return {"licenses": [{"license": {"name": one}} for one in names]} if names else {}


if __name__ == "__main__":
    json.dump(sbom(), sys.stdout, indent=2)
    sys.stdout.write("\n")
