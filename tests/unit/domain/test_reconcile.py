"""A CDR that was changed in any field does not pass."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cdr_service.domain.cdr import Cdr, CdrDimension, CdrDimensionType, Nature, SignedData
from cdr_service.domain.errors import ReconciliationError
from cdr_service.domain.findings import GatewayCode as Code
from cdr_service.domain.money import Price, RoundingPolicy
from cdr_service.domain.party import PartyId
from cdr_service.domain.reconcile import CHECKS, Discrepancy, SignedEvidence, reconcile
from cdr_service.domain.session import AuthMethod
from tests.support.domain import (
    FULL_TARIFF,
    KEY_DER,
    POLICY,
    START,
    billed_session,
    component,
    signed_record,
    snapshot,
    tariff,
)
from tests.support.records import OTHER_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = timedelta(seconds=1)
OTHER_KEY_DER = OTHER_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
CENT = Decimal("0.0001")


def found(cdr: Cdr, evidence: SignedEvidence | None = None) -> tuple[Discrepancy, ...]:
    """What reconciliation finds; it must find something."""
    with pytest.raises(ReconciliationError) as caught:
        reconcile(cdr, evidence or billed_session().evidence, POLICY)
    assert caught.value.discrepancies
    return caught.value.discrepancies


def codes(cdr: Cdr, evidence: SignedEvidence | None = None) -> set[str]:
    """The codes of what reconciliation finds."""
    return {discrepancy.code for discrepancy in found(cdr, evidence)}


def with_period(cdr: Cdr, index: int, **changes: Any) -> Cdr:
    """The CDR with one period changed."""
    periods = list(cdr.charging_periods)
    periods[index] = replace(periods[index], **changes)
    return replace(cdr, charging_periods=tuple(periods))


def with_volume(cdr: Cdr, index: int, type_: CdrDimensionType, more: str) -> Cdr:
    """The CDR with more in one dimension of one period."""
    dimensions = tuple(
        replace(one, volume=one.volume + Decimal(more)) if one.type is type_ else one
        for one in cdr.charging_periods[index].dimensions
    )
    return with_period(cdr, index, dimensions=dimensions)


def with_value(whole: SignedData, /, **changes: Any) -> SignedData:
    """Signed data whose first value is changed."""
    first, *rest = whole.signed_values
    return replace(whole, signed_values=(replace(first, **changes), *rest))


def tampered(cdr: Cdr) -> str:
    """The first signed value with one digit changed."""
    raw = b64decode(cdr.signed_data.signed_values[0].signed_data)
    return b64encode(raw.replace(b"1000.0000", b"0000.0000")).decode()


def twice(cdr: Cdr) -> str:
    """The first signed value with a second record behind it."""
    raw = b64decode(cdr.signed_data.signed_values[0].signed_data)
    return b64encode(raw + b"\n" + raw).decode()


def dearer(price: Price, *, excl: int = 0, incl: int = 0) -> Price:
    """A price off by so many last digits."""
    assert price.incl_vat is not None
    return Price(excl_vat=price.excl_vat + excl * CENT, incl_vat=price.incl_vat + incl * CENT)


def test_good_cdr_passes_with_its_report() -> None:
    """A CDR that adds up passes unchanged, and the report says by which policy, tariff and checks."""
    billed = billed_session()
    reconciled = reconcile(billed.cdr, billed.evidence, POLICY)
    assert billed.cdr == reconciled.cdr
    report = reconciled.report
    assert "totals ROUND_HALF_UP to 4 decimals, lines exact" == report.policy
    assert billed.session.authorization.snapshot.sha256 == report.tariff_sha256
    assert billed.priced.exact == report.priced.exact
    assert len(CHECKS) + 1 == len(set(report.checks))


#: One lie per field of the CDR, with a code that must be among what is found.
LIES: list[tuple[str, Code, Callable[[Cdr], Any]]] = [
    ("party", Code.SESSION_DIFFERS, lambda _: PartyId("DE", "XXX")),
    ("id", Code.ID_TOO_LONG, lambda _: "x" * 37),
    ("start_date_time", Code.SESSION_DIFFERS, lambda cdr: cdr.start_date_time - SECOND),
    ("start_date_time", Code.TIME_SUM, lambda cdr: cdr.start_date_time - SECOND),
    ("start_date_time", Code.PERIOD_OUTSIDE_SESSION, lambda cdr: cdr.start_date_time - SECOND),
    ("start_date_time", Code.SESSION_TIMES_INVALID, lambda cdr: cdr.end_date_time),
    ("end_date_time", Code.SESSION_DIFFERS, lambda cdr: cdr.end_date_time + SECOND),
    ("end_date_time", Code.TIME_SUM, lambda cdr: cdr.end_date_time + SECOND),
    ("end_date_time", Code.PERIOD_TIME_EXCEEDS_LENGTH, lambda cdr: cdr.end_date_time - SECOND),
    ("end_date_time", Code.SESSION_TIMES_INVALID, lambda cdr: cdr.start_date_time - SECOND),
    ("session_id", Code.SESSION_DIFFERS, lambda _: "session-2"),
    ("cdr_token", Code.SESSION_DIFFERS, lambda cdr: replace(cdr.cdr_token, uid="another")),
    ("auth_method", Code.SESSION_DIFFERS, lambda _: AuthMethod.COMMAND),
    ("authorization_reference", Code.SESSION_DIFFERS, lambda _: None),
    ("cdr_location", Code.SESSION_DIFFERS, lambda cdr: replace(cdr.cdr_location, evse_uid="3257")),
    ("meter_id", Code.METER_DIFFERS, lambda _: "1EMH0012345679"),
    ("meter_id", Code.METER_DIFFERS, lambda _: None),
    ("currency", Code.CURRENCY_MISMATCH, lambda _: "CHF"),
    (
        "tariff",
        Code.TARIFF_DIFFERS_FROM_SNAPSHOT,
        lambda cdr: snapshot(cdr.tariff.tariff, canonical_json=b'{"id":"tariff-1","x":1}'),
    ),
    (
        "tariff",
        Code.TARIFF_DIFFERS_FROM_SNAPSHOT,
        lambda _: snapshot(replace(FULL_TARIFF, elements=FULL_TARIFF.elements * 2)),
    ),
    ("tariff", Code.UNKNOWN_TARIFF_ID, lambda _: snapshot(replace(FULL_TARIFF, id="tariff-2"))),
    ("charging_periods", Code.CDR_UNPRICEABLE, lambda _: ()),
    ("charging_periods", Code.TIME_SUM, lambda cdr: cdr.charging_periods[:-1]),
    ("charging_periods", Code.PERIODS_UNORDERED, lambda cdr: cdr.charging_periods[::-1]),
    ("signed_data", Code.SIGNED_DATA_DIFFERS, lambda cdr: replace(cdr.signed_data, public_key=None)),
    ("signed_data", Code.SIGNED_DATA_DIFFERS, lambda cdr: replace(cdr.signed_data, encoding_method="OCMF2")),
    ("signed_data", Code.SIGNED_DATA_DIFFERS, lambda cdr: replace(cdr.signed_data, signed_values=())),
    ("signed_data", Code.SIGNED_DATA_DIFFERS, lambda cdr: replace(cdr.signed_data, url="https://example.org")),
    ("signed_data", Code.SIGNED_DATA_DIFFERS, lambda cdr: replace(cdr.signed_data, encoding_method_version=1)),
    ("signed_data", Code.SIGNED_DATA_DIFFERS, lambda cdr: with_value(cdr.signed_data, nature=Nature.INTERMEDIATE)),
    ("signed_data", Code.SIGNED_DATA_DIFFERS, lambda cdr: with_value(cdr.signed_data, plain_data="{}")),
    ("signed_data", Code.SIGNED_DATA_DIFFERS, lambda cdr: with_value(cdr.signed_data, signed_data="T0NNRg==")),
    ("signed_data", Code.SIGNED_VALUE_REFUSED, lambda cdr: with_value(cdr.signed_data, signed_data="T0NNRg==")),
    ("signed_data", Code.SIGNED_VALUE_REFUSED, lambda cdr: with_value(cdr.signed_data, signed_data="no base64!")),
    ("signed_data", Code.SIGNED_VALUE_REFUSED, lambda cdr: with_value(cdr.signed_data, signed_data=tampered(cdr))),
    ("signed_data", Code.SIGNED_VALUE_REFUSED, lambda cdr: with_value(cdr.signed_data, signed_data=twice(cdr))),
    (
        "signed_data",
        Code.SIGNED_ENERGY_DIFFERS,
        lambda cdr: replace(cdr.signed_data, signed_values=cdr.signed_data.signed_values[1:]),
    ),
    ("total_cost", Code.TOTAL_EXCL, lambda cdr: dearer(cdr.total_cost, excl=1)),
    ("total_cost", Code.TOTAL_INCL, lambda cdr: dearer(cdr.total_cost, incl=-1)),
    ("total_cost", Code.TOTAL_INCL, lambda cdr: Price(excl_vat=cdr.total_cost.excl_vat)),
    ("total_fixed_cost", Code.FIXED_COST, lambda cdr: dearer(cdr.total_fixed_cost, excl=1)),
    ("total_fixed_cost", Code.FIXED_COST, lambda cdr: dearer(cdr.total_fixed_cost, incl=1)),
    ("total_energy", Code.ENERGY_SUM, lambda cdr: cdr.total_energy + CENT),
    ("total_energy", Code.SIGNED_ENERGY_DIFFERS, lambda cdr: cdr.total_energy - CENT),
    ("total_energy", Code.OCPI_PRECISION_EXCEEDED, lambda cdr: cdr.total_energy + Decimal("0.00001")),
    ("total_energy_cost", Code.ENERGY_COST, lambda cdr: dearer(cdr.total_energy_cost, excl=-1)),
    ("total_energy_cost", Code.ENERGY_COST, lambda cdr: dearer(cdr.total_energy_cost, incl=1)),
    ("total_time", Code.TIME_SUM, lambda cdr: cdr.total_time + CENT),
    ("total_time_cost", Code.TIME_COST, lambda cdr: dearer(cdr.total_time_cost, excl=1)),
    ("total_time_cost", Code.TIME_COST, lambda cdr: dearer(cdr.total_time_cost, incl=1)),
    ("total_parking_time", Code.PARKING_SUM, lambda cdr: cdr.total_parking_time - CENT),
    ("total_parking_cost", Code.PARKING_COST, lambda cdr: dearer(cdr.total_parking_cost, excl=1)),
    ("total_parking_cost", Code.PARKING_COST, lambda cdr: dearer(cdr.total_parking_cost, incl=1)),
    ("last_updated", Code.OCPI_PRECISION_EXCEEDED, lambda cdr: cdr.last_updated + timedelta(microseconds=1)),
]


@pytest.mark.parametrize(("field", "code", "lie"), LIES)
def test_lie_in_one_field_is_found(field: str, code: Code, lie: Callable[[Cdr], Any]) -> None:
    """A CDR that was changed in one field does not pass, and the discrepancy has the field's code."""
    cdr = billed_session().cdr
    assert code in codes(replace(cdr, **{field: lie(cdr)}))


