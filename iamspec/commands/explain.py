"""Every topic of `iamspec explain`: commands, keys of spec and fleet.yaml, guards, warnings, checks, words.

Texts come from their owners. Nothing here loads the models of a
spec or the checks, so that an answer comes at once.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from iamspec.commands.guides import guide, titles
from iamspec.commands.spec_keys import FLEET, NAME, Key, all_keys, example, find, fleet_keys, type_of
from iamspec.commands.words import WORDS
from iamspec.commands.yaml_example import written
from iamspec.errors import IamspecError
from iamspec.policy.lint_texts.texts import OF_SPECS, TEXTS
from iamspec.review.texts import GUARD_TEXTS
from iamspec.status.published import check_texts

INTRODUCTION = (
    "A topic is a command, a page, a key of the spec (users.access_keys) or of fleet.yaml (fleet.waves), a guard, a "
    "code of a warning, a check of the security status, or a word."
)
LEFT_OUT = " Left out: "
MOST_SEEN = 6


@dataclass(frozen=True, slots=True)
class Explanation:
    """A topic: a headline, paragraphs, items of a list, an example as YAML, and further topics."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    example: str = ""
    see: tuple[str, ...] = ()


Commands = Mapping[str, str]  # the help of each command by its name, as in `fleet plan`
NO_COMMANDS: Commands = {}


def explain(topic: str, commands: Commands = NO_COMMANDS) -> list[Explanation]:
    """Everything that a topic may mean. Raises IamspecError if it means nothing."""
    name = topic.strip().rstrip(".")
    found = [*_of_commands(name.removeprefix("iamspec "), commands), *(one for look in LOOKS for one in look(name))]
    if not found:
        near = get_close_matches(name.lower(), sorted(topics() | commands.keys()), n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}"?' if near else "`iamspec explain` lists what there is"
        raise IamspecError(f'nothing is called "{topic}"; {hint}')
    return found


def topics() -> set[str]:
    """Every name that can be explained, apart from the commands."""
    keys = {name.replace(".NAME", "").replace(".KIND", "") for name in [*all_keys(), *fleet_keys()]}
    return (
        keys
        | titles().keys()
        | WORDS.keys()
        | GUARD_TEXTS.keys()
        | TEXTS.keys()
        | OF_SPECS.keys()
        | check_texts().keys()
        | set(LISTS)
    )


def overview() -> list[Explanation]:
    """The answer to no topic."""
    return [
        Explanation(
            "iamspec explain TOPIC",
            (INTRODUCTION, f"Lists: commands, {', '.join(LISTS)}. Pages:"),
            tuple(titles().items()),
            see=("users", "iamspec explain keys", "iamspec explain words"),
        )
    ]


# One kind of topic each


def _of_commands(name: str, commands: Commands) -> Iterator[Explanation]:
    """A command, or the list of them."""
    if name == "commands":
        yield _listed("The commands", {one: text.partition("\n\n")[0] for one, text in commands.items()})
    if name in commands:
        below = tuple(f"iamspec explain {one}" for one in commands if one.startswith(f"{name} "))
        paragraphs = (*commands[name].split("\n\n"), f"iamspec {name} --help lists the options.")
        yield Explanation(f"iamspec {name}: a command", paragraphs, see=below)


def _of_guides(name: str) -> Iterator[Explanation]:
    if one := guide(name):
        yield Explanation(one.title, one.paragraphs, see=one.see)


def _of_lists(name: str) -> Iterator[Explanation]:
    if name in LISTS:
        yield LISTS[name]()


def _of_keys(name: str) -> Iterator[Explanation]:
    """A whole path, or the end of exactly one or of a few."""
    words = [word.partition("[")[0] for word in name.split(".") if word]
    key = find(words) if words and (words[0] in all_keys() or name in fleet_keys()) else None
    if key is not None and not _is_typo(key, words[-1]):
        yield _key(key)
        return
    ends = [one for dotted, one in (all_keys() | fleet_keys()).items() if dotted.endswith(f".{name}")]
    if len(ends) == 1:
        yield _key(ends[0])
    elif ends:
        paths = tuple(one.dotted.replace(".NAME", "").replace(".KIND", "") for one in ends)
        yield Explanation(f"{name}: a key of {len(ends)} kinds", (ends[0].description,), see=paths)


