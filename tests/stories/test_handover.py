"""Secrets on their way: whatever goes wrong, nothing half-made stays in IAM and nothing invalid in the sink."""

import csv
import io
import json
import os
import stat
import subprocess
import sys
from threading import Event

import pyrage
import pytest
from fake import FakeIam
from story import Story
from vault import Vault, delivered

from iamspec.apply.delivery import Delivery, SinkError, destination
from iamspec.apply.delivery.folder import Folder
from iamspec.apply.delivery.others import SecretsManager, Terminal
from iamspec.apply.delivery.sinks import Recipient, Secret, as_csv
from iamspec.commands.apply import run as run_plan
from iamspec.errors import IamError, IamspecError
from iamspec.kinds.user.recipients import recipient_error
from iamspec.plan.secrets import secrets_of

PERSON = "users: {ann: {console: true}}\n"
BOTH = "users: {ann: {console: true, access_keys: 1}}\n"
ROBOT = "users: {ci: {access_keys: 1}}\n"
HEADER = "User name,Password,Access key ID,Secret access key,Console login link\r\n"
LINK = "https://123456789012.signin.aws.amazon.com/console"


@pytest.fixture
def story(tmp_path):
    (tmp_path / "spec").mkdir()
    return Story(tmp_path / "spec")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out"


def told(outcomes):
    """What failed, and why."""
    return [(one.step.call.operation, one.reason) for one in outcomes if one.status.value == "failed"]


def handed(plan, iam, sink):
    """The outcomes of a plan with a tested sink for the secrets."""
    delivery = Delivery(iam, sink, plan.plan, plan.live)
    delivery.try_out()
    return list(run_plan(plan, delivery, parallelism=1, stop=Event()))


def signing_in(iam, name):
    """What of a user's own opens anything: the password, and the ids of keys."""
    user = iam.state.user(name)
    return user.password and user.password.text, sorted(user.keys)


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


class Lossy(FakeIam):
    """An account in whose answers to one operation the network has a say.

    `carried_out` tells whether the call is made before its answer is lost; `late` is how often IAM then does not know of
    what it has made.
    """

    def __init__(self, operation, *, carried_out, late=0, code="Unclear"):
        super().__init__()
        self.operation, self.carried_out, self.late, self.code = operation, carried_out, late, code
        self.lost = False
        self.looked = 0

    def write(self, call, *, patient=False):
        if call.operation == self.operation and not self.lost:
            self.lost = True
            if self.carried_out:
                super().write(call, patient=patient)
            raise IamError(call.operation, self.code, f"Read timeout for {dict(call.params)}")
        if self.lost and self.late > 0 and call.operation.startswith("Delete") and not patient:
            self.late -= 1
            raise IamError(call.operation, "NoSuchEntity", "not known yet")
        return super().write(call, patient=patient)

    def attempt_each(self, calls):
        if self.lost and self.late > 0 and [one.operation for one in calls] == ["ListAccessKeys"]:
            self.late -= 1
            return [IamError("ListAccessKeys", "NoSuchEntity", "not known yet")]
        return super().attempt_each(calls)

    def looks(self):
        for _ in range(6):
            self.looked += 1
            yield


# What is stored


def test_a_folder_has_one_file_for_each_user_that_nobody_else_can_read(story, folder):
    plan = story.plan("users: {ann: {console: true, access_keys: 2}, ci: {access_keys: 1}, bob: {}}\n")
    before = os.umask(0)
    try:
        delivery = Delivery(story.iam, Folder(folder), plan.plan, plan.live)
        delivery.try_out()
        outcomes = list(run_plan(plan, delivery, parallelism=4, stop=Event()))
    finally:
        os.umask(before)
    assert told(outcomes) == []
    password, keys = signing_in(story.iam, "ann")
    assert sorted(one.name for one in folder.iterdir()) == ["ann.csv", "ci.csv"]
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder, *sorted(folder.iterdir()))] == [0o700, 0o600, 0o600]
    assert (folder / "ann.csv").read_bytes().decode() == (
        f"{HEADER}ann,{password},{keys[0]},secret-of-{keys[0]},{LINK}\r\nann,,{keys[1]},secret-of-{keys[1]},\r\n"
    )
    assert delivery.places == {"ann": str(folder / "ann.csv"), "ci": str(folder / "ci.csv")}
    assert delivery.given == {"ann"}