def test_every_field_has_its_lie() -> None:
    """No field of the CDR is left without a test that lies in it."""
    assert {field.name for field in fields(Cdr)} == {field for field, _, _ in LIES}


ENERGY, TIME, PARKING = CdrDimensionType.ENERGY, CdrDimensionType.TIME, CdrDimensionType.PARKING_TIME
PERIOD_LIES: list[tuple[str, Code, Callable[[Cdr], Cdr]]] = [
    ("later start", Code.PERIOD_TIME_EXCEEDS_LENGTH, lambda cdr: with_period(cdr, 1, start_date_time=START + SECOND)),
    ("first starts late", Code.PERIOD_OUTSIDE_SESSION, lambda cdr: with_period(cdr, 0, start_date_time=START + SECOND)),
    (
        "starts before the session",
        Code.PERIOD_OUTSIDE_SESSION,
        lambda cdr: with_period(cdr, 0, start_date_time=START - SECOND),
    ),
    (
        "starts at the end",
        Code.PERIOD_OUTSIDE_SESSION,
        lambda cdr: with_period(cdr, 2, start_date_time=cdr.end_date_time),
    ),
    ("same start twice", Code.PERIODS_UNORDERED, lambda cdr: with_period(cdr, 1, start_date_time=START)),
    ("other tariff", Code.UNKNOWN_TARIFF_ID, lambda cdr: with_period(cdr, 1, tariff_id="tariff-2")),
    ("no tariff", Code.UNKNOWN_TARIFF_ID, lambda cdr: with_period(cdr, 1, tariff_id=None)),
    ("more energy", Code.ENERGY_SUM, lambda cdr: with_volume(cdr, 0, ENERGY, "0.0001")),
    ("negative energy", Code.CDR_UNPRICEABLE, lambda cdr: with_volume(cdr, 2, ENERGY, "-0.0001")),
    ("a longer period", Code.PERIOD_TIME_EXCEEDS_LENGTH, lambda cdr: with_volume(cdr, 0, TIME, "0.001")),
    ("a shorter period", Code.TIME_SUM, lambda cdr: with_volume(cdr, 0, TIME, "-0.001")),
    ("hours off by a digit", Code.TIME_SUM, lambda cdr: with_volume(cdr, 0, TIME, "0.0001")),
    ("more parking", Code.PARKING_SUM, lambda cdr: with_volume(cdr, 2, PARKING, "0.0001")),
    ("negative time", Code.CDR_UNPRICEABLE, lambda cdr: with_volume(cdr, 0, TIME, "-10")),
    ("a fifth decimal", Code.OCPI_PRECISION_EXCEEDED, lambda cdr: with_volume(cdr, 0, ENERGY, "0.00001")),
    ("not a number", Code.NUMBER_NOT_FINITE, lambda cdr: with_volume(cdr, 0, ENERGY, "NaN")),
    (
        "no dimensions",
        Code.PERIOD_DIMENSIONS_INVALID,
        lambda cdr: with_period(cdr, 2, dimensions=()),
    ),
    (
        "no time",
        Code.PERIOD_DIMENSIONS_INVALID,
        lambda cdr: with_period(cdr, 0, dimensions=cdr.charging_periods[0].dimensions[:1]),
    ),
    (
        "energy twice",
        Code.PERIOD_DIMENSIONS_INVALID,
        lambda cdr: with_period(cdr, 0, dimensions=cdr.charging_periods[0].dimensions[:1] * 2),
    ),
    (
        "charging and parking at once",
        Code.PERIOD_DIMENSIONS_INVALID,
        lambda cdr: with_period(
            cdr,
            0,
            dimensions=(*cdr.charging_periods[0].dimensions, CdrDimension(type=PARKING, volume=Decimal(0))),
        ),
    ),
    (
        "charging billed as parking",
        Code.PARKING_COST,
        lambda cdr: with_period(
            cdr,
            0,
            dimensions=(
                cdr.charging_periods[0].dimensions[0],
                replace(cdr.charging_periods[0].dimensions[1], type=PARKING),
            ),
        ),
    ),
    (
        "a fraction of a second",
        Code.OCPI_PRECISION_EXCEEDED,
        lambda cdr: with_period(
            cdr, 1, start_date_time=cdr.charging_periods[1].start_date_time + timedelta(milliseconds=1)
        ),
    ),
]


