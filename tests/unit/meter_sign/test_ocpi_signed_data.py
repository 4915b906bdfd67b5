"""OCPI SignedData of a transaction: the whole records, what people can read of them, and the lengths OCPI carries."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from meter_sign.eichrecht import assemble_transaction
from meter_sign.errors import EvidenceMismatchError, LimitExceededError
from meter_sign.model import PayloadFormat, Transaction
from meter_sign.ocpi_signed_data import SignedDataObject, plain_data, signed_data_of
from tests.support.ocmf import BEGIN, END, spki_hex
from tests.support.records import KEY, OTHER_KEY, reading, verified

if TYPE_CHECKING:
    from meter_sign.model import VerifiedRecord

MIDDLE = reading("C", "105.0", "08:30:00")


def session(*records: VerifiedRecord) -> Transaction:
    """The transaction of these records."""
    return assemble_transaction(records, transaction_id="17")


def natures(found: SignedDataObject) -> list[str]:
    """Natures in their order."""
    return [one.nature.value for one in found.signed_values]


def padded(characters: int) -> VerifiedRecord:
    """A whole session whose payload section has this many characters."""
    bare = len(verified(BEGIN, END, TT="").signed_bytes)
    return verified(BEGIN, END, TT="x" * (characters - bare))


def test_a_pair() -> None:
    """Start and End: the payload section for people, the whole record in base64, the key that verified."""
    begin, end = verified(BEGIN), verified(END, PG="T2")
    found = signed_data_of(session(begin, end))
    assert "OCMF" == found.encoding_method
    assert b64encode(bytes.fromhex(spki_hex(KEY))).decode() == found.public_key
    assert ["Start", "End"] == natures(found)
    assert [begin.payload.raw, end.payload.raw] == [b64decode(one.signed_data) for one in found.signed_values]
    assert [begin.signed_bytes, end.signed_bytes] == [one.plain_data.encode() for one in found.signed_values]


def test_values_are_in_order() -> None:
    """Start, Intermediates in the meter's own order, End, whatever order they came in."""
    records = (verified(END, PG="T4"), verified(MIDDLE, PG="T3"), verified(MIDDLE, PG="T2"), verified(BEGIN))
    found = signed_data_of(session(*records))
    assert ["Start", "Intermediate", "Intermediate", "End"] == natures(found)
    assert [b'"PG": "T2"' in b64decode(one.signed_data) for one in found.signed_values[1:3]] == [True, False]


def test_a_whole_session_is_one_end() -> None:
    """A record that holds begin and end goes out once."""
    assert ["End"] == natures(signed_data_of(session(verified(BEGIN, END))))


def test_a_lone_begin_is_a_start() -> None:
    """What is missing is not made up."""
    assert ["Start"] == natures(signed_data_of(session(verified(BEGIN))))


def test_nothing_is_no_proof() -> None:
    """A transaction without a verified record has nothing to carry."""
    with pytest.raises(EvidenceMismatchError, match="TRANSACTION_INCOMPLETE"):
        signed_data_of(session())


def test_two_keys_are_no_one_object() -> None:
    """OCPI has room for one key, so a second one is not hidden behind it."""
    with pytest.raises(EvidenceMismatchError, match="KEY_DIFFERS"):
        signed_data_of(session(verified(BEGIN), verified(END, PG="T2", key=OTHER_KEY)))


@pytest.mark.parametrize(("cap", "length"), [(5000, 512), (512, 512), (600, 600)])
def test_a_text_within_the_cap_stays(cap: int, length: int) -> None:
    """The payload section goes out whole up to the receiver's last character."""
    record = padded(length)
    (one,) = signed_data_of(session(record), plain_data_characters=cap).signed_values
    assert record.signed_bytes.decode() == one.plain_data


@pytest.mark.parametrize("cap", [512, 600])
def test_a_text_above_the_cap_is_told_by_its_digest(cap: int) -> None:
    """Nothing is cut: the digest names the text, the whole record stands beside it."""
    record = padded(cap + 1)
    (one,) = signed_data_of(session(record), plain_data_characters=cap).signed_values
    assert f"sha256:{sha256(record.signed_bytes).hexdigest()}" == one.plain_data
    assert record.payload.raw == b64decode(one.signed_data)


def test_a_record_above_the_cap_is_refused() -> None:
    """Base64 of 3750 bytes has 5000 characters; one byte more does not fit, and nothing is cut."""
    record = verified(BEGIN, END)
    fits = replace(record, payload=replace(record.payload, raw=b"x" * 3750))
    assert 5000 == len(signed_data_of(session(fits)).signed_values[0].signed_data)
    with pytest.raises(LimitExceededError, match="signed_data needs 5004 characters"):
        signed_data_of(session(replace(record, payload=replace(record.payload, raw=b"x" * 3751))))


def test_a_key_above_the_cap_is_refused() -> None:
    """Base64 of 384 bytes has 512 characters."""
    record = verified(BEGIN, END)
    assert 512 == len(signed_data_of(session(replace(record, key_der=b"x" * 384))).public_key)
    with pytest.raises(LimitExceededError, match="public_key needs 516 characters"):
        signed_data_of(session(replace(record, key_der=b"x" * 385)))


@pytest.mark.parametrize("raw", [b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01", b"\x1b\xff", b"a\x00b"])
def test_of_a_binary_record_people_get_the_hex(raw: bytes) -> None:
    """A format that is no text is told in the one text that can be compared with what was signed."""
    record = verified(BEGIN, END)
    binary = replace(record, payload=replace(record.payload, format=PayloadFormat.EDL_40_P, raw=raw))
    assert raw.hex().upper() == plain_data(binary)


def test_of_a_text_people_get_the_text() -> None:
    """Line breaks and blanks stay as they are."""
    record = verified(BEGIN, END)
    text = replace(record, payload=replace(record.payload, format=PayloadFormat.ALFEN, raw="<a>\r\n\tü</a>".encode()))
    assert "<a>\r\n\tü</a>" == plain_data(text)


def test_the_method_is_the_format_s() -> None:
    """The encoding method is what the format itself declares."""
    (method,) = {signed_data_of(session(verified(BEGIN, END))).encoding_method}
    assert PayloadFormat.OCMF.value == method
