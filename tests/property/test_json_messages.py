"""Any JSON with the members of OCPI and OCPP gives values or one of our errors, and never loses a signed value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign.container import detect
from meter_sign.errors import MalformedPayloadError
from meter_sign.judgement import KeyPolicy, NamedKey, judge
from meter_sign.judgement.plain_data import compare_plain_data
from meter_sign.limits import DEFAULT_LIMITS
from tests.support.messages import encoded, sample, signed_data, signed_value, text
from tests.support.ocmf import SESSION, spki_hex
from tests.support.records import KEY, payload, reading, verified

AT = datetime(2026, 1, 1, tzinfo=UTC)
GIVEN = KeyPolicy(arguments=(NamedKey(name=None, text=spki_hex(KEY)),))
SIGNED = SESSION.split("|")[1]

fast = settings(max_examples=200, deadline=None)

NAMES = st.sampled_from(
    [
        "signed_values", "signed_data", "plain_data", "nature", "public_key", "encoding_method", "id", "session_id",
        "format", "value", "context", "sampledValue", "meterValue", "transactionData", "transactionId",
        "transactionInfo", "eventType", "signedMeterValue", "signedMeterData", "publicKey", "data", "x",
    ]
)  # fmt: skip
TEXTS = st.sampled_from(
    [
        "", " ", "SignedData", "Raw", "Start", "End", "Transaction.Begin", "Ended", "OCMF", "{", "{}", "&lt;x&gt;",
        SESSION, encoded(SESSION), SESSION.encode().hex(), SIGNED, SESSION.split("|")[2], spki_hex(), "110.5 kWh",
        json.dumps({"signedMeterData": encoded(SESSION)}), '{"signedMeterData":1,"signedMeterData":2}', "\N{EM DASH}",
    ]
) | st.text(max_size=8)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS


def json_values(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and objects of these, with the names that mean something."""
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
        max_leaves=20,
    )


ANY_JSON = json_values(SCALARS).filter(lambda one: isinstance(one, list | dict))
#: Without anything that claims to be signed, and without what is no JSON.
UNSIGNED = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("abc", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=20,
)


def judged(raw: bytes) -> None:
    """Detect, and judge what was found: values with their places, or our error."""
    try:
        found = detect(raw)
    except MalformedPayloadError:
        return
    assert list(range(len(found))) == [one.index for one in found]
    for one in judge(raw, GIVEN, at=AT).values:
        assert one.record is None or one.record.signed_bytes == SIGNED.encode()


@fast
@given(ANY_JSON)
def test_any_json_gives_values_or_our_error(document: Any) -> None:
    """No value in any member breaks the reader, and nothing verifies that was not signed."""
    judged(json.dumps(document).encode())


@fast
@given(st.lists(ANY_JSON, max_size=4), st.sampled_from([b"\n", b"\r\n\n", b""]))
def test_any_lines_of_json_give_values_or_our_error(documents: list[Any], separator: bytes) -> None:
    """The same for logs."""
    judged(separator.join(json.dumps(one).encode() for one in documents))


@fast
@given(
    ANY_JSON, st.integers(0, 400), st.sampled_from([b'"id":1,', b'"signed_values":[],', b"NaN", b"\\ud800", b"\xff"])
)
def test_any_damage_gives_values_or_our_error(document: Any, at: int, damage: bytes) -> None:
    """What no JSON writer would write is read or refused, too."""
    raw = json.dumps(document).encode()
    judged(raw[:at] + damage + raw[at:])


@st.composite
def hidden(draw: st.DrawFn) -> Any:
    """A signed value somewhere in JSON that means nothing."""
    document: Any = draw(st.sampled_from([sample(SESSION), signed_data(signed_value(SESSION))]))
    for _ in range(draw(st.integers(0, 20))):
        before, after = draw(UNSIGNED), draw(UNSIGNED)
        document = draw(st.sampled_from([[before, document, after], {"a": before, "inner": document, "z": after}]))
    return document


@fast
@given(hidden())
def test_a_signed_value_is_found_at_any_depth(document: Any) -> None:
    """Whatever lies around it, its bytes are found, once."""
    (payload_,) = detect(text(document))
    assert SESSION.encode() == payload_.raw


RECORD = verified(reading("B", "100.0", "08:00:00"), reading("E", "110.5", "09:00:00"))


@fast
@given(TEXTS | st.text() | ANY_JSON.map(json.dumps) | st.just(json.dumps(payload())))
def test_any_plain_data_can_be_compared(shown: str) -> None:
    """The comparison answers for every text, and twice alike."""
    beside = signed_data(signed_value(SESSION, plain=shown))
    first, second = (judge(text(beside), GIVEN, at=AT) for _ in range(2))
    assert [one.problems for one in first.values] == [one.problems for one in second.values]


def test_a_record_without_plain_data_has_nothing_to_compare() -> None:
    """Other containers show nothing beside the record."""
    assert compare_plain_data(RECORD, DEFAULT_LIMITS) is None