def test_the_file_is_read_by_the_aws_command_line(story, folder, tmp_path):
    """`aws configure import --csv`, of version 2."""
    plan = story.plan(ROBOT)
    handed(plan, story.iam, Folder(folder))
    own = {
        **os.environ,
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "found"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
    }
    command = ["aws", "configure", "import", "--csv", f"file://{folder / 'ci.csv'}"]
    try:
        done = subprocess.run(command, env=own, check=False, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        pytest.skip("there is no aws")
    if "Invalid choice" in done.stderr:
        pytest.skip("this aws has no `configure import`")
    assert (done.returncode, done.stderr) == (0, "")
    [key] = story.iam.state.user("ci").keys
    assert (tmp_path / "found").read_text(encoding="utf-8") == (
        f"[ci]\naws_access_key_id = {key}\naws_secret_access_key = secret-of-{key}\n"
    )


def test_the_file_has_what_the_aws_command_line_looks_for():
    """As its parser reads a file: with or without a mark of its encoding, columns by name in whatever case."""
    found = as_csv([Secret("ci", key_id="AKIA1", secret_key="a+b/c=")]).decode("utf-8-sig").splitlines()
    columns, values = next(csv.reader(found[:1])), next(csv.reader(found[1:]))
    row = dict(zip([one.lower() for one in columns], values, strict=True))
    assert [row[name] for name in ("user name", "access key id", "secret access key")] == ["ci", "AKIA1", "a+b/c="]


ODD = ["a,b", "=cmd", "+1", "@b", "-rf", "..", ".", ".hidden", "a.csv", "_", "ann-2", "x" * 64]


def test_every_name_that_a_user_may_have_is_a_file_of_its_own(story, folder):
    """Kills: a name that leads out of the folder, one that hides a file, a comma that shifts the columns."""
    users = ", ".join(f'"{name}": {{access_keys: 1}}' for name in ODD)
    plan, sink = story.plan(f"users: {{{users}}}\n"), Folder(folder)
    delivery = Delivery(story.iam, sink, plan.plan, plan.live)
    delivery.try_out()
    assert told(run_plan(plan, delivery, parallelism=8, stop=Event())) == []
    assert sorted(one.name for one in folder.iterdir()) == sorted(f"{name}.csv" for name in ODD)
    found = {row["User name"]: row["Secret access key"] for one in folder.iterdir() for row in rows(one)}
    assert found == {name: f"secret-of-{key}" for name in ODD for key in story.iam.state.user(name).keys}


def test_what_is_there_is_never_overwritten_and_no_name_is_taken_for_another_users(folder):
    """Kills: last week's file that nobody had fetched yet, and `ann-2.csv` handed to the user ann-2."""
    for number in (1, 2, 3):
        Folder(folder).try_out([Recipient("ann")])
        Folder(folder).store(Recipient("ann"), [Secret("ann", password=f"p{number}")])
    Folder(folder).store(Recipient("ann-2"), [Secret("ann-2", password="other")])
    found = {one.name: rows(one)[0]["Password"] for one in folder.iterdir()}
    assert found == {"ann.csv": "p1", "ann~2.csv": "p2", "ann~3.csv": "p3", "ann-2.csv": "other"}


def test_links_that_wait_in_the_folder_are_not_followed(folder, tmp_path):
    """Kills: a secret written to where somebody else has pointed."""
    folder.mkdir(mode=0o700)
    elsewhere = tmp_path / "elsewhere"
    (folder / "ann.csv").symlink_to(elsewhere)
    (folder / ".ann~2.csv.part").symlink_to(elsewhere)
    sink = Folder(folder)
    sink.try_out([Recipient("ann")])
    assert sink.store(Recipient("ann"), [Secret("ann", password="p")]) == str(folder / "ann~2.csv")
    assert not elsewhere.exists()
    assert sorted(one.name for one in folder.iterdir()) == ["ann.csv", "ann~2.csv"]
    assert not (folder / "ann~2.csv").is_symlink()


def test_what_a_killed_run_has_left_is_no_obstacle(folder):
    """Kills: a sink that refuses for ever because of half a file."""
    folder.mkdir(mode=0o700)
    for name in (".ann.csv.part", ".iamspec-probe", f".iamspec-probe-{os.getpid() + 1}"):
        (folder / name).write_text("half", encoding="ascii")
    sink = Folder(folder)
    sink.try_out([Recipient("ann")])
    sink.store(Recipient("ann"), [Secret("ann", password="p")])
    assert rows(folder / "ann.csv")[0]["Password"] == "p"
    assert not (folder / ".ann.csv.part").exists()


# Folders that will not do


def refusal(sink, *names):
    with pytest.raises(SinkError) as refused:
        sink.try_out([Recipient(name) for name in names or ("ann",)])
    return str(refused.value)


def test_a_folder_that_is_open_to_others_is_refused_and_an_empty_one_is_closed(folder):
    folder.mkdir()
    folder.chmod(0o755)
    Folder(folder).try_out([Recipient("ann")])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "x").touch()
    folder.chmod(0o750)
    assert refusal(Folder(folder)) == f"{folder} is open to others (mode 0750): chmod 700 it, or name a new folder"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_a_file_is_no_folder(folder):
    folder.touch()
    assert refusal(Folder(folder)) == f"{folder} is no folder"
    assert refusal(Folder(folder / "below")) == f"{folder / 'below'} cannot be made: Not a directory"


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(folder):
    folder.mkdir(mode=0o500)
    assert refusal(Folder(folder)) == f"{folder} cannot be written: Permission denied"


