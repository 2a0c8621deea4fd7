"""fleet.yaml: everything that is wrong with it at once, each with its file, line and column."""

import pytest
from fleets import account

from iamspec.errors import InvalidSpec
from iamspec.fleet.accounts import Member, Paths, paths_of, roles_of, waves_of
from iamspec.fleet.file import read

PATHS = "paths: [common]\n"


def problems(tmp_path, text):
    path = tmp_path / "fleet.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        read(str(path))
    except InvalidSpec as error:
        return [str(one).removeprefix(f"{path}:") for one in error.issues]
    return []


def fleet(tmp_path, text):
    path = tmp_path / "fleet.yaml"
    path.write_text(text, encoding="utf-8")
    return read(str(path))


ONE, TWO = account(1), account(2)
NO_ROLE = '"arn:aws:iam::${iamspec:account_id}:user/x" is no ARN of a role: arn:aws:iam::ACCOUNT:role/NAME'
WRONG = {
    "nothing": ("", ["1:1: paths: is missing"]),
    "a list": ("[]", ["1:1: a fleet is a mapping with `accounts` or `organization`, and `paths`"]),
    "no account": (
        PATHS,
        ["1:1: there is no account: write `accounts`, or `organization: {}` for all of AWS Organizations"],
    ),
    "a typo": (f"acounts: []\n{PATHS}organization: {{}}", ['1:1: unknown key "acounts"; did you mean "accounts"?']),
    "an executor": (
        f"executor: threads\norganization: {{}}\n{PATHS}",
        [
            '1:1: unknown key "executor"; known are accounts, assume_role, guards, organization, paths, version, waves',
        ],
    ),
    "an id without quotes": (
        f"accounts: [{{id: {ONE}}}]\n{PATHS}",
        ['1:17: accounts[0].id: an account id is text: write it with quotes, as in "123456789012"'],
    ),
    "a short id": (
        f'accounts: [{{id: "{ONE[1:]}"}}]\n{PATHS}',
        ['1:17: accounts[0].id: an account id has 12 digits, as in "123456789012"'],
    ),
    "an id in Arabic digits": (
        f'accounts: [{{id: "{"١" * 12}"}}]\n{PATHS}',
        ['1:17: accounts[0].id: an account id has 12 digits, as in "123456789012"'],
    ),
    "a name that leads out": (
        f'accounts: [{{id: "{ONE}", name: ../x}}]\n{PATHS}',
        ["1:39: accounts[0].name: a name is [A-Za-z0-9][A-Za-z0-9_-]*"],
    ),
    "two of one id": (
        f'accounts:\n- {{id: "{ONE}", name: a}}\n- {{id: "{ONE}", name: A}}\n{PATHS}',
        [
            f'3:8: accounts[1].id: the id "{ONE}" stands twice; first at FILE:2:8',
            '3:30: accounts[1].name: the name "A" stands twice; first at FILE:2:30',
        ],
    ),
    "listed and excluded": (
        f'accounts: [{{id: "{ONE}"}}]\norganization: {{exclude: ["{ONE}"]}}\n{PATHS}',
        [f"2:26: organization.exclude[0]: account {ONE} is excluded, and stands under accounts"],
    ),
    "an unknown variable": (
        f'accounts: [{{id: "{ONE}", vars: {{tier: x}}}}]\npaths: ["${{iamspec:var.teir}}", "${{iamspec:partition}}"]',
        [
            '2:9: paths[0]: unknown ${iamspec:var.teir}; did you mean "var.tier"?',
            "2:32: paths[1]: unknown ${iamspec:partition}; there are account_id, account_name, var.tier",
        ],
    ),
    "no path": (f'accounts: [{{id: "{ONE}"}}]\npaths: ["?"]', ["2:9: paths[0]: must name a file or a folder"]),
    "no role": (
        f'accounts: [{{id: "{ONE}"}}]\n{PATHS}assume_role: {{arn: "arn:aws:iam::${{iamspec:account_id}}:user/x"}}',
        [
            f"3:20: assume_role.arn: {NO_ROLE}",
        ],
    ),
    "an unknown account in a wave": (
        f'accounts: [{{id: "{ONE}", name: prod}}]\n{PATHS}waves: [{{accounts: [pord]}}, {{}}]',
        ['3:21: waves[0].accounts[0]: no account has the id or name "pord"; did you mean "prod"?'],
    ),
    "in two waves": (
        f'accounts: [{{id: "{ONE}", name: prod}}]\n{PATHS}waves: [{{accounts: [prod]}}, {{accounts: ["{ONE}"]}}, {{}}]',
        [f'3:41: waves[1].accounts[0]: account "{ONE}" is in two waves; first at FILE:3:21'],
    ),
    "two waves of the rest": (
        f'accounts: [{{id: "{ONE}"}}]\n{PATHS}waves: [{{}}, {{max_concurrent: 2}}]',
        ["3:13: waves[1]: two waves have all other accounts; first at FILE:3:9"],
    ),
    "a name that would take the wave of another account": (
        f'accounts: [{{id: "{ONE}", name: "{TWO}"}}, {{id: "{TWO}"}}]\n{PATHS}',
        [f'1:39: accounts[0].name: the name "{TWO}" looks like the id of an account'],
    ),
    "an empty wave": (
        f'accounts: [{{id: "{ONE}"}}]\n{PATHS}waves: [{{accounts: []}}]',
        ["3:20: waves[0].accounts: List should have at least 1 item after validation, not 0, not a list"],
    ),
    "another version": (
        f"version: 2\norganization: {{}}\n{PATHS}",
        ["1:10: version: must be 1, the only version there is"],
    ),
    "a key twice": (
        f"organization: {{}}\n{PATHS}organization: {{}}",
        ['3:1: duplicate key "organization" (first on line 1)'],
    ),
}


