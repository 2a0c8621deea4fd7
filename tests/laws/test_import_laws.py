"""`validate` reads every file that `import` writes, for accounts with hostile names, ids and texts."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hostile import LAWFUL, TEXTS
from hostile_accounts import accounts
from hypothesis import HealthCheck, given, settings, strategies as st
from profiles import law

from iamspec.cli import main
from iamspec.desired.source import parse_yaml
from iamspec.desired.tree import Plain, plain
from iamspec.desired.yaml_text import dump
from iamspec.live.snapshot import SnapshotReader, parse

LAW = settings(
    law(int(os.environ.get("IAMSPEC_IMPORTS", "25"))),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)

# Values


VALUES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=10
)


def typed(value):
    """The texts in a tree that a field could take for null, a flag or a number."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    here = isinstance(value, Plain) and (value in {"", "~", "null", "true", "false"} or value.isdecimal())
    return [*([str(value)] if here else []), *(one for each in inner for one in typed(each))]


@settings(LAW, max_examples=law(300).max_examples)
@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3))
def test_text_that_is_written_is_read_as_the_same_text(value):
    """Kills: 012345678901 as a number, `on` as a flag, a key of `<<`, texts that are folded into others."""
    data = parse_yaml(dump(value), "spec.yaml").data
    assert (plain(data), typed(data)) == (value, [])


@pytest.fixture
def quiet(capsys):
    """Lets the output of each example go."""
    return capsys.readouterr


@LAW
@given(accounts())
def test_an_import_is_valid_and_the_plan_after_it_is_empty(quiet, account):
    """Kills: an id that becomes a number, a name that is a path, a document that validate refuses, a hidden file."""
    with tempfile.TemporaryDirectory() as folder:
        raw, spec, text = Path(folder, "raw.json"), Path(folder, "spec"), Path(folder, "text.yaml")
        raw.write_text(json.dumps(account), encoding="utf-8")
        asked = ["import", "--snapshot", str(raw), *(["--roles"] if account["details"]["RoleDetailList"] else [])]
        assert main([*asked, "--out", str(spec)]) == 0
        quiet()
        assert main(asked) == 0
        text.write_text(quiet().out, encoding="utf-8")
        below = [one for one in Path(folder).rglob("*") if one.is_file() and one not in {raw, text}]
        assert [one for one in below if one.suffix != ".yaml" or one.name.startswith(".")] == []
        for path in (spec, text):
            codes = [
                main(["validate", str(path)]),
                main(["plan", str(path), "--snapshot", str(raw), "--detailed-exitcode"]),
            ]
            assert codes == [0, 0], quiet()


@LAW
@given(accounts())
def test_one_entity_is_imported_as_validly_as_all(quiet, account):
    """Kills: an entity to be pasted into a spec that validate refuses."""
    live = SnapshotReader(parse(json.dumps(account), "raw.json"))
    with tempfile.TemporaryDirectory() as folder:
        raw, spec = Path(folder, "raw.json"), Path(folder, "spec.yaml")
        raw.write_text(json.dumps(account), encoding="utf-8")
        for policy in live.snapshot.details["Policies"][:2]:
            name = policy["Arn"].rpartition("/")[2]
            if set("*?") & set(name) or main(["import", "--snapshot", str(raw), f"policy/{name}"]):
                continue
            printed = quiet().out
            if "\npolicies:\n" in f"\n{printed}":
                spec.write_text(printed, encoding="utf-8")
                assert main(["validate", str(spec)]) == 0, quiet()


@LAW
@given(accounts(roles=True))
def test_an_import_with_roles_and_providers_is_valid_and_the_plan_after_it_is_empty(quiet, account):
    """Kills: a trust policy, an instance profile, a description or a metadata document that comes back as another."""
    with tempfile.TemporaryDirectory() as folder:
        raw, spec, text = Path(folder, "raw.json"), Path(folder, "spec"), Path(folder, "text.yaml")
        raw.write_text(json.dumps(account), encoding="utf-8")
        assert main(["import", "--roles", "--snapshot", str(raw), "--out", str(spec)]) == 0, quiet()
        quiet()
        assert main(["import", "--roles", "--snapshot", str(raw)]) == 0
        text.write_text(quiet().out, encoding="utf-8")
        for path in (spec, text):
            validated = main(["validate", str(path)])
            planned = main(["plan", str(path), "--snapshot", str(raw), "--detailed-exitcode"])
            assert (validated, planned) == (0, 0), quiet()


LEFT = ("/service-role/ is where AWS services put what they make", "which AWS attached because a key leaked")


@LAW
@given(accounts(roles=True, values=[LAWFUL]))
def test_what_iam_can_have_is_written_in_full(quiet, account):
    """Kills: an attribute that comes back as another, which makes the entity an external stub and the plan empty."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "raw.json")
        raw.write_text(json.dumps(account), encoding="utf-8")
        quiet()
        assert main(["import", "--roles", "--snapshot", str(raw)]) == 0
        left = [one for one in quiet().out.splitlines() if one.startswith("#   ") and "/" in one.partition(":")[0]]
    assert [one for one in left if not any(reason in one for reason in LEFT)] == []