def git(folder, *words):
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env=own)


@pytest.mark.parametrize(
    ("ignored", "taken"),
    [
        ("", False),
        ("/out/\n", True),
        ("out\n", True),
        ("*.csv\n", False),  # not what a file is called while it is written
        ("*.csv\n*.part\n", True),
        ("alice.csv\n", False),
        ("out/*\n!out/ann.csv\n", False),
    ],
)
def test_a_folder_in_a_work_tree_must_be_ignored_with_every_file_that_will_be_in_it(tmp_path, folder, ignored, taken):
    """Kills: a question about one file for all, and secrets in the next commit."""
    git(tmp_path, "init")
    (tmp_path / ".gitignore").write_text(ignored, encoding="ascii")
    if taken:
        Folder(folder).try_out([Recipient("ann"), Recipient("a,b")])
    else:
        message = f"{folder} is in a git work tree and not ignored: add it to .gitignore, or name another folder"
        assert refusal(Folder(folder), "ann", "a,b") == message


def test_without_git_a_folder_in_a_work_tree_is_refused(tmp_path, folder, monkeypatch):
    git(tmp_path, "init")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(Folder(folder)) == f"{folder} is in a git work tree, and git cannot be asked whether it ignores it"


def test_variables_of_git_do_not_lead_to_another_work_tree(tmp_path, folder, monkeypatch):
    """Kills: a run in a hook of git, where GIT_DIR is set and every file seems to be ignored."""
    other = tmp_path / "other"
    other.mkdir()
    for one in (tmp_path, other):
        git(one, "init")
    (other / ".git" / "info" / "exclude").write_text("*\n", encoding="ascii")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert "not ignored" in refusal(Folder(folder))


def test_the_folder_for_age_is_iamspecs_own_and_git_never_takes_it(tmp_path, monkeypatch):
    """Kills: a first run in a fresh work tree that is refused, while the second one, after a journal, is not."""
    git(tmp_path, "init")
    monkeypatch.chdir(tmp_path)
    identity = pyrage.x25519.Identity.generate()
    sink = destination(f"age:{identity.to_public()}", FakeIam(), print)
    sink.try_out([Recipient("ann")])
    assert sink.store(Recipient("ann"), [Secret("ann", password="p")]) == ".iamspec/credentials/ann.csv.age"
    assert stat.S_IMODE((tmp_path / ".iamspec").stat().st_mode) == 0o700
    git(tmp_path, "add", "--all")
    listed = subprocess.run(["git", "ls-files"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert listed.stdout == ""


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "--credentials-out: DIR, age:RECIPIENT, secretsmanager:PREFIX or stdout"),
        (
            "age:age1nobody",
            "--credentials-out age:age1nobody: " + str(recipient_error("age1nobody")),
        ),
        ("age:", "--credentials-out age:: must be a recipient of age: age1…, or a public key ssh-ed25519 …"),
    ],
)
def test_a_sink_that_is_none_is_told(written, message):
    with pytest.raises(IamspecError) as refused:
        destination(written, FakeIam(), print)
    assert str(refused.value) == message


# Encryption


def test_a_file_for_a_recipient_of_age_is_read_by_that_one_alone(story, folder):
    mine, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    spec = (
        f"users: {{ann: {{console: true, access_keys: 1, deliver_to: {mine.to_public()}}}, bob: {{access_keys: 1}}}}\n"
    )
    assert told(handed(story.plan(spec), story.iam, Folder(folder))) == []
    assert sorted(one.name for one in folder.iterdir()) == ["ann.csv.age", "bob.csv"]
    sealed = (folder / "ann.csv.age").read_bytes()
    assert sealed.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n")
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [other])
    password, [key] = signing_in(story.iam, "ann")
    assert pyrage.decrypt(sealed, [mine]).decode() == f"{HEADER}ann,{password},{key},secret-of-{key},{LINK}\r\n"