@pytest.mark.parametrize(("name", "code", "lie"), PERIOD_LIES, ids=[name for name, _, _ in PERIOD_LIES])
def test_lie_in_one_period_is_found(name: str, code: Code, lie: Callable[[Cdr], Cdr]) -> None:
    """A CDR that was changed in one period does not pass, and the discrepancy has the right code."""
    assert name
    assert code in codes(lie(billed_session().cdr))


def test_discrepancy_names_its_period() -> None:
    """Of two periods in the wrong order the second is named."""
    wrong = with_period(billed_session().cdr, 1, start_date_time=START)
    unordered = [one.path for one in found(wrong) if one.code == Code.PERIODS_UNORDERED]
    assert ["/charging_periods/1/start_date_time"] == unordered


def test_id_of_full_length_passes() -> None:
    """36 characters are a lawful id."""
    billed = billed_session()
    cdr = replace(billed.cdr, id="x" * 36)
    assert cdr == reconcile(cdr, billed.evidence, POLICY).cdr


def test_two_clocks_may_differ_by_five_minutes() -> None:
    """Up to 300 seconds of billed time may lie outside the signed readings, for two clocks never agree."""
    billed = billed_session()
    evidence = replace(billed.evidence, end=billed.evidence.end - 300 * SECOND)
    assert billed.cdr == reconcile(billed.cdr, evidence, POLICY).cdr


