"""The fast decoding of answers is held to botocore's own, on random answers, whole and odd ones."""

from datetime import datetime
from time import gmtime, strftime
from xml.sax.saxutils import escape

import botocore.session
from botocore.parsers import ResponseParserFactory
from hypothesis import given, strategies as st
from profiles import law

from iamspec.live.decoding import Decoder

OPERATION = "GetAccountAuthorizationDetails"
NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
SHAPE = botocore.session.get_session().get_service_model("iam").operation_model(OPERATION).output_shape
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n"), max_size=8)
TIMES = st.integers(1_300_000_000, 1_900_000_000).map(lambda one: strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(one)))


def texts_of(shape):
    """What stands in an element for a scalar; numbers and truths in other spellings, too."""
    return {
        "timestamp": TIMES,
        "boolean": st.sampled_from(["true", "false", "True", ""]),
        "integer": st.integers(0, 9999).map(str) | st.just(" 7 "),
    }.get(shape.type_name, TEXTS)


@st.composite
def elements(draw, shape, odd):
    """The inside of an element, as XML. With `odd`, members stand twice, in no namespace, or are unknown."""
    if shape.type_name == "structure":
        names = draw(st.lists(st.sampled_from(sorted(shape.members)), unique=True))
        parts = [f"<{name}>{draw(elements(shape.members[name], odd))}</{name}>" for name in names]
        if odd and parts and draw(st.integers(0, 9)) == 0:
            parts.append(draw(st.sampled_from([parts[0], "<New>1</New>", f'<{names[0]} xmlns="">1</{names[0]}>'])))
        return "".join(parts)
    if shape.type_name == "list":
        members = draw(st.lists(elements(shape.member, odd), max_size=2))
        return "".join(f"<member>{one}</member>" for one in members)
    return escape(draw(texts_of(shape)))


def response(result, extra=""):
    metadata = "<ResponseMetadata><RequestId>1-2</RequestId></ResponseMetadata>"
    body = f"<{OPERATION}Result>{result}</{OPERATION}Result>{metadata}{extra}"
    text = f'<{OPERATION}Response xmlns="{NAMESPACE}">\n{body}</{OPERATION}Response>'
    return {"body": text.encode(), "headers": {"X-Amzn-RequestId": "1-2"}, "status_code": 200}


def of_botocore(answer):
    factory = ResponseParserFactory()
    factory.set_parser_defaults(timestamp_parser=datetime.fromisoformat)
    return factory.create_parser("query").parse(answer, SHAPE)


@law(100)
@given(elements(SHAPE, odd=False))
def test_an_answer_is_decoded_as_botocore_decodes_it(result):
    """Kills: an empty element as None, a list that is left out as an empty one, a truth that is any text."""
    answer = response(result)
    assert Decoder(datetime.fromisoformat).decoded(answer, SHAPE) == of_botocore(answer)


@law(100)
@given(elements(SHAPE, odd=True))
def test_of_an_odd_answer_the_decoding_is_that_of_botocore_or_none(result):
    """Kills: the last of two equal members where botocore takes both, and a member of another namespace left out."""
    answer = response(result)
    try:
        expected = of_botocore(answer)
    except TypeError:  # it takes two numbers for a list
        expected = None
    assert Decoder(datetime.fromisoformat).decoded(answer, SHAPE) in (None, expected)


def test_what_is_unusual_is_left_to_botocore():
    decoder = Decoder(datetime.fromisoformat)
    whole = "<IsTruncated>false</IsTruncated>"
    assert decoder.decoded(response(whole), SHAPE) == of_botocore(response(whole))
    assert decoder.decoded(response(whole * 2), SHAPE) is None
    assert decoder.decoded(response(whole, extra="<More/>"), SHAPE) is None
    assert decoder.decoded(response(whole) | {"body": b"<html>"}, SHAPE) is None
    assert (
        decoder.decoded(
            response("<UserDetailList><member><CreateDate>soon</CreateDate></member></UserDetailList>"), SHAPE
        )
        is None
    )
