"""No documents make a plan last for minutes: what is counted here are steps, not seconds."""

from types import SimpleNamespace

import pytest
from fake import ACCOUNT, FakeIam
from test_laws import planned, run
from test_schedule import allow, both, deny, spec

from iamspec.iam import Call
from iamspec.kinds import effects
from iamspec.plan.order import judge, probes as asked, scene, schedule
from iamspec.plan.order.graph import Precedence
from iamspec.plan.order.repair import Order
from iamspec.policy.document import Document
from iamspec.policy.evaluate import marks
from iamspec.policy.meaning import meeting


def large(number):
    """A document whose statements are about nearly every action on nearly every resource."""
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": ("Allow", "Deny")[at % 2], "NotAction": f"{service}:*", "NotResource": f"arn:aws:s3:::{number}-{at}"}
        for at, service in enumerate(("s3", "ec2", "iam", "sqs", "sns", "kms", "rds", "ssm"))]}  # fmt: skip


def test_probes_end_where_their_answers_would_be_too_many():
    """Kills: a simulation that asks each of thousands of statements about each of thousands of requests."""
    documents = [(Document(large(number)), 1) for number in range(4)]
    few, more = asked.probes(documents, most=2_000), asked.probes(documents, most=20_000)
    assert (few.is_whole, more.is_whole) == (False, True)
    assert (len(few.all), len(more.all)) == (62, 129)


def test_documents_that_ask_for_a_tag_count_once_for_each_value_of_the_tag(monkeypatch):
    """Kills: a plan of a thousand users of ten teams that is judged by the few requests that fit into a bound."""
    team = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}
    statements = [{**one, **team} for one in both(allow("s3:GetObject"), deny("s3:DeleteObject"))["Statement"]]
    asking = {"Version": "2012-10-17", "Statement": statements}
    users = {f"u{number}": {"tags": {"team": f"t{number % 3}"}, "groups": ["g"]} for number in range(9)}
    iam = FakeIam()
    run(planned(spec({}, {}, {name: {"tags": one["tags"]} for name, one in users.items()}), iam), iam)
    counted, whole = [], asked.probes
    monkeypatch.setattr(judge, "probes", lambda given, _: whole(counted.extend(found := list(given)) or found))
    planned(spec({"p": asking}, {"g": {"policies": ["p"]}}, users), iam)
    assert [times for _, times in counted] == [3]


def test_an_action_is_asked_about_the_resources_that_it_can_apply_to_and_one_elsewhere():
    """Kills: requests that nobody can send, and that take the place of requests that open a window."""
    secret, queue = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a", "arn:aws:sqs:eu-west-1:123456789012:b"
    statements = [
        {"Effect": "Allow", "Action": ["sqs:GetQueueUrl", "ecr:BatchGetImage"], "Resource": "*"},
        {"Effect": "Deny", "Action": ["secretsmanager:*", "sqs:*", "ecr:*"], "Resource": [secret, f"{queue}*"]},
    ]
    found = asked.probes([(Document({"Version": "2012-10-17", "Statement": statements}), 1)])
    pairs = {(one.action.partition(":")[0], one.place) for one in found.all}
    assert found.is_whole
    assert pairs == {
        ("ecr", ""),
        ("secretsmanager", ""),
        ("secretsmanager", secret),
        ("sqs", ""),
        ("sqs", f"{queue}*"),
    }


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_request_for_no_resource_in_particular_is_about_one_of_the_partition(partition):
    """Kills: a Deny of all buckets in China that a request about a bucket elsewhere slips through."""
    found = asked.probes([(Document(allow("s3:GetObject", "sqs:SendMessage")), 1)], partition)
    assert {one.resource.split(":")[1] for one in found.all} == {partition}


def retagged(resource, count):
    """The plan that gives users another tag and another group, where the policy of their group names a resource."""
    own = allow("s3:GetObject") | {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]}

    def users(tag, groups):
        return {f"u{number}": {"tags": {"cost": f"{tag}{number}"}, "groups": groups} for number in range(count)}

    groups, iam = {"g": {"policies": ["own"]}, "h": {"policies": ["no"]}}, FakeIam()
    policies = {"own": own, "no": deny("s3:PutObject")}
    run(planned(spec(policies, groups, users("a", ["g"])), iam), iam)
    return planned(spec(policies, groups, users("b", ["g", "h"])), iam).plan


def judges(monkeypatch):
    """The judges that plans will make."""
    found, of_scenes = [], judge.Judge.of_scenes
    monkeypatch.setattr(schedule.Judge, "of_scenes", lambda *given: found.append(of_scenes(*given)) or found[-1])
    return found


