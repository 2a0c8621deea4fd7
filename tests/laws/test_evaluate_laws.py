"""What holds of every evaluation, whatever the policies are; each law with the bug that it is there to find."""

from dataclasses import replace

from hypothesis import example, given, strategies as st
from meanings import shuffled
from profiles import law

from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate
from iamspec.policy.evaluate.statements import Asked, compiled
from iamspec.policy.evaluate.truth import Context, all_of
from iamspec.policy.statement import listed

ARN = "arn:aws:iam::123456789012:user/alice"
KEYS = ("x:a", "x:b", "aws:username", "aws:PrincipalTag/team", "aws:PrincipalTag/gone")
VALUES = (
    "alice",
    "a",
    "b*",
    "5",
    "true",
    "",
    "10.0.0.1",
    "2026-01-01",
    ARN,
    "${x:a}",
    "${x:b, 'a'}",
    "${aws:username}",
)
OPERATORS = (
    *(
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringEqualsIfExists",
    ),
    *("NumericEquals", "NumericNotEquals", "NumericLessThan", "DateGreaterThan", "Bool", "BoolIfExists", "IpAddress"),
    *("NotIpAddress", "ArnLike", "ArnNotEquals", "Null", "StringSame"),
    *(
        "ForAllValues:StringEquals",
        "ForAllValues:StringNotLike",
        "ForAnyValue:StringLike",
        "ForAnyValue:StringNotEquals",
    ),
    *("ForAnyValue:StringLikeIfExists", "ForAllValues:Null"),
)
ACTIONS = ("*", "*", "s3:*", "s3:Get*", "s3:GetObject", "s3:Put?bject", "iam:*")
RESOURCES = (
    *("*", "*", "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${x:a}"),
    *("arn:aws:s3:::b/${aws:PrincipalTag/gone}", "arn:aws:s3::${x:a}:b/*", "arn:aws:s3"),
)


def some(values, least=0):
    return st.one_of(st.sampled_from(values), st.lists(st.sampled_from(values), min_size=least, max_size=2))


BLOCKS = st.just({}) | st.dictionaries(
    st.sampled_from(OPERATORS),
    st.dictionaries(st.sampled_from(KEYS), some(VALUES), min_size=1, max_size=2),
    min_size=1,
    max_size=2,
)
STATEMENTS = st.builds(
    lambda effect, action, actions, resource, resources, block: {
        "Effect": effect,
        action: actions,
        resource: resources,
        **({"Condition": block} if block else {}),
    },
    st.sampled_from(("Allow", "Allow", "Allow", "Deny")),
    st.sampled_from(("Action", "Action", "Action", "NotAction")),
    some(ACTIONS, 1),
    st.sampled_from(("Resource", "Resource", "Resource", "NotResource")),
    some(RESOURCES, 1),
    BLOCKS,
)
RAW = st.builds(
    lambda version, statements: {"Version": version, "Statement": statements},
    st.sampled_from(("2012-10-17", "2012-10-17", "2008-10-17")),
    st.lists(STATEMENTS, min_size=1, max_size=2),
)
SOURCES = st.builds(lambda data: Source("p", Document(data)), RAW)
CONTEXTS = st.dictionaries(
    st.sampled_from((*KEYS, "X:A")), st.lists(st.sampled_from(VALUES[:9]), max_size=2).map(tuple), max_size=3
)
REQUESTS = st.builds(
    Request,
    st.sampled_from(("s3:GetObject", "s3:GetObject", "S3:putobject", "iam:CreateUser")),
    st.sampled_from(("*", "arn:aws:s3:::b/a", "arn:aws:s3:::b/alice", "arn:aws:s3:::c/a")),
    CONTEXTS,
)
PRINCIPALS = st.builds(
    lambda policies, boundary: Principal(ARN, "123456789012", "alice", {"team": "a"}, tuple(policies), boundary),
    st.lists(SOURCES, min_size=1, max_size=2),
    st.none() | SOURCES,
)
ORDER = {Answer.DENIED: 0, Answer.DEPENDS: 1, Answer.ALLOWED: 2}


MANY = law(600)


ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


