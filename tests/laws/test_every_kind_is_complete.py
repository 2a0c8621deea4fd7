"""Every kind says all that the stages ask: each field goes the whole way, and no guard is blind for an entity."""

import pytest
from completeness import CHECKS as FIELDS, Case
from completeness_guards import GUARDS
from half_made import ForgetfulKind, HalfKind, PowerlessKind
from samples import HELD, SAMPLES, pair

from iamspec.kinds import KINDS, RANK, SCOPED
from iamspec.kinds.operations import OPERATIONS

CHECKS = {**FIELDS, **GUARDS}
HALF = {"path": pair("path", "/a/", "/b/"), **HELD, "permissions_boundary": pair("permissions_boundary", "p1", "p2")}

MISSING: dict[tuple[str, str], str] = {}  # what is known to be missing, and why

PAIRS = [
    pytest.param(
        kind,
        check,
        id=f"{kind}-{check}",
        marks=[pytest.mark.xfail(strict=True, reason=MISSING[kind, check])] if (kind, check) in MISSING else [],
    )
    for kind in KINDS
    for check in CHECKS
]


@pytest.mark.parametrize(("kind", "check"), PAIRS)
def test_every_kind_is_complete(kind, check):
    """Kills: a field that is planned and not made, held and not taken, granted and not seen by any guard."""
    assert sorted(CHECKS[check](Case(KINDS[kind], SAMPLES.get(kind, {})))) == []


def found(monkeypatch, kind):
    """The gaps of a kind by check, where there are any."""
    monkeypatch.setitem(KINDS, "half", kind)
    monkeypatch.setitem(SCOPED, "half", kind)
    monkeypatch.setitem(RANK, "half", len(RANK))
    monkeypatch.setitem(OPERATIONS, "CreateHalf", kind.operations[0])
    gaps = {name: sorted(set(check(Case(kind, HALF)))) for name, check in CHECKS.items()}
    return {name: one for name, one in gaps.items() if one}


HELD_FIELDS = ("inline_policies", "permissions_boundary", "policies")


def each(fields, gap):
    return [f"{field}: {gap}" for field in fields]


def test_the_law_names_what_a_half_made_kind_forgets(monkeypatch):
    """Kills: a law that is about nothing."""
    every = ("inline_policies", "path", "permissions_boundary", "policies")
    refusal = "DeleteHalf is no operation that iamspec plans"
    assert found(monkeypatch, HalfKind()) == {
        "reaches_desired": each(HELD_FIELDS, "does not reach the desired entity"),
        "is_written": each(HELD_FIELDS, "is not written"),
        "differs": each(HELD_FIELDS, "is no difference"),
        "is_changed": ["path: no call brings it about"],
        "goes": each(every, refusal),
        "has_rows": each(every, "DeleteHalf has no row"),
        "has_permissions": each(every, "no permission for DeleteHalf"),
        "refers": [
            "permissions_boundary: is no grant of its shape",
            "permissions_boundary: names entities that are no references",
            "policies: is no grant of its shape",
            "policies: names entities that are no references",
        ],
        "is_holding": [
            "has a boundary, and is no principal",
            "holds policies, and is no Holding",
            "inline_policies: no quota on their size",
            "no quota on the number of entities",
            "policies: no quota",
        ],
        "protection": [refusal, *each(HELD_FIELDS, "narrowing a protected entity is no complaint")],
        "mass_deletion": [refusal],
    }


def test_the_law_names_fields_for_which_a_kind_has_no_call(monkeypatch):
    """Kills: a kind that plans an entity without the policies and the boundary that the spec gives it."""
    gaps = found(monkeypatch, ForgetfulKind())
    assert gaps["is_made"] == each(HELD_FIELDS, "no call brings it about")
    assert gaps["is_changed"] == each(
        ("inline_policies", "path", "permissions_boundary", "policies"), "no call brings it about"
    )
    assert gaps["has_documents"] == ["inline_policies: documents without a place"]


def test_the_law_names_the_guards_that_are_blind_for_a_kind(monkeypatch):
    """Kills: a kind of principal whose own access goes without a word from a guard."""
    gaps = found(monkeypatch, PowerlessKind())
    assert gaps["has_powers"] == each(HELD_FIELDS, "does not decide what it may do")
    assert gaps["own_deletion"] == ["DeleteHalf is no operation that iamspec plans"]
    assert gaps["own_narrowing"] == each(HELD_FIELDS, "narrowing the own entity is no complaint")
