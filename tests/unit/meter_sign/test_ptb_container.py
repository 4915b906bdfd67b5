"""PTB's JSON: two OCMF records of one charging process and their key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.judgement import Judgement, KeyPolicy, Status, Verdict, judge
from meter_sign.model import KeySource, PayloadFormat
from tests.support.messages import spki_base64
from tests.support.ocmf import BEGIN_RECORD, END_RECORD
from tests.support.records import OTHER_KEY, payload, reading, record_text

Json = dict[str, Any]

AT = datetime(2026, 1, 1, tzinfo=UTC)


def ptb(**members: Any) -> Json:
    """A container of the usual session; a member given as None is null."""
    usual: Json = {
        "format": "ptb",
        "formatVersion": "1.0",
        "publicKey": spki_base64(),
        "chargeboxIdentifier": "EWK-24",
        "address": {"street": "Musterweg", "postalCode": "10115", "city": "Berlin"},
        "geoLocation": {"lat": 52.5, "lng": 13.4},
        "ocmfBegin": BEGIN_RECORD,
        "ocmfEnd": END_RECORD,
    }
    return usual | members


def raw(document: Any) -> bytes:
    """A document as text."""
    return json.dumps(document).encode()


def judged(document: Any) -> Judgement:
    """Judge with the key in the file."""
    return judge(raw(document), KeyPolicy(), at=AT)


def test_both_records_are_values() -> None:
    """Byte for byte as they stand in the JSON, named by their places."""
    values = detect(raw(ptb()))
    assert [
        (PayloadFormat.OCMF, BEGIN_RECORD.encode(), "Transaction.Begin", spki_base64(), 0),
        (PayloadFormat.OCMF, END_RECORD.encode(), "Transaction.End", spki_base64(), 0),
    ] == [(one.format, one.raw, one.context, one.container_key, one.bundle) for one in values]


def test_the_two_are_one_transaction() -> None:
    """Without any id: the container is one charging process."""
    judgement = judged(ptb())
    (transaction,) = judgement.transactions
    assert (Verdict.VALID, True, Decimal("10.5"), (0, 1)) == (
        judgement.verdict, transaction.billable, transaction.transaction.energy_kwh, transaction.indexes,
    )  # fmt: skip
    assert {KeySource.CONTAINER} == {value.key_source for value in judgement.values}


def test_several_containers_do_not_mix() -> None:
    """Each object is a charging process of its own, even of one meter."""
    later = ptb(
        ocmfBegin=record_text(payload(reading("B", "110.5", "10:00:00"), PG="T3")).decode(),
        ocmfEnd=record_text(payload(reading("E", "112.5", "11:00:00"), PG="T4")).decode(),
    )
    energies = [one.transaction.energy_kwh for one in judged([ptb(), later]).transactions]
    assert [Decimal("10.5"), Decimal("2.0")] == energies


@pytest.mark.parametrize(
    ("members", "statuses"),
    [
        ({"ocmfBegin": None}, [Status.STRUCTURE_INVALID, Status.VERIFIED]),
        ({"ocmfEnd": ""}, [Status.VERIFIED, Status.STRUCTURE_INVALID]),
        ({"ocmfEnd": 7}, [Status.VERIFIED, Status.STRUCTURE_INVALID]),
        ({"ocmfEnd": "nothing"}, [Status.VERIFIED, Status.STRUCTURE_INVALID]),
        ({"ocmfEnd": END_RECORD.replace("110.5", "910.5")}, [Status.VERIFIED, Status.SIGNATURE_INVALID]),
        ({"publicKey": None}, [Status.UNTRUSTED_KEY, Status.UNTRUSTED_KEY]),
        ({"publicKey": spki_base64(OTHER_KEY)}, [Status.SIGNATURE_INVALID, Status.SIGNATURE_INVALID]),
    ],
)
def test_one_record_that_is_bad_stops_billing(members: Json, statuses: list[Status]) -> None:
    """Both records and the key are needed, and nothing takes their place."""
    judgement = judged(ptb(**members))
    assert statuses == [value.status for value in judgement.values]
    assert [False] == [one.billable for one in judgement.transactions]


def test_swapped_records_are_not_billed() -> None:
    """The places must be what the records say of themselves."""
    (transaction,) = judged(ptb(ocmfBegin=END_RECORD, ocmfEnd=BEGIN_RECORD)).transactions
    assert not transaction.billable
    assert Code.CONTEXT_CONTRADICTS in {finding.code for finding in transaction.transaction.findings}


def test_a_key_that_stands_twice_spoils_both() -> None:
    """Two readers may see two records."""
    twice = raw(ptb()).replace(b'"ocmfEnd"', b'"ocmfEnd": "", "ocmfEnd"')
    assert {Code.CONTAINER_INVALID} == {one.broken[0] if one.broken else None for one in detect(twice)}


def test_the_container_s_words_are_nobody_s() -> None:
    """Address and charging station change nothing."""
    assert Verdict.VALID is judged(ptb(chargeboxIdentifier=None, address=None, formatVersion="9")).verdict