GET = Request("s3:GetObject", context={"x:a": ("a",)})


def alice(tags):
    return Principal(ARN, "123456789012", "alice", tags)


def untagged(block):
    """A user without tags who may do everything on one condition."""
    return Principal(
        ARN, "123456789012", "alice", {}, (Source("p", Document({"Statement": {**ANYTHING, "Condition": block}})),)
    )


def adding(principal, effect, statement):
    extra = Source("q", Document({"Version": "2012-10-17", "Statement": {**statement, "Effect": effect}}))
    return replace(principal, policies=(*principal.policies, extra))


def order(principal, request):
    return ORDER[evaluate(principal, request).answer]


@MANY
@given(PRINCIPALS, REQUESTS, STATEMENTS)
def test_a_further_deny_never_gives_access(principal, request_, statement):
    """The bug: a Deny that is not certain counts among the statements that may allow."""
    assert order(adding(principal, "Deny", statement), request_) <= order(principal, request_)


@MANY
@given(PRINCIPALS, REQUESTS, STATEMENTS)
def test_a_further_allow_never_takes_access(principal, request_, statement):
    """The bug: an Allow that is not certain makes one that is certain uncertain."""
    assert order(adding(principal, "Allow", statement), request_) >= order(principal, request_)


@MANY
@given(PRINCIPALS, REQUESTS, SOURCES)
def test_a_boundary_only_narrows(principal, request_, boundary):
    """The bug: the statements of the boundary count as those of a policy."""
    free = replace(principal, boundary=None)
    assert order(replace(free, boundary=boundary), request_) <= order(free, request_)


@MANY
@given(PRINCIPALS, REQUESTS, CONTEXTS)
@example(untagged({"StringNotEquals": {"x:a": "a"}}), Request("s3:GetObject"), {"x:a": ("a",)})
@example(untagged({"Null": {"aws:PrincipalTag/x": "true"}}), Request("s3:GetObject"), {"aws:PrincipalTag/x": ("a",)})
def test_knowing_more_turns_no_answer_into_its_opposite(principal, request_, context):
    """The bug: an unknown key is taken for a key that the request lacks."""
    known = {key.lower() for key in request_.context}
    more = {key: values for key, values in context.items() if key.lower() not in known}
    before = evaluate(principal, request_).answer
    after = evaluate(principal, replace(request_, context={**request_.context, **more})).answer
    assert before in {after, Answer.DEPENDS}


OTHERS = st.builds(
    lambda name, tags, account: Principal(f"arn:aws:iam::123456789012:{name}", account, name.partition("/")[2], tags),
    st.sampled_from(("user/alice", "user/bob", "role/alice")),
    st.sampled_from(({"team": "a"}, {"team": "b", "gone": "a"}, {}, None)),
    st.sampled_from(("123456789012", "")),
)


@MANY
@given(PRINCIPALS, st.lists(OTHERS, min_size=2, max_size=4), REQUESTS)
@example(untagged({"StringEquals": {"aws:PrincipalTag/team": "a"}}), [untagged({}), alice({"team": "a"})], GET)
def test_a_question_to_many_has_the_answers_of_as_many_questions(holder, others, request_):
    """The bug: the answer of a statement to the first principal is given to every other holder."""
    asking = [replace(one, policies=holder.policies, boundary=holder.boundary) for one in others]
    assert [evaluate(one, request_) for one in asking] == [evaluate(one, replace(request_)) for one in asking]


@MANY
@given(PRINCIPALS, REQUESTS)
def test_knowing_the_resource_turns_no_answer_into_its_opposite(principal, request_):
    """The bug: a statement on some resource is left out when the request does not say its own."""
    before = evaluate(principal, replace(request_, resource="*")).answer
    assert before in {evaluate(principal, request_).answer, Answer.DEPENDS}


PIECES = st.sampled_from(("arn:aws:s3:::", "b", "/", "*", "?", "a", ":", "${aws:username}", "${x:a, 'b'}", "${*}"))
TEXTS = st.lists(PIECES, min_size=1, max_size=4).map("".join)


