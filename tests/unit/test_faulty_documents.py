"""What `validate` says of policy documents, and of the files that hold them."""

import os

import pytest
from faulty import NAMED, Table, faults, written

UNREADABLE: Table = {
    "a file above the PATH": (
        {"a.yaml": "policies: {p: {document: {file: ../secret.json}}}\n", "../secret.json": "JSON"},
        [
            'spec/a.yaml:1:33: policy/p: document.file: "../secret.json": leads out of spec; every file must be below the PATH'
        ],
    ),
    "a file above the PATH and back": (
        {"a.yaml": "policies: {p: {document: {file: ../other/secret.json}}}\n", "../other/secret.json": "JSON"},
        [
            'spec/a.yaml:1:33: policy/p: document.file: "../other/secret.json": leads out of spec; every file must be below the PATH'
        ],
    ),
    "an absolute name": (
        {"a.yaml": "policies: {p: {document: {file: /etc/hostname}}}\n"},
        [
            'spec/a.yaml:1:33: policy/p: document.file: "/etc/hostname": leads out of spec; every file must be below the PATH'
        ],
    ),
    "a file that is not there": (
        {"a.yaml": "policies: {p: {document: {file: doc.json}}}\n"},
        ['spec/a.yaml:1:33: policy/p: document.file: "doc.json": no such file or directory'],
    ),
    "a hidden file": (
        {"a.yaml": "policies: {p: {document: {file: .doc.json}}}\n", ".doc.json": "JSON"},
        ['spec/a.yaml:1:33: policy/p: document.file: ".doc.json": is hidden; hidden files are never read'],
    ),
    "a file in a hidden folder": (
        {"a.yaml": "policies: {p: {document: {file: .git/doc.json}}}\n", ".git/doc.json": "JSON"},
        ['spec/a.yaml:1:33: policy/p: document.file: ".git/doc.json": is hidden; hidden files are never read'],
    ),
    "a folder": (
        {"a.yaml": "policies: {p: {document: {file: docs}}}\n", "docs/doc.json": "JSON"},
        ['spec/a.yaml:1:33: policy/p: document.file: "docs": is a directory'],
    ),
    "a name without end": (
        {"a.yaml": "policies: {p: {document: {file: " + "n" * 300 + "}}}\n"},
        ['spec/a.yaml:1:33: policy/p: document.file: "' + "n" * 300 + '": file name too long'],
    ),
    "JSON with an open bracket": (
        {
            "a.yaml": "policies: {p: {document: {file: doc.json}}}\n",
            "doc.json": '{"Version": "2012-10-17",\n "Statement": [}',
        },
        ["spec/doc.json:2:16: policy/p: document: not JSON: Expecting value"],
    ),
    "JSON with an unknown escape": (
        {"a.yaml": "policies: {p: {document: {file: doc.json}}}\n", "doc.json": '{"Statement": "\\hunter2"}'},
        ["spec/doc.json:1:16: policy/p: document: not JSON: Invalid \\escape"],
    ),
    "JSON with a key twice": (
        {
            "a.yaml": "policies: {p: {document: {file: doc.json}}}\n",
            "doc.json": '{\n\t"Version": "2012-10-17",\n\t"Version": "2012-10-17", "Statement": []}',
        },
        ["spec/doc.json:3:2: policy/p: document: duplicate key (first on line 2)"],
    ),
    "JSON with a key twice, once in disguise": (
        {
            "a.yaml": "policies: {p: {document: {file: doc.json}}}\n",
            "doc.json": '{\n"Version": "2012-10-17", "\\u0056ersion": "2012-10-17"}',
        },
        ["spec/doc.json:2:26: policy/p: document: duplicate key (first on line 2)"],
    ),
    "JSON with no end to its levels": (
        {
            "a.yaml": "policies: {p: {document: {file: doc.json}}}\n",
            "doc.json": '{"Statement": ' + "[" * 100000 + "]" * 100000 + "}",
        },
        ["spec/doc.json:1:1: policy/p: document: nested too deep"],
    ),
    "nothing": (
        {"a.yaml": "policies: {p: {document: {file: doc.json}}}\n", "doc.json": ""},
        ["spec/doc.json:1:1: policy/p: document: not JSON: Expecting value"],
    ),
    "YAML with an open bracket": (
        {"a.yaml": "policies: {p: {document: {file: doc.txt}}}\n", "doc.txt": "Version: 2012-10-17\nStatement: [}\n"},
        ["spec/doc.txt:2:13: policy/p: document: not YAML: did not find expected node content"],
    ),
    "YAML with a key twice": (
        {
            "a.yaml": "policies: {p: {document: {file: doc.txt}}}\n",
            "doc.txt": "Version: 2012-10-17\nVersion: 2012-10-17\n",
        },
        ["spec/doc.txt:2:1: policy/p: document: duplicate key (first on line 1)"],
    ),
    "Latin-1": (
        {"a.yaml": "policies: {p: {document: {file: doc.json}}}\n", "doc.json": b'{"Id": "\xe9"}'},
        ['spec/a.yaml:1:33: policy/p: document.file: "doc.json": is not UTF-8 text'],
    ),
    "two MiB": (
        {"a.yaml": "policies: {p: {document: {file: doc.json}}}\n", "doc.json": " " * 2097152 + "JSON"},
        ['spec/a.yaml:1:33: policy/p: document.file: "doc.json": is larger than 1 MiB'],
    ),
}

