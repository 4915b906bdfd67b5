"""BSM_WS36A: true snapshots in a false envelope, which people read and nobody signed."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code
from meter_sign.judgement import Judgement, KeyPolicy, Status, Verdict, judge
from tests.support.bsm import begin, container, end, text
from tools.fixtures.ocmf_text import SERIAL

if TYPE_CHECKING:
    from tools.fixtures.json_text import Json

AT = datetime(2026, 1, 1, tzinfo=UTC)


def judged(document: Json) -> Judgement:
    """Judge a document with the keys in it."""
    return judge(text(document), KeyPolicy(), at=AT)


def enveloped(*path: Any, stated: Any) -> Json:
    """The usual end with one member of its JSON stated otherwise; the points stay as they are signed."""
    value = deepcopy(end())
    inner: Any = value
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = stated
    return value


ENVELOPES: dict[str, Json] = {
    "later": enveloped("time", stated="2026-01-15T12:00:00+01:00"),
    "a second later": enveloped("time", stated="2026-01-15T11:00:01+01:00"),
    "in another zone": enveloped("time", stated="2026-01-15T10:00:00+00:00"),
    "without a zone": enveloped("time", stated="2026-01-15T11:00:00"),
    "time in words": enveloped("time", stated="at ten"),
    "time as a number": enveloped("time", stated=1_768_471_200),
    "meter": enveloped("meterInfo", "meterId", stated="1EWK0000000018"),
    "meter of a list": enveloped("meterInfo", "meterId", stated=[SERIAL]),
    "contract": enveloped("contract", "id", stated="0102"),
    "type of the contract": enveloped("contract", "type", stated="sms"),
    "contract without its type's id": enveloped("contract", stated={"type": "rfid"}),
    "contract of a list": enveloped("contract", "id", stated=["0102"]),
    "contract as text": enveloped("contract", stated="rfid:04A1B2C3D4E5F6"),
    "number": enveloped("measurementId", stated=142),
    "number as text": enveloped("measurementId", stated="141"),
    "value": enveloped("value", "measuredValue", "value", stated=9_050),
    "scale of the value": enveloped("value", "measuredValue", "scale", stated=2),
    "unit of the value": enveloped("value", "measuredValue", "unitEncoded", stated=27),
    "unit of the value in words": enveloped("value", "measuredValue", "unit", stated="KILOWATT_HOUR"),
    "total for the session": enveloped("value", stated=end()["additionalValues"][2]),
    "register of the value": enveloped("value", "measurand", "id", stated="1-0:1.8.0*255"),
    "value as a number": enveloped("value", stated=1_050),
    "register of a point": enveloped("additionalValues", 1, "measurand", "id", stated="1-0:2.8.0*255"),
    "register of a list": enveloped("additionalValues", 1, "measurand", "id", stated=[1]),
    "unit of a point in words": enveloped("additionalValues", 1, "measuredValue", "unit", stated="WATT"),
    "unit of a count": enveloped("additionalValues", 5, "measuredValue", "unit", stated="WATT_HOUR"),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_a_false_envelope_makes_the_value_no_measurement(name: str) -> None:
    """The signature holds, and what people read beside it is something else: refused, and never billed."""
    judgement = judged(container(begin(), ENVELOPES[name]))
    assert (Status.CONTENT_INVALID, (Code.ENVELOPE_CONTRADICTS,), None) == (
        judgement.values[1].status, judgement.values[1].problems, judgement.values[1].record,
    )  # fmt: skip
    assert (Verdict.INVALID, False) == (judgement.verdict, judgement.billable)


@pytest.mark.parametrize(
    "members",
    [
        {"chargePointInfo": {"evseId": "DE*EWK*E9999*1"}},
        {"chargingStationInfo": {"controllerSoftwareVersion": "v9.9.9"}},
    ],
)
def test_a_false_container_makes_all_its_values_none(members: Json) -> None:
    """What the document says of all its records is compared with each of them."""
    judgement = judged(container(begin(), end(), **members))
    assert [(Status.CONTENT_INVALID, (Code.ENVELOPE_CONTRADICTS,))] * 2 == [
        (value.status, value.problems) for value in judgement.values
    ]


def test_a_claim_that_nobody_signed_is_not_compared() -> None:
    """A meter that was not told its charge point cannot contradict, and the claim is believed by nobody."""
    silent = {"Meta2": None, "Meta3": None}
    (only,) = judged(container(begin(silent), end(silent))).transactions
    assert (True, None) == (only.billable, only.transaction.records[0].content.charge_point)


def test_a_contract_that_nobody_signed_is_a_contradiction() -> None:
    """The format takes the contract from the signed texts; where these name none, there is none."""
    silent = end(Meta1=None) | {"contract": {"id": "0102", "type": "rfid"}}
    assert (Code.ENVELOPE_CONTRADICTS,) == judged(container(begin(Meta1=None), silent)).values[1].problems


SILENT: dict[str, Json] = {
    "no time": enveloped("time", stated=None),
    "no number": enveloped("measurementId", stated=None),
    "no value": enveloped("value", stated=None),
    "no contract": enveloped("contract", stated=None),
    "an empty contract": enveloped("contract", stated={"id": None}),
    "the contract in one": enveloped("contract", stated={"id": "rfid:04A1B2C3D4E5F6"}),
    "no meter id": enveloped("meterInfo", "meterId", stated=None),
    "another display": enveloped("value", "displayedFormat", stated={"prefix": "mega"}),
    "other names of the meter": enveloped("meterInfo", "manufacturer", stated="Somebody"),
    "other id": enveloped("@id", stated="x"),
    "other host": enveloped("@context", stated="http://x.example/contexts/bsm-ws36a-json-v1"),
    "no unit in words": enveloped("additionalValues", 1, "measuredValue", "unit", stated=None),
    "no register": enveloped("additionalValues", 1, "measurand", stated={"name": "RCR"}),
    "fraction of a second": enveloped("time", stated="2026-01-15T11:00:00.000+01:00"),
}


@pytest.mark.parametrize("name", SILENT)
def test_an_envelope_that_says_less_is_no_contradiction(name: str) -> None:
    """What is left out states nothing, and what no point says cannot be compared."""
    assert judged(container(begin(), SILENT[name])).billable


def test_clock_that_was_not_set_allows_no_time_beside_it() -> None:
    """Where the meter had no time, the format leaves it out; who adds one invents it."""
    invented = end(Epoch=None) | {"time": "2026-01-15T11:00:00+01:00"}
    assert (Code.ENVELOPE_CONTRADICTS,) == judged(container(begin(), invented)).values[1].problems


def test_signature_is_judged_before_the_envelope() -> None:
    """A false envelope around a false signature is a false signature."""
    forged = ENVELOPES["value"] | {"signature": begin()["signature"]}
    assert (Code.SIGNATURE_MISMATCH,) == judged(container(begin(), forged)).values[1].problems