@MANY
@given(
    st.lists(TEXTS, min_size=1, max_size=2), TEXTS, st.booleans(), st.sampled_from(("", "b", "a/", "arn:aws:s3:::b"))
)
def test_what_is_told_by_the_beginning_of_a_resource_is_what_the_whole_pattern_tells(patterns, asked, wild, value):
    """The bug: a pattern that begins with a wildcard or a variable is held against its first text."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": patterns}
    [rule] = compiled(Document({"Version": "2012-10-17", "Statement": statement}))
    resource, some = Asked(asked, wild), {"aws:username": ("ab",)}
    answers = []
    for context in (Context(some), Context({**some, "x:a": (value,)})):
        told, whole = rule.applies(resource, context), all_of(rule._other_elements(resource, context))
        answers.append(told)
        assert told == whole or (told is False and isinstance(whole, frozenset))
    assert answers[0] is not False or answers[1] is False


@MANY
@given(PRINCIPALS, REQUESTS)
def test_an_answer_depends_exactly_when_something_is_missing(principal, request_):
    """The bug: a decision that depends does not say on what."""
    decision = evaluate(principal, request_)
    depends = decision.answer is Answer.DEPENDS
    assert depends == any(reason.missing for reason in decision.reasons) or decision.note.startswith("the permissions")


@MANY
@given(st.data(), RAW, RAW, REQUESTS)
def test_documents_that_are_equal_decide_equally(data, policy, boundary, request_):
    """The bug: the case of an action, an operator or a key, or an order, matters."""
    first = [Document(policy), Document(boundary)]
    second = [Document(rewritten(data.draw, one)) for one in (policy, boundary)]
    assert first == second
    decisions = [
        evaluate(Principal(ARN, "123456789012", "alice", {}, (Source("p", one),), Source("b", two)), request_)
        for one, two in (first, second)
    ]
    assert {(one.answer, one.note.lower()) for one in decisions} == {(decisions[0].answer, decisions[0].note.lower())}


CASES = st.sampled_from((str.upper, str.lower, str.swapcase))


def rewritten(draw, data):
    """The same document in another order and case, a list of one for a text."""
    statements = shuffled(draw, data["Statement"])
    return {"Statement": [rewritten_statement(draw, one) for one in statements], "Version": data["Version"]}


def rewritten_statement(draw, statement):
    cased = draw(CASES)
    found = {}
    for key, value in reversed(statement.items()):
        if key == "Condition":
            found[key] = {
                cased(operator): {cased(name): [*listed(values)][::-1] for name, values in reversed(keys.items())}
                for operator, keys in reversed(value.items())
            }
        elif isinstance(value, str) and key == "Effect":
            found[key] = value
        else:
            texts = shuffled(draw, listed(value))
            found[key] = [cased(one) if "Action" in key else one for one in [*texts, texts[0]]]
    return found


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from((*VALUES, *RESOURCES)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    *("Version", "Statement", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"),
                    *("Principal", "NotPrincipal", "AWS", "Allow", *OPERATORS[::4], *KEYS),
                )
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
SHAPED = st.dictionaries(st.sampled_from(OPERATORS), JUNK | st.dictionaries(st.sampled_from(KEYS), JUNK), max_size=2)
BROKEN = st.builds(
    lambda statement, key, junk: {"Version": "2012-10-17", "Statement": [{**statement, key: junk}, junk]},
    STATEMENTS,
    st.sampled_from(
        ("Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")
    ),
    JUNK | SHAPED,
)


@MANY
@given(JUNK | BROKEN, st.text(max_size=20), st.text(max_size=40), CONTEXTS)
@example({"Statement": {**ANYTHING, "Condition": {"StringEquals": "x"}}}, "s3:GetObject", "*", {})
def test_no_document_and_no_request_raises(data, action, resource, context):
    """The bug: a value of another type than expected is a traceback."""
    policy = Source("p", Document(data))
    principal = Principal(resource, action, "alice", {}, (policy,), policy)
    for one in (Request(action, resource, context), Request("s3:GetObject", "arn:aws:s3:::b/a", context)):
        assert evaluate(principal, one).answer in Answer
