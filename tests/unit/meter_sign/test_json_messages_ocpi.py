"""OCPI's SignedData: what of an entry is the record, and what the object says of it."""

from __future__ import annotations

from typing import Any

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.model import PayloadFormat
from tests.support.messages import (
    cdr,
    encoded,
    envelope,
    log,
    signed_data,
    signed_section,
    signed_value,
    spki_base64,
    text,
)
from tests.support.ocmf import BEGIN_RECORD, END_RECORD, SESSION, sign_text
from tests.support.records import OTHER_KEY

SECTION, SIGNATURE = SESSION.split("|")[1:]


def entry(plain: Any = SECTION, signed: Any = None) -> bytes:
    """A SignedData of one entry."""
    return text(signed_data({"nature": "End", "plain_data": plain, "signed_data": signed}))


#: signed_data and plain_data, and the deviation by which they are read as the one record.
FILLINGS: dict[str, tuple[str, Any, tuple[Code, ...]]] = {
    "whole in base64, section beside": (encoded(SESSION), SECTION, ()),
    "whole in base64, whole beside": (encoded(SESSION), SESSION, ()),
    "whole in base64, nothing beside": (encoded(SESSION), "", ()),
    "whole in base64, null beside": (encoded(SESSION), None, ()),
    "whole in base64 over lines": (f"{encoded(SESSION)[:80]}\r\n{encoded(SESSION)[80:]}\n", SECTION, ()),
    "whole as text": (SESSION, SECTION, (Code.VALUE_ENCODING_SPELLING,)),
    "whole in hex": (SESSION.encode().hex(), SECTION, (Code.VALUE_ENCODING_SPELLING,)),
    "split, signature in base64": (encoded(SIGNATURE), SECTION, (Code.SIGNED_DATA_SPLIT,)),
    "split, signature as text": (SIGNATURE, SECTION, (Code.SIGNED_DATA_SPLIT,)),
}


@pytest.mark.parametrize("name", FILLINGS)
def test_every_filling_gives_the_record(name: str) -> None:
    """The practices of ocpi issue 550 give the same bytes; those that OCPI does not prescribe are named."""
    signed, plain, deviations = FILLINGS[name]
    (payload,) = detect(entry(plain, signed))
    assert (SESSION.encode(), deviations, None) == (payload.raw, payload.deviations, payload.broken)


def test_split_keeps_every_blank_of_what_is_signed() -> None:
    """White space of plain_data belongs to the signed bytes."""
    section = f" {SECTION}\n"
    (payload,) = detect(entry(section, encoded(SIGNATURE)))
    assert f"OCMF|{section}|{SIGNATURE}".encode() == payload.raw


def test_split_with_umlauts_is_utf_8() -> None:
    """The text of a JSON string is signed as UTF-8."""
    record = sign_text('{"FV":"1.1","TT":"Tarif für Gäste"}')
    (payload,) = detect(entry(record.split("|")[1], encoded(record.split("|")[2])))
    assert record.encode() == payload.raw


NO_SPLIT = {
    "plain_data with a separator": (f"{SECTION}|{SIGNATURE}", SIGNATURE),
    "signed_data with a separator": (SECTION, f"{SIGNATURE}|{SIGNATURE}"),
    "plain_data with the header": (f"OCMF|{SECTION}", SIGNATURE),
    "signed_data is the bare signature": (SECTION, "3045022100"),
    "signed_data without SD": (SECTION, '{"SA":"ECDSA-secp256r1-SHA256"}'),
    "plain_data is prose": ("110.500 kWh", SIGNATURE),
    "plain_data is missing": (None, SIGNATURE),
    "signed_data is part of the record": (SECTION, f"|{SIGNATURE}"),
}