def test_a_recipient_of_ones_own_goes_before_that_of_the_sink(folder):
    sinks, anns = (pyrage.x25519.Identity.generate() for _ in range(2))
    sink = Folder(folder, str(sinks.to_public()))
    sink.try_out([Recipient("ann", str(anns.to_public())), Recipient("bob")])
    for one in (Recipient("ann", str(anns.to_public())), Recipient("bob")):
        sink.store(one, [Secret(one.user, password=one.user)])
    for name, identity in (("ann", anns), ("bob", sinks)):
        found = pyrage.decrypt((folder / f"{name}.csv.age").read_bytes(), [identity]).decode()
        assert found == f"{HEADER}{name},{name},,,\r\n"


@pytest.mark.parametrize("comment", ["", " ann@example.com", " two words"])
def test_a_public_key_of_ssh_is_a_recipient_too(folder, tmp_path, comment):
    try:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "id"], check=True)
    except OSError:
        pytest.skip("there is no ssh-keygen")
    public = " ".join((tmp_path / "id.pub").read_text(encoding="ascii").split()[:2]) + comment
    sink = Folder(folder)
    sink.try_out([Recipient("ann", public)])
    sink.store(Recipient("ann", public), [Secret("ann", password="p")])
    identity = pyrage.ssh.Identity.from_buffer((tmp_path / "id").read_bytes())
    assert pyrage.decrypt((folder / "ann.csv.age").read_bytes(), [identity]).decode() == f"{HEADER}ann,p,,,\r\n"


@pytest.mark.parametrize("sink", [Folder, lambda _: Terminal(print)], ids=["folder", "terminal"])
def test_a_recipient_that_is_none_and_a_missing_package_are_found_before_the_first_call(sink, folder, monkeypatch):
    """A recipient out of a saved plan has not been checked by validation."""
    with pytest.raises(SinkError, match=r"nothing can be encrypted for age1nobody…: "):
        sink(folder).try_out([Recipient("ann", "age1nobody")])
    monkeypatch.setitem(sys.modules, "pyrage", None)
    with pytest.raises(SinkError) as missing:
        sink(folder).try_out([Recipient("ann", str(pyrage.x25519.Identity.generate().to_public()))])
    assert str(missing.value) == (
        "encryption needs the extra `age` of iamspec; in a clone of the repository: pip install '.[age]'"
    )


# Sinks that fail on the way


@pytest.fixture
def full(tmp_path):
    """A file system with no room for more than a few pages."""
    place = tmp_path / "full"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=80k,mode=700", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_without_room_is_found_before_the_first_call(full):
    (full / "x").write_bytes(b"\0" * 40_000)
    assert refusal(Folder(full)) == f"{full} cannot be written: No space left on device"
    assert [one.name for one in full.iterdir()] == ["x"]


@pytest.mark.parametrize("spec", [PERSON, ROBOT, BOTH])
def test_a_disk_that_is_full_in_the_middle_leaves_neither_a_credential_nor_a_file(story, full, spec):
    """Kills: a key without a holder, and an empty file in the place of a key."""
    plan, sink = story.plan(spec), Folder(full)
    delivery = Delivery(story.iam, sink, plan.plan, plan.live)
    delivery.try_out()
    (full / "x").write_bytes(b"\0" * 65_536)
    with (full / "y").open("wb", buffering=0) as rest, pytest.raises(OSError, match="No space"):
        list(iter(lambda: rest.write(b"\0" * 4096), 0))
    failed = told(run_plan(plan, delivery, parallelism=1, stop=Event()))
    name = "ci" if spec is ROBOT else "ann"
    operation = "CreateLoginProfile" if spec is PERSON else "CreateAccessKey"
    reason = f"{operation}: NotDelivered: {full / f'{name}.csv'} cannot be written: No space left on device"
    reason += f" (while {full / f'.{name}.csv.part'} was written, which is gone again)"
    assert failed == [(operation, reason)]
    assert signing_in(story.iam, name) == (None, [])
    assert sorted(one.name for one in full.iterdir()) == ["x", "y"]
    assert (delivery.places, delivery.given) == ({}, set())


