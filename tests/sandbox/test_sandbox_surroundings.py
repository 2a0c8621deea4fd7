"""What other services say of the account in the sandbox."""

import pytest
from test_sandbox import DOCUMENT, OWN, client, refusal

from iamspec.sandbox import cbor, running


@pytest.fixture
def sandbox():
    with running() as sandbox:
        yield sandbox


def test_a_security_contact_is_told_where_there_is_one(sandbox):
    account = client(sandbox, "account")
    assert refusal(account.get_alternate_contact, AlternateContactType="SECURITY") == ("ResourceNotFoundException", 404)
    contact = {"Name": "Sam", "Title": "CISO", "EmailAddress": "sec@example.com", "PhoneNumber": "1"}
    sandbox.backend.contacts["SECURITY"] = contact
    found = account.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]
    assert found == contact | {"AlternateContactType": "SECURITY"}


def test_analyzers_are_those_of_the_region(sandbox):
    assert client(sandbox, "accessanalyzer").list_analyzers()["analyzers"] == []
    sandbox.backend.analyzers.add(("us-east-1", "ACCOUNT"))
    here, there = (client(sandbox, "accessanalyzer", region) for region in ("us-east-1", "eu-west-1"))
    assert [(one["type"], one["status"]) for one in here.list_analyzers()["analyzers"]] == [("ACCOUNT", "ACTIVE")]
    assert here.list_analyzers(type="ORGANIZATION")["analyzers"] == there.list_analyzers()["analyzers"] == []
    regions = client(sandbox, "account").list_regions()["Regions"]
    assert "us-east-1" in [one["RegionName"] for one in regions]


def test_an_account_without_an_organization_has_none_of_its_features(sandbox):
    refused = refusal(client(sandbox).list_organizations_features)
    assert refused[0] == "OrganizationNotFoundException"
    refused = refusal(client(sandbox, "organizations").describe_organization)
    assert refused[0] == "AWSOrganizationsNotInUseException"


def test_tags_of_policies_come_in_pages_of_a_hundred_and_of_users_never(sandbox):
    iam, tagging = client(sandbox), client(sandbox, "resourcegroupstaggingapi")
    tag = [{"Key": "team", "Value": "a"}]
    iam.create_user(UserName="ann", Tags=tag)
    iam.create_policy(PolicyName="plain", PolicyDocument=DOCUMENT)
    for number in range(103):
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=DOCUMENT, Tags=tag)
    first = tagging.get_resources(ResourceTypeFilters=["iam:policy"])
    second = tagging.get_resources(ResourceTypeFilters=["iam:policy"], PaginationToken=first["PaginationToken"])
    assert first["ResourceTagMappingList"][0] == {"ResourceARN": f"{OWN}policy/p0", "Tags": tag}
    assert [len(page["ResourceTagMappingList"]) for page in (first, second)] == [100, 3]
    assert second["PaginationToken"] == ""
    none = tagging.get_resources(TagFilters=[{"Key": "team", "Values": ["b"]}])
    assert none["ResourceTagMappingList"] == []
    elsewhere = client(sandbox, "resourcegroupstaggingapi", "eu-west-1").get_resources()
    assert elsewhere["ResourceTagMappingList"] == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        23,
        24,
        255,
        256,
        65536,
        2**40,
        -1,
        -500,
        1.5,
        "",
        "a",
        "é" * 300,
        [],
        [1, ["x"]],
        {"a": {}},
    ],
)
def test_cbor_reads_what_it_writes(value):
    assert cbor.decode(cbor.encode(value)) == value


@pytest.mark.parametrize("content", ["", "61", "9f01", "ff", "5f", "1f", "f9", "fc", "a10161ff"])
def test_cbor_that_is_cut_or_odd_is_a_value_error(content):
    with pytest.raises(ValueError, match=r"."):
        cbor.decode(bytes.fromhex(content))


def test_cbor_reads_what_other_writers_leave_open():
    assert cbor.decode(bytes.fromhex("bf61619f0102ff6162fb3ff8000000000000ff")) == {"a": [1, 2], "b": 1.5}
