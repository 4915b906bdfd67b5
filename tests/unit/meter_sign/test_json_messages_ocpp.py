"""OCPP's signed sampled values, in every version and spelling that is documented or seen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.model import PayloadFormat, SignedPayload
from tests.support.messages import (
    begin,
    encoded,
    event,
    log,
    meter_value,
    raw_sample,
    sample,
    sample_2,
    signed_meter_value,
    spki_base64,
    stop,
    text,
)
from tests.support.ocmf import BEGIN_RECORD, END_RECORD, SESSION, spki_hex
from tests.support.records import KEY, OTHER_KEY

SESSION_64 = encoded(SESSION)
OCA_KEY = encoded(f"oca:base16:asn1:{spki_hex()}")
KEY_64, OTHER_KEY_64 = spki_base64(), spki_base64(OTHER_KEY)
SPELLING = (Code.VALUE_ENCODING_SPELLING,)


def only(document: Any) -> SignedPayload:
    """The one value of a JSON document."""
    (payload,) = detect(text(document))
    return payload


#: What `value` of OCPP 1.6 holds, and the deviation by which it is read.
VALUES_16: dict[str, tuple[Any, tuple[Code, ...]]] = {
    "plain": (SESSION, ()),
    "blanks around": (f" {SESSION}\n", ()),
    "hex": (SESSION.encode().hex(), ()),
    "upper-case hex": (SESSION.encode().hex().upper(), ()),
    "base64": (SESSION_64, ()),
    "as the note says": (json.dumps(signed_meter_value(SESSION_64)), ()),
    "without signingMethod": (json.dumps({"signedMeterData": SESSION_64, "encodingMethod": "OCMF"}), ()),
    "as has-to-be says": (json.dumps({"signedMeterValue": SESSION_64, "encodingMethod": "OCMF", "publicKey": ""}), ()),
    "pretty JSON": (json.dumps(signed_meter_value(SESSION_64), indent=1), ()),
    "JSON not as text": (signed_meter_value(SESSION_64), ()),
    "JSON with a plain record": (json.dumps(signed_meter_value(SESSION)), SPELLING),
    "JSON with a record in hex": (json.dumps(signed_meter_value(SESSION.encode().hex())), SPELLING),
}


@pytest.mark.parametrize("name", VALUES_16)
def test_every_spelling_of_1_6_gives_the_record(name: str) -> None:
    """However a station writes the value, the record's bytes are the same."""
    stated, deviations = VALUES_16[name]
    payload = only(stop(raw_sample(), sample(stated)))
    assert (SESSION.encode(), deviations, None) == (payload.raw, payload.deviations, payload.broken)


@pytest.mark.parametrize("spelled", ["SignedData", "signedData", "SIGNEDDATA", " SignedData "])
def test_the_format_counts_and_not_its_letters(spelled: str) -> None:
    """The note itself writes SignedData in two ways."""
    assert SESSION.encode() == only(stop(sample(SESSION) | {"format": spelled})).raw


@pytest.mark.parametrize("measurand", ["Energy.Active.Import.Register", "SoC", None, 5])
def test_the_measurand_does_not_count(measurand: object) -> None:
    """What is signed says itself what was measured."""
    assert SESSION.encode() == only(stop(sample(SESSION) | {"measurand": measurand})).raw


#: What `signedMeterData` of OCPP 2.x holds.
VALUES_2: dict[str, tuple[str, tuple[Code, ...]]] = {
    "base64": (SESSION_64, ()),
    "base64 over lines": (f"{SESSION_64[:76]}\r\n{SESSION_64[76:]}", ()),
    "plain": (SESSION, SPELLING),
    "hex": (SESSION.encode().hex(), SPELLING),
}


@pytest.mark.parametrize("name", VALUES_2)
@pytest.mark.parametrize("kind", ["Started", "Updated", "Ended"])
def test_every_spelling_of_2_gives_the_record(name: str, kind: str) -> None:
    """Base64 is what OCPP prescribes; other encodings are read and named."""
    stated, deviations = VALUES_2[name]
    payload = only(event(kind, {"value": 110.5}, sample_2(stated)))
    assert (SESSION.encode(), deviations, "tx-17") == (payload.raw, payload.deviations, payload.transaction_id)


def test_meter_values_of_2_belong_to_no_transaction() -> None:
    """MeterValuesRequest of 2.x names an EVSE and no transaction."""
    frame = [2, "m", "MeterValues", {"evseId": 1, "meterValue": [meter_value(sample_2(SESSION_64))]}]
    payload = only(frame)
    assert (SESSION.encode(), None, False) == (payload.raw, payload.transaction_id, payload.may_repeat)


