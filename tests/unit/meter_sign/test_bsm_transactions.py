"""BSM_WS36A through the judgement: what is billed, what is refused, and what a false envelope does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code
from meter_sign.crypto.keys import decode_public_key
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, Status, Verdict, judge
from meter_sign.judgement.model import ToolOpinion
from meter_sign.model import KeySource
from meter_sign.registry import KeyRegistry, MeterKey
from meter_sign.timestamps import BillableTime
from tests.support.bsm import begin, container, end, sign, text
from tools.fixtures.chargeit_text import CURRENT, END, LAST, START, signed_bytes, snapshot
from tools.fixtures.meter_keys import METER, OTHER_METER
from tools.fixtures.ocmf_text import SERIAL

if TYPE_CHECKING:
    from meter_sign.judgement.model import TransactionJudgement
    from tools.fixtures.json_text import Json

AT = datetime(2026, 1, 1, tzinfo=UTC)


def judged(document: Any, policy: KeyPolicy | None = None, **options: Any) -> Judgement:
    """Judge a document at a fixed time; without a policy with the keys in it."""
    return judge(document if isinstance(document, bytes) else text(document), policy or KeyPolicy(), at=AT, **options)


def transaction(*values: Json, **members: Any) -> TransactionJudgement:
    """The only transaction of a container."""
    (only,) = judged(container(*values, **members)).transactions
    return only


def codes(judgement: TransactionJudgement) -> set[Code]:
    """What was found."""
    return {finding.code for finding in judgement.transaction.findings}


# What is billed ------------------------------------------------------------------------------------------------------


def test_session_register_bills() -> None:
    """1050 times 10 Wh from zero are 10.50 kWh, as the display shows it; the total register's 10.51 is not billed."""
    only = transaction(begin(), end())
    assert (True, Decimal("10.50"), "1-0:1.8.0*198") == (
        only.billable, only.transaction.energy_kwh, str(only.transaction.register),
    )  # fmt: skip


def test_only_the_clock_is_told() -> None:
    """Of the usual session nothing is remarked but that no meter vouches for its clock."""
    only = transaction(begin(), end())
    assert {Code.CLOCK_NOT_BILLABLE} == codes(only)
    assert BillableTime.NONE is only.transaction.billable_time


def test_key_in_the_record_proves_only_itself() -> None:
    """It counts where nothing better is known, and is called what it is."""
    values = judged(container(begin(), end())).values
    assert [(Status.VERIFIED, KeySource.EMBEDDED)] * 2 == [(value.status, value.key_source) for value in values]


@pytest.mark.parametrize("total", [11_049, 11_050, 11_051])
def test_registers_may_deviate_by_one_last_digit(total: int) -> None:
    """The total register keeps digits that nobody sees."""
    assert transaction(begin(), end(TotWhImp=total)).billable


def test_a_start_that_does_not_reset_the_register_is_no_difference() -> None:
    """Start and end snapshots do not switch: the register goes on from where it was, and the difference is billed."""
    only = transaction(begin(Typ=START, RCR=700), end(Typ=END, RCR=1_750))
    assert (True, Decimal("10.50")) == (only.billable, only.transaction.energy_kwh)


def test_intermediate_snapshots_lie_between() -> None:
    """A current snapshot takes a number of its own and changes nothing."""
    middle = begin(Typ=CURRENT, RCR=500, TotWhImp=10_500, RCnt=141, Epoch=1_768_469_400)
    only = transaction(begin(), middle, end(RCnt=142))
    assert (True, Decimal("10.50"), 3) == (
        only.billable, only.transaction.energy_kwh, len(only.transaction.readings),
    )  # fmt: skip


def test_a_container_without_id_is_one_process_all_the_same() -> None:
    """Its records belong together because they stand in one document."""
    only = transaction(begin(), end(), **{"@id": None})
    assert (True, None) == (only.billable, only.transaction.transaction_id)


def test_records_alone_find_each_other() -> None:
    """Two snapshots without a container: a begin and the next end of one meter."""
    (only,) = judged([begin(), end()]).transactions
    assert only.billable