def test_a_signed_end_before_its_begin_is_found() -> None:
    """Such readings have no order, and cover no time."""
    billed = billed_session()
    found = codes(billed.cdr, replace(billed.evidence, begin=START + 2 * SECOND, end=START))
    assert {Code.SESSION_TIMES_INVALID, Code.TIME_NOT_SIGNED} == found


def test_moved_energy_that_adds_up_is_still_the_signed_energy() -> None:
    """Energy that is added to period and total alike contradicts the meter."""
    cdr = with_volume(billed_session().cdr, 0, ENERGY, "1")
    assert Code.SIGNED_ENERGY_DIFFERS in codes(replace(cdr, total_energy=cdr.total_energy + 1))


EVIDENCE_LIES: list[tuple[Code, dict[str, Any]]] = [
    (Code.SIGNED_ENERGY_DIFFERS, {"energy_kwh": Decimal("15.1241")}),
    (Code.TIME_NOT_SIGNED, {"end": START + 3000 * SECOND}),
    (Code.METER_DIFFERS, {"meter_id": None}),
    (Code.CLOCK_NOT_BILLABLE, {"billable_time": "none"}),
    (Code.SIGNED_DATA_DIFFERS, {"records": ()}),
    (Code.SIGNED_DATA_DIFFERS, {"records": (signed_record(Nature.END),)}),
    (Code.SIGNED_DATA_DIFFERS, {"public_key": KEY_DER + b"!"}),
    (Code.SIGNED_VALUE_REFUSED, {"key_der": OTHER_KEY_DER}),
]