@pytest.mark.parametrize("method", ["OCMF", "EDL", "plain", "Other", "", None, 7])
def test_content_wins_over_the_encoding_method(method: object) -> None:
    """Stations report every name there is; what stands there decides."""
    inner = signed_meter_value(SESSION_64) | {"encodingMethod": method, "signingMethod": method}
    assert PayloadFormat.OCMF is only({"value": 1, "signedMeterValue": inner}).format


BROKEN: dict[str, tuple[Any, Code]] = {
    "no value": ({"format": "SignedData"}, Code.EMPTY_VALUE),
    "value null": (sample(None), Code.EMPTY_VALUE),
    "value empty": (sample(""), Code.EMPTY_VALUE),
    "value blank": (sample(" \n"), Code.EMPTY_VALUE),
    "value a number": (sample(110.5), Code.CONTAINER_INVALID),
    "value a list": (sample([SESSION]), Code.CONTAINER_INVALID),
    "value prose": (sample("110.5 kWh"), Code.NOT_RECOGNISED),
    "JSON cut off": (sample('{"signedMeterData":"' + SESSION_64), Code.CONTAINER_INVALID),
    "JSON of something else": (sample('{"value":"110.5"}'), Code.NOT_RECOGNISED),
    "JSON with empty data": (sample('{"signedMeterData":""}'), Code.EMPTY_VALUE),
    "JSON with a key twice": (sample('{"signedMeterData":"","signedMeterData":"x"}'), Code.CONTAINER_INVALID),
    "JSON with a key twice in another object": (
        sample('{"signedMeterData":"eA==","customData":{"a":1,"a":2}}'), Code.CONTAINER_INVALID,
    ),
    "JSON with NaN": (sample('{"signedMeterData":"eA==","x":NaN}'), Code.CONTAINER_INVALID),
    "JSON with half a character": (sample('{"signedMeterData":"\\ud800"}'), Code.CONTAINER_INVALID),
    "JSON too deep": (sample('{"a":' * 40 + "1" + "}" * 40), Code.CONTAINER_INVALID),
    "two signed texts": (
        sample(json.dumps({"signedMeterData": SESSION_64, "signedMeterValue": SESSION_64})), Code.CONTAINER_INVALID,
    ),
    "2.x data empty": (sample_2(""), Code.EMPTY_VALUE),
    "2.x data null": ({"signedMeterValue": {"signedMeterData": None}}, Code.EMPTY_VALUE),
    "2.x data a number": ({"signedMeterValue": {"signedMeterData": 5}}, Code.CONTAINER_INVALID),
    "2.x value empty": ({"signedMeterValue": {}}, Code.NOT_RECOGNISED),
    "2.x value a list": ({"signedMeterValue": [SESSION_64]}, Code.CONTAINER_INVALID),
    "2.x key an object": ({"signedMeterValue": signed_meter_value(SESSION_64) | {"publicKey": {}}},
                          Code.CONTAINER_INVALID),
    "2.x no base64": (sample_2("T0NNRnx7!"), Code.ENCODING_INVALID),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_value_stays_a_value(name: str) -> None:
    """What claims to be signed and cannot be read says why."""
    document, code = BROKEN[name]
    payload = only(stop(document))
    assert payload.broken is not None
    assert code is payload.broken[0]


CONTEXTS: dict[str, tuple[object, str | None]] = {
    "begin": ("Transaction.Begin", "Transaction.Begin"),
    "end": ("Transaction.End", "Transaction.End"),
    "intermediate": ("Sample.Periodic", "Sample.Periodic"),
    "blank": (" ", None),
    "a number": (1, None),
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_context_is_that_of_the_sampled_value(name: str) -> None:
    """What the station calls the value is kept in its words, whatever event it comes in."""
    stated, expected = CONTEXTS[name]
    documents = (
        stop(sample(SESSION) | {"context": stated}),
        event("Updated", sample_2(SESSION_64) | {"context": stated}),
    )
    assert [expected, expected] == [only(document).context for document in documents]


EVENTS: dict[str, tuple[Any, list[str | None]]] = {
    "only value of the start": (event("Started", sample_2(SESSION_64, None)), ["Transaction.Begin"]),
    "only value of the end": (event("Ended", {"value": 1}, sample_2(SESSION_64, None)), ["Transaction.End"]),
    "only value on the way": (event("Updated", sample_2(SESSION_64, None)), [None]),
    "its own context": (event("Ended", sample_2(SESSION_64, "Sample.Clock")), ["Sample.Clock"]),
    "several of the end": (event("Ended", sample_2(SESSION_64, None), sample_2(SESSION_64, None)), [None, None]),
    "an event of no kind": (event("Paused", sample_2(SESSION_64, None)), [None]),
    "stop of 1.6": (stop(sample(SESSION, None)), [None]),
}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_names_its_only_value(name: str) -> None:
    """Where a value has no context, the event's type is one, unless the event brings others along."""
    document, expected = EVENTS[name]
    assert expected == [one.context for one in detect(text(document))]


def test_an_event_says_nothing_of_the_next() -> None:
    """What one event is called does not outlive it."""
    found = detect(text([event("Started", sample_2(SESSION_64, None)), sample_2(SESSION_64, None)]))
    assert ["Transaction.Begin", None] == [one.context for one in found]


KEYS = {
    "oca": OCA_KEY,
    "base64 of hex": encoded(spki_hex().upper()),
    "base64": KEY_64,
    "hex": spki_hex(),
}


@pytest.mark.parametrize("name", KEYS)
def test_public_key_is_the_containers_key(name: str) -> None:
    """The key of a signed meter value is kept as it stands, in 1.6 and in 2.x."""
    in_text = sample(json.dumps(signed_meter_value(SESSION_64, KEYS[name])))
    assert KEYS[name] == only(stop(in_text)).container_key
    assert KEYS[name] == only(event("Ended", sample_2(SESSION_64, key=KEYS[name]))).container_key


def keys(*documents: Any) -> list[str | None]:
    """The container's key of every value of a log."""
    return [one.container_key for one in detect(log(*documents))]


def started(key: str = "", transaction: str = "tx-17") -> list[Any]:
    """The event that brings the begin's value."""
    return event("Started", sample_2(encoded(BEGIN_RECORD), "Transaction.Begin", key), transaction=transaction)


def ended(key: str = "", transaction: str = "tx-17") -> list[Any]:
    """The event that brings the end's value."""
    return event("Ended", sample_2(encoded(END_RECORD), key=key), transaction=transaction)


def test_a_key_that_is_sent_once_counts_for_its_transaction() -> None:
    """OncePerTransaction: an empty key stands for the last one of the same transaction."""
    assert [KEY_64, KEY_64] == keys(started(KEY_64), ended())
    assert [KEY_64, KEY_64] == keys(
        begin(sample(json.dumps(signed_meter_value(encoded(BEGIN_RECORD), KEY_64)), "Transaction.Begin")),
        stop(sample(json.dumps(signed_meter_value(encoded(END_RECORD))))),
    )


def test_a_key_counts_for_no_other_transaction() -> None:
    """Two transactions may be of two meters."""
    assert [KEY_64, None, KEY_64] == keys(started(KEY_64), ended(transaction="tx-18"), ended())


def test_a_key_counts_for_no_earlier_value() -> None:
    """Only what came before is taken over."""
    assert [None, KEY_64] == keys(started(), ended(KEY_64))


def test_a_value_with_a_key_keeps_its_own() -> None:
    """What is stated is never replaced, and the last one stated is what is taken over."""
    assert [KEY_64, OTHER_KEY_64, OTHER_KEY_64] == keys(started(KEY_64), ended(OTHER_KEY_64), ended())


def test_without_a_transaction_no_key_is_taken_over() -> None:
    """Nothing says that two values outside of transactions are of one meter."""
    assert [KEY_64, None] == keys(sample_2(SESSION_64, key=KEY_64), sample_2(SESSION_64))


def test_a_key_of_a_broken_value_counts() -> None:
    """The key is the transaction's, whatever became of the value that brought it."""
    assert [KEY_64, KEY_64] == keys(event("Started", sample_2("", key=KEY_64)), ended())


def test_the_oca_prefix_is_usual_in_ocpp_only() -> None:
    """OCPP prescribes the prefix, so that it is no deviation there."""
    assert {Code.KEY_OCA_PREFIX} == only(stop(sample(SESSION))).usual_key_forms
    (elsewhere,) = detect(SESSION.encode())
    assert set() == elsewhere.usual_key_forms


def test_helpers_write_the_key_of_the_records() -> None:
    """The keys of these tests are those that signed."""
    assert spki_base64(KEY) == KEY_64 != OTHER_KEY_64