@pytest.mark.parametrize("spec", [PERSON, ROBOT])
def test_what_cannot_be_stored_is_not_in_iam(story, spec):
    failed = told(delivered(story.plan(spec), story.iam, Vault(full=True)))
    assert [reason.partition(": ")[2] for _, reason in failed] == ["NotDelivered: no space left"]
    assert signing_in(story.iam, "ann" if spec is PERSON else "ci") == (None, [])


def test_a_second_key_that_cannot_be_stored_leaves_the_first_one_valid_and_stored(story):
    """Kills: a sink that is emptied although it holds a key that works."""

    class Small(Vault):
        def store(self, recipient, secrets):
            if len(secrets) > 1:
                raise SinkError("no space left")
            return super().store(recipient, secrets)

    vault = Small()
    failed = told(delivered(story.plan("users: {ci: {access_keys: 2}}\n"), story.iam, vault))
    assert failed == [("CreateAccessKey", "CreateAccessKey: NotDelivered: no space left")]
    _, [key] = signing_in(story.iam, "ci")
    assert vault.secrets() == {f"secret-of-{key}"}


def test_a_key_that_can_be_neither_stored_nor_deleted_is_named(story):
    """Kills: a working key without a holder and without a line in the report."""
    plan = story.plan(ROBOT)
    story.iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no") if call.operation == "DeleteAccessKey" else None
    )
    failed = told(delivered(plan, story.iam, Vault(full=True)))
    _, [key] = signing_in(story.iam, "ci")
    reason = (
        f"CreateAccessKey: NotDelivered: no space left; and the access key {key} of ci was made, its secret is lost, "
        "and it must be deleted: DeleteAccessKey: AccessDenied: no"
    )
    assert failed == [("CreateAccessKey", reason)]


def test_a_key_that_cannot_be_stored_goes_even_if_iam_does_not_know_it_everywhere_yet(story, monkeypatch):
    """Kills: a key taken for gone because it was made a moment ago."""
    made = story.iam.write

    def write(call, *, patient=False):
        if call.operation == "DeleteAccessKey" and not patient:
            raise IamError(call.operation, "NoSuchEntity", "not known yet")
        return made(call, patient=patient)

    plan = story.plan(ROBOT)
    monkeypatch.setattr(story.iam, "write", write)
    failed = told(delivered(plan, story.iam, Vault(full=True)))
    assert failed == [("CreateAccessKey", "CreateAccessKey: NotDelivered: no space left")]
    assert signing_in(story.iam, "ci") == (None, [])


# Calls that fail on the way


@pytest.mark.parametrize("spec", [PERSON, BOTH])
def test_a_password_that_somebody_has_given_meanwhile_stays_and_ours_is_taken_back(story, folder, spec):
    """Kills: a file with a password that is not the one in force."""
    plan = story.plan(spec)
    story.iam.given("CreateUser", UserName="bob")
    delivery = Delivery(story.iam, Folder(folder), plan.plan, plan.live)
    delivery.try_out()
    taken = IamError("CreateLoginProfile", "EntityAlreadyExists", "Login Profile for user ann already exists.")
    story.iam.fail = lambda call: taken if call.operation == "CreateLoginProfile" else None
    failed = told(run_plan(plan, delivery, parallelism=1, stop=Event()))
    assert failed == [("CreateLoginProfile", str(taken))]
    assert "DeleteLoginProfile" not in {call.operation for call in story.iam.writes}
    if spec is PERSON:
        assert list(folder.iterdir()) == []
    else:
        _, [key] = signing_in(story.iam, "ann")
        assert (folder / "ann.csv").read_bytes().decode() == f"{HEADER}ann,,{key},secret-of-{key},\r\n"
    assert delivery.given == set()


@pytest.mark.parametrize("code", ["Unclear", "ServiceFailure"])
@pytest.mark.parametrize("late", [0, 1, 3])
@pytest.mark.parametrize("carried_out", [True, False])
def test_after_a_lost_answer_to_a_password_there_is_none(tmp_path, folder, carried_out, late, code):
    """Kills: a password that works, and that nobody has, because IAM did not know of it yet when it was taken away."""
    iam = Lossy("CreateLoginProfile", carried_out=carried_out, late=late, code=code)
    story = Story(tmp_path, iam)
    failed = told(handed(story.plan(PERSON), iam, Folder(folder)))
    assert [operation for operation, _ in failed] == ["CreateLoginProfile"]
    assert signing_in(iam, "ann") == (None, [])
    assert list(folder.iterdir()) == []
    assert "…" in failed[0][1].rpartition("Password")[2]


