"""The spec: files read, held against the shapes of the kinds, and merged into one value."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

from pydantic import Field, create_model

from iamspec.desired.documents import real, with_documents
from iamspec.desired.enclosing import wholes
from iamspec.desired.files import MAX_SPEC_BYTES, Root
from iamspec.desired.scope import Scope
from iamspec.desired.sections import ENTITIES
from iamspec.desired.settings import KEYS, Settings
from iamspec.desired.several import Sources
from iamspec.desired.source import parse_yaml
from iamspec.desired.spec_file import Place, SpecFile, entities as entities_of, has_sections, is_nothing
from iamspec.desired.tree import Block, Plain
from iamspec.desired.validation import salvaged, validated
from iamspec.desired.variables import ForAccount
from iamspec.errors import InvalidSpec, Issue, Location, PartOfSpec
from iamspec.kinds import KINDS, SECTIONS
from iamspec.kinds.account import ADDRESS as ALIAS, AccountSpec
from iamspec.kinds.contract import Address, Declared, Shape, dotted
from iamspec.kinds.fields import Text
from iamspec.kinds.password_policy import PASSWORD_POLICY

TEXT = "spec.yaml"  # stands for the file of a spec that was never one


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Spec:
    """The files of a spec as a value.

    `check` compares the parts with each other.
    """

    settings: Settings
    entities: Mapping[Address, Declared[Any]]
    broken: Mapping[Address, Location] = field(
        default_factory=dict
    )  # the usable part of entities with a wrong shape, if any
    whole: bool = True  # whether every file could be read, so that what is not here is not declared
    source: Sources | None = field(default=None, compare=False)  # of the settings
    warnings: tuple[Issue, ...] = ()  # about the settings of several PATHs
    sections: frozenset[str] = frozenset()  # of entities, empty ones too
    variables: Mapping[str, str] = field(default_factory=dict)  # what a fleet adds to `${iamspec:…}`

    @property
    def scope(self) -> Scope:
        """The scope of the spec."""
        return Scope(self.settings.scope, self.sections)

    def of(self, kind: str) -> Iterator[Declared[Any]]:
        return (one for address, one in self.entities.items() if address.kind == kind)

    def issue(self, message: str, *path: str | int) -> Issue:
        """An error in the settings, with its place."""
        return Issue(message, self.source.location(path) if self.source else None, dotted(path))

    @property
    def absent(self) -> dict[Address, date]:
        """The tombstones: an address, and the day before which it must have been created."""
        return {
            Address(SECTIONS[section].name, name): day
            for section, names in self.settings.absent.items()
            for name, day in names.items()
        }

    @property
    def digest(self) -> str:
        """A hash of the whole spec.

        The files and their order do not matter.
        """
        said = {str(address): one.shape.model_dump(mode="json") for address, one in self.entities.items()}
        silent = {"status"} if self.settings.drift.accept else {"status", "drift"}  # they have no say in a plan
        settings = self.settings.model_dump(mode="json", exclude={*silent, "guards"})
        settings["guards"] = self.settings.guards.written()
        for section in (one for one in ENTITIES if SECTIONS[one].by_request and settings["scope"][one] is None):
            del settings["scope"][section]  # a spec says the same when iamspec learns a kind that it does not ask for
        if not settings["scope"]["trusted_accounts"]:
            del settings["scope"]["trusted_accounts"]
        asked = [section for section in sorted(self.sections) if SECTIONS[section].by_request]
        value = {"settings": settings, "entities": said, **({"sections": asked} if asked else {})}
        if self.variables:
            value["variables"] = dict(self.variables)
        return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@cache
def file_shape() -> type[Shape]:
    """The model of one spec file: the settings, and a section for each kind."""
    fields: dict[str, Any] = {name: (one.annotation, one) for name, one in Settings.model_fields.items()}
    for section in ENTITIES:
        shape: Any = SECTIONS[section].shape
        fields[section] = (
            dict[Text, shape],
            Field(default_factory=dict, description=cleandoc(shape.__doc__ or ""), examples=[dict(shape.sample)]),
        )
    return create_model("SpecFile", __base__=Shape, **fields)


def load(paths: Sequence[str], account: ForAccount | None = None) -> tuple[Spec, list[Issue]]:
    """The spec in the PATHs, merged, and all faults of its files.

    Well-formed parts of faulty files are included. `account` is
    the account of a fleet that the spec is read for. Raises
    PartOfSpec if the settings stand above the PATHs.
    """
    issues: list[Issue] = []
    unread: dict[Path, list[Issue]] = {}
    files = _read(paths, issues, unread)
    read = {file.real for file in files}
    spec = _merged(with_documents(files, issues, unread), issues)
    issues += [issue for found in unread.values() for issue in found]
    all_read = unread.keys() <= read
    if all_read and spec.source is None:
        _refuse_part(paths, spec.entities)
    if account is not None:
        spec = _of_fleet(spec, account, issues)
    return replace(spec, whole=all_read), issues


def _of_fleet(spec: Spec, account: ForAccount, issues: list[Issue]) -> Spec:
    """The spec for an account of a fleet, which names the account where the settings do not."""
    declared = spec.settings.account
    if declared and declared.id and declared.id != account.id:
        issues.append(spec.issue(f"this spec is for account {declared.id}, and not for {account.id}", "account", "id"))
    named = (declared or AccountSpec()).model_copy(update={"id": account.id})
    pruning: dict[str, Any] = {"prune": False} if account.keeps_undeclared else {}
    settings = spec.settings.model_copy(update={"account": named, **pruning})
    return replace(spec, settings=settings, variables=dict(account.variables))


def parsed(texts: Iterable[str]) -> tuple[Spec, list[Issue]]:
    """The spec in texts.

    A `{file: …}` in them names no file. Raises InvalidSpec if a
    text is no YAML.
    """
    issues: list[Issue] = []
    path = Path(TEXT)
    root = Root(TEXT, path.parent, path)
    return _merged([SpecFile(root, path, parse_yaml(text, TEXT), path) for text in texts], issues), issues


def _merged(files: Sequence[SpecFile], issues: list[Issue]) -> Spec:
    """One spec out of files, and everything wrong with their sections."""
    entities: dict[Address, Declared[Any]] = {}
    broken: dict[Address, Location] = {}
    settings: list[SpecFile] = []
    sections: set[str] = set()
    for file in files:
        if not has_sections(file, issues):
            continue
        sections |= {section for section in ENTITIES if section in file.tree.data}
        if file.has_settings:
            settings.append(file)
        for address, declared, whole in entities_of(file.tree, issues):
            if address in entities or address in broken:
                first = entities[address].locate(()) if address in entities else broken[address]
                place = file.tree.location(_base(address), key=True)
                issues.append(Issue(f"declared twice; first at {first}", place, str(address)))
                continue
            if not whole:
                broken[address] = file.tree.location(_base(address), key=True)
            if declared is not None:
                entities[address] = declared
    spec = replace(_with_settings(entities, broken, settings, issues), sections=frozenset(sections))
    for file in files:
        file.tree.data = None  # the spec has all of it, and for places a tree has the text
    return spec


def _refuse_part(paths: Sequence[str], entities: Iterable[Address]) -> None:
    """Raises PartOfSpec if a folder above a PATH has the settings that no PATH has."""
    if all(Path(typed).exists() for typed in paths) and (settings := wholes(paths)):
        raise PartOfSpec(paths, settings, entities)


def _base(address: Address) -> tuple[str, str]:
    return KINDS[address.kind].section, address.name


def _read(paths: Sequence[str], issues: list[Issue], unread: dict[Path, list[Issue]]) -> list[SpecFile]:
    files: dict[Path, SpecFile] = {}
    for typed in paths:
        try:
            root = Root.of(typed)
            found = list(root.files(issues))
        except InvalidSpec as error:
            issues += error.issues
            continue
        if not found:
            issues.append(
                Issue("no spec file (*.yaml or *.yml) in this folder; `iamspec init` begins a spec", Location(typed))
            )
        for path in found:
            place = real(path) if path.is_symlink() else path  # the folders above are resolved
            try:
                doubled: list[Issue] = []
                tree = parse_yaml(root.read(path, MAX_SPEC_BYTES), root.shown(path), doubled=doubled)
                files.setdefault(place, SpecFile(root, path, tree, place))
            except InvalidSpec as error:
                unread[place] = list(error.issues)
            else:
                if doubled:
                    unread[place] = doubled
    return list(files.values())


# The settings


def _with_settings(
    entities: dict[Address, Declared[Any]],
    broken: Mapping[Address, Location],
    files: Sequence[SpecFile],
    issues: list[Issue],
) -> Spec:
    """The spec with the settings of each PATH, of which the later may add or tighten."""
    if not files:
        return Spec(Settings(), entities, broken)
    sources, is_valid = Sources(), True
    chosen = list(_one_for_each_path(files, issues))
    for file in chosen:
        data = _said(file)
        is_valid = validated(Settings, data, file.tree, issues) is not None and is_valid
        if is_valid or not sources.places:
            issues += sources.add(file.tree, data)
        issues += _unquoted_id(file)
    warnings = tuple(_unless_all_prune(sources, chosen))
    settings = Settings.model_validate(sources.data) if is_valid else _salvaged_settings(sources.data)
    if settings.account is not None:
        for address in (ALIAS, PASSWORD_POLICY):
            entities[address] = Declared(address, settings.account, Place(sources, ("account",)))
    return Spec(settings, entities, broken, source=sources, warnings=warnings)


def _one_for_each_path(files: Sequence[SpecFile], issues: list[Issue]) -> Iterator[SpecFile]:
    found: dict[Root, SpecFile] = {}
    for file in files:
        if (first := found.setdefault(file.root, file)) is file:
            yield file
            continue
        key = next(key for key in KEYS if key in file.tree.data)
        place = file.tree.location((key,), key=True)
        issues.append(Issue(f"settings stand in one file; {first.tree.file} has them already", place, key))


def _said(file: SpecFile) -> dict[str, Any]:
    """The settings of a file, as written.

    Keys without a value are reported elsewhere.
    """
    data = file.tree.data
    return {key: one for key, one in data.items() if key in Settings.model_fields and not is_nothing(one)}


def _unquoted_id(file: SpecFile) -> Iterator[Issue]:
    account = file.tree.data.get("account")
    if isinstance(account, Block) and isinstance(account.get("id"), Plain):
        message = 'an account id is text: write it with quotes, as in "123456789012"'
        yield Issue(message, file.tree.location(("account", "id")), "account.id")


def _unless_all_prune(sources: Sources, files: Sequence[SpecFile]) -> Iterator[Issue]:
    """Turns prune off where a PATH with settings does not turn it on.

    It warns where another PATH turns it on.
    """
    silent = [file for file in files if "prune" not in file.tree.data]
    if silent and "prune" in sources.data:
        if sources.data["prune"] != "false":
            message = f"prune is off, as {silent[0].tree.file} has settings and does not say `prune: true`, too"
            yield Issue(message, sources.location(("prune",)), "prune")
        del sources.data["prune"]


def _salvaged_settings(data: Mapping[str, Any]) -> Settings:
    left = salvaged(Settings, data) or Settings()
    return left if left.account else left.model_copy(update={"prune": False})  # the account's id may be what is faulty
