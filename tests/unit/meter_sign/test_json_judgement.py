"""OCPI and OCPP JSON through the judgement: transactions, keys and what may be billed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from meter_sign.codes import Code
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, Status, Verdict, judge
from meter_sign.model import KeySource
from tests.support.messages import (
    begin,
    cdr,
    encoded,
    envelope,
    event,
    log,
    sample,
    sample_2,
    signed_data,
    signed_meter_value,
    signed_value,
    spki_base64,
    stop,
    text,
)
from tests.support.ocmf import BEGIN_RECORD, END_RECORD, SESSION, spki_hex
from tests.support.records import KEY, OTHER_KEY, payload, reading, record_text

AT = datetime(2026, 1, 1, tzinfo=UTC)
OWN = KeyPolicy()
GIVEN = KeyPolicy(arguments=(NamedKey(name=None, text=spki_hex(KEY)),))
CHARGING_RECORD = record_text(payload(reading("C", "104.0", "08:30:00"), PG="T2")).decode()
LAST_RECORD = record_text(payload(reading("E", "110.5", "09:00:00"), PG="T3")).decode()
TAMPERED = CHARGING_RECORD.replace("104.0", "105.0")
OCA_KEY = encoded(f"oca:base16:asn1:{spki_hex()}")


def judged(raw: bytes, policy: KeyPolicy = OWN, **options: Any) -> Judgement:
    """Judge at a fixed time."""
    return judge(raw, policy, at=AT, **options)


def billed(judgement: Judgement) -> list[tuple[str | None, bool, Decimal | None]]:
    """Id, billable and energy of every transaction."""
    shown = [
        (one.transaction.transaction_id, one.billable, one.transaction.energy_kwh) for one in judgement.transactions
    ]
    assert judgement.billable == (bool(shown) and all(billable for _, billable, _ in shown))
    return shown


def in_16(record: str, key: str = "") -> str:
    """What OCPP 1.6 carries in `value` by the application note."""
    return json.dumps(signed_meter_value(encoded(record), key))


PAIR = (signed_value(BEGIN_RECORD, "Start"), signed_value(END_RECORD))
WHOLE: dict[str, tuple[bytes, str | None]] = {
    "CDR of a pair": (text(cdr(*PAIR)), "cdr-1"),
    "CDR of one record": (text(cdr(signed_value(SESSION))), "cdr-1"),
    "response with a CDR": (text(envelope(cdr(*PAIR))), "cdr-1"),
    "SignedData of a pair": (text(signed_data(*PAIR)), None),
    "SignedData, end first": (text(signed_data(*reversed(PAIR))), None),
    "stop of 1.6": (
        text(stop(sample(in_16(BEGIN_RECORD, OCA_KEY), "Transaction.Begin"), sample(in_16(END_RECORD, OCA_KEY)))), "17",
    ),
    "stop of 1.6 with one record": (text(stop(sample(in_16(SESSION, OCA_KEY)))), "17"),
    "log of 1.6": (
        log(begin(sample(in_16(BEGIN_RECORD, OCA_KEY), "Transaction.Begin")), stop(sample(in_16(END_RECORD)))), "17",
    ),
    "log of 1.6, begin once more with the end": (
        log(
            begin(sample(in_16(BEGIN_RECORD, OCA_KEY), "Transaction.Begin")),
            stop(sample(in_16(BEGIN_RECORD), "Transaction.Begin"), sample(in_16(END_RECORD))),
        ),
        "17",
    ),
    "log of 2.x": (
        log(
            event("Started", sample_2(encoded(BEGIN_RECORD), "Transaction.Begin", OCA_KEY)),
            event("Ended", sample_2(encoded(BEGIN_RECORD), "Transaction.Begin"), sample_2(encoded(END_RECORD))),
        ),
        "tx-17",
    ),
    "end of 2.x with one record": (text(event("Ended", sample_2(encoded(SESSION), None, OCA_KEY))), "tx-17"),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_whole_transaction_is_billable(name: str) -> None:
    """Begin and end of one session are one transaction of 10.5 kWh, under the key that came with them."""
    raw, transaction_id = WHOLE[name]
    judgement = judged(raw)
    assert Verdict.VALID is judgement.verdict
    assert [(transaction_id, True, Decimal("10.5"))] == billed(judgement)
    assert {KeySource.CONTAINER} == {one.key_source for one in judgement.values}
    assert set() == {code for one in judgement.values for code in one.deviations}


@pytest.mark.parametrize("name", WHOLE)
def test_the_drivers_tool_would_say_the_same(name: str) -> None:
    """Copies that OCPP sends count once for the official tool's opinion, too."""
    judgement = judged(WHOLE[name][0])
    assert [None] == [one.transparenzsoftware.rule for one in judgement.transactions]


def test_copies_stay_values() -> None:
    """A record that came twice is two values of its transaction."""
    judgement = judged(WHOLE["log of 1.6, begin once more with the end"][0])
    assert [(0, 1, 2)] == [one.indexes for one in judgement.transactions]


def test_ocpi_may_not_bring_a_record_twice() -> None:
    """One SignedData with the same begin twice is not one session told once."""
    judgement = judged(text(cdr(PAIR[0], *PAIR)))
    assert [("cdr-1", False)] == [(id_, billable) for id_, billable, _ in billed(judgement)]


def test_cdrs_of_one_list_do_not_mix() -> None:
    """Begin and end of different CDRs are two halves, though the CDRs have one id and the records fit."""
    halves = [cdr(PAIR[0]), cdr(PAIR[1])]
    alone = [cdr(PAIR[0], id_="cdr-1"), cdr(PAIR[1], id_="cdr-2")]
    assert [[("cdr-1", False), ("cdr-1", False)], [("cdr-1", False), ("cdr-2", False)]] == [
        [(id_, billable) for id_, billable, _ in billed(judged(text(page)))] for page in (halves, alone)
    ]


