"""The fast ways of reading are held to the slow ones, on random texts."""

from urllib.parse import quote, unquote

import yaml
from hypothesis import example, given, strategies as st
from profiles import law

from iamspec.desired.source import _Builder, parse_yaml
from iamspec.desired.tree import Plain
from iamspec.desired.usual import usual
from iamspec.errors import InvalidSpec, Location
from iamspec.policy.document import unquoted

ENCODED = st.text('%0123456789ABCDEFabcdef é"{', max_size=30)
SCALARS = st.text("ab1~:#'\"-é\n \t", max_size=6) | st.sampled_from(["true", "null", "0042", "2012-10-17", "<<", "k"])
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS | st.just("k"), inner, max_size=3),
    max_leaves=12,
)
ODD = ("&a ", "*a", "!!str ", "<<: ", "k: 1\nk: 2\n", "\t", "---\n", "? ", "[", "}", "")


@st.composite
def files(draw):
    """Files of YAML as programs write them, some with something odd in one place."""
    text = yaml.safe_dump(draw(DATA), default_flow_style=draw(st.sampled_from([None, True, False])), allow_unicode=True)
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(ODD)) + text[at:]


def typed(value):
    """Data with the type of each text, and with the keys in their order."""
    if isinstance(value, dict):
        return [(key, typed(one)) for key, one in value.items()]
    return [typed(one) for one in value] if isinstance(value, list) else (value, isinstance(value, Plain))


def built(text):
    """The data of a file as the builder with places reads it, or None if it finds anything wrong."""
    builder = _Builder("f.yaml")
    try:
        data = builder.build(text)
    except InvalidSpec:
        return None
    return None if builder.issues else typed(data)


@given(files())
def test_a_file_is_read_quickly_as_the_builder_with_places_reads_it_or_left_to_it(text):
    """Kills: a key that stands twice and is not seen, a merge read as a key, and quoted text taken for plain text."""
    quick = usual(text)
    assert quick is None or typed(quick) == built(text)


def test_a_usual_file_is_read_quickly_and_an_odd_one_is_not():
    """Kills: a quick way that is never taken, and an anchor, a tag or a second document that it takes."""
    assert typed(usual("users:\n  ann: {groups: [devs, 'true']}\n")) == [
        ("users", [("ann", [("groups", [("devs", True), ("true", False)])])])
    ]
    odd = [
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: 1\na: 2\n",
        "a: 1\n---\nb: 2\n",
        "a: {<<: {b: 1}}\n",
        "a: [",
        "[" * 42,
    ]
    assert [usual(text) for text in odd] == [None] * len(odd)


@given(ENCODED | ENCODED.map(quote) | st.text(max_size=20).map(lambda text: quote(text, safe="")))
def test_percent_encoding_is_taken_off_as_the_standard_library_does(text):
    """Kills: a code that is made of two others, such as %2520, and a sign beyond ASCII cut in two."""
    assert unquoted(text) == unquote(text)


SECTIONS = ("users", "groups")
NAMES = st.sampled_from(["ann", "bob", "a:b", "- x", "'q", "0042", "null", "x y"]) | SCALARS
SPECS = st.dictionaries(
    st.sampled_from(SECTIONS) | SCALARS, st.dictionaries(NAMES, DATA, max_size=4) | DATA, max_size=3
)


@st.composite
def spec_files(draw):
    """Specs as programs write them, or as hands do: odd in a place, with comments, in other indentations."""
    text = yaml.safe_dump(
        draw(SPECS),
        default_flow_style=draw(st.sampled_from([None, False])),
        indent=draw(st.sampled_from([2, 4])),
        width=draw(st.sampled_from([5, 80])),
        allow_unicode=True,
    )
    lines = text.split("\n")
    for line in draw(
        st.lists(st.sampled_from(["# bob:", "  # ann:", "", "  bob:", "    ann:", "  - ann", "users:"]), max_size=2)
    ):
        lines.insert(draw(st.integers(0, len(lines))), line)
    return "\n".join(lines)


def steps_of(value, before=()):
    """The path of every value."""
    yield before
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from steps_of(one, (*before, key))


@law(300)
@given(spec_files())
@example("users:\n  ann: {groups: [devs]}\n  bob:\n    path: /x/\n")
@example('users:\n  ann:\n    path: "\n  bob:\n    path: /x/\n  "\n  "bob":\n    path: /y/\n')
@example("users:\n  ann:\n  - x\n  bob: {}\n")
@example("users:\n    ann: {path: /a/,\n    bob: x}\n    'bob': y\n")
def test_a_place_in_an_entity_that_is_read_alone_is_its_place_in_the_whole_file(text):
    """Kills: a line of a quoted text that is taken for a key, and lines that are counted from the entity."""
    if usual(text) is None:
        return
    for key in (False, True):
        alone, whole = parse_yaml(text, "f.yaml"), parse_yaml(text, "f.yaml")
        whole.excerpt = None
        for steps in steps_of(whole.data):
            assert alone.location(steps, key=key) == whole.location(steps, key=key)


def test_an_entity_of_a_usual_file_is_read_alone():
    """Kills: a short way that is never taken."""
    tree = parse_yaml("users:\n  ann: {groups: [devs]}\n\n  bob:\n    path: /x/\ngroups:\n  devs: {}\n", "f.yaml")
    found = [
        tree.location(steps) for steps in (("users", "ann", "groups", 0), ("users", "bob", "path"), ("groups", "devs"))
    ]
    assert found == [Location("f.yaml", 2, 18), Location("f.yaml", 5, 11), Location("f.yaml", 7, 9)]
    assert tree.placed is None