GRAMMAR: Table = {
    "in line": (
        'policies:\n  p:\n    document:\n      Version: 2012-10-17\n      Statement:\n        - Sid: One\n          Effect: allow\n          Action: [s3:GetObject, s3GetObject]\n          Resource: "*"\n        - Sid: One\n          Effect: Allow\n          Action: s3:*\n          NotAction: s3:PutObject\n          Resource: bucket\n          Principal: "*"\n          Conditon: {Bool: {aws:x: "true"}}\n',
        [
            'spec/a.yaml:7:19: policy/p: document.Statement[0].Effect: Effect is "allow"; write "Allow" or "Deny", in exactly this case',
            'spec/a.yaml:8:34: policy/p: document.Statement[0].Action[1]: Action "s3GetObject" names no service; write service:Name, such as "s3:GetObject", or "*"',
            'spec/a.yaml:10:16: policy/p: document.Statement[1].Sid: Sid "One" is that of Statement[0] too; write a Sid only once in a document',
            "spec/a.yaml:13:22: policy/p: document.Statement[1].NotAction: the statement has both Action and NotAction; keep one of them",
            'spec/a.yaml:14:21: policy/p: document.Statement[1].Resource: Resource "bucket" is no ARN; write arn:partition:service:region:account:resource, such as "arn:aws:s3:::bucket/*", or "*"',
            "spec/a.yaml:15:22: policy/p: document.Statement[1].Principal: Principal is not allowed in an identity policy; remove it",
            'spec/a.yaml:16:21: policy/p: document.Statement[1].Conditon: "Conditon" is not known in a statement; did you mean "Condition"?',
        ],
    ),
    "in line in a user": (
        "users:\n  a:\n    inline_policies:\n      own:\n        Version: 2012-10-17\n        Statement: {Effect: Allow, Action: '*:*Foo', Resource: '*'}\n",
        [
            'spec/a.yaml:6:44: user/a: inline_policies.own.Statement.Action: Action "*:*Foo" has a wildcard for the service, which IAM refuses; name the service, or write "*" for all actions'
        ],
    ),
    "in a file of YAML": (
        {
            "a.yaml": "policies: {p: {document: {file: docs/p.yaml}}}\n",
            "docs/p.yaml": 'Version: 2012-10-17\nStatement:\n  - Effect: Allow\n    Action: s3\n    Resource: "*"\n',
        },
        [
            'spec/docs/p.yaml:4:13: policy/p: document.Statement[0].Action: Action "s3" names no service; write service:Name, such as "s3:GetObject", or "*"'
        ],
    ),
    "in a file of JSON": (
        {
            "a.yaml": "policies: {p: {document: {file: docs/p.json}}}\n",
            "docs/p.json": '{\n\t"Version": "2012-10-17",\n\t"Statement": [\n\t\t{"Effect": "Allow",\n\t\t "Action": "s3:GetObject",\n\t\t "Resource": ["*", "bucket"]},\n\t\t{\n\t\t\t"Efect": "Allow", "Action": "s3:GetObject", "Resource": "*"\n\t\t}\n\t]\n}\n',
        },
        [
            'spec/docs/p.json:6:22: policy/p: document.Statement[0].Resource[1]: Resource "bucket" is no ARN; write arn:partition:service:region:account:resource, such as "arn:aws:s3:::bucket/*", or "*"',
            'spec/docs/p.json:7:3: policy/p: document.Statement[1]: the statement has no Effect; write "Allow" or "Deny"',
            'spec/docs/p.json:8:13: policy/p: document.Statement[1].Efect: "Efect" is not known in a statement; did you mean "Effect"?',
        ],
    ),
    "in a file that two name": (
        {
            "a.yaml": "policies: {p: {document: {file: p.yaml}}, q: {document: {file: p.yaml}}}\n",
            "p.yaml": 'Version: 2012-10-17\nStatement:\n  - Effect: Allow\n    Action: s3\n    Resource: "*"\n',
        },
        [
            'spec/p.yaml:4:13: policy/p: document.Statement[0].Action: Action "s3" names no service; write service:Name, such as "s3:GetObject", or "*"',
            'spec/p.yaml:4:13: policy/q: document.Statement[0].Action: Action "s3" names no service; write service:Name, such as "s3:GetObject", or "*"',
        ],
    ),
    "a version and no statement": (
        "policies: {p: {document: {Version: 2012-10-18, Statement: []}}}\n",
        [
            'spec/a.yaml:1:36: policy/p: document.Version: Version is "2012-10-18"; write "2012-10-17" (or the older "2008-10-17")',
            "spec/a.yaml:1:59: policy/p: document.Statement: Statement is an empty list; write at least one statement",
        ],
    ),
    "a number that JSON has not": (
        {
            "a.yaml": "policies: {p: {document: {file: p.json}}}\n",
            "p.json": '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",\n"Condition": {"NumericLessThan": {"aws:x": NaN}}}}',
        },
        [
            "spec/p.json:2:44: policy/p: document.Statement.Condition.NumericLessThan.aws:x: nan is no number that JSON has; write a finite one"
        ],
    ),
    "a text": (
        "policies: {p: {document: doc.json}}\n",
        [
            'spec/a.yaml:1:26: policy/p: document: this is no policy document, since it is no object; write an object with "Version" and "Statement"'
        ],
    ),
    "no value": (
        "policies: {p: {document: }}\n",
        [
            'spec/a.yaml:1:26: policy/p: document: this is no policy document, since it is no object; write an object with "Version" and "Statement"'
        ],
    ),
    "a list": (
        "policies: {p: {document: []}}\n",
        [
            'spec/a.yaml:1:26: policy/p: document: this is no policy document, since it is no object; write an object with "Version" and "Statement"'
        ],
    ),
    "a file and more": (
        {"a.yaml": "policies: {p: {document: {file: doc.json, x: 1}}}\n", "doc.json": "JSON"},
        [
            'spec/a.yaml:1:26: policy/p: document: this is no policy document, since it has no Statement; write an object with "Version" and "Statement"'
        ],
    ),
    "a list of files": (
        {"a.yaml": "policies: {p: {document: {file: [doc.json]}}}\n", "doc.json": "JSON"},
        [
            'spec/a.yaml:1:26: policy/p: document: this is no policy document, since it has no Statement; write an object with "Version" and "Statement"'
        ],
    ),
    "a spec file": (
        {"a.yaml": "policies: {p: {document: {file: b.yaml}}}\n", "b.yaml": "users: {alice: {}}\n"},
        [
            "spec/b.yaml:1:1: a `{file: …}` names this as a policy document, but it is a spec file",
            'spec/b.yaml:1:1: policy/p: document: this is no policy document, since it has no Statement; write an object with "Version" and "Statement"',
        ],
    ),
    "its own file": (
        {"a.yaml": "policies: {p: {document: {file: a.yaml}}}\n"},
        ["spec/a.yaml:1:1: a `{file: …}` names this as a policy document, but it is a spec file"],
    ),
}