@pytest.mark.parametrize("late", [0, 1, 3])
@pytest.mark.parametrize("carried_out", [True, False])
def test_after_a_lost_answer_to_a_key_there_is_none(tmp_path, folder, carried_out, late):
    """Kills: a working key with a secret that was lost with the answer."""
    iam = Lossy("CreateAccessKey", carried_out=carried_out, late=late)
    story = Story(tmp_path, iam)
    failed = told(handed(story.plan(ROBOT), iam, Folder(folder)))
    assert [operation for operation, _ in failed] == ["CreateAccessKey"]
    assert signing_in(iam, "ci") == (None, [])
    assert list(folder.iterdir()) == []


def test_after_a_lost_answer_the_keys_that_were_there_stay_although_iam_did_not_show_them_before(tmp_path, monkeypatch):
    """Kills: a deletion of another key in the place of the lost key, because the list was stale."""
    iam = Lossy("nothing", carried_out=True)
    story, vault = Story(tmp_path, iam), Vault()
    plan = story.plan("users: {ci: {access_keys: 2}}\n")
    answered = iam.attempt_each
    stale = [0]

    def attempt_each(calls):
        listing = [one.operation for one in calls] == ["ListAccessKeys"]
        if listing and stale[0] < 2:  # both looks before a call
            stale[0] += 1
            if stale[0] == 2:
                iam.operation = "CreateAccessKey"
            return [{"AccessKeyMetadata": []}]
        return answered(calls)

    monkeypatch.setattr(iam, "attempt_each", attempt_each)
    failed = told(delivered(plan, iam, vault))
    assert [operation for operation, _ in failed] == ["CreateAccessKey"]
    _, [key] = signing_in(iam, "ci")
    assert vault.secrets() == {f"secret-of-{key}"}


def test_keys_that_cannot_be_listed_stop_one_user_and_not_the_run(story):
    """Kills: a failed read that ends the whole run without a report of the calls."""
    plan = story.plan("users: {ci: {access_keys: 1}, zoe: {console: true}}\n")
    story.iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no") if call.operation == "ListAccessKeys" else None
    )
    failed = told(delivered(plan, story.iam))
    message = "the keys of ci could not be listed before: ListAccessKeys: AccessDenied: no"
    assert failed == [("CreateAccessKey", f"CreateAccessKey: NotDelivered: {message}")]
    assert signing_in(story.iam, "ci") == (None, [])
    assert story.iam.state.user("zoe").password is not None


def test_a_password_that_may_have_been_set_and_cannot_be_taken_away_is_told(tmp_path):
    iam = Lossy("CreateLoginProfile", carried_out=True)
    story, vault = Story(tmp_path, iam), Vault()
    iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no") if call.operation == "DeleteLoginProfile" else None
    )
    failed = told(delivered(story.plan(PERSON), iam, vault))
    assert failed[0][1].endswith(
        "; and the password that it may have set could not be removed: DeleteLoginProfile: AccessDenied: no"
    )
    assert vault.held == {}


def test_what_cannot_be_taken_out_of_the_sink_is_told_with_the_failure(story):
    """Kills: an error of the sink that hides that of IAM, and a clearing up that ends at the first thing that fails."""

    class Stuck(Vault):
        def withdraw(self, recipient):
            raise SinkError("vault/ann cannot be removed")

    iam = Lossy("CreateLoginProfile", carried_out=True)
    failed = told(delivered(Story(story.folder, iam).plan(PERSON), iam, Stuck()))
    assert failed[0][1].startswith("CreateLoginProfile: Unclear: Read timeout")
    assert failed[0][1].endswith("; and vault/ann cannot be removed")
    assert signing_in(iam, "ann") == (None, [])


def test_no_exception_is_raised_from_one_that_quotes_the_password(story):
    """Kills: a traceback with `The above exception was the direct cause`, and the password in it."""
    plan, vault = story.plan(PERSON), Vault()
    story.iam.given("CreateUser", UserName="ann")
    story.iam.fail = lambda call: IamError(call.operation, "ValidationError", f"bad: {call.params.get('Password')}")
    [step] = [one for one in plan.steps if one.call.operation == "CreateLoginProfile"]
    with pytest.raises(IamError) as refused:
        Delivery(story.iam, vault, plan.plan, plan.live).write(step.call)
    assert str(refused.value) == "CreateLoginProfile: ValidationError: bad: …"
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)


