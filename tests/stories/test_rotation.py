"""Access keys that are replaced without anybody noticing: one step a run, and never no key that works."""

from datetime import UTC, datetime, timedelta

import pytest
from fake import FakeIam
from hypothesis import given, strategies as st
from profiles import law
from story import Story
from vault import delivered

from iamspec.apply.run import Status
from iamspec.kinds.user.credentials import ACTIVE, INACTIVE, Key
from iamspec.kinds.user.rotation import KeyOrder, Turn, turn

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROTATED = KeyOrder(1, 90 * DAY, 7 * DAY)
SPEC = "users: {ci: {access_keys: {active: 1, rotate_after_days: 90, overlap_days: 7}}}\n"


def key(name, age, status=ACTIVE, used=None):
    """A key made `age` days ago and used `used` days ago."""
    return Key(name, status, NOW - age * DAY, None if used is None else NOW - used * DAY, asked=True)


NEW = Key()
CURE = "delete the key without an owner, or set the tag iamspec:rotation of the user to the id of the newer key"
STEPS = {
    "a young key is left alone": ((key("A", 20),), ROTATED, (key("A", 20),), []),
    "what is due within a week is told": (
        (key("A", 85),),
        ROTATED,
        (key("A", 85),),
        ["access key A is rotated on 2026-11-29"],
    ),
    "an old key gets a second one beside it": (
        (key("A", 95),),
        ROTATED,
        (key("A", 95), NEW),
        [
            (
                "access key A is 95 days old, to be rotated after 90: a second one is made; "
                "it becomes inactive once the new one is in use, or on 2026-12-01"
            )
        ],
    ),
    "the old key stays as long as the new one is not in use": (
        (key("A", 96, used=2), key("B", 1)),
        ROTATED,
        (key("A", 96), key("B", 1)),
        ["access key A becomes inactive once B is in use, or on 2026-11-30"],
    ),
    "a key that was used within a day is never made inactive": (
        (key("A", 106, used=0.5), key("B", 10, used=1)),
        ROTATED,
        (key("A", 106), key("B", 10)),
        [
            (
                "access key A stays active: it was used on 2026-11-24 at 00:00 UTC, within the last day; "
                "`force: true` does not wait"
            )
        ],
    ),
    "force does not wait": (
        (key("A", 106, used=0.5), key("B", 10, used=1)),
        KeyOrder(1, 90 * DAY, 7 * DAY, force=True),
        (key("A", 106, INACTIVE), key("B", 10)),
        ["access key A becomes inactive, as B is in use; it is deleted after 2026-12-02"],
    ),
    "the old key sleeps once the new one is in use": (
        (key("A", 92, used=2), key("B", 2, used=1)),
        ROTATED,
        (key("A", 92, INACTIVE), key("B", 2)),
        ["access key A becomes inactive, as B is in use; it is deleted after 2026-12-06"],
    ),
    "the old key sleeps when the overlap is over": (
        (key("A", 99, used=30), key("B", 8)),
        ROTATED,
        (key("A", 99, INACTIVE), key("B", 8)),
        ["access key A becomes inactive, as the overlap of 7 days is over; it is deleted after 2026-12-01"],
    ),
    "a sleeping key stays for a further overlap": (
        (key("A", 103, INACTIVE, used=20), key("B", 12, used=0)),
        ROTATED,
        (key("A", 103, INACTIVE), key("B", 12)),
        ["access key A is inactive, and deleted on 2026-11-26"],
    ),
    "then it is deleted": (
        (key("A", 106, INACTIVE, used=20), key("B", 15, used=0)),
        ROTATED,
        (key("B", 15),),
        ["access key A is deleted: B has taken its place"],
    ),
    "two keys that no rotation made are left alone": (
        (key("A", 20, used=3), key("B", 10)),
        ROTATED,
        (key("A", 20), key("B", 10)),
        [
            (
                "the rotation stops: A (made on 2026-11-04, last used on 2026-11-21) and B (made on 2026-11-14, never used) "
                "are both active, and no rotation made the second; " + CURE
            ),
            "access key B is one more than the spec says; it is left alone",
        ],
    ),
    "a rotation without room says so": (
        (key("A", 100), key("B", 95)),
        ROTATED,
        (key("A", 100), key("B", 95)),
        [
            (
                "the rotation stops: A (made on 2026-08-16, never used) and B (made on 2026-08-21, never used) "
                "are both active, and no rotation made the second; " + CURE
            ),
            "access key B is one more than the spec says; it is left alone",
            "access key A is to be rotated, but IAM has no room for another: delete one",
            "access key B is to be rotated, but IAM has no room for another: delete one",
        ],
    ),
    "a missing key is made": ((), KeyOrder(1), (NEW,), []),
    "two missing keys are made": ((), KeyOrder(2), (NEW, NEW), []),
    "a sleeping key is woken before one is made": (
        (key("A", 5, INACTIVE),),
        KeyOrder(1),
        (key("A", 5),),
        ["access key A is made active again"],
    ),
    "keys beyond the number are told and left alone": (
        (key("A", 5), key("B", 4)),
        KeyOrder(1),
        (key("A", 5), key("B", 4)),
        ["access key B is one more than the spec says; it is left alone"],
    ),
    "none means that all go": ((key("A", 50, used=9), key("B", 5, INACTIVE)), KeyOrder(0), (), []),
    "but not one that is in use": (
        (key("A", 50, used=0.25),),
        KeyOrder(0),
        (key("A", 50),),
        [
            "access key A stays: it was used on 2026-11-24 at 06:00 UTC, within the last day; `force: true` does not wait"
        ],
    ),
    "unless forced": ((key("A", 50, used=0.25),), KeyOrder(0, force=True), (), []),
}


