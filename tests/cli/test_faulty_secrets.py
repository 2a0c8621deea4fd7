"""`validate` on documents that are no policies: it repeats no content, and shows no traceback."""

import pytest
from faulty import NAMED, faults

SECRETS = {
    "credentials": "[default]\naws_secret_access_key = hunter2\n",
    "YAML": "hunter1: hunter2\n",
    "YAML with a key twice": "hunter1: hunter2\nhunter1: hunter2\n",
    "YAML with an alias": "hunter1: *hunter2\n",
    "YAML with a tag": "hunter1: !hunter2 hunter2\n",
    "YAML with a handle": "hunter1: !hunter!hunter2 hunter2\n",
    "YAML with a directive": "%hunter1 hunter2\n--- hunter2\n",
    "a word": "hunter2\n",
    "a list": "- hunter1\n- hunter2\n",
    "JSON": '{"hunter1": "hunter2"}\n',
    "JSON in JSON": '"{\\"hunter1\\": \\"hunter2\\"}"\n',
    "JSON with a key twice": '{"hunter1": "hunter2", "hunter1": "hunter2"}\n',
    "JSON that breaks off": '{"hunter1": "hunter2", hunter2',
    "JSON with an unknown escape": '{"hunter1": "\\hunter2"}\n',
    "JSON with a line end in a text": '{"hunter1": "hunter2\n"}\n',
    "a key": "-----BEGIN PRIVATE KEY-----\nhunter2==\n-----END PRIVATE KEY-----\n",
    "an environment": "HUNTER1=hunter2\nexport HUNTER2='hunter2'\n",
}
VARIABLE = '{"hunter1": "${iamspec:hunter2}"}\n'


@pytest.mark.parametrize("name", ["doc.json", "doc.txt", "doc"])
@pytest.mark.parametrize("content", SECRETS.values(), ids=SECRETS)
def test_no_message_repeats_what_is_no_policy(tmp_path, content, name):
    """Kills: a pull request that prints the secrets of whoever runs it."""
    messages = faults(tmp_path, {"a.yaml": NAMED.replace("doc.json", name), name: content})
    assert messages != []
    assert [one for one in messages if "hunter" in one.lower()] == []


def test_no_message_repeats_a_variable_of_what_is_no_policy(tmp_path):
    messages = faults(tmp_path, {"a.yaml": NAMED, "doc.json": VARIABLE})
    assert [one for one in messages if "hunter" in one] == []


def test_no_message_repeats_a_key_of_what_is_no_policy_although_its_name_is_that_of_a_spec_file(tmp_path):
    messages = faults(tmp_path, {"a.yaml": NAMED.replace("json", "yaml"), "doc.yaml": SECRETS["YAML with a key twice"]})
    assert [one for one in messages if "hunter" in one] == []


def test_a_document_that_is_no_yaml_is_told_once(tmp_path):
    files = {"a.yaml": NAMED.replace("json", "yaml"), "doc.yaml": "Statement: [}\n"}
    message = "spec/doc.yaml:1:13: policy/p: document: not YAML: did not find expected node content"
    assert faults(tmp_path, files) == [message]


def test_a_number_without_end_is_told(tmp_path):
    messages = faults(tmp_path, {"a.yaml": NAMED, "doc.json": '{"Statement": ' + "1" * 5000 + "}"})
    assert [one.partition(":")[0] for one in messages] == ["spec/doc.json"]


def test_a_document_nested_too_deep_for_the_rest_of_the_program_is_told(tmp_path):
    deep = '{"Statement": ' + "[" * 900 + "]" * 900 + "}"
    messages = faults(tmp_path, {"a.yaml": NAMED, "doc.json": deep})
    assert messages == ["spec/doc.json:1:1: policy/p: document: nested deeper than 40 levels"]


def test_a_name_of_a_file_with_a_nul_is_told(tmp_path):
    messages = faults(tmp_path, 'policies: {p: {document: {file: "a\\0b"}}}\n')
    assert [one.partition(" policy/p: document.file: ")[0] for one in messages] == ["spec/a.yaml:1:33:"]


def test_every_message_can_be_printed(tmp_path):
    """Kills: a traceback of whoever prints the messages."""
    statement = '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"\\ud800": "true"}}}'
    files = {"a.yaml": NAMED, "doc.json": f'{{"Version": "2012-10-17", "Statement": {statement}}}'}
    assert [one for one in faults(tmp_path, files) if not one.isprintable()] == []