@pytest.mark.parametrize(("files", "messages"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_document_that_cannot_be_read_is_told_with_its_reason(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages


def test_a_document_that_cannot_be_read_is_not_said_to_lack_anything(tmp_path):
    """Kills: a second message that sends people to look for a Statement in the wrong file."""
    message = 'spec/a.yaml:1:33: policy/p: document.file: "doc.json": no such file or directory'
    assert faults(tmp_path, "policies: {p: {document: {file: doc.json}}}\n") == [message]


def test_a_document_is_not_read_through_a_link_that_leads_out(tmp_path):
    link = written(tmp_path, {"a.yaml": NAMED, "../secret.json": "JSON"}) / "doc.json"
    link.symlink_to(tmp_path / "secret.json")
    message = (
        'spec/a.yaml:1:33: policy/p: document.file: "doc.json": leads out of spec; every file must be below the PATH'
    )
    assert faults(tmp_path) == [message]


def test_a_document_is_not_read_through_a_folder_that_leads_out(tmp_path):
    spec = written(tmp_path, {"b/a.yaml": NAMED.replace("doc.json", "../docs/doc.json"), "../other/doc.json": "JSON"})
    (spec / "docs").symlink_to(tmp_path / "other")
    assert faults(tmp_path) == [
        'spec/b/a.yaml:1:33: policy/p: document.file: "../docs/doc.json": leads out of spec; every file must be below the PATH',
        "spec/docs:1:1: a link to a folder is not followed; pass it as a PATH",
    ]
    message = (
        'spec/b/a.yaml:1:33: policy/p: document.file: "../docs/doc.json": '
        "leads out of spec/b; every file must be below the PATH"
    )
    assert [one for one in faults(tmp_path, None, "spec/b") if "no Statement" not in one] == [message]


def test_a_pipe_in_the_place_of_a_document_is_not_waited_for(tmp_path):
    os.mkfifo(written(tmp_path, NAMED) / "doc.json")
    message = 'spec/a.yaml:1:33: policy/p: document.file: "doc.json": is no regular file'
    assert faults(tmp_path) == [message]


@pytest.mark.parametrize(("files", "messages"), GRAMMAR.values(), ids=GRAMMAR)
def test_a_document_that_iam_would_refuse_is_told_with_the_place_inside(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages
