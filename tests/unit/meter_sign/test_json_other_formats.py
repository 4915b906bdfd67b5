"""Signed values of every meter format in JSON: the record's bytes, its key, and what is shown beside it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.judgement import KeyPolicy, Status, Verdict, judge
from meter_sign.model import PayloadFormat
from tests.support import alfen, edl40, pcdf
from tests.support.edl40 import Block, Isa
from tests.support.messages import cdr, encoded, event, sample, sample_2, signed_data, stop, text

if TYPE_CHECKING:
    from meter_sign.judgement import Judgement

AT = datetime(2026, 2, 1, tzinfo=UTC)
POINT_192 = b64encode(edl40.point("secp192r1")).decode()


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One record, as OCPI sends it."""

    format: PayloadFormat
    method: str
    record: bytes
    #: Base64 of the key as the format writes it; None where the record brings its own.
    key: str | None = None


SENT = (
    Sent(format=PayloadFormat.ALFEN, method="Alfen Eichrecht", record=alfen.begin().encode()),
    Sent(format=PayloadFormat.EDL_40_P, method="EDL40 E-Mobility Extension", record=edl40.edl_40_p(Block()),
         key=POINT_192),
    Sent(format=PayloadFormat.EDL_40_SIG, method="EDL40 E-Mobility Extension", record=edl40.edl_40_sig(Block())),
    Sent(format=PayloadFormat.EDL_40_MENNEKES, method="EDL40 Mennekes", record=edl40.mennekes()),
    Sent(format=PayloadFormat.ISA_EDL_40_P, method="ISA_EDL_40_P", record=edl40.isa(Isa()),
         key=b64encode(edl40.point("secp256r1")).decode()),
    Sent(format=PayloadFormat.PCDF, method="PCDF", record=pcdf.line().encode()),
)  # fmt: skip
BY_FORMAT = {str(one.format): one for one in SENT}
TEXTS = [name for name, one in BY_FORMAT.items() if one.record.isascii()]


def in_ocpi(one: Sent, plain: str = "", signed: str | None = None) -> bytes:
    """A CDR of one value."""
    entry = {"nature": "End", "plain_data": plain, "signed_data": encoded(one.record) if signed is None else signed}
    return text(cdr(signed_data=signed_data(entry, encoding_method=one.method, public_key=one.key)))


def judged(raw: bytes) -> Judgement:
    """Under the file's own keys."""
    return judge(raw, KeyPolicy(), at=AT)


@pytest.mark.parametrize("name", BY_FORMAT)
def test_every_format_verifies_in_a_cdr(name: str) -> None:
    """signed_data is base64 of the record, public_key base64 of its key, or the record brings it."""
    one = BY_FORMAT[name]
    (value,) = judged(in_ocpi(one)).values
    assert (one.format, one.record, Status.VERIFIED) == (value.payload.format, value.payload.raw, value.status)
    assert Code.VALUE_ENCODING_SPELLING not in value.deviations


@pytest.mark.parametrize("name", BY_FORMAT)
@pytest.mark.parametrize("method", ["OCMF", "plain", ""])
def test_content_wins_over_any_method(name: str, method: str) -> None:
    """Whatever the container calls it, the record is what it is."""
    one = BY_FORMAT[name]
    (value,) = judged(in_ocpi(Sent(format=one.format, method=method, record=one.record, key=one.key))).values
    assert (one.format, Status.VERIFIED) == (value.payload.format, value.status)


@pytest.mark.parametrize("name", BY_FORMAT)
def test_every_format_is_found_in_ocpp(name: str) -> None:
    """Hex and base64 in 1.6, base64 in 2.x: the same bytes."""
    one = BY_FORMAT[name]
    documents = (
        stop(sample(one.record.hex())),
        stop(sample(encoded(one.record))),
        event("Ended", sample_2(encoded(one.record), key=one.key or "")),
    )
    for document in documents:
        (payload,) = detect(text(document))
        assert (one.format, one.record, ()) == (payload.format, payload.raw, payload.deviations)


