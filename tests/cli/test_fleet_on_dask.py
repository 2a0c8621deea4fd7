"""A fleet on a Dask cluster: workers are lost in the middle of a plan and in the middle of an apply."""

import json
import os
import re

import pytest
from clusters import Cluster, worker_of
from fleets import COMMON, FLEET, SETTINGS, Line, Requests, fingerprint, inside, organized, write

MEMBERS = 6
NAMES = ["one", "two", "three"]


@pytest.fixture
def sandbox(monkeypatch):
    with organized(MEMBERS, monkeypatch) as sandbox:
        yield sandbox


@pytest.fixture
def cluster(sandbox, tmp_path):
    (tmp_path / "workers").mkdir()
    cluster = Cluster(tmp_path / "workers", dict(os.environ))
    try:
        cluster.start(NAMES)
        yield cluster
    finally:
        cluster.stop()


def test_workers_are_lost_and_no_plan_is_lost_and_no_call_is_made_twice(
    sandbox, cluster, tmp_path, monkeypatch, capsys
):
    """Kills: an apply that Dask runs again on another worker; an account that vanishes together with its worker.

    Kills as well: a journal on the disk of a machine that is gone.
    """
    line, requests = Line(capsys), Requests(sandbox)
    waves = "waves: [{failure_tolerance: 9}]\n"
    files = {"fleet.yaml": FLEET + waves, "common/iamspec.yaml": SETTINGS, "common/policies.yaml": COMMON}
    monkeypatch.chdir(write(tmp_path / "fleet", files))
    dask = ["--executor", cluster.address.replace("tcp://", "dask://")]
    assert line("plan", "--format", "json", "--out", "threads") == 0
    whole, lost = line.out, []

    def lose(name, operation):
        """Kills the worker that asks for an operation, after the account has carried it out."""

        def heard(home, asked):
            if asked.operation == operation and not lost and worker_of(requests.headers) == name:
                lost.append(home)
                cluster.kill(name)

        return heard

    requests.after = lose("one", "GetAccountAuthorizationDetails")
    assert line("plan", "--format", "json", "--out", "plans", *dask) == 0
    assert (line.out, len(lost)) == (whole, 1)
    assert fingerprint("plans") == fingerprint("threads")

    lost.clear()
    requests.made.clear()
    requests.after = lose("two", "AttachGroupPolicy")
    assert line("apply", "plans", "--expect", fingerprint("plans"), *dask) == 1
    (victim,) = lost
    assert f"note: worker {cluster.addresses['two']} was lost" in line.out
    assert "a worker was lost while it applied this plan; nothing was repeated" in line.out
    told = f"{victim}.journal.jsonl: 2 calls done, 1 without an answer; the rest was not run; plan this account again"
    assert told in line.flat
    failed = re.findall(r"^wave 1: (\d+) .*: failed", line.err, re.MULTILINE)
    assert victim in failed
    assert len(failed) <= 2  # the worker had two threads
    for operation in ("CreatePolicy", "CreateGroup", "AttachGroupPolicy"):
        assert set(requests.of(operation).values()) == {1}
    journal = [
        json.loads(one) for one in (tmp_path / "fleet/plans" / f"{victim}.journal.jsonl").read_text().splitlines()
    ]
    assert [one["record"] for one in journal] == ["start", "trying", "call", "trying", "call", "trying"]

    assert line("apply", "plans", "--expect", fingerprint("plans"), *dask) == 1
    begun, applied = (
        int(found[1]) if (found := re.search(rf"(\d+) {word}", line.out)) else 0
        for word in ("begun before", r"applied(?! before)")
    )
    assert (begun + applied, begun >= 1) == (
        len(failed),
        True,
    )  # an account without a call is no account that was begun
    assert f"{MEMBERS - len(failed)} applied before; {3 * applied} calls done" in line.out
    assert requests.of("AttachGroupPolicy")[victim] == 1
    assert [one["GroupName"] for one in inside(sandbox, victim).list_groups()["Groups"]] == ["readers"]