def test_values_with_secrets_do_not_show_them(story):
    secret = Secret("ann", password="hunter2")
    delivery = Delivery(story.iam, Vault(), (made := story.plan(PERSON)).plan, made.live)
    delivery._stored["ann"] = [secret, Secret("ann", key_id="AKIA1", secret_key="hunter2")]
    assert repr(secret) == "Secret('ann', a password)"
    assert "hunter2" not in repr(delivery) + str(secret)


# Where people sign in


@pytest.mark.parametrize(
    ("settings", "failing", "where"),
    [
        ("", None, "123456789012"),
        (", alias: acme-new", None, "acme-new"),
        (", alias: acme-new", "CreateAccountAlias", "123456789012"),
        (", alias: null", None, "123456789012"),
    ],
)
def test_the_link_is_that_of_the_account_even_if_the_alias_could_not_be_had(story, settings, failing, where):
    """Kills: a link to the sign-in page of whoever has the name that was wanted."""
    if "null" in settings:
        story.iam.given("CreateAccountAlias", AccountAlias="acme-old")
    plan, vault = story.plan(f"account: {{id: '123456789012'{settings}}}\n{PERSON}"), Vault()
    story.iam.fail = lambda call: (
        IamError(call.operation, "EntityAlreadyExists", "it is taken") if call.operation == failing else None
    )
    delivery = Delivery(story.iam, vault, plan.plan, plan.live)
    list(run_plan(plan, delivery, parallelism=1, stop=Event()))
    link = f"https://{where}.signin.aws.amazon.com/console"
    assert ([one.link for one in vault.held["ann"]], delivery.sign_in) == ([link], link)


# Secrets Manager, and standard output


class Shop(FakeIam):
    """An account with secrets, too; `broken` operations fail with a code, after they have been carried out."""

    def __init__(self, **broken):
        super().__init__()
        self.secrets, self.broken, self.tokens = {}, broken, []

    def attempt_each(self, calls):
        if {one.service for one in calls} != {"secretsmanager"}:
            return super().attempt_each(calls)
        assert {one.operation for one in calls} == {"DescribeSecret"}
        missing = IamError("DescribeSecret", "ResourceNotFoundException", "no")
        return [
            {"Name": one.params["SecretId"]} if one.params["SecretId"] in self.secrets else missing for one in calls
        ]

    def write(self, call, *, patient=False):
        if call.service != "secretsmanager":
            return super().write(call, patient=patient)
        name = call.params.get("Name") or call.params["SecretId"]
        self.tokens.append(call.params.get("ClientRequestToken"))
        if call.operation == "CreateSecret" and name in self.secrets:
            raise IamError(call.operation, "ResourceExistsException", f"the secret {name} already exists")
        if call.operation != "CreateSecret" and name not in self.secrets:
            raise IamError(call.operation, "ResourceNotFoundException", "no")
        if call.operation == "DeleteSecret":
            assert call.params["ForceDeleteWithoutRecovery"] is True
            del self.secrets[name]
        else:
            self.secrets[name] = call.params["SecretString"]
        if call.operation in self.broken:
            raise IamError(call.operation, self.broken[call.operation], "broken")
        return {}


def sold(story_folder, shop, spec, prefix="prod/"):
    story = Story(story_folder, shop)
    plan = story.plan(spec)
    delivery = Delivery(shop, SecretsManager(prefix, shop), plan.plan, plan.live)
    delivery.try_out()
    return list(run_plan(plan, delivery, parallelism=1, stop=Event())), delivery


def test_secrets_manager_has_one_secret_for_each_user(tmp_path):
    shop = Shop()
    outcomes, delivery = sold(tmp_path, shop, "users: {ann: {console: true, access_keys: 1}, ci: {access_keys: 2}}\n")
    assert told(outcomes) == []
    password, [key] = signing_in(shop, "ann")
    _, keys = signing_in(shop, "ci")
    assert {name: json.loads(text) for name, text in shop.secrets.items()} == {
        "prod/ann": {
            "UserName": "ann",
            "Password": password,
            "ConsoleUrl": LINK,
            "AccessKeyId": key,
            "SecretAccessKey": f"secret-of-{key}",
        },
        "prod/ci": {
            "UserName": "ci",
            "AccessKeys": [{"AccessKeyId": one, "SecretAccessKey": f"secret-of-{one}"} for one in keys],
        },
    }
    assert delivery.places == {"ann": "secret prod/ann", "ci": "secret prod/ci"}
    assert len(set(shop.tokens)) == len(shop.tokens) == 4


def test_a_secret_that_exists_is_found_before_the_first_call(tmp_path):
    shop = Shop()
    shop.secrets["prod/ann"] = "somebody's"
    with pytest.raises(SinkError) as refused:
        sold(tmp_path, shop, PERSON)
    assert str(refused.value) == "the secret prod/ann exists; hand it over and delete it, or take another prefix"
    assert (shop.writes, shop.secrets) == ([], {"prod/ann": "somebody's"})


def test_a_name_that_no_secret_may_have_is_found_before_the_first_call(tmp_path):
    """A user's name may have a comma."""
    shop = Shop()
    with pytest.raises(SinkError) as refused:
        sold(tmp_path, shop, 'users: {"a,b": {console: true}}\n')
    assert str(refused.value) == "prod/a,b is no name that a secret of Secrets Manager may have"
    assert shop.writes == []


def test_a_secret_that_somebody_makes_meanwhile_stays_and_the_key_goes(tmp_path):
    shop = Shop()
    story = Story(tmp_path, shop)
    plan = story.plan(ROBOT)
    delivery = Delivery(shop, SecretsManager("", shop), plan.plan, plan.live)
    delivery.try_out()
    shop.secrets["ci"] = "somebody's"
    failed = told(run_plan(plan, delivery, parallelism=1, stop=Event()))
    why = "the secret ci cannot be stored: ResourceExistsException: the secret ci already exists"
    assert failed == [("CreateAccessKey", f"CreateAccessKey: NotDelivered: {why}")]
    assert (signing_in(shop, "ci"), shop.secrets) == ((None, []), {"ci": "somebody's"})


@pytest.mark.parametrize("spec", [PERSON, ROBOT])
def test_a_secret_whose_answer_was_lost_is_not_left_with_what_is_none(tmp_path, spec):
    """Kills: a secret with a key in it that has been deleted."""
    shop = Shop(CreateSecret="Unclear")
    outcomes, _ = sold(tmp_path, shop, spec)
    assert [reason.partition(": ")[2].partition(":")[0] for _, reason in told(outcomes)] == ["NotDelivered"]
    assert (shop.secrets, signing_in(shop, "ann" if spec is PERSON else "ci")) == ({}, (None, []))


def test_a_password_that_was_refused_is_in_no_secret(tmp_path):
    shop = Shop()
    story = Story(tmp_path, shop)
    plan = story.plan(PERSON)
    shop.given("UpdateAccountPasswordPolicy", MinimumPasswordLength=100)
    failed = told(delivered(plan, shop, SecretsManager("", shop)))
    assert [operation for operation, _ in failed] == ["CreateLoginProfile"]
    assert shop.secrets == {}


def test_standard_output_has_a_block_for_each_secret_and_says_which_was_none(story):
    """Kills: a key shown twice, and a password that is none shown as if it were one."""
    printed = []
    plan = story.plan(BOTH)
    story.iam.fail = lambda call: (
        IamError(call.operation, "EntityAlreadyExists", "there") if call.operation == "CreateLoginProfile" else None
    )
    delivered(plan, story.iam, Terminal(printed.append))
    _, [key] = signing_in(story.iam, "ann")
    assert (len(printed), printed[0], printed[2]) == (
        3,
        f"{HEADER}ann,,{key},secret-of-{key},\r\n",
        "what was shown for ann last is not valid\n",
    )


def test_standard_output_that_is_full_leaves_no_key(story):
    """Kills: `apply --credentials-out stdout | head` and a key that nobody has seen."""
    with open("/dev/full", "w", encoding="ascii", buffering=1) as full:  # noqa: PTH123 - a device

        def show(text):
            full.write(text)
            full.flush()

        failed = told(delivered(story.plan(ROBOT), story.iam, Terminal(show)))
        with pytest.raises(OSError, match="No space"):
            full.close()
    why = "standard output cannot be written: No space left on device"
    assert failed == [("CreateAccessKey", f"CreateAccessKey: NotDelivered: {why}")]
    assert signing_in(story.iam, "ci") == (None, [])


def test_who_gets_what_is_said_by_user(story):
    plan = story.plan("users: {ann: {console: true, access_keys: 2}, bob: {}}\n")
    assert {str(address): what for address, what in secrets_of(plan.plan).items()} == {
        "user/ann": ["an access key", "an access key", "a password"]
    }