@pytest.mark.parametrize(("text", "wanted"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_its_place(text, wanted, tmp_path):
    found = problems(tmp_path, text)
    assert [one.replace(str(tmp_path / "fleet.yaml"), "FILE") for one in found] == wanted


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    text = f"accounts: [{{id: {ONE}, nam: x}}]\npaths: []\nwaves: [{{failure_tolerance: -1}}]\n"
    assert len(problems(tmp_path, text)) == 4


def test_a_folder_and_a_missing_file_are_no_fleet(tmp_path):
    for place, reason in (
        (tmp_path, "this is a folder"),
        (tmp_path / "none.yaml", "no such file; `iamspec explain fleet` says how"),
    ):
        with pytest.raises(InvalidSpec, match=reason):
            read(str(place))


def test_waves_have_each_account_once_and_the_rest_is_last(tmp_path):
    text = f'accounts: [{{id: "{ONE}", name: one}}, {{id: "{TWO}"}}]\n{PATHS}waves: [{{accounts: [one]}}, {{}}]\n'
    found = fleet(tmp_path, text).spec
    members = [Member(ONE, "one"), Member(TWO), Member(account(3))]
    assert waves_of(found, members) == [[ONE], [TWO, account(3)]]
    with pytest.raises(Exception, match="wave 2 is empty: every account is in another wave"):
        waves_of(found, members[:1])
    alone = fleet(tmp_path, text.replace(", {}]", "]")).spec
    with pytest.raises(Exception, match=f"no wave has {TWO}, {account(3)}; add a wave without `accounts`"):
        waves_of(alone, members)
    with pytest.raises(Exception, match=f"waves: {ONE}: no such account is in the fleet"):
        waves_of(found, members[1:])


def test_paths_and_roles_are_those_of_the_account(tmp_path):
    """Kills: a variable that widens the role; a name of Organizations in a PATH."""
    text = (
        f'accounts: [{{id: "{ONE}", name: one, vars: {{role: admin}}}}]\norganization: {{}}\n'
        'paths: [common, "accounts/${iamspec:account_name}?"]\n'
        'assume_role: {arn: "arn:${iamspec:partition}:iam::${iamspec:account_id}:role/${iamspec:var.role}"}\n'
    )
    found = fleet(tmp_path, text)
    for name in ("common", "accounts/one", "accounts/evil"):
        (tmp_path / name).mkdir(parents=True)
    one, other = Member(ONE, "one", {"role": "admin"}), Member(TWO, shown="evil")
    assert paths_of(found, one) == Paths(("common", "accounts/one"))
    assert paths_of(found, other) == Paths(("common",), partial=True)
    assert roles_of(found.spec, one, "aws-cn") == (f"arn:aws-cn:iam::{ONE}:role/admin", None)
    with pytest.raises(Exception, match=r"which fleet\.yaml does not give this account"):
        roles_of(found.spec, other, "aws")
    for wild in ("*", "a?", "${aws:username}"):
        with pytest.raises(Exception, match="stands in an ARN, which takes no value with"):
            roles_of(found.spec, Member(ONE, "one", {"role": wild}), "aws")
