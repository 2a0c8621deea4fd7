"""Many accounts on the command line, over an organization in the sandbox."""

import json
import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest
from fleets import (
    COMMON,
    FLEET,
    MANAGEMENT,
    ROLE,
    ROLES,
    SETTINGS,
    Line,
    Requests,
    account,
    fingerprint,
    inside,
    nothing,
    organized,
    reach,
    write,
)

from iamspec.cli import main
from iamspec.fleet.index import Shard
from iamspec.sandbox import running

ALL = 10
TIER = "policies: {tier: {document: {Version: '2012-10-17', Statement: [STATEMENT]}}}\n"


@pytest.fixture
def sandbox(monkeypatch):
    with organized(ALL, monkeypatch) as sandbox:
        yield sandbox


@pytest.fixture
def few(monkeypatch):
    with organized(4, monkeypatch) as sandbox:
        yield sandbox


@pytest.fixture
def line(capsys):
    return Line(capsys)


FILES = {
    "fleet.yaml": FLEET,
    "common/iamspec.yaml": SETTINGS,
    "common/policies.yaml": COMMON,
    "common/roles.yaml": ROLES,
    f"accounts/{account(1)}/users.yaml": "users:\n  alice: {groups: [readers]}\n",
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder of a fleet whose accounts have a common PATH; the first has users of its own."""
    monkeypatch.chdir(write(tmp_path, FILES))
    return tmp_path


def apply(line, place="plans", *more):
    return line("apply", place, "--expect", fingerprint(place), *more)


def test_a_fleet_from_the_plan_to_the_status_names_who_cannot_be_reached_and_does_all_others(sandbox, home, line):
    """Kills: an error that is an empty plan; an error that ends the run for the accounts behind it."""
    denied, wrong = account(7), account(8)
    roles = sandbox.gateway.accounts.backends[denied].roles
    (gone,) = [one.id for one in roles.values() if one.name == ROLE]
    roles.pop(gone)
    named = "".join(f'  - {{id: "{account(n)}", vars: {{home: "{account(n)}"}}}}\n' for n in range(1, ALL + 1))
    named = named.replace(f'vars: {{home: "{wrong}"}}', f'vars: {{home: "{account(1)}"}}')
    arn = "arn:aws:iam::${iamspec:var.home}:role/OrganizationAccountAccessRole"
    text = f'accounts:\n{named}paths: [common, "accounts/${{iamspec:account_id}}?"]\nassume_role: {{arn: "{arn}"}}\n'
    waves = f'waves: [{{accounts: ["{account(2)}"]}}, {{max_concurrent: 4, failure_tolerance: 1}}]\n'
    write(home, {"fleet.yaml": text + waves})
    assert line("plan", "--out", "plans") == 1
    assert line.out.startswith("Endpoint ")
    assert "Fleet plan: 10 accounts: 2 in error, 8 to change, 0 as their spec says; 26 calls" in line.out
    assert f" {denied} cannot assume arn:aws:iam::{denied}:role/{ROLE}: " in line.flat
    assert f" {wrong} the credentials are for account {account(1)}, and not for {wrong}; nothing was read" in line.flat
    assert line.out.index("in error") < line.out.index("Errors") < line.out.index("Changes")
    assert sorted(path.name for path in (home / "plans").iterdir() if "error" in path.name) == [
        f"{denied}.error.json",
        f"{wrong}.error.json",
    ]
    assert apply(line) == 1
    assert "Fleet apply: 10 accounts: 2 not planned, 8 applied; 26 calls done" in line.out
    assert line.err.splitlines()[0] == f"wave 1: {account(2)}: applied: 3 calls done"
    for number in (3, 4):
        inside(sandbox, account(number)).create_user(UserName="mallory")
    inside(sandbox, account(5)).detach_group_policy(
        GroupName="readers", PolicyArn=f"arn:aws:iam::{account(5)}:policy/readers"
    )
    assert line("drift") == 1
    assert "10 accounts: 2 in error, 3 with drift, 5 without drift" in line.out
    assert "Undeclared: the same in 2 accounts\n  undeclared  user/mallory" in line.out
    assert f"Differences: in {account(5)}\n  ~ group/readers  changed" in line.out
    assert line("status", "--framework", "console") == 1
    assert "10 accounts: 2 in error, 8 with failing checks, 0 without" in line.out


def test_a_common_change_is_shown_once_and_each_account_is_asked_once(sandbox, home, line):
    """Kills: a report of ten screens; a session for each call; a name of Organizations in a PATH."""
    requests = Requests(sandbox)
    write(home, {"accounts/prod-1/users.yaml": "users:\n  eve: {}\n"})
    assert line("plan", "--detailed-exitcode") == 2
    assert line.out.count("policy/readers  create") == 1
    assert "Changes: the same 3 calls in 10 accounts" in line.out
    assert f"the same in 10 accounts: {account(1)} (prod-1), " in line.out
    assert f"Changes: 2 calls in {account(1)} (prod-1)\n  + user/alice" in line.out
    assert "eve" not in line.out
    assert "only common, so that nothing is pruned: 9 accounts" in line.out
    members = [account(number) for number in range(1, ALL + 1)]
    assert requests.of("AssumeRole") == {MANAGEMENT: ALL}
    assert requests.of("GetCallerIdentity") == {MANAGEMENT: 1}
    once = ("ListAccountAliases", "GetAccountPasswordPolicy", "ListInstanceProfiles", "GetAccountSummary")
    each = {**dict.fromkeys(once, 1), "GetAccountAuthorizationDetails": 4}
    made = {home: {name: number for (at, name), number in requests.made.items() if at == home} for home in members}
    assert made == dict.fromkeys(members, each)


def test_shards_merged_are_the_same_report_and_may_be_applied(few, home, line, monkeypatch):
    """Kills: a hash of the process; a report that depends on who has made it; a shard that is lost without a word."""
    assert line("plan", "--out", "whole", "--format", "json") == 0
    whole = line.out
    for number in (1, 2, 3, 4):
        assert line("plan", "--shard", f"{number}/4", "--out", f"part-{number}") == 0
    parts = [f"part-{number}" for number in (4, 2, 1, 3)]
    assert line("report", *parts, "--format", "json", "--out", "all") == 0
    assert line.out == whole
    assert fingerprint("all") == fingerprint("whole")
    assert line("report", *parts[:3]) == 1
    assert line.err == "error: shard 3/4 is missing\n"
    assert line("report", *parts, "part-1") == 1
    assert line.err == "error: a folder is named twice\n"
    assert line("report", *parts, "--out", "./part-1") == 1  # which would be emptied before it is read
    assert line.err == "error: --out part-1 is part-1, whose results would be removed first; name a new folder\n"
    assert line("apply", "part-1", "--expect", fingerprint("part-1")) == 1
    assert "part-1 has shard 1/4; merge all shards" in line.err
    assert apply(line, "all") == 0
    assert line("drift") == 0
    assert "No drift in 4 accounts." in line.out


@pytest.mark.parametrize("text", ["3/2", "0/2", "1", "a/b", "-1/2", "1/0", "½/2"])
def test_a_shard_that_is_none_is_refused(text, home, line):
    assert line("plan", "--shard", text) == 1
    assert line.err == f"error: --shard {text}: write I/N with I from 1 to N, as in 1/4\n"


def test_the_shard_of_an_account_is_the_same_for_ever():
    """Kills: an account that moves between two jobs of one run, and is planned by none of them."""
    parts = [[n for n in range(1, 9) if Shard(part, 3).has(account(n))] for part in (1, 2, 3)]
    assert parts == [[1, 5, 7, 8], [4, 6], [2, 3]]


# What an apply refuses before its first call


def changed(name, change):
    def damage(place):
        path = place / name
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))

    return damage


def swapped(place):
    one, other = place / f"{account(1)}.plan.json", place / f"{account(2)}.plan.json"
    one.write_text(other.read_text())


REFUSALS = {
    "missing": (lambda place: (place / f"{account(1)}.plan.json").unlink(), "200000000001.plan.json is missing"),
    "beside": (
        lambda place: (place / "200000000009.plan.json").write_text((place / f"{account(1)}.plan.json").read_text()),
        "200000000009.plan.json is not in fleet.json",
    ),
    "other account": (swapped, "200000000001.plan.json was changed after it was written"),
    "changed": (
        changed(f"{account(1)}.plan.json", lambda value: value["steps"].pop()),
        "200000000001.plan.json: the checksum does not fit the content",
    ),
    "list": (
        changed("fleet.json", lambda value: value["accounts"].pop()),
        "its fingerprint is not that of its content",
    ),
    "settings": (
        changed("fleet.json", lambda value: value["settings"]["waves"][0].update(failure_tolerance=9)),
        "its fingerprint is not that of its content",
    ),
    "old": (
        changed("fleet.json", lambda value: value.update(made=str(datetime.now(UTC) - timedelta(days=7, hours=1)))),
        "more than 7 days ago; plan again",
    ),
    "version": (changed("fleet.json", lambda value: value.update(iamspec_version="0.0.9")), "this is of iamspec 0.0.9"),
    "key": (changed("fleet.json", lambda value: value.update(more=1)), "more: Extra inputs are not permitted"),
    "none": (lambda place: (place / "fleet.json").unlink(), "there is no fleet.json"),
}


@pytest.fixture
def planned(few, home, line):
    """A fleet of four that was planned, and the writes that its accounts have seen."""
    assert line("plan", "--out", "plans") == 0
    return Requests(few)


def writes(requests):
    return {(home, name) for home, name in requests.made if not name.startswith(("Get", "List", "Assume"))}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """A fleet of four that was planned once, in its folder."""
    folder = write(tmp_path_factory.mktemp("fleet"), FILES)
    with running(members=4) as sandbox:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            reach(sandbox, patch)
            assert main(["fleet", "plan", "--out", "plans"]) == 0
        yield sandbox, Requests(sandbox), folder


@pytest.fixture
def copied(reviewed, tmp_path, monkeypatch):
    """A copy of the folder, and the writes that the accounts have seen."""
    sandbox, requests, folder = reviewed
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    reach(sandbox, monkeypatch)
    requests.made.clear()
    return requests


@pytest.mark.parametrize(("damage", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_a_folder_that_was_tampered_with_is_refused_before_the_first_call(damage, reason, copied, tmp_path, line):
    expected = fingerprint("plans")
    damage(tmp_path / "plans")
    assert line("apply", "plans", "--expect", expected) == 1
    assert reason in line.err
    assert writes(copied) == set()


def test_what_was_not_reviewed_is_not_run(copied, line, monkeypatch):
    """Kills: an apply in a pipeline that nobody has looked at; a fingerprint of last week."""
    monkeypatch.setattr("sys.stdin", None)
    assert line("apply", "plans") == 1
    assert line.err == "error: without a terminal, fleet apply needs --expect FINGERPRINT; nothing was run\n"
    assert line("apply", "plans", "--expect", "sha256:0") == 1
    assert "is not the fleet that was expected (sha256:0)" in line.err
    assert writes(copied) == set()


def test_results_that_are_no_plans_are_not_run(few, home, line):
    assert line("drift", "--out", "plans") == 2
    assert apply(line) == 1
    assert "plans has results of fleet drift; `iamspec fleet plan --out DIR` saves plans" in line.err
    assert line("plan", "--out", "plans") == 0
    assert sorted(path.name for path in (home / "plans").iterdir()) == [
        *(f"{account(number)}.plan.json" for number in (1, 2, 3, 4)),
        "fleet.json",
    ]


@pytest.mark.parametrize("name", ["200000000001.journal.jsonl", "notes.txt"])
def test_a_folder_with_anything_else_is_left_alone(name, few, home, line):
    """Kills: a second plan that overwrites the journals of an apply."""
    write(home, {f"plans/{name}": "x", "plans/fleet.json": "{}"})
    assert line("plan", "--out", "plans") == 1
    assert line.err.splitlines()[-1] == f"error: plans is not empty: it has {name}; name a new folder"
    assert (home / f"plans/{name}").read_text() == "x"


def test_more_accounts_than_the_guard_allows_are_refused_at_once(few, home, line):
    write(home, {"fleet.yaml": f"{FLEET}guards: {{max_accounts_changed: 3}}\n"})
    assert line("plan", "--out", "plans") == 1
    reason = "4 accounts would change, and guards.max_accounts_changed in fleet.yaml is 3"
    assert f"refused  {reason}" in line.out
    assert apply(line) == 1
    assert f"error: {reason}; nothing was run" in line.err


# Waves, tolerance, and running again


def test_a_wave_that_fails_is_the_last_one_and_another_run_goes_on(few, home, line):
    """Kills: production that follows a failed canary; a second run that repeats what was done."""
    waves = f'waves: [{{accounts: ["{account(2)}"]}}, {{max_concurrent: 1, failure_tolerance: 0}}]\n'
    write(home, {"fleet.yaml": FLEET + waves})
    assert line("plan", "--out", "plans") == 0
    inside(few, account(1)).create_group(GroupName="readers")  # so that the plan no longer fits
    assert apply(line, "plans", "--executor", "sync") == 1
    assert "Fleet apply: 4 accounts: 1 failed, 2 not tried, 1 applied; 3 calls done" in line.out
    assert "group/readers exists by now; nothing was run, plan again\n      no call was made" in line.out
    inside(few, account(1)).delete_group(GroupName="readers")
    requests = Requests(few)
    assert apply(line) == 0
    assert "Fleet apply: 4 accounts: 3 applied, 1 applied before; 11 calls done" in line.out
    assert requests.of("CreatePolicy") == dict.fromkeys((account(1), account(3), account(4)), 1)
    assert apply(line) == 0
    assert "Fleet apply: 4 accounts: 4 applied before; 0 calls done" in line.out
    assert [path.stat().st_mode & 0o777 for path in (home / "plans").glob("*.journal.jsonl")] == [0o600] * 4


def test_a_plan_that_was_begun_is_not_run_again(planned, few, home, line):
    """Kills: calls that are made twice after a failure in the middle."""

    def fail(home, asked):
        if home == account(3) and asked.operation == "AttachGroupPolicy":
            asked.fields["PolicyArn"] = "no arn at all, so that nothing waits for it"

    planned.before = fail
    assert apply(line) == 1
    assert "FAIL group/readers  AttachGroupPolicy readers: " in line.out
    planned.before = nothing
    assert apply(line) == 1
    told = f"{account(3)}.journal.jsonl: 2 calls done; the rest was not run; plan this account again"
    assert told in line.out
    assert planned.of("CreatePolicy") == dict.fromkeys(map(account, (1, 2, 3, 4)), 1)


def test_a_wave_without_a_plan_is_an_error(few, home, line):
    write(home, {"fleet.yaml": f'{FLEET}waves: [{{accounts: ["{account(3)}"]}}, {{}}]\n'})
    write(home, {f"accounts/{account(3)}/users.yaml": "users: {bob: {group: [readers]}}\n"})
    assert line("plan", "--out", "plans") == 1
    assert f"accounts/{account(3)}/users.yaml:1:15: user/bob: unknown key" in line.flat
    assert apply(line) == 1
    assert line.err == f"error: wave 1 is empty: no plan of {account(3)} can be run; nothing was run\n"


def test_two_runs_of_one_folder_exclude_each_other(copied, tmp_path):
    from iamspec.errors import IamspecError
    from iamspec.fleet.folder import Folder
    from iamspec.fleet.waves import alone

    folder = Folder(tmp_path / "plans")
    refused = pytest.raises(IamspecError, match="is being applied by another run")
    with alone(folder), refused, alone(folder):
        pass


def test_secrets_go_to_a_folder_of_each_account_or_wait(few, home, line):
    """Kills: two users of one name whose passwords land in one file."""
    write(home, {"common/users.yaml": "users: {dora: {console: true}}\n"})
    assert line("plan", "--out", "plans") == 0
    assert line("apply", "plans", "--expect", fingerprint("plans"), "--credentials-out", "stdout") == 1
    assert "secrets of a fleet go to DIR or secretsmanager:PREFIX" in line.err
    assert apply(line) == 1
    assert line.out.count("this plan makes secrets, and there is no place for them") == 4
    assert apply(line, "plans", "--credentials-out", "handover") == 0
    found = sorted(path.relative_to(home / "handover") for path in (home / "handover").rglob("*.csv"))
    assert [str(path.parent) for path in found] == [account(number) for number in (1, 2, 3, 4)]
    words = {path.read_text() for path in (home / "handover").rglob("*.csv")}
    assert len(words) == 4
    kept = "".join(path.read_text() for path in (home / "plans").iterdir())
    assert not any(word.splitlines()[1].split(",")[1] in kept for word in words)


# The organization


def test_units_and_tags_choose_and_unknown_ones_are_named_with_their_place(few, home, line):
    write(home, {"fleet.yaml": FLEET.replace('units: ["Workloads/*"]', "units: [workloads/PROD], tags: {env: prod}")})
    assert line("plan") == 0
    assert "Fleet plan: 2 accounts:" in line.out
    wrong = 'units: ["Workloads/Test", Workloads], tags: {team: x}'
    write(home, {"fleet.yaml": FLEET.replace('units: ["Workloads/*"]', wrong)})
    assert line("plan") == 1
    unit = 'no organizational unit is "Workloads/Test"; there are Workloads, Workloads/Dev, Workloads/Prod'
    assert line.err.splitlines()[:2] == [
        f"fleet.yaml:2:24: organization.units[0]: {unit}",
        'fleet.yaml:2:67: organization.tags.team: no account has the tag team with the value "x"',
    ]


def test_an_account_that_is_suspended_is_named_and_the_others_are_done(few, home, line):
    organization = few.gateway.accounts.organization
    from dataclasses import replace

    organization.members = [
        replace(one, state="PENDING_CLOSURE") if one.id == account(2) else one for one in organization.members
    ]
    requests = Requests(few)
    assert line("plan") == 1
    assert "4 accounts: 1 in error, 3 to change" in line.out
    assert (
        f"{account(2)} (dev-1)\n      AWS Organizations says that the account is pending closure; list it under"
        in line.out
    )
    assert account(2) not in requests.of("GetCallerIdentity")
    write(home, {"fleet.yaml": FLEET.replace("{units", f'{{exclude: ["{account(2)}"], units')})
    assert line("plan") == 0
    assert "Fleet plan: 3 accounts: 0 in error" in line.out


def test_an_organization_that_may_not_be_read_is_no_empty_fleet(few, home, line):
    """Kills: nothing to do in 0 accounts."""
    few.gateway.accounts.organization = None
    assert line("plan") == 1
    assert line.err.startswith("error: the organization cannot be read: ListRoots: AWSOrganizationsNotInUseException")


# Names, variables, PATHs


def test_a_path_that_is_missing_leaves_prune_off(few, home, line):
    """Kills: a fleet that forgets the folder of an account, so that the account loses all but the common entities."""
    for number in (1, 2):
        inside(few, account(number)).create_user(UserName="worker")
    write(home, {"common/iamspec.yaml": "version: 1\nprune: true\n"})
    assert line("plan") == 0
    assert f"in {account(1)} (prod-1)\n" in line.out
    assert line.out.count("- user/worker  delete") == 1
    assert f"Undeclared: in {account(2)} (dev-1)\n  undeclared  user/worker" in line.out


def test_variables_stand_in_paths_and_documents_and_widen_no_arn(few, home, line):
    accounts = f'accounts: [{{id: "{account(1)}", name: one, vars: {{tier: gold}}}}, {{id: "{account(2)}", vars: {{tier: "*"}}}}]\n'
    text = FLEET.replace("${iamspec:account_id}?", "${iamspec:account_name}?")
    write(home, {"fleet.yaml": accounts + text, "accounts/one/users.yaml": "users: {ann: {}}\n"})
    statement = '{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b-${iamspec:var.tier}/x"}'
    write(
        home,
        {"common/tier.yaml": TIER.replace("STATEMENT", statement)},
    )
    assert line("plan") == 1
    assert "arn:aws:s3:::b-gold/x" in line.out
    assert "user/ann" in line.out
    place = "common/tier.yaml:1:115: policy/tier: document.Statement[0].Resource: "
    assert f'{place}${{iamspec:var.tier}} is "*" here, and stands in an ARN' in line.flat
    unknown = f"{place}unknown ${{iamspec:var.tier}}; `iamspec fleet` reads it from vars.tier that fleet.yaml gives an account"
    assert unknown in line.flat
    assert "the same in 2 accounts: 200000000003 (prod-2), 200000000004 (dev-2)" in line.flat


@pytest.mark.parametrize(
    ("path", "reason"),
    {
        "../elsewhere": "the PATH ../elsewhere leads out of the folder of fleet.yaml; every PATH must be below it",
        "link": "the PATH link leads out of the folder of fleet.yaml; every PATH must be below it",
        "nowhere": "the PATH nowhere does not exist; end it with ? if it may be missing",
        "nowhere?": "none of the PATHs nowhere? exists for this account",
        "x/${iamspec:account_name}": "the PATH x/${iamspec:account_name} needs ${iamspec:account_name}, which "
        "fleet.yaml does not give this account",
    }.items(),
)
def test_a_path_that_cannot_be_used_is_an_error_of_each_account(path, reason, few, home, line):
    (home / "link").symlink_to("/etc")
    write(
        home, {"fleet.yaml": FLEET.replace('paths: [common, "accounts/${iamspec:account_id}?"]', f'paths: ["{path}"]')}
    )
    assert line("plan") == 1
    assert f"the same in 4 accounts: {account(1)} (prod-1), " in line.out
    assert reason in line.flat


def test_a_spec_for_another_account_is_an_error_with_its_place(few, home, line):
    write(home, {f"accounts/{account(2)}/iamspec.yaml": f'account: {{id: "{account(3)}"}}\n'})
    assert line("plan") == 1
    assert f"accounts/{account(2)}/iamspec.yaml:1:15: account.id: this spec is for account {account(3)}" in line.flat
    assert line("validate") == 1
    assert f"this spec is for account {account(3)}, and not for" in line.err


def test_validate_is_offline_and_says_a_common_error_once(home, line, monkeypatch):
    """Kills: a pull request from a fork that needs credentials."""
    assert line("validate") == 0
    assert line.out == "ok: 2 accounts\n"
    write(home, {"common/more.yaml": "users: {bob: {groups: [nobody]}}\n"})
    assert line("validate") == 1
    place = 'common/more.yaml:1:24: user/bob: groups[0]: no group "nobody" is declared'
    assert line.err.splitlines()[0].startswith(place)
    assert line.err.splitlines()[0].count("the same in 2 accounts") == 1
    assert line.err.splitlines()[-1] == "2 accounts of 2 accounts with errors"


# Engines, formats, threads


def test_every_engine_gives_the_same_report_and_unknown_ones_are_named(few, home, line):
    assert line("plan", "--format", "json") == 0
    whole = line.out
    assert line("plan", "--format", "json", "--executor", "sync") == 0
    assert line.out == whole
    for name, reason in {
        "celery": "there are threads, sync, dask://HOST:PORT or dask+tls://HOST:PORT",
        "dask://10.0.0.1:8786": "use dask+tls://10.0.0.1:8786",
        "dask://localhost": "write dask://HOST:PORT",
        "dask+tls://example.com:8786": "certificates are missing; set DASK_DISTRIBUTED__COMM__TLS__CA_FILE",
    }.items():
        assert line("plan", "--executor", name) == 1
        assert reason in line.err


def test_an_engine_that_is_not_installed_is_named_with_its_extra(few, home, line, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    assert line("plan", "--executor", "dask://127.0.0.1:8786") == 1
    assert "needs the extra `dask` of iamspec; in a clone of the repository: pip install '.[dask]'" in line.err


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_text_of_an_account_marks_up_nothing(name, few, home, line):
    """Kills: a tag in an error, or a description that ends its block and mentions somebody."""
    odd = "'</pre><script>alert(1)</script>``` @octocat'"
    write(home, {"common/policies.yaml": COMMON.replace("    document:", f"    description: {odd}\n    document:")})
    write(home, {f"accounts/{account(2)}/users.yaml": "users: {'<b>x</b>@octocat': {}}\n"})
    assert line("plan", "--format", name) == 1
    assert line.out.count("the same 3 calls in 3 accounts") == 1
    inside_blocks = "".join(line.out.split("````")[1::2])
    if name == "html":
        assert "&lt;/pre&gt;&lt;script&gt;alert(1)" in line.out
        assert "<script>alert" not in line.out
        assert "<b>" not in line.out
    else:
        assert line.out.count("</pre>") == inside_blocks.count("</pre>") == 1
        assert "`<b>x</b>@octocat" in line.out


def test_one_process_keeps_no_thread_and_no_session_of_an_account(few, home, line):
    """Kills: a watching thread for each account, so that 500 accounts leave 500 threads."""
    assert line("plan") == 0
    before = threading.enumerate()
    assert line("plan") == 0
    assert line("drift") == 2
    assert [one.name for one in threading.enumerate() if one not in before and "process_request" not in one.name] == []


def test_credentials_are_fetched_again_before_they_end(few, home, line, monkeypatch):
    """Kills: a long run that ends with ExpiredToken after an hour."""
    monkeypatch.setattr("iamspec.sandbox.sts.HOUR", 60)
    requests = Requests(few)
    assert line("plan") == 0
    assert requests.of("AssumeRole")[MANAGEMENT] > 4


def test_a_spec_that_accounts_share_is_validated_once_and_again_when_a_file_changes(few, home, line, monkeypatch):
    """Kills: a second of CPU for each account; a spec of yesterday in a worker that lives for days.

    Kills as well: the id of the first account in the documents of the others.
    """
    from iamspec.fleet import specs

    validated = []
    validate = specs.validate
    monkeypatch.setattr(specs, "validate", lambda *args, **more: validated.append(args) or validate(*args, **more))
    write(home, {"fleet.yaml": FLEET.replace(', "accounts/${iamspec:account_id}?"', "")})
    assert line("plan", "--out", "plans") == 0
    assert len(validated) == 1
    for number in (1, 4):
        assert f"logs-{account(number)}/*" in (home / f"plans/{account(number)}.plan.json").read_text()
    write(home, {"common/policies.yaml": COMMON + "  more: {}\n"})
    assert line("plan") == 0
    assert len(validated) == 2
    assert "group/more" in line.out
    odd = COMMON.replace("${iamspec:account_id}", account(2))  # which may mean something else in each account
    write(home, {"common/policies.yaml": odd})
    assert line("plan") == 0
    assert len(validated) == 6