OWN = {  # the steps at which the tag of the user names B
    "the old key stays as long as the new one is not in use",
    "a key that was used within a day is never made inactive",
    "force does not wait",
    "the old key sleeps once the new one is in use",
    "the old key sleeps when the overlap is over",
    "a sleeping key stays for a further overlap",
    "then it is deleted",
}
SPARE = {  # the keys that are drift; none in the other steps
    "two keys that no rotation made are left alone": (key("B", 10),),
    "a rotation without room says so": (key("B", 95),),
    "keys beyond the number are told and left alone": (key("B", 4),),
    "but not one that is in use": (key("A", 50, used=0.25),),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_follows_from_what_iam_remembers(step):
    keys, order, left, notes = STEPS[step]
    assert turn(keys, order, NOW, "B" if step in OWN else "") == Turn(left, tuple(notes), SPARE.get(step, ()))


@pytest.mark.parametrize("step", sorted(OWN))
def test_without_the_tag_no_step_of_a_rotation_is_taken(step):
    """Kills: a second key, made by an intruder on the day on which a rotation is due, taken for the rotation."""
    keys, order, _, _ = STEPS[step]
    found = turn(keys, order, NOW)
    assert (found.keys, found.spare, found.notes[0][:20]) == (keys, keys[1:], "the rotation stops: ")


def keys():
    ages = st.lists(st.integers(0, 400), max_size=2).map(lambda found: sorted(found, reverse=True))
    used = st.one_of(st.none(), st.floats(0, 400))
    return ages.flatmap(
        lambda found: st.tuples(
            *(
                st.builds(key, st.just(name), st.just(age), st.sampled_from([ACTIVE, INACTIVE]), used)
                for name, age in zip("AB", found, strict=False)
            )
        )
    )


orders = st.builds(
    KeyOrder,
    active=st.just(1),
    rotate_after=st.one_of(st.none(), st.integers(1, 300).map(lambda days: days * DAY)),
    overlap=st.integers(0, 60).map(lambda days: days * DAY),
    force=st.booleans(),
)


owns = st.sampled_from(["", "A", "B", "C"])


@law(200)
@given(keys(), orders, owns)
def test_no_step_takes_the_last_key_that_works_nor_one_that_is_in_use(held, order, own):
    """Kills: a rotation that deletes before it makes, or that does not look at when the old key was used."""
    left = turn(held, order, NOW, own).keys
    before, after = {one.id for one in held if one.active}, {one.id for one in left if one.active}
    assert not before or after
    assert len(left) <= 2
    busy = {one.id for one in held if one.active and one.used is not None and one.used > NOW - DAY}
    assert order.force or busy <= after


@law(200)
@given(keys(), orders, owns)
def test_one_run_takes_one_step(held, order, own):
    """Kills: a rotation that makes, retires and deletes in one run, without time to step in."""
    left = {one.id: one.status for one in turn(held, order, NOW, own).keys}
    was = {one.id: one.status for one in held}
    assert sum(left.get(name) != was.get(name) for name in {*left, *was}) <= 1


# Played through


class Clock:
    """An account whose days pass, and whose keys are used by somebody."""

    def __init__(self, folder):
        self.story = Story(folder, FakeIam())
        self.iam = self.story.iam
        self.iam.given("CreateUser", UserName="ci")
        self.iam.given("CreateAccessKey", UserName="ci")

    @property
    def keys(self):
        return self.iam.state.user("ci").keys

    def pass_days(self, days, *, using):
        """Time goes by, and one of the keys, by its number, is in use all the while."""
        self.iam.state.clock += days * DAY
        if using is not None:
            list(self.keys.values())[using].used = self.iam.state.clock

    def run(self):
        """One plan and apply; the operations that were made, and the statuses of the keys then."""
        plan = self.story.plan(SPEC)
        assert not plan.refused
        outcomes = delivered(plan, self.iam)
        assert {one.status for one in outcomes} <= {Status.DONE}
        assert self.story.plan(SPEC).changes == ()
        return [one.step.call.operation for one in outcomes], [one.status for one in self.keys.values()]


def test_a_rotation_over_some_weeks(tmp_path):
    """Kills: a day without a key that works, a rotation that never ends, one that is drift between its steps."""
    clock = Clock(tmp_path)
    played = []
    for days, using in ((30, 0), (61, 0), (2, 0), (3, 1), (2, 1), (10, 1), (5, 0)):
        clock.pass_days(days, using=using)
        played.append(clock.run())
    assert played == [
        ([], ["Active"]),
        (["CreateAccessKey", "TagUser"], ["Active", "Active"]),
        ([], ["Active", "Active"]),
        (["UpdateAccessKey"], ["Inactive", "Active"]),
        ([], ["Inactive", "Active"]),
        (["DeleteAccessKey"], ["Active"]),
        ([], ["Active"]),
    ]


def test_a_rotation_is_not_a_credential_for_one_who_has_none(tmp_path):
    """Kills: a guard that asks at every rotation, so that people learn to lift it."""
    clock = Clock(tmp_path)
    clock.pass_days(95, using=0)
    assert clock.story.plan(SPEC).complaints == ()


def test_who_has_lost_the_key_is_not_given_another_just_like_that(tmp_path):
    clock = Clock(tmp_path)
    clock.keys.clear()
    plan = clock.story.plan(SPEC)
    message = "exists without an active access key, and would be given an access key; somebody may have taken it away on purpose"
    assert [(one.guard, str(one.address), one.message) for one in plan.complaints] == [("reissue", "user/ci", message)]
    assert not clock.story.plan(SPEC, "reissue:user/ci").refused