def test_drivers_tool_does_not_know_the_format() -> None:
    """S.A.F.E.'s tool would not open such a file, whatever is in it."""
    assert (
        ToolOpinion(would_verify=False, rule="FORMAT_UNKNOWN_THERE") == transaction(begin(), end()).transparenzsoftware
    )


def test_meter_without_a_set_clock_bills_energy() -> None:
    """No time at all is told, and none is billed."""
    clockless = {"Epoch": None, "TZO": None}
    only = transaction(begin(clockless), end(clockless))
    assert (True, BillableTime.NONE) == (only.billable, only.transaction.billable_time)


# Keys ----------------------------------------------------------------------------------------------------------------


def test_registered_key_is_asked_for_the_signed_meter() -> None:
    """The registry knows the meter by what the snapshot signs."""
    registry = KeyRegistry(
        (MeterKey(meter_id=SERIAL, name="1", key=decode_public_key(METER.spki.hex()), provenance="other"),)
    )
    judgement = judged(container(begin(), end()), KeyPolicy(registry=registry, require_registry=True))
    assert (Verdict.VALID, {KeySource.REGISTRY}) == (
        judgement.verdict, {value.key_source for value in judgement.values},
    )  # fmt: skip


def test_a_stranger_s_container_is_an_alarm() -> None:
    """Everything agrees with itself, signed by a key that is not the meter's."""
    given = KeyPolicy(arguments=(NamedKey(name=SERIAL, text=METER.spki.hex()),))
    judgement = judged(container(begin(key=OTHER_METER), end(key=OTHER_METER)), given)
    assert [(Status.UNTRUSTED_KEY, (Code.PUBLIC_KEY_MISMATCH,))] * 2 == [
        (value.status, value.problems) for value in judgement.values
    ]


def test_two_keys_of_one_meter_are_not_billed() -> None:
    """Each agrees with itself, and both cannot be the meter's."""
    only = transaction(begin(), end(key=OTHER_METER))
    assert (False, True) == (only.billable, Code.KEY_DIFFERS in codes(only))


# What was signed and is not billed -----------------------------------------------------------------------------------

NOT_BILLED: dict[str, tuple[tuple[Json, ...], Code]] = {
    "turn-on of another session": ((begin(TotWhImp=5_000, RCnt=90), end()), Code.CONTROL_REGISTER_DIFFERS),
    "turn-on in between": ((begin(Typ=START, RCR=10), end(Typ=END)), Code.CONTROL_REGISTER_DIFFERS),
    "session register stands": ((begin(), end(RCR=0)), Code.CONTROL_REGISTER_DIFFERS),
    "two digits more": ((begin(), end(TotWhImp=11_052)), Code.CONTROL_REGISTER_DIFFERS),
    "two digits less": ((begin(), end(TotWhImp=11_048)), Code.CONTROL_REGISTER_DIFFERS),
    "total register falls": ((begin(), end(TotWhImp=9_999)), Code.CONTROL_REGISTER_DIFFERS),
    "session register falls": ((begin(Typ=START, RCR=2_000), end(Typ=END)), Code.ENERGY_DECREASES),
    "clock was set": ((begin(), end(EpochSetCnt=22)), Code.EVENT_COUNTER_DIFFERS),
    "clock runs back": ((begin(), end(Epoch=1_768_467_599)), Code.BEGIN_AFTER_END),
    "another meter": ((begin(), end(MA1="1EWK0000000018")), Code.METER_DIFFERS),
    "no meter": ((begin(MA1=None), end(MA1=None)), Code.METER_DIFFERS),
    "another customer": ((begin(), end(Meta1="contract-id: rfid:00")), Code.IDENTIFICATION_DIFFERS),
    "another untagged customer": ((begin(Meta1="A"), end(Meta1="B")), Code.IDENTIFICATION_DIFFERS),
    "number stands": ((begin(), end(RCnt=140)), Code.PAGINATION_REPEATS),
    "number runs back": ((begin(), end(RCnt=139)), Code.PAGINATION_REPEATS),
    "no number": ((begin(RCnt=None), end()), Code.PAGINATION_INVALID),
    "the begin twice": ((begin(), begin()), Code.DUPLICATE_RECORD),
    "no end": ((begin(), begin(RCnt=141)), Code.TRANSACTION_INCOMPLETE),
    "two ends": ((begin(), end(), end(RCnt=142)), Code.END_AMBIGUOUS),
    "begin alone": ((begin(),), Code.TRANSACTION_INCOMPLETE),
    "current alone": ((begin(Typ=CURRENT),), Code.TRANSACTION_INCOMPLETE),
    "unknown type": ((begin(), end(Typ=9)), Code.QUALIFIER_UNKNOWN),
    "order swapped": ((end(), begin()), Code.CONTEXT_CONTRADICTS),
    "fatal error": ((begin(), end(Evt=1 << 16)), Code.METER_STATUS_NOT_GOOD),
    "initialisation failed": ((begin(), end(Evt=1 << 17)), Code.METER_STATUS_NOT_GOOD),
    "firmware changed": ((begin(), end(Evt=1 << 18)), Code.METER_STATUS_NOT_GOOD),
    "development mode": ((begin(Evt=1 << 19), end(Evt=1 << 19)), Code.METER_STATUS_NOT_GOOD),
    "reserved event": ((begin(), end(Evt=1 << 8)), Code.METER_STATUS_NOT_GOOD),
    "event of the maker": ((begin(Evt=1 << 30), end()), Code.METER_STATUS_NOT_GOOD),
    "no events": ((begin(Evt=None), end()), Code.METER_STATUS_NOT_GOOD),
}