@pytest.mark.parametrize(("code", "changes"), EVIDENCE_LIES)
def test_cdr_against_other_evidence_is_found(code: Code, changes: dict[str, Any]) -> None:
    """A CDR does not pass on evidence that is not its own."""
    billed = billed_session()
    assert {code} == codes(billed.cdr, replace(billed.evidence, **changes))


def test_signed_digits_beyond_the_fourth_are_rounded_once() -> None:
    """A signed energy of 15.12404 kWh is the CDR's 15.1240, one of 15.12405 is not."""
    billed = billed_session()
    reconcile(billed.cdr, replace(billed.evidence, energy_kwh=Decimal("15.12404")), POLICY)
    evidence = replace(billed.evidence, energy_kwh=Decimal("15.12405"))
    assert {Code.SIGNED_ENERGY_DIFFERS} == codes(billed.cdr, evidence)


def test_unbillable_time_is_told_with_its_cost() -> None:
    """Time that was billed by a clock that is not billable is named with what it cost, and should have cost 0."""
    billed = billed_session()
    told = found(billed.cdr, replace(billed.evidence, billable_time="none"))
    assert [("total_time_cost", "0.8667", "0"), ("total_parking_cost", "1.5000", "0")] == [
        (one.field, one.claimed, one.computed) for one in told
    ]


def test_free_time_needs_no_billable_clock() -> None:
    """Where time costs nothing the clock does not matter."""
    billed = billed_session(tariff(component("ENERGY", "0.45", vat=19), component("TIME", 0)))
    evidence = replace(billed.evidence, billable_time="none")
    assert billed.cdr == reconcile(billed.cdr, evidence, POLICY).cdr


def test_session_that_is_still_open_does_not_pass() -> None:
    """A stored session without end contradicts any end of the CDR."""
    billed = billed_session()
    evidence = replace(billed.evidence, session=replace(billed.session, end_date_time=None))
    assert {Code.SESSION_DIFFERS} == codes(billed.cdr, evidence)


def test_tariff_that_is_not_valid_at_the_start_does_not_pass() -> None:
    """A frozen tariff that ends with the start of the session does not bill it."""
    billed = billed_session(replace(FULL_TARIFF, end_date_time=START))
    assert {Code.TARIFF_NOT_ACTIVE_AT_START} == codes(billed.cdr, billed.evidence)


def test_snapshot_with_forged_digest_does_not_pass() -> None:
    """Bytes that were changed behind the digest's back are found."""
    billed = billed_session()
    forged = snapshot(FULL_TARIFF)
    object.__setattr__(forged, "canonical_json", b"{}")
    authorization = replace(billed.session.authorization, snapshot=forged)
    evidence = replace(billed.evidence, session=replace(billed.session, authorization=authorization))
    assert {Code.TARIFF_DIFFERS_FROM_SNAPSHOT} == codes(replace(billed.cdr, tariff=forged), evidence)


def test_other_rounding_does_not_pass() -> None:
    """A CDR that was rounded to cents does not pass under a policy of four decimals: the tolerance is zero."""
    billed = billed_session()
    with pytest.raises(ReconciliationError):
        reconcile(billed.cdr, billed.evidence, RoundingPolicy(digits=2))


def test_discrepancy_says_what_and_where() -> None:
    """A discrepancy names the field, the claimed and the computed value, and the pointer."""
    cdr = billed_session().cdr
    assert (
        Discrepancy(
            code=Code.TOTAL_EXCL,
            field="total_cost.excl_vat",
            claimed="9.6726",
            computed="9.6725",
            path="/total_cost/excl_vat",
        ),
    ) == found(replace(cdr, total_cost=dearer(cdr.total_cost, excl=1)))


def test_all_discrepancies_are_told() -> None:
    """Reconciliation does not stop at the first discrepancy."""
    cdr = billed_session().cdr
    wrong = replace(cdr, currency="CHF", meter_id="x", total_time=Decimal(9), total_cost=dearer(cdr.total_cost, excl=1))
    assert {Code.CURRENCY_MISMATCH, Code.METER_DIFFERS, Code.TIME_SUM, Code.TOTAL_EXCL} == codes(wrong)
