"""What a change of documents means, as laws, each with the bug that it is there to find."""

from collections import Counter

from hypothesis import assume, example, given, strategies as st
from meanings import BLOCKS, BUCKET, DOCUMENTS, PATTERNS, RESOURCES, STATEMENTS, change, decisions, rewritten
from profiles import law

from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate
from iamspec.policy.managed import managed_documents
from iamspec.policy.meaning import Atom, Grants, Meaning, Remark, Scope, Verdict, allowed, atoms, compare, covering
from iamspec.policy.meaning.comparison import NO_BOUNDARY
from iamspec.policy.meaning.scopes import scopes
from iamspec.policy.meaning.shift import shift
from iamspec.policy.statement import listed

MANY = law(300)
ACTIONS = st.lists(
    st.sampled_from(("s3:GetObject", "s3:PutObject", "s3:Put*", "sqs:*", "sqs:SendMessage", "iam:Pass*", "foo:Bar"))
    | st.sampled_from(("s?s:SendMessage", "*:PassRole", "${x}3:PutObject", "*")),
    min_size=1,
    max_size=3,
)
NAMING = st.builds(
    lambda statements: {"Version": "2012-10-17", "Statement": statements},
    st.lists(
        st.builds(
            lambda key, names, effect, where: {"Effect": effect, key: names, "Resource": where},
            st.sampled_from((*["Action"] * 9, "NotAction")),
            ACTIONS,
            st.sampled_from(("Allow", "Allow", "Deny")),
            st.sampled_from(("*", "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a", "arn:aws:iam::123456789012:role/r")),
        ),
        min_size=1,
        max_size=4,
    ),
)  # documents about a few services, so that a change leaves most of them alone
GET = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def document(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def more(data, effect, statement):
    return {**data, "Statement": [*data["Statement"], {**statement, "Effect": effect}]}


def verdict(before, after):
    return change(document(before), document(after)).verdict


def names(mask):
    return catalogue().names(mask)


# Laws


@MANY
@given(st.data(), DOCUMENTS)
def test_what_is_written_otherwise_means_the_same(data, policy):
    """The bug: an order, a repetition, the case of an action, or the number of statements matters."""
    assert change(policy, rewritten(data.draw, policy)) == Meaning()


@MANY
@given(DOCUMENTS, STATEMENTS)
def test_a_further_allow_never_narrows(policy, statement):
    """The bug: what an Allow adds is looked for on the wrong side."""
    found = change(policy, more(policy, "Allow", statement))
    assert (found.narrows, found.lost, found.denied, found.released) == (False, 0, 0, 0)


@MANY
@given(DOCUMENTS, STATEMENTS)
def test_a_further_deny_never_widens(policy, statement):
    """The bug: a Deny counts like an Allow."""
    found = change(policy, more(policy, "Deny", statement))
    assert (found.widens, found.gained, found.released) == (False, 0, 0)


@MANY
@given(DOCUMENTS, DOCUMENTS)
def test_to_take_a_change_back_is_its_opposite(before, after):
    """The bug: whether a pattern covers another depends on the order of the comparison."""
    forth, back = change(before, after), change(after, before)
    assert (back.widens, back.narrows, back.gained, back.lost, back.denied, back.released) == (
        *(forth.narrows, forth.widens, forth.lost, forth.gained, forth.released, forth.denied),
    )
    assert (back.remark, back.unlisted) == (forth.remark, forth.unlisted)


@MANY
@given(DOCUMENTS, DOCUMENTS)
@example(
    document({**GET, "Resource": [f"{BUCKET}/??????????????"]}),
    document({**GET, "Resource": [f"{BUCKET}/??????????????", f"{BUCKET}/${{aws:username}}"]}),
)
@example(
    document({**GET, "Resource": [f"{BUCKET}/${{*}}"]}),
    document({**GET, "Resource": [f"{BUCKET}/${{*}}", f"{BUCKET}/${{aws:username}}"]}),
)
@example(
    document({**GET, "Resource": ["arn:aws:*3:::b/a"]}),
    document({**GET, "Resource": ["arn:aws:*3:::b/a", "arn:aws:x:3:::b/a"]}),
)
def test_the_direction_is_never_contradicted_by_a_decision(before, after):
    """The bugs: a `?` takes a variable; `${*}` takes anything; a `*` in an ARN crosses a colon; what is covered is not."""
    was, becomes = decisions(before), decisions(after)
    for found in (change(before, after), change(before, after, is_open=False)):
        assert found.widens or all(new <= old for old, new in zip(was, becomes, strict=True))
        assert found.narrows or all(new >= old for old, new in zip(was, becomes, strict=True))


@MANY
@given(DOCUMENTS, STATEMENTS)
def test_what_one_statement_more_says_is_never_hidden(policy, statement):
    """The bug: as before, where hardly anything else differs."""
    changed = {**policy, "Statement": [*policy["Statement"], statement]}
    assert change(policy, changed).verdict is not Verdict.COSMETIC or decisions(policy) == decisions(changed)


@MANY
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_what_stays_beside_a_change_hides_no_more_than_it_covers(before, after, other):
    """The bug: statements of the documents that stay are taken for those of the one that goes."""
    grants = [Grants((Document(one), Document(other))) for one in (before, after)]
    found, was, becomes = compare(*grants, catalogue()), decisions(before, other), decisions(after, other)
    assert found.widens or all(new <= old for old, new in zip(was, becomes, strict=True))
    assert found.narrows or all(new >= old for old, new in zip(was, becomes, strict=True))


@MANY
@given(DOCUMENTS, st.none() | DOCUMENTS, st.none() | DOCUMENTS)
def test_a_boundary_that_comes_or_goes_or_changes_is_seen(policy, before, after):
    """The bug: a boundary counts as a policy."""
    grants = [Grants((Document(policy),), Document(one) if one else None) for one in (before, after)]
    found = compare(*grants, catalogue())
    was, becomes = decisions(policy, boundary=before), decisions(policy, boundary=after)
    assert found.widens or all(new <= old for old, new in zip(was, becomes, strict=True))
    assert found.narrows or all(new >= old for old, new in zip(was, becomes, strict=True))


@MANY
@given(NAMING, NAMING, DOCUMENTS | NAMING)
def test_what_a_change_says_is_the_same_without_the_statements_of_other_services(before, after, other):
    """The bugs: a pattern of several services counts as one of another service; a document that stays is left out."""
    kept = Document(other)
    old, new = (Document(before), kept), (Document(after), kept)
    narrow, whole = shift(old, new, narrow=True), shift(old, new)
    assert (narrow.come, narrow.gone, narrow.patterns_stay) == (whole.come, whole.gone, whole.patterns_stay)
    for there, more in (("old", whole.come), ("new", whole.gone)):
        beside = [(*getattr(one, there), *one.shared) for one in (narrow, whole)]
        assert scopes(more, beside[0], catalogue()) == scopes(more, beside[1], catalogue())
    # a boundary that allows everything takes the way that looks at all statements
    found, bounded = (compare(Grants(old, one), Grants(new, one), catalogue()) for one in (None, NO_BOUNDARY))
    assert sets(found) == sets(bounded)


def sets(found):
    return list(map(names, (found.gained, found.lost, found.denied, found.released)))


@MANY
@given(DOCUMENTS, st.sampled_from(("s3:GetObject", "s3:PutObject", "sqs:SendMessage", "iam:PassRole")))
def test_an_action_is_allowed_unless_it_is_denied_on_whatever_resource(policy, action):
    """The bug: a Deny on one resource, or with a condition, takes the action away altogether."""
    assume(all("*" not in listed(one.get("NotResource")) for one in policy["Statement"]))  # speaks of nothing
    principal = Principal("", "", "alice", policies=(Source("p", Document(policy)),))
    decided = evaluate(principal, Request(action)).answer is not Answer.DENIED
    found = action in names(allowed([Document(policy)], catalogue()))
    everywhere = all("*" in listed(one.get("Resource", "*")) for one in policy["Statement"])
    assert found == decided if everywhere else decided or not found


@MANY
@given(DOCUMENTS, DOCUMENTS)
def test_what_is_gained_and_lost_agrees_with_the_verdict(before, after):
    """The bug: an action is gained by a change that only narrows."""
    found = change(before, after)
    assert not found.gained or found.widens
    assert not found.lost or found.narrows
    assert found.gained & found.lost == 0
    assert found.remark is Remark.NONE or not (found.gained or found.lost)
    assert bool(found.more) == found.widens
    assert bool(found.less) == found.narrows


def two_of(values):
    return st.lists(st.sampled_from(values), min_size=2, max_size=2, unique_by=str)


@MANY
@given(st.sampled_from(PATTERNS), st.sampled_from(("Allow", "Deny")), two_of(RESOURCES), two_of(BLOCKS))
def test_another_resource_or_condition_is_never_no_change(action, effect, resources, blocks):
    """The bug: documents are compared by the actions that they allow."""
    one = {**GET, "Effect": effect, "Action": action}
    assert verdict(*({**one, "Resource": resource} for resource in resources)) is not Verdict.COSMETIC
    assert verdict(*({**one, "Condition": block} for block in blocks)) is not Verdict.COSMETIC


# Actions that nobody knows, or that are yet to come


def test_an_unknown_action_is_never_lost_from_sight():
    found = change(document(GET), document({**GET, "Action": ["s3:GetObject", "foo:Bar"]}))
    more = (Scope("Allow", ("foo:bar",), ("*",)),)
    assert found == Meaning(widens=True, gives=True, remark=Remark.FUTURE, unlisted=("foo:bar",), more=more)
    assert verdict({**GET, "Action": "foo:Bar"}, {**GET, "Action": "foo:Baz"}) is Verdict.BOTH


def test_a_pattern_is_more_than_all_actions_that_it_matches_today():
    """The bug: patterns are compared by what they match in the list of this week."""
    every = catalogue().names(catalogue().mask("s3:*"))
    found = change(document({**GET, "Action": "s3:*"}), document({**GET, "Action": every}))
    assert found == Meaning(narrows=True, takes=True, remark=Remark.FUTURE, less=(Scope("Allow", ("s3:*",), ("*",)),))
    assert change(document({**GET, "Action": ["s3:*", *every]}), document({**GET, "Action": "s3:*"})) == Meaning()


def test_everything_but_some_actions_covers_the_others():
    but = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert change(document(but), document(but, GET)) == Meaning()
    assert verdict(but, {**but, "NotAction": ["iam:*", "sts:*"]}) is Verdict.NARROWS
    assert verdict(but, ADMINISTRATOR) is Verdict.WIDENS
    assert verdict({**but, "NotAction": "iam:Get*"}, but) is Verdict.NARROWS


# Words


def test_a_boundary_and_a_policy_that_change_for_different_services_are_told_beside_all_that_stays():
    """The bug: beside a piece that the boundary gives, only the services of the policy's pieces are looked at."""
    queue, listing = ({"Effect": "Allow", "Action": one, "Resource": "*"} for one in ("sqs:*", "s3:List*"))
    bounds = [Document(document(*found)) for found in ((listing, {**queue, "Condition": MFA}), (listing, queue))]
    policies = [Document(document(queue, *found)) for found in ((), (listing,))]
    found = compare(*(Grants((one,), bound) for one, bound in zip(policies, bounds, strict=True)), catalogue())
    assert [(one.actions, one.otherwise) for one in found.more] == [(("s3:List*", "sqs:*"), ())]


def test_a_condition_more_narrows_an_allow_and_widens_what_a_deny_leaves():
    assert verdict(GET, {**GET, "Condition": MFA}) is Verdict.NARROWS
    deny = {**GET, "Effect": "Deny"}
    assert verdict(deny, {**deny, "Condition": MFA}) is Verdict.WIDENS


def test_other_resources_and_other_conditions_are_called_so():
    one, other = {**GET, "Resource": f"{BUCKET}/a"}, {**GET, "Resource": f"{BUCKET}/b"}
    assert verdict(one, other) is Verdict.OTHER
    get = catalogue().mask("s3:GetObject")
    more = (Scope("Allow", ("s3:GetObject",), ("*",), beside=(f"{BUCKET}/a",), mask=get),)
    assert change(document(one), document(GET)) == Meaning(
        widens=True, gives=True, remark=Remark.SAME, wider=get, more=more
    )
    when = [{**GET, "Condition": {"StringEquals": {"aws:RequestedRegion": region}}} for region in ("a", "b")]
    assert verdict(*when) is Verdict.OTHER


def test_actions_that_come_and_go_are_both_counted():
    found = change(document(GET), document({**GET, "Action": "s3:PutObject"}))
    assert (found.verdict, names(found.gained), names(found.lost)) == (
        *(Verdict.BOTH, ["s3:PutObject"], ["s3:GetObject"]),
    )


def test_what_a_deny_alone_says_is_counted_as_denied():
    deny = {**GET, "Effect": "Deny"}
    found = change(document(deny), document({**deny, "Action": ["s3:GetObject", "s3:PutObject"]}))
    assert (found.verdict, found.remark, names(found.denied)) == (Verdict.NARROWS, Remark.DENIES, ["s3:PutObject"])


def test_the_version_counts_where_there_is_a_variable():
    """The bug: a variable in the old version is a variable."""
    plain, variable = GET, {**GET, "Resource": f"{BUCKET}/${{aws:username}}"}
    old, new = (
        [document(one, version=version) for one in (plain, variable)] for version in ("2008-10-17", "2012-10-17")
    )
    assert change(old[0], new[0]) == Meaning()
    assert change(old[1], new[1]).verdict is Verdict.OTHER
    assert change(old[1], document({**GET, "Resource": f"{BUCKET}/${{$}}{{aws:username}}"})) == Meaning()


def test_labels_are_cosmetic():
    assert verdict({**GET, "Sid": "A"}, {**GET, "Sid": "B"}) is Verdict.COSMETIC


def test_only_everything_on_everything_without_a_condition_is_administrator_access():
    def is_everything(*statements, boundary=None):
        bounds = Document(document(boundary)) if boundary else None
        return Grants((Document(document(*statements)),), bounds).is_everything(catalogue())

    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    assert [
        is_everything(ADMINISTRATOR),
        is_everything(ADMINISTRATOR, {**deny, "Condition": MFA}),
        is_everything(ADMINISTRATOR, boundary=ADMINISTRATOR),
        is_everything(ADMINISTRATOR, deny),
        is_everything({**ADMINISTRATOR, "Condition": MFA}),
        is_everything({**ADMINISTRATOR, "Resource": "arn:aws:s3:::b"}),
        is_everything(ADMINISTRATOR, boundary=GET),
    ] == [True, True, True, False, False, False, False]


def test_atoms_are_the_least_that_a_document_says():
    allow = {**GET, "Action": ["s3:GetObject", "s3:*"]}
    deny = {"Effect": "Deny", "NotAction": ["a:*", "b:*"], "Resource": "*"}
    assert atoms(Document(document(allow, deny))) == {
        Atom("Allow", ("s3:getobject",), ("*",)),
        Atom("Allow", ("s3:*",), ("*",)),
        Atom("Deny", ("a:*", "b:*"), ("*",), except_actions=True),
    }


def test_an_atom_covers_what_says_less():
    wide, narrow = Atom("Allow", ("s3:*",), ("*",)), Atom("Allow", ("s3:getobject",), (BUCKET,), '{"Condition": []}')
    assert (wide.covers(narrow), narrow.covers(wide)) == (True, False)
    assert not Atom("Deny", ("s3:*",), ("*",)).covers(narrow)


# Work


def test_an_action_is_held_against_a_statement_once_for_all_users(monkeypatch):
    """Kills: each user who loses a large policy of AWS has all its actions compared with the other side anew."""
    asked = Counter()
    holds = covering._Actions._holds

    def counted(actions, named):
        asked[actions, named] += 1
        return holds(actions, named)

    monkeypatch.setattr(covering._Actions, "_holds", counted)
    aws = managed_documents("aws")
    read, audit = (aws[f"arn:aws:iam::aws:policy/{name}"] for name in ("ReadOnlyAccess", "SecurityAudit"))
    for name in ("s3:Get*", "sqs:Get*", "ec2:Describe*", "iam:List*"):
        own = Document(document({"Effect": "Allow", "Action": name, "Resource": "*"}))
        assert compare(Grants((read, own)), Grants((audit,)), catalogue()).narrows
    assert set(asked.values()) == {1}