@pytest.mark.parametrize("name", NOT_BILLED)
def test_authentic_snapshots_that_are_not_billed(name: str) -> None:
    """Every value is what the meter signed, and their transaction is no session that may be billed."""
    values, code = NOT_BILLED[name]
    only = transaction(*values)
    assert (True, False, True) == (only.authentic, only.billable, code in codes(only))


# The signature -------------------------------------------------------------------------------------------------------

#: One signed point each, otherwise than it was signed.
TAMPERED: Json = {
    "Typ": 1, "RCR": 9_050, "TotWhImp": 11_050, "W": 1, "MA1": "1EWK0000000018", "RCnt": 142, "OS": 503_601,
    "Epoch": 1_768_471_201, "TZO": 61, "EpochSetCnt": 22, "EpochSetOS": 490_001, "DI": 0, "DO": 1,
    "Meta1": "contract-id: rfid:00", "Meta2": "evse-id: DE*EWK*E1", "Meta3": None, "Evt": 1 << 16,
}  # fmt: skip


def resigned(points: Json, signature: str) -> Json:
    """A snapshot of these points, its envelope and all, with a signature over others."""
    return snapshot(points) | {"signature": signature}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_changed_point_breaks_the_signature(name: str) -> None:
    """Whatever is changed after signing, envelope included: the signature does not hold, and that is what is said."""
    forged = resigned(LAST | {name: TAMPERED[name]}, end()["signature"])
    judgement = judged(container(begin(), forged))
    assert (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH,)) == (
        judgement.values[1].status, judgement.values[1].problems,
    )  # fmt: skip
    assert not judgement.billable


@pytest.mark.parametrize("scale", [0, 2])
def test_a_changed_scale_breaks_the_signature(scale: int) -> None:
    """Ten times the energy by one digit that is no value."""
    forged = snapshot(LAST, scale=scale) | {"signature": end()["signature"]}
    assert Status.SIGNATURE_INVALID is judged(container(begin(), forged)).values[1].status


def test_texts_cannot_borrow_from_each_other() -> None:
    """Lengths are signed, so that a text cannot end where another begins."""
    shifted = LAST | {"Meta1": f"{LAST['Meta1']}\0", "Meta2": LAST["Meta2"][:-1]}
    assert signed_bytes(shifted) != signed_bytes(LAST)
    forged = resigned(shifted, end()["signature"])
    assert Status.SIGNATURE_INVALID is judged(container(begin(), forged)).values[1].status


def test_signature_of_the_text_is_none() -> None:
    """The JSON is not what the meter signs."""
    value = end()
    value["signature"] = sign(json.dumps(value).encode()).hex()
    assert Status.SIGNATURE_INVALID is judged(container(begin(), value)).values[1].status
