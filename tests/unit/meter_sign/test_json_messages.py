"""JSON files: where signed values are found, what is refused as a whole, and what only spoils its own values."""

from __future__ import annotations

import json
from contextlib import suppress
from time import process_time

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from meter_sign.limits import Limits
from tests.support.messages import (
    begin,
    cdr,
    encoded,
    envelope,
    event,
    log,
    raw_sample,
    sample,
    sample_2,
    signed_data,
    signed_meter_value,
    signed_value,
    stop,
    text,
)
from tests.support.ocmf import BEGIN_RECORD, END_RECORD, SESSION

SESSION_64 = encoded(SESSION)
VALUE = signed_value(SESSION)

PLACES = {
    "SignedData": signed_data(VALUE),
    "CDR": cdr(VALUE),
    "list of CDRs": [cdr(VALUE)],
    "response with a CDR": envelope(cdr(VALUE)),
    "response with a page": envelope([cdr(VALUE)]),
    "1.6 frame": stop(sample(SESSION)),
    "1.6 payload": stop(sample(SESSION))[3],
    "1.6 sampled value": sample(SESSION),
    "2.x frame": event("Ended", sample_2(SESSION_64)),
    "2.x payload": event("Ended", sample_2(SESSION_64))[3],
    "2.x sampled value": sample_2(SESSION_64),
    "2.x signed meter value": signed_meter_value(SESSION_64),
    "list of frames": [begin(raw_sample()), [3, "b", {}], stop(raw_sample(), sample(SESSION))],
    "log with its own fields": {"at": "09:00", "station": {"id": "S1"}, "message": stop(sample(SESSION))},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("around", [b"%b", b"\xef\xbb\xbf%b", b" \r\n\t%b\n\n"], ids=["bare", "BOM", "blanks"])
def test_a_signed_value_is_found_wherever_it_stands(place: str, around: bytes) -> None:
    """One signed record gives one value with exactly its bytes, whatever JSON lies around it."""
    (payload,) = detect(around % text(PLACES[place]))
    assert (SESSION.encode(), None, 0) == (payload.raw, payload.broken, payload.index)


def test_pretty_printed_json_is_one_document() -> None:
    """Line ends between the tokens do not matter."""
    (payload,) = detect(json.dumps(cdr(VALUE), indent=2).encode())
    assert SESSION.encode() == payload.raw


def test_a_log_gives_the_values_of_all_its_lines_in_order() -> None:
    """One JSON text a line, blank lines and lines without a signed value being none."""
    raw = log(begin(sample(BEGIN_RECORD)), begin(raw_sample())) + b"\r\n\n" + log(cdr(VALUE), stop(sample(END_RECORD)))
    assert [(0, BEGIN_RECORD), (1, SESSION), (2, END_RECORD)] == [(one.index, one.raw.decode()) for one in detect(raw)]


BROKEN_LINES = {
    "cut off": text(stop(sample(SESSION)))[:-9],
    "no JSON": b"connection lost",
    "too deep": b"[" * 40 + b"]" * 40,
    "no UTF-8": b'["\xe4"]',
    "NaN": b'{"x":NaN}',
}


@pytest.mark.parametrize("name", BROKEN_LINES)
def test_a_line_that_cannot_be_read_is_a_broken_value(name: str) -> None:
    """Nothing in a log disappears, and a bad line does not hide its neighbours."""
    good = text(stop(sample(SESSION)))
    first, middle, last = detect(b"\n".join((good, BROKEN_LINES[name], good)))
    assert (None, None) == (first.broken, last.broken)
    assert middle.broken is not None
    assert (Code.LIMIT_EXCEEDED if name == "too deep" else Code.CONTAINER_INVALID) is middle.broken[0]
    assert "line 2" in middle.broken[1]


NO_VALUE = {
    "empty object": {},
    "empty list": [],
    "heartbeat": [2, "h", "Heartbeat", {}],
    "start of a transaction": [2, "t", "StartTransaction", {"meterStart": 100000, "idTag": "A"}],
    "readings nobody signed": stop(raw_sample(), {"value": "1"}),
    "stop without data": [2, "s", "StopTransaction", {"transactionId": 17, "meterStop": 110500}],
    "2.x readings nobody signed": event("Ended", {"value": 110.5, "context": "Transaction.End"}),
    "CDR without signed data": cdr(signed_data=None),
    "empty page": envelope([]),
}


@pytest.mark.parametrize("name", NO_VALUE)
def test_json_without_a_signed_value_is_not_recognised(name: str) -> None:
    """Unsigned readings are no values; the reason says what was looked for."""
    with pytest.raises(MalformedPayloadError, match="JSON without a signed value") as caught:
        detect(text(NO_VALUE[name]))
    assert Code.NOT_RECOGNISED is caught.value.code


REFUSED = {
    "cut off": text(cdr(VALUE))[:-5],
    "prose in brackets": b"[09:00] charging",
    "single quotes": b"{'signed_values': []}",
    "two documents on one line": text(cdr(VALUE)) * 2,
    "no UTF-8": text(cdr(VALUE, note="Tarif f\xfcr G\xe4ste")).decode().encode("iso-8859-1"),
    "NaN": text(cdr(VALUE)).replace(b"10.5", b"NaN"),
    "half a character": text(cdr(VALUE)).replace(b"loc-1", b"\\ud800"),
    "half a character that could carry a byte": text(sample(SESSION)).replace(b"OCMF", b"OCMF\\udc80"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_json_that_is_none_is_refused_as_a_whole(name: str) -> None:
    """Text that two JSON readers would read in two ways, or not at all, is no container."""
    with pytest.raises(MalformedPayloadError) as caught:
        detect(REFUSED[name])
    assert Code.CONTAINER_INVALID is caught.value.code


def test_a_text_file_may_begin_with_a_bracket() -> None:
    """Records below a line in brackets are found as in every text file; that line is a broken value."""
    first, second = detect(b"[2024-03-01 09:00] received:\n" + SESSION.encode())
    assert first.broken is not None
    assert SESSION.encode() == second.raw


AMBIGUOUS = {
    "in the value": b'"nature": "End", "nature": "Start"',
    "two signed texts": b'"nature": "End", "signed_data": "eA=="',
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_key_that_stands_twice_spoils_its_value(name: str) -> None:
    """Two readers may see two values, so there is none; other CDRs of the page are not touched."""
    page = text([cdr(VALUE), cdr(VALUE)])
    first, second = detect(page.replace(b'"nature": "End"', AMBIGUOUS[name], 1))
    assert first.broken is not None
    assert Code.CONTAINER_INVALID is first.broken[0]
    assert SESSION.encode() == second.raw


def test_a_key_that_stands_twice_around_values_spoils_all_of_them() -> None:
    """Two ids of one transaction, two lists of values: every value below is told, and none is read."""
    twice = text(cdr(VALUE)).replace(b'"id": "cdr-1"', b'"id": "cdr-0", "id": "cdr-1"')
    lists = text(signed_data(VALUE)).replace(b'"signed_values"', b'"signed_values": [{}, null], "signed_values"')
    assert [[Code.CONTAINER_INVALID], [Code.CONTAINER_INVALID, Code.EMPTY_VALUE, Code.CONTAINER_INVALID]] == [
        [one.broken[0] for one in detect(raw) if one.broken] for raw in (twice, lists)
    ]


def test_no_value_hides_behind_a_repeated_key() -> None:
    """The first of two members of one name is lost to most readers, and not to this one."""
    hidden = text(stop(sample(SESSION)))[:-2] + b', "transactionData": null}]'
    (payload,) = detect(hidden)
    assert payload.broken is not None
    assert Code.CONTAINER_INVALID is payload.broken[0]


def test_a_signed_format_does_not_hide_behind_a_raw_one() -> None:
    """Whoever says Raw and SignedData of one value has said SignedData."""
    raw = text(stop(sample(SESSION))).replace(b'"format": "SignedData"', b'"format": "SignedData", "format": "Raw"')
    (payload,) = detect(raw)
    assert payload.broken is not None


def test_a_repeated_key_elsewhere_does_not_matter() -> None:
    """Where no signed value is concerned, it is not ours to judge."""
    (payload,) = detect(text(cdr(VALUE)).replace(b'"latitude": "52.5"', b'"latitude": "52.5", "latitude": "0"'))
    assert payload.broken is None


def test_numbers_beyond_the_caps_do_not_matter() -> None:
    """A price of 60 digits makes no signed value unreadable."""
    (payload,) = detect(text(cdr(VALUE)).replace(b"10.5", b"0." + b"3" * 60))
    assert payload.broken is None


def test_ids_of_several_objects_do_not_mix() -> None:
    """The nearest object gives the id: a page of CDRs and a log's field around a frame."""
    page = text({"transactionId": "page", "data": [cdr(VALUE), cdr(VALUE, id_="cdr-2"), stop(sample(SESSION))]})
    assert ["cdr-1", "cdr-2", "17"] == [one.transaction_id for one in detect(page)]


IDS: dict[str, tuple[object, str | None]] = {
    "text": ("tx-1", "tx-1"),
    "number": (17, "17"),
    "number of an offline station": (-1, "-1"),
    "blanks": ("  ", None),
    "blanks around": (" 17 ", "17"),
    "null": (None, None),
    "true": (True, None),
    "list": ([17], None),
    "longer than any id": ("1" * 256, None),
}


@pytest.mark.parametrize("name", IDS)
def test_what_counts_as_an_id(name: str) -> None:
    """Texts and numbers name a transaction, anything else names none."""
    stated, expected = IDS[name]
    (payload,) = detect(text(stop(sample(SESSION), transaction=stated)))
    assert expected == payload.transaction_id


SMALL = Limits(values=2, record_bytes=1_000, json_depth=6, json_elements=100, json_texts=100)


@pytest.mark.parametrize(
    "raw",
    [
        text(signed_data(VALUE, VALUE, VALUE)), log(*[sample(SESSION)] * 3), b"[" * 7 + b"]" * 7,
        b"[" + b"1," * 100 + b"1]", b"{}\n" * 101,
    ],
    ids=["values", "values in a log", "depth", "elements", "lines"],
)  # fmt: skip
def test_json_beyond_the_caps_is_refused(raw: bytes) -> None:
    """Caps hold for JSON as for every container."""
    with pytest.raises(LimitExceededError):
        detect(raw, SMALL)


@pytest.mark.parametrize(
    "document",
    [
        sample("x" * 5_000), sample('{"signedMeterData":"' + "x" * 5_000), sample(f"OCMF|{'x' * 1_000}"),
        signed_data(signed_value(SESSION, signed="x" * 5_000)),
    ],
    ids=["text", "JSON in text", "record", "signed_data"],
)  # fmt: skip
def test_record_beyond_the_cap_is_broken(document: object) -> None:
    """One record too large is a broken value with its reason."""
    (payload,) = detect(text(document), SMALL)
    assert payload.broken is not None
    assert Code.LIMIT_EXCEEDED is payload.broken[0]


FILLINGS = {
    "brackets": b"[",
    "objects": b'{"a":',
    "members": b'{"signed_values":[{"signed_data":"",',
    "strings": b'["\\"',
    "lines": b"{}\n",
    "lines of values": b'{"format":"SignedData","value":"{"}\n',
    "numbers": b"[1,",
    "escapes": b'["\\u0041',
}


@pytest.mark.parametrize("name", FILLINGS)
def test_json_takes_linear_time(name: str) -> None:
    """No filling of a large file makes detection slow (ten seconds are several times what it takes)."""
    started = process_time()
    with suppress(MalformedPayloadError):
        detect(FILLINGS[name] * (4_000_000 // len(FILLINGS[name])))
    assert process_time() - started < 10
