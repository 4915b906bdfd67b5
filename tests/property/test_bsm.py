"""BSM snapshots and the JSON around them: whatever is changed, only what was signed is ever believed."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.crypto.keys import TrustedKey, decode_public_key
from meter_sign.errors import InvalidSignatureError, MalformedPayloadError
from meter_sign.formats import parse
from meter_sign.judgement import KeyPolicy, Status, judge
from meter_sign.model import KeySource, SignedSpan
from meter_sign.verify import verify
from tests.support.bsm import begin, container, end, text
from tests.support.messages import spki_base64
from tests.support.ocmf import BEGIN_RECORD, END_RECORD
from tools.fixtures.chargeit_text import CONTEXTS, FIRST, LAST, point, signed_bytes
from tools.fixtures.meter_keys import METER

AT = datetime(2026, 1, 1, tzinfo=UTC)
SIGNED = {signed_bytes(FIRST), signed_bytes(LAST)}
BOTH = container(begin(), end())
USUAL_ENERGY = Decimal("10.50")

fast = settings(max_examples=200, deadline=None)

NAMES = st.sampled_from(
    [
        "signedMeterValues", "@context", "@id", "chargePointInfo", "evseId", "chargingStationInfo", "time", "meterInfo",
        "publicKey", "meterId", "contract", "type", "id", "measurementId", "value", "additionalValues", "signature",
        "measurand", "name", "measuredValue", "valueType", "valueEncoding", "scale", "unitEncoded", "unit", "ocmfBegin",
        "ocmfEnd", "format",
    ]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 40), 1 << 40),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            f"{CONTEXTS}bsm-ws36a-json-v1", f"{CONTEXTS}charging-station-json-v1", "ptb", "Typ", "RCR", "String",
            "Integer32", "UnsignedInteger32", "UTF-8", METER.spki.hex(), spki_base64(), end()["signature"],
            BEGIN_RECORD, END_RECORD, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
        ]
    ),
    st.sampled_from([*begin()["additionalValues"], begin(), end(), point("RCR", 7)]),
)  # fmt: skip
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)


def judged(raw: bytes) -> None:
    """Detect and judge; a snapshot that verifies says what one of the two real ones says."""
    try:
        detect(raw)
    except MalformedPayloadError:
        return
    for value in judge(raw, KeyPolicy(), at=AT).values:
        assert value.record is None or value.payload.format != "BSM_WS36A" or value.record.signed_bytes in SIGNED


@fast
@given(ANY_JSON.filter(lambda one: isinstance(one, list | dict)))
def test_any_json_gives_values_or_our_error(document: Any) -> None:
    """No value in any member breaks the reader."""
    judged(json.dumps(document).encode())


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for name, member in inner for found in _paths(member, (*path, name)))]


PATHS = [path for path in _paths(BOTH) if path]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(PATHS), ANY_JSON)
def test_any_member_replaced_changes_nothing_that_is_believed(path: tuple[Any, ...], stated: Any) -> None:
    """One member of a real document stated otherwise: what still verifies says what was signed, digit for digit."""
    document = deepcopy(BOTH)
    inner: Any = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = stated
    raw = json.dumps(document).encode()
    judged(raw)
    energies = [one.transaction.energy_kwh for one in judge(raw, KeyPolicy(), at=AT).transactions if one.billable]
    assert energies in ([], [USUAL_ENERGY])


@fast
@given(st.integers(0, len(text(BOTH))), st.sampled_from([b"", b"\xff", b"{", b'"', b"0", b"\\ud800", b'"@id": 1,']))
def test_any_damage_gives_values_or_our_error(at: int, damage: bytes) -> None:
    """What no JSON writer would write is read or refused."""
    raw = text(BOTH)
    judged(raw[:at] + damage + raw[at + len(damage) :])


def test_no_bit_of_the_signed_bytes_can_be_flipped() -> None:
    """With any one bit of the layout flipped, the signature does not hold (every bit)."""
    first, _ = detect(text(BOTH))
    record = parse(first)
    ((octets, signature),) = record.spans
    key = TrustedKey(key=decode_public_key(METER.spki.hex()), source=KeySource.ARGUMENT)
    assert octets == verify(record, key).signed_bytes
    for bit in range(8 * len(octets)):
        flipped = (int.from_bytes(octets, "big") ^ (1 << bit)).to_bytes(len(octets), "big")
        with pytest.raises(InvalidSignatureError):
            verify(replace(record, spans=(SignedSpan(flipped, signature),)), key)


NUMBERS = [name for name, value in LAST.items() if isinstance(value, int)]


@fast
@given(st.sampled_from(NUMBERS), st.integers(0, 0x7FFFFFFF))
def test_any_other_number_breaks_the_signature(name: str, number: int) -> None:
    """A point with another number than the signed one never verifies."""
    forged = end({name: number}) | {"signature": end()["signature"]}
    (value,) = judge(text(forged), KeyPolicy(), at=AT).values
    same = number == LAST[name]
    assert (Status.VERIFIED if same else Status.SIGNATURE_INVALID) is value.status


@fast
@given(st.text(), st.text(), st.text())
def test_any_texts_are_signed_apart(first: str, second: str, third: str) -> None:
    """Whatever three texts an operator sets: they are read back as signed, and nobody can move letters between them."""
    texts = {"Meta1": first, "Meta2": second, "Meta3": third}
    (value,) = judge(text(end(texts)), KeyPolicy(), at=AT).values
    assert value.status is Status.VERIFIED or value.problems == (Code.CONTENT_INVALID,)
    assert value.parsed is not None
    assert signed_bytes(LAST | texts) == value.parsed.signed_bytes