def test_users_with_another_tag_add_no_request_about_a_resource_that_holds_their_name(monkeypatch):
    """Kills: requests for each name, tried for each user, which takes the square of their number."""
    found = judges(monkeypatch)
    counts = []
    for count in (2, 9):
        retagged("arn:aws:s3:::b/${aws:username}/*", count)
        counts.append(max(len(one.probes) for one in found))
        found.clear()
    assert counts[0] == counts[1] > 0


def test_requests_about_many_tags_are_bounded_and_the_plan_says_so(monkeypatch):
    """Kills: a request for each old and new tag of a thousand users, tried for each of them; a bound that is silent."""
    found = judges(monkeypatch)
    whole = retagged("arn:aws:s3:::b/${aws:PrincipalTag/cost}/*", 4)
    most = max(len(one.probes) for one in found)
    found.clear()
    monkeypatch.setattr(judge, "MOST_OF_VARIABLES", 3)
    cut = retagged("arn:aws:s3:::b/${aws:PrincipalTag/cost}/*", 4)
    assert max(len(one.probes) for one in found) == most - 8 + 3
    assert (whole.notes, [one.partition(":")[0] for one in cut.notes]) == (
        (),
        ["the policies of this plan say too much to try every kind of request between two calls"],
    )


def test_a_plan_that_is_not_judged_whole_says_so(monkeypatch):
    """Kills: a bound that is reached in silence, so that a window goes by unannounced."""
    counted = []
    applying, whole = marks._applying, asked.probes
    monkeypatch.setattr(marks, "_applying", lambda *one: counted.append(len(one[2])) or applying(*one))
    monkeypatch.setattr(judge, "probes", lambda documents, partition: whole(documents, partition, 500))
    before = {f"p{number}": large(number) for number in range(4)}
    after = {f"p{number}": large(number + 9) for number in range(4)}
    users = {"ann": {"policies": sorted(before)}}
    iam = FakeIam()
    run(planned(spec(before, {}, users), iam), iam)
    counted.clear()
    notes = planned(spec(after, {}, users), iam).plan.notes
    assert [one.partition(":")[0] for one in notes] == [
        "the policies of this plan say too much to try every kind of request between two calls"
    ]
    assert sum(counted) <= 500


def test_each_state_of_a_scene_is_one_call_away_from_the_last(monkeypatch):
    """Kills: states that are simulated from the beginning, which takes the third power of the calls."""
    steps = []
    carry_out = scene.carry_out_all
    monkeypatch.setattr(scene, "carry_out_all", lambda live, these: steps.append(these) or carry_out(live, these))
    names = [f"p{number}" for number in range(6)]
    policies = {name: allow(f"s3:Get{name}*") for name in names} | {"no": deny("s3:GetObject")}
    iam = FakeIam()
    run(planned(spec(policies, {}, {"ann": {"policies": [*names[:3], "no"]}}), iam), iam)
    steps.clear()
    plan = planned(spec(policies, {}, {"ann": {"policies": names[3:]}}), iam)
    count = len(plan.steps)
    assert count == 7
    assert len(steps) <= count * (count + 1)


def test_a_document_of_a_call_is_taken_apart_once():
    """Kills: a document that is parsed, compiled and searched anew in each state of a simulation."""
    call = Call("PutUserPolicy", {"PolicyDocument": '{"Version": "2012-10-17", "Statement": []}'})
    live = SimpleNamespace(account=ACCOUNT)
    assert effects.document(live, call) is effects.document(live, call)


def test_patterns_full_of_wildcards_are_compared_by_their_ends(monkeypatch):
    """Kills: two documents of 6 KB of wildcards that are held against each other sign by sign."""
    monkeypatch.setattr(meeting, "meet", lambda *_: 1 / 0)
    wild = "s3:" + "*a?*b" * 10
    assert [meeting.patterns_meet(f"{wild}*x", f"{wild}*{end}") for end in ("yx", "", "y")] == [True, True, False]


def test_demands_that_cannot_be_met_are_not_looked_for_among_all_demands(monkeypatch):
    """Kills: a second try that takes the square of the number of demands."""
    monkeypatch.setattr(schedule._Wanted, "__eq__", lambda *_: 1 / 0)
    edges = ((0, 1), (1, 0), (1, 2))
    wanted = [schedule._Wanted(safe=True, choices=(frozenset({edge}),)) for edge in edges]
    order = schedule._best(wanted, Order(Precedence([(0,)] * 3, "abc")))
    assert order.waits == {1: {0}, 2: {1}}