@pytest.mark.parametrize("name", NO_SPLIT)
@pytest.mark.parametrize("in_base64", [True, False])
def test_nothing_else_is_put_together(name: str, in_base64: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Halves that are not exactly payload and signature section make no record that anybody could verify."""
    plain, signed = NO_SPLIT[name]
    (payload,) = detect(entry(plain, encoded(signed) if in_base64 else signed))
    assert not payload.raw.startswith(b"OCMF|")


BROKEN: dict[str, tuple[bytes, Code]] = {
    "no entries": (text(signed_data()), Code.EMPTY_VALUE),
    "entries null": (text(signed_data() | {"signed_values": None}), Code.EMPTY_VALUE),
    "entry null": (text(signed_data(None)), Code.EMPTY_VALUE),
    "entry empty": (text(signed_data({})), Code.EMPTY_VALUE),
    "signed_data empty": (entry(signed=""), Code.EMPTY_VALUE),
    "signed_data blank": (entry(signed=" \n"), Code.EMPTY_VALUE),
    "signed_data null": (entry(signed=None), Code.EMPTY_VALUE),
    "signed_data null, record beside": (entry(SESSION, None), Code.EMPTY_VALUE),
    "signed_data a number": (entry(signed=5), Code.CONTAINER_INVALID),
    "signed_data an object": (entry(signed={"OCMF": SESSION}), Code.CONTAINER_INVALID),
    "plain_data a list": (entry([SECTION], encoded(SESSION)), Code.CONTAINER_INVALID),
    "entry a text": (text(signed_data(encoded(SESSION))), Code.CONTAINER_INVALID),
    "entries a text": (text(signed_data() | {"signed_values": "x"}), Code.CONTAINER_INVALID),
    "key an object": (text(signed_data(signed_value(SESSION)) | {"public_key": {}}), Code.CONTAINER_INVALID),
    "no base64": (entry(signed="T0NNRnx7!"), Code.ENCODING_INVALID),
    "base64 of nothing known": (text(signed_data({"signed_data": "eA=="}, encoding_method="X")), Code.NOT_RECOGNISED),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_entry_stays_a_value(name: str) -> None:
    """Each entry of signed_values is a value, and one that cannot be read says why."""
    raw, code = BROKEN[name]
    (payload,) = detect(raw)
    assert payload.broken is not None
    assert code is payload.broken[0]


def test_broken_entries_keep_their_place() -> None:
    """An index is a position in signed_values, empty and broken entries included."""
    begin, end = signed_value(BEGIN_RECORD, "Start"), signed_value(END_RECORD)
    found = detect(text(cdr(begin, None, {"signed_data": "!"}, end)))
    assert [(0, BEGIN_RECORD), (1, ""), (2, ""), (3, END_RECORD)] == [(one.index, one.raw.decode()) for one in found]


NATURES: dict[str, tuple[object, str | None]] = {
    "Start": ("Start", "Transaction.Begin"),
    "End": ("End", "Transaction.End"),
    "Intermediate": ("Intermediate", None),
    "capitals": ("START", "Transaction.Begin"),
    "small letters": ("end", "Transaction.End"),
    "another word": ("Tariff change", "Tariff change"),
    "none": (None, None),
    "a number": (1, None),
}


@pytest.mark.parametrize("name", NATURES)
def test_nature_is_the_context(name: str) -> None:
    """Start and End name begin and end, in whatever letters; other words are kept."""
    nature, expected = NATURES[name]
    (payload,) = detect(text(signed_data(signed_value(SESSION) | {"nature": nature})))
    assert expected == payload.context


def test_public_key_is_the_containers_key_of_every_value() -> None:
    """The key of a SignedData lies beside each of its values, and an empty one is none."""
    two = signed_data(signed_value(BEGIN_RECORD, "Start"), signed_value(END_RECORD))
    assert [spki_base64(), spki_base64()] == [one.container_key for one in detect(text(two))]
    assert [None, None] == [one.container_key for one in detect(text(two | {"public_key": " "}))]


def test_plain_data_goes_along_as_it_is() -> None:
    """What people read is kept for the comparison, every character of it."""
    first, second = detect(
        text(signed_data(signed_value(SESSION, plain=" 110.5 kWh\n"), signed_value(SESSION, plain="")))
    )
    assert (" 110.5 kWh\n", None) == (first.plain_data, second.plain_data)


@pytest.mark.parametrize("method", ["OCMF", "ocmf", "Alfen Eichrecht", "EDL40 Mennekes", "anything", "", None, 5])
def test_content_wins_over_the_encoding_method(method: object) -> None:
    """encoding_method declares, and what stands there decides."""
    (payload,) = detect(text(signed_data(signed_value(SESSION), encoding_method=method)))
    assert (PayloadFormat.OCMF, SESSION.encode()) == (payload.format, payload.raw)


@pytest.mark.parametrize("method", ["OCMF", " ocmf "])
def test_encoding_method_names_what_nobody_recognises(method: str) -> None:
    """A value without a recognisable content is one of the declared format, and broken as such."""
    (payload,) = detect(text(signed_data({"signed_data": ""}, encoding_method=method)))
    assert PayloadFormat.OCMF is payload.format


def test_a_cdr_names_the_transaction_of_its_values() -> None:
    """The CDR's id is the transaction's, and its session's id where it has none."""
    by_id, by_session = cdr(signed_value(SESSION)), cdr(signed_value(SESSION), id_="")
    found = detect(text(envelope([by_id, by_session])))
    assert ["cdr-1", "session of"] == [one.transaction_id for one in found]


def test_signed_data_alone_names_no_transaction() -> None:
    """Without a CDR there is no id to tell."""
    (payload,) = detect(text(signed_data(signed_value(SESSION))))
    assert payload.transaction_id is None


def test_each_signed_data_is_a_bundle_of_its_own() -> None:
    """Values of one object belong together, and those of two objects never do, in whatever file they lie."""
    one = cdr(signed_value(BEGIN_RECORD, "Start"), signed_value(END_RECORD))
    page = [found.bundle for found in detect(text([one, one]))]
    lines = [found.bundle for found in detect(log(one, one))]
    assert (page[0], page[2]) == (page[1], page[3])
    assert page[0] != page[2]
    assert page == lines


def test_values_of_other_containers_are_no_bundle() -> None:
    """Only OCPI puts values together without an id."""
    (payload,) = detect(SESSION.encode())
    assert payload.bundle is None


def test_foreign_key_changes_no_bytes() -> None:
    """Whatever key lies beside it, the record is the record."""
    (payload,) = detect(text(signed_data(signed_value(SESSION), key=spki_base64(OTHER_KEY))))
    assert (SESSION.encode(), spki_base64(OTHER_KEY)) == (payload.raw, payload.container_key)


def test_section_is_what_the_split_says() -> None:
    """The helper of these tests cuts at the separators."""
    assert SECTION == signed_section(SESSION)
