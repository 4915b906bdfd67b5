"""BSM_WS36A: JSON that is no snapshot, whatever its bytes would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code
from meter_sign.errors import (
    InvalidSignatureError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats import parse
from meter_sign.model import PayloadFormat, SignedPayload
from tests.support.bsm import begin, text
from tools.fixtures.chargeit_text import CONTEXTS, LAYOUT

if TYPE_CHECKING:
    from tools.fixtures.json_text import Json


def refused(value: Json | bytes) -> MeterSignError:
    """Why a snapshot is not parsed."""
    raw = value if isinstance(value, bytes) else text(value)
    with pytest.raises(MeterSignError) as caught:
        parse(SignedPayload(format=PayloadFormat.BSM, index=0, raw=raw))
    return caught.value


def restated(name: str = "RCR", **members: Any) -> Json:
    """A snapshot of which one point's value is stated otherwise after signing."""
    value = begin()
    value["additionalValues"][NAMES.index(name)]["measuredValue"].update(members)
    return value


def cut(member: str) -> Json:
    """A snapshot of which one point lacks a member, or its value one."""
    value = begin()
    point = value["additionalValues"][NAMES.index("RCR")]
    (point if member in point else point["measuredValue"]).pop(member)
    return value


def without(value: Json, name: str) -> Json:
    """A snapshot without one of its members."""
    return {member: stated for member, stated in value.items() if member != name}


def renamed() -> Json:
    """The total register's value under the session register's name, which nobody signed."""
    value = begin()
    value["additionalValues"][1]["measurand"]["name"] = "TotWhImp"
    value["additionalValues"][2]["measurand"]["name"] = "RCR"
    return value


def reordered() -> Json:
    """The two energy registers in each other's place, under their own names."""
    value = begin()
    points = value["additionalValues"]
    points[1], points[2] = points[2], points[1]
    return value


NAMES = [row[0] for row in LAYOUT]
POINTS = begin()["additionalValues"]
MALFORMED: dict[str, tuple[Json | bytes, Code]] = {
    "no UTF-8": (text(begin()).replace(b"EICHWERK", b"\xff"), Code.ENCODING_INVALID),
    "no JSON": (text(begin())[:-2], Code.JSON_INVALID),
    "no object": (b"[1]", Code.JSON_INVALID),
    "a key twice": (text(begin()).replace(b'"time"', b'"signature": "00", "time"'), Code.DUPLICATE_JSON_KEY),
    "a value twice": (text(begin()).replace(b'"value": 140', b'"value": 140, "value": 0', 1), Code.DUPLICATE_JSON_KEY),
    "NaN": (text(begin()).replace(b'"value": 10000', b'"value": NaN'), Code.NUMBER_NOT_FINITE),
    "no context": (without(begin(), "@context"), Code.FRAME_INVALID),
    "other context": (begin() | {"@context": f"{CONTEXTS}emh-json-v1"}, Code.FRAME_INVALID),
    "context of a list": (begin() | {"@context": [f"{CONTEXTS}bsm-ws36a-json-v1"]}, Code.FRAME_INVALID),
    "no points": (without(begin(), "additionalValues"), Code.FIELD_INVALID),
    "one point less": (begin() | {"additionalValues": POINTS[:-1]}, Code.FIELD_INVALID),
    "one point more": (begin() | {"additionalValues": [*POINTS, POINTS[-1]]}, Code.FIELD_INVALID),
    "points in another order": (reordered(), Code.FIELD_INVALID),
    "registers renamed": (renamed(), Code.FIELD_INVALID),
    "a point that is none": (begin() | {"additionalValues": [1, *POINTS[1:]]}, Code.FIELD_INVALID),
    "a point without a name": (cut("measurand"), Code.FIELD_INVALID),
    "a point without a value": (cut("measuredValue"), Code.FIELD_INVALID),
    "signed for unsigned": (restated(valueType="Integer32"), Code.FIELD_INVALID),
    "number as text": (restated(value="0"), Code.FIELD_INVALID),
    "number as truth": (restated(value=True), Code.FIELD_INVALID),
    "part of a number": (restated(value=0.5), Code.FIELD_INVALID),
    "negative": (restated(value=-1), Code.FIELD_INVALID),
    "33 bits": (restated(value=1 << 32), Code.FIELD_INVALID),
    "other unit": (restated(unitEncoded=27), Code.FIELD_INVALID),
    "no unit": (cut("unitEncoded"), Code.FIELD_INVALID),
    "no scale": (cut("scale"), Code.FIELD_INVALID),
    "a scale beyond SunSpec": (restated(scale=11), Code.FIELD_INVALID),
    "a scale of seconds": (restated("Epoch", scale=1), Code.FIELD_INVALID),
    "text as number": (restated("Meta1", value=1), Code.FIELD_INVALID),
    "other encoding": (restated("Meta1", valueEncoding="UTF-16"), Code.FIELD_INVALID),
    "encoding of a list": (restated("Meta1", valueEncoding=[1]), Code.FIELD_INVALID),
    "not in Latin-1": (restated("Meta1", value="\u20ac", valueEncoding="ISO-8859-1"), Code.FIELD_INVALID),
    "half a character": (restated("Meta1", value="\ud800"), Code.TEXT_NOT_UNICODE),
    "signature of a number": (begin() | {"signature": 1}, Code.FIELD_INVALID),
    "key of a number": (begin() | {"meterInfo": {"publicKey": 1}}, Code.FIELD_INVALID),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_snapshot_is_refused(name: str) -> None:
    """Whatever the bytes would be: a JSON that is not the 17 points in their order is no record."""
    value, code = MALFORMED[name]
    error = refused(value)
    assert (MalformedPayloadError, code) == (type(error), error.code)


def test_another_version_is_not_judged() -> None:
    """Only version 1 is described; the number has no minor part."""
    error = refused(begin() | {"@context": f"{CONTEXTS}bsm-ws36a-json-v2"})
    assert (UnsupportedPayloadError, Code.FORMAT_VERSION_UNSUPPORTED) == (type(error), error.code)


@pytest.mark.parametrize("value", [without(begin(), "signature"), begin() | {"signature": None}])
def test_a_snapshot_without_a_signature_is_unsigned(value: Json) -> None:
    """Absent and null are the same."""
    error = refused(value)
    assert (UnsignedPayloadError, Code.SIGNATURE_MISSING) == (type(error), error.code)


@pytest.mark.parametrize("stated", ["0g", "123", "\N{EM DASH}"])
def test_a_signature_that_is_no_hex_is_none(stated: str) -> None:
    """What stands in its place claims to be one and is not."""
    error = refused(begin() | {"signature": stated})
    assert (InvalidSignatureError, Code.SIGNATURE_MALFORMED) == (type(error), error.code)


def test_an_accumulator_always_has_a_value() -> None:
    """SunSpec's zero of an accumulator is a reading, so nobody may leave it out."""
    assert Code.FIELD_INVALID is refused(begin(RCR=None)).code
