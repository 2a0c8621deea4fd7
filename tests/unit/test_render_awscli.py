"""Commands to paste: spelled as the AWS CLI spells them, and passing exactly what the plan holds."""

import json
import shutil
import subprocess

import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given, strategies as st
from profiles import law
from render_plans import DEPLOY, HOSTILE, changed, clean, full, small, user

from iamspec.iam import Call
from iamspec.kinds.contract import Phase, Step
from iamspec.plan.model import Action, Change
from iamspec.render.awscli import awscli, command, kebab, quoted

BASH = shutil.which("bash") or "bash"


def words(line: str) -> list[str]:
    """What bash makes of a line: the arguments that a program would get."""
    script = f'aws() {{ printf "%s\\0" "$@"; }}\n{line}\n'
    done = subprocess.run([BASH, "-c", script], capture_output=True, check=True, timeout=20)
    return done.stdout.decode().split("\0")[:-1]


def test_every_operation_and_parameter_of_iam_is_spelled_as_the_cli_spells_it():
    model = ServiceModel(Loader().load_service_model("iam", "service-2"), "iam")
    names = set(model.operation_names)
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        names |= set(shape.members) if shape else set()
    assert {name: kebab(name) for name in names} == {name: botocore.xform_name(name, "-") for name in names}
    assert kebab("DeleteSSHPublicKey") == "delete-ssh-public-key"


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (Call("GetAccountSummary"), "aws iam get-account-summary"),
        (Call("CreateUser", {"UserName": "a", "Path": "/"}), "aws iam create-user --user-name a --path /"),
        (Call("CreateUser", {"UserName": "-a"}), "aws iam create-user --user-name=-a"),
        (
            Call("DeleteSSHPublicKey", {"UserName": "a", "SSHPublicKeyId": "APKA"}),
            "aws iam delete-ssh-public-key --user-name a --ssh-public-key-id APKA",
        ),
        (Call("DeactivateMFADevice", {"SerialNumber": "x"}), "aws iam deactivate-mfa-device --serial-number x"),
        (Call("CreatePolicyVersion", {"SetAsDefault": True}), "aws iam create-policy-version --set-as-default"),
        (Call("CreatePolicyVersion", {"SetAsDefault": False}), "aws iam create-policy-version --no-set-as-default"),
        (
            Call("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 14}),
            "aws iam update-account-password-policy --minimum-password-length 14",
        ),
        (
            Call("TagUser", {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]}),
            "aws iam tag-user --tags Key=a,Value=b Key=c,Value=d",
        ),
        (
            Call("TagUser", {"Tags": [{"Key": "a", "Value": "it's, b"}]}),
            """aws iam tag-user --tags '[{"Key": "a", "Value": "it'"'"'s, b"}]'""",
        ),
        (
            Call("TagUser", {"Tags": [{"Key": "a", "Value": ""}]}),
            """aws iam tag-user --tags '[{"Key": "a", "Value": ""}]'""",
        ),
        (Call("UntagUser", {"TagKeys": ["a", "b"]}), "aws iam untag-user --tag-keys a b"),
        (Call("UntagUser", {"TagKeys": ["a b"]}), """aws iam untag-user --tag-keys '["a b"]'"""),
        (Call("UntagUser", {"TagKeys": ["-a"]}), """aws iam untag-user --tag-keys '["-a"]'"""),
        (
            Call("CreatePolicy", {"PolicyName": "p", "Description": "file:///etc/passwd"}),
            """aws iam create-policy --cli-input-json '{"PolicyName": "p", "Description": "file:///etc/passwd"}'""",
        ),
        (Call("CreatePolicy", {"Description": "a\n\x1b'\\"}), r"aws iam create-policy --description $'a\x0a\x1b\'\\'"),
        (
            Call("CreateLoginProfile", {"UserName": "a"}),
            'aws iam create-login-profile --user-name a --password "${PASSWORD:?}"',
        ),
        (
            Call("DescribeStackResources", {"PhysicalResourceId": "a"}, "cloudformation", "eu-west-1"),
            "aws cloudformation describe-stack-resources --region eu-west-1 --physical-resource-id a",
        ),
    ],
    ids=lambda value: value.operation if isinstance(value, Call) else "",
)
def test_a_call_is_one_line(call, line):
    assert command(call) == line


@law(40)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_bash_reads_back_exactly_the_text(text):
    assert words(f"aws {quoted(text)}") == [text]
    assert "\n" not in quoted(text)


def test_a_document_arrives_as_it_is_sent_to_iam():
    document = json.dumps(
        {"Statement": [{"Sid": "it's $HOME `id` \\ \"", "Resource": "!\x9b\x7f"}]}, ensure_ascii=False
    )
    line = command(Call("PutUserPolicy", {"UserName": "a", "PolicyName": "p", "PolicyDocument": document}))
    expected = ["iam", "put-user-policy", "--user-name", "a", "--policy-name", "p", "--policy-document", document]
    assert words(line) == expected


def test_there_is_one_command_for_each_step_in_the_order_of_execution():
    commands = [line for line in awscli(full()).splitlines() if line.startswith("aws ")]
    assert commands == [command(step.call) for step in full().steps]


def test_phases_and_addresses_are_comments_and_a_plan_without_steps_is_nothing_else():
    assert awscli(small()).splitlines()[4:] == [
        "# create",
        "# group/developers",
        "aws iam create-group --group-name developers --path /",
        "",
        "# grant",
        "# group/developers",
        f"aws iam attach-group-policy --group-name developers --policy-arn {DEPLOY}",
    ]
    assert awscli(clean()) == (
        f"# nothing to do for account 123456789012 (acme)\n# fingerprint {clean().fingerprint}\n"
    )


def test_nothing_in_a_comment_is_run():
    address = user(f"x\ntouch /{HOSTILE}")
    step = Step(address, Phase.CREATE, Call("CreateUser", {"UserName": "x"}))
    plan = changed(clean(), changes=(Change(address, Action.CREATE, (), (step,), blocked="a\nb"),))
    lines = awscli(plan).splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["aws iam create-user --user-name x"]