def _is_typo(key: Key, word: str) -> bool:
    """Whether a word that was taken for a name is nearly a key that stands behind names."""
    return key.path[-1] == NAME and bool(get_close_matches(word, key.children, n=1, cutoff=0.8))


def _key(key: Key) -> Explanation:
    text, _, default = key.description.partition(LEFT_OUT)
    head = f"{key.dotted}: {type_of(key.schemas[-1])}"
    shown = example(key)
    return Explanation(
        f"{head}; default: {default.rstrip('.')}" if default else head,
        tuple(text.split("\n\n")),
        example=written(shown) if shown is not None else "",
        see=tuple(_related(key)),
    )


def _related(key: Key) -> Iterator[str]:
    """The keys below, or else those beside it.

    Words that refer to it follow.
    """
    bare = key.dotted.replace(".NAME", "").replace(".KIND", "")
    if key.children:
        yield from (f"{bare}.{child}" for child in key.children)
    else:
        parent, _, own = bare.rpartition(".")
        above = find(parent.split(".")) if parent else None
        beside = [child for child in above.children if child != own] if above else []
        yield from (f"{parent}.{child}" for child in beside[:MOST_SEEN])
    yield from (f"iamspec explain {word.name}" for word in WORDS.values() if bare in word.see)


def _of_guards(name: str) -> Iterator[Explanation]:
    if one := GUARD_TEXTS.get(name):
        allow = name if one.bare else f"{name}:user/alice"
        yield Explanation(
            f"{name}: a guard",
            (f"It complains when {one.sees}", one.why, one.way_out, f"One complaint is lifted with --allow {allow}"),
            see=("guards",),
        )


def _of_lint(name: str) -> Iterator[Explanation]:
    if one := TEXTS.get(name) or OF_SPECS.get(name):
        command = "lint" if name in TEXTS else "validate"
        yield Explanation(
            f"{name}: a warning of iamspec {command}: {one.title}",
            (one.why, one.cure),
            example=one.example,
            see=("users.lint.ignore",),
        )


def _of_checks(name: str) -> Iterator[Explanation]:
    if one := check_texts().get(name):
        rated = f", severity {one['severity']}" if one["severity"] else ""
        ids = ", ".join(f"{framework} {number}" for framework, number in one["frameworks"].items())
        yield Explanation(
            f"{name}: a check of iamspec status{rated}: {one['title']}",
            (one["why"], one["about"], f"Cure: {one['cure']}", *([f"Known as: {ids}."] if ids else ())),
            see=("status.accept",),
        )


def _of_words(name: str) -> Iterator[Explanation]:
    if one := WORDS.get(name.lower()):
        yield Explanation(f"{one.name}: a word of iamspec", (one.meaning,), see=one.see)


LOOKS: tuple[Callable[[str], Iterator[Explanation]], ...] = (
    _of_guides,
    _of_keys,
    _of_guards,
    _of_lint,
    _of_checks,
    _of_words,
    _of_lists,
)


# Lists


def _listed(title: str, texts: Mapping[str, str]) -> Explanation:
    return Explanation(title, items=tuple(sorted(texts.items())))


def _of_every_key(title: str, keys: Mapping[str, Key]) -> Explanation:
    return _listed(title, {name: one.description.partition(LEFT_OUT)[0] for name, one in keys.items()})


LISTS: dict[str, Callable[[], Explanation]] = {
    "keys": lambda: _of_every_key("The keys of a spec", all_keys()),
    "fleet.yaml": lambda: _of_every_key(f"The keys of fleet.yaml, each after `{FLEET}`", fleet_keys()),
    "guards": lambda: _listed("The guards", {name: f"complains when {one.sees}" for name, one in GUARD_TEXTS.items()}),
    "lint": lambda: _listed(
        "The warnings about policies and users", {name: f"{one.title}." for name, one in (TEXTS | OF_SPECS).items()}
    ),
    "checks": lambda: _listed(
        "The checks of iamspec status", {name: f"{one['title']}." for name, one in check_texts().items()}
    ),
    "pages": lambda: _listed("Longer explanations", titles()),
    "words": lambda: _listed("The words of iamspec", {name: one.meaning for name, one in WORDS.items()}),
}
