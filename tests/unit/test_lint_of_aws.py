"""The warnings about AWS's own policies, rule by rule, each judged by its sentence.

A warning is false if its sentence is false of IAM. All these
documents are linted once for all tests.
"""

import time
from collections import Counter
from functools import cache

from iamspec.policy.actions import catalogue, package_data
from iamspec.policy.actions.reference import Reference
from iamspec.policy.lint import RULES, lint
from iamspec.policy.managed import managed_documents

MOST_FALSE = 0.005


@cache
def linted():
    """The name of the policy and the warning, for every warning; and how long that took."""
    catalogue()  # what is read once
    started = time.process_time()
    found = [(arn.split(":policy/")[1], remark) for arn, one in managed_documents().items() for remark in lint(one)]
    return found, time.process_time() - started


def alarms():
    return linted()[0]


def of(*codes):
    return Counter((name.rpartition("/")[2], one.code) for name, one in alarms() if one.code in codes)


def test_as_many_policies_of_aws_draw_each_warning_as_deserve_it():
    """Kills: a rule that cries wolf, and a rule that falls silent.

    True in all 48 cases of escalation: each action of the set is allowed on `*` without a condition, as IAMFullAccess
    and AWSLambda_FullAccess do. True of resource-mismatch: s3:ListAllMyBuckets on some buckets, lambda:ListFunctions on
    functions, sagemaker:AddAssociation on endpoints. Two of these cannot be judged: the preview of a service had other
    names for its resources. Unknown names are none, since the names in these very policies are known.
    """
    policies = {(name, one.code) for name, one in alarms()}
    assert Counter(code for _, code in policies) == {
        "administrator": 1,  # AdministratorAccess
        "allow-not-action": 2,  # PowerUserAccess is one
        "allow-not-resource": 7,
        "escalation": 48,
        "forallvalues-allow": 4,
        "key-never-set": 6,
        "pass-role-any": 6,  # IAMFullAccess is one
        "resource-mismatch": 51,
    }
    unjudged = {"SecurityAgentWebAppAPIPolicy", "SecurityAgentWebAppPolicy"}
    mismatched = {name.rpartition("/")[2] for name, code in policies if code == "resource-mismatch"}
    assert unjudged < mismatched
    assert len(unjudged) / len(managed_documents()) < MOST_FALSE


def test_the_conditions_of_aws_are_faulted_for_what_does_not_do_its_work_alone():
    """Kills: a rule about conditions that cries wolf."""
    assert of("forallvalues-allow", "key-never-set") == {
        ("AWSGlueConsoleSageMakerNotebookFullAccess", "forallvalues-allow"): 1,  # Access Analyzer faults it, too
        ("AmazonCodeGuruReviewerFullAccess", "forallvalues-allow"): 2,  # a key with one value, and a read without tags
        ("AmazonCodeGuruReviewerServiceRolePolicy", "forallvalues-allow"): 1,  # a key with one value
        ("AmazonEC2RolePolicyForLaunchWizard", "forallvalues-allow"): 2,  # reads, which carry no tags
        ("AmazonDataZoneSageMakerManageAccessRolePolicy", "key-never-set"): 2,  # tags of requests to KMS
        ("AmazonDataZoneSageMakerProvisioningRolePolicy", "key-never-set"): 2,  # tags of a request that deletes
        ("AwsGlueSessionUserRestrictedNotebookPolicy", "key-never-set"): 1,  # a Deny of tag:TagResources by its tags
        ("AwsGlueSessionUserRestrictedNotebookServiceRole", "key-never-set"): 1,
        ("AwsGlueSessionUserRestrictedPolicy", "key-never-set"): 1,
        ("AwsGlueSessionUserRestrictedServiceRole", "key-never-set"): 1,
    }


def test_what_amends_the_reference_is_what_the_reference_lacks(monkeypatch):
    """Kills: an amendment that stays when the reference has it, and one that nothing reads."""
    amended = package_data("reference-amendments.json")
    with_them = {action: facts(action) for action in changed(amended)}
    monkeypatch.setattr("iamspec.policy.actions.reference._amended", lambda *_: ())
    assert {action: facts(action) == found for action, found in with_them.items()} == dict.fromkeys(with_them, False)
    assert len(with_them) == 11


def changed(amended):
    """The actions, one for each service that is amended as a whole."""
    names = [*amended["resources"], *amended["keys"]]
    known = catalogue()
    return [known.names(known.mask(name))[0] if name.endswith("*") else known.spelled(name) for name in names]


def facts(action):
    reference = Reference()
    folded = action.lower()
    return reference.resource_types(folded), reference.condition_keys(folded)


def test_every_code_is_a_rule_and_every_rule_is_kebab_case():
    assert {remark.code for _, remark in alarms()} - set(RULES) == set()
    assert [code for code in RULES if not code.replace("-", "").replace("2008", "").isalpha()] == []


def test_of_the_managed_policies_of_aws_one_is_the_administrator():
    assert [name for name, remark in alarms() if remark.code == "administrator"] == ["AdministratorAccess"]


def test_1500_documents_are_looked_at_in_three_seconds():
    assert len(managed_documents()) >= 1500
    assert linted()[1] < 3