def test_one_bad_value_of_a_signed_data_spoils_its_transaction() -> None:
    """A forged intermediate value, without any id, is one of the values of its session."""
    values = signed_value(BEGIN_RECORD, "Start"), signed_value(TAMPERED, "Intermediate"), signed_value(LAST_RECORD)
    judgement = judged(text(signed_data(*values)))
    assert Verdict.INVALID is judgement.verdict
    assert [(None, False, Decimal("10.5"))] == billed(judgement)
    assert [(0, 1, 2)] == [one.indexes for one in judgement.transactions]


def test_transactions_of_a_log_do_not_mix() -> None:
    """The message's id groups, however the messages come."""
    other = record_text(payload(reading("B", "50.0", "08:00:00"), reading("E", "51.5", "08:20:00"), PG="T9", MS="M9"))
    raw = log(
        begin(sample(in_16(BEGIN_RECORD, OCA_KEY), "Transaction.Begin")),
        stop(sample(in_16(other.decode(), OCA_KEY)), transaction=18),
        stop(sample(in_16(END_RECORD))),
    )
    assert [("17", True, Decimal("10.5")), ("18", True, Decimal("1.5"))] == billed(judged(raw))


def test_a_key_that_was_sent_once_must_fit_all() -> None:
    """The key that is taken over judges what it is taken over for."""
    forged = record_text(payload(reading("E", "910.5", "09:00:00"), PG="T2"), key=OTHER_KEY).decode()
    raw = log(begin(sample(in_16(BEGIN_RECORD, OCA_KEY), "Transaction.Begin")), stop(sample(in_16(forged))))
    assert [Status.VERIFIED, Status.SIGNATURE_INVALID] == [one.status for one in judged(raw).values]


def test_values_without_any_key_are_not_verified() -> None:
    """An empty publicKey with nothing to take over is no key."""
    judgement = judged(text(stop(sample(in_16(SESSION)))))
    assert [(Status.UNTRUSTED_KEY, (Code.KEY_MISSING,))] == [(one.status, one.problems) for one in judgement.values]


@pytest.mark.parametrize("name", WHOLE)
def test_where_a_registered_key_is_required_a_sent_one_does_not_count(name: str) -> None:
    """The gateway's rule holds for OCPI's and OCPP's keys."""
    judgement = judged(WHOLE[name][0], KeyPolicy(require_registry=True))
    assert {(Status.UNTRUSTED_KEY, (Code.KEY_SOURCE_UNTRUSTED,))} == {
        (one.status, one.problems) for one in judgement.values
    }
    assert not judgement.billable


KEYS: dict[str, tuple[str, tuple[Code, ...]]] = {
    "base64 of the prefixed text": (OCA_KEY, ()),
    "base64 of upper-case hex": (encoded(spki_hex().upper()), ()),
    "base64": (spki_base64(), ()),
    "hex": (spki_hex(), ()),
    "prefixed text": (f"oca:base16:asn1:{spki_hex()}", ()),
    "base64 of a point": (encoded(bytes.fromhex(spki_hex())[-65:]), (Code.KEY_RAW_POINT,)),
}


@pytest.mark.parametrize("name", KEYS)
def test_every_spelling_of_a_key_verifies(name: str) -> None:
    """What OCPP prescribes is no deviation, what is no key structure is."""
    key, deviations = KEYS[name]
    (value,) = judged(text(event("Ended", sample_2(encoded(SESSION), key=key)))).values
    assert (Status.VERIFIED, deviations) == (value.status, value.deviations)


def test_the_prefix_is_a_deviation_in_ocpi() -> None:
    """OCPI prescribes base64 of the key and no more."""
    (value,) = judged(text(signed_data(signed_value(SESSION), key=OCA_KEY))).values
    assert (Status.VERIFIED, (Code.KEY_OCA_PREFIX,)) == (value.status, value.deviations)


def test_strict_refuses_fillings_that_ocpi_does_not_prescribe() -> None:
    """A deviation of the container is a problem where deviations are problems."""
    split = signed_value(SESSION, signed=encoded(SESSION.split("|")[2]))
    plain = signed_value(SESSION, signed=SESSION)
    judgement = judged(text(signed_data(split, plain, signed_value(SESSION))), strict=True)
    assert [
        (Status.STRUCTURE_INVALID, (Code.SIGNED_DATA_SPLIT,)),
        (Status.STRUCTURE_INVALID, (Code.VALUE_ENCODING_SPELLING,)),
        (Status.VERIFIED, ()),
    ] == [(one.status, one.problems) for one in judgement.values]


def test_a_context_that_contradicts_the_record_is_found() -> None:
    """Whoever calls the end a begin is told."""
    judgement = judged(text(cdr(signed_value(BEGIN_RECORD, "End"), signed_value(END_RECORD, "Start"))))
    (transaction,) = judgement.transactions
    assert Code.CONTEXT_CONTRADICTS in {finding.code for finding in transaction.transaction.findings}
    assert not judgement.billable


def test_a_given_key_judges_json_as_it_judges_text() -> None:
    """Keys of the caller count before those of the file."""
    judgement = judged(text(signed_data(signed_value(SESSION), key=spki_base64(OTHER_KEY))), GIVEN)
    assert [(Status.VERIFIED, KeySource.ARGUMENT)] == [(one.status, one.key_source) for one in judgement.values]