@pytest.mark.parametrize("name", TEXTS)
def test_text_records_stand_in_ocpp_1_6_as_they_are(name: str) -> None:
    """Alfen's line, XML and PCDF are sent as text, XML also escaped."""
    one = BY_FORMAT[name]
    record = one.record.decode()
    shown = [record, escape(record, {'"': "&quot;", "'": "&apos;"})] if record.startswith("<") else [record]
    for stated in shown:
        (payload,) = detect(text(stop(sample(stated))))
        assert (one.format, one.record) == (payload.format, payload.raw)


@pytest.mark.parametrize("name", BY_FORMAT)
def test_the_record_beside_itself_is_no_remark(name: str) -> None:
    """plain_data as text of the record, or once more in an encoding."""
    one = BY_FORMAT[name]
    shown = [one.record.hex(), encoded(one.record)] + ([one.record.decode()] if one.record.isascii() else [])
    for plain in shown:
        (value,) = judged(in_ocpi(one, plain)).values
        assert (Status.VERIFIED, ()) == (value.status, value.warnings)


OTHERS = {
    "ALFEN": alfen.begin(value=910_500).encode(),
    "EDL_40_P": edl40.edl_40_p(Block(value=910_500)),
    "EDL_40_SIG": edl40.edl_40_sig(Block(value=910_500)),
    "EDL_40_MENNEKES": edl40.mennekes(end=Block(value=910_500, pagination=99)),
    "ISA_EDL_40_P": edl40.isa(Isa(value=910_500)),
    "PCDF": pcdf.line(RV="0910.500*kWh").encode(),
}


@pytest.mark.parametrize("name", BY_FORMAT)
def test_another_record_beside_it_is_found(name: str) -> None:
    """A true record of the same meter in plain_data, which a driver would read, is not what was signed here."""
    (value,) = judged(in_ocpi(BY_FORMAT[name], encoded(OTHERS[name]))).values
    assert (Status.CONTENT_INVALID, (Code.PLAIN_DATA_MISMATCH,)) == (value.status, value.problems)


def test_readings_in_words_are_compared_in_every_unit() -> None:
    """An Alfen meter signs Wh; 100000 Wh and 100.000 kWh are the same, and 100.001 kWh is not."""
    one = BY_FORMAT["ALFEN"]
    told = [judged(in_ocpi(one, plain)).values[0].problems for plain in ("100000 Wh", "100.0 kWh", "100.001 kWh")]
    assert [(), (), (Code.PLAIN_DATA_MISMATCH,)] == told


def test_a_pair_without_signed_reasons_is_one_transaction() -> None:
    """Alfen signs neither begin nor end; the values of a SignedData belong together all the same."""
    entries = [
        {"nature": nature, "plain_data": record, "signed_data": encoded(record)}
        for nature, record in (("Start", alfen.begin()), ("End", alfen.end()))
    ]
    judgement = judged(text(signed_data(*entries, encoding_method="Alfen Eichrecht", public_key=None)))
    assert Verdict.VALID is judgement.verdict
    assert [(True, "10.500")] == [(one.billable, str(one.transaction.energy_kwh)) for one in judgement.transactions]


def test_sessions_of_one_signed_data_must_be_one() -> None:
    """Values that lie in one object and name two sessions of the meter are not billed."""
    entries = [{"signed_data": encoded(record)} for record in (alfen.begin(), alfen.end(session=88))]
    judgement = judged(text(signed_data(*entries, public_key=None)))
    assert [False] == [one.billable for one in judgement.transactions]


def test_only_ocmf_is_put_together() -> None:
    """Of other formats no halves are known, and none are guessed."""
    record = alfen.begin()
    entry = {"plain_data": record[:60], "signed_data": encoded(record[60:])}
    (payload,) = detect(text(signed_data(entry, encoding_method="Alfen Eichrecht")))
    assert not payload.raw.startswith(b"AP;")
