"""Tariffs: validity, what this release refuses, and when time may be billed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cdr_service.domain.billability import check_time_billable
from cdr_service.domain.errors import TariffError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.tariff import PriceComponent, refuse_unpriceable
from meter_sign import Severity
from tests.support.domain import FULL_TARIFF, START, component, snapshot, tariff, tariff_of_elements

SECOND = timedelta(seconds=1)
ENERGY = {"type": "ENERGY", "price": 1, "step_size": 1}


def test_validity_includes_its_start_and_excludes_its_end() -> None:
    """A tariff is valid from its start on and until just before its end."""
    limited = tariff(start_date_time=START, end_date_time=START + SECOND)
    assert [False, True, False] == [limited.is_valid_at(at) for at in (START - SECOND, START, START + SECOND)]


def test_tariff_without_validity_is_always_valid() -> None:
    """Without dates there is no instant at which a tariff is not valid."""
    assert tariff().is_valid_at(START) is True


@pytest.mark.parametrize(
    ("pointer", "tariff_json"),
    [
        ("/min_price", {"min_price": {"excl_vat": 1}, "elements": []}),
        ("/max_price", {"max_price": {"excl_vat": 1}, "elements": []}),
        ("/elements/1/restrictions", {"elements": [{"price_components": [ENERGY]}, {"restrictions": {"min_kwh": 1}}]}),
        ("/elements/0/restrictions", {"elements": [{"price_components": [ENERGY], "restrictions": {}}]}),
    ],
)
def test_tariff_that_says_more_is_refused(pointer: str, tariff_json: dict[str, Any]) -> None:
    """Price limits and restrictions are refused where they stand, never priced as if they were absent."""
    with pytest.raises(TariffError) as caught:
        refuse_unpriceable(tariff_json)
    assert (GatewayCode.TARIFF_FEATURE_UNSUPPORTED, pointer) == (caught.value.code, caught.value.where)


@pytest.mark.parametrize(
    "tariff_json",
    [
        {"elements": [{"price_components": [ENERGY]}]},
        {"elements": [{"price_components": [ENERGY], "restrictions": None}], "min_price": None, "max_price": None},
        {"elements": "not a list"},
        {"elements": ["not an object"]},
        {},
    ],
)
def test_plain_tariff_and_wrong_types_pass(tariff_json: dict[str, Any]) -> None:
    """Null is absent, and what is no tariff at all is left to the schema."""
    refuse_unpriceable(tariff_json)


FREE_TIME = (component("TIME", 0), component("PARKING_TIME", "0.00"))


@pytest.mark.parametrize("components", [(component("ENERGY", 1), component("FLAT", 1)), FREE_TIME])
def test_tariff_without_a_price_on_time_needs_no_clock(components: tuple[PriceComponent, ...]) -> None:
    """Energy, a start fee, and time that costs nothing may be billed by any clock."""
    assert () == check_time_billable(tariff(*components), "none", time_tariff_allowed=False)


@pytest.mark.parametrize("billable_time", ["duration", "absolute"])
def test_billable_clock_and_permission_suffice(billable_time: str) -> None:
    """Time may be billed where the registration allows it and the clock is billable."""
    assert () == check_time_billable(FULL_TARIFF, billable_time, time_tariff_allowed=True)


@pytest.mark.parametrize("type_", ["TIME", "PARKING_TIME"])
@pytest.mark.parametrize(
    ("codes", "billable_time", "allowed"),
    [
        ([GatewayCode.TIME_TARIFF_FORBIDDEN], "duration", False),
        ([GatewayCode.CLOCK_NOT_BILLABLE], "none", True),
        ([GatewayCode.CLOCK_NOT_BILLABLE], "a word nobody knows", True),
        ([GatewayCode.TIME_TARIFF_FORBIDDEN, GatewayCode.CLOCK_NOT_BILLABLE], "none", False),
    ],
)
def test_time_that_must_not_be_billed(
    type_: str, codes: list[GatewayCode], billable_time: str, *, allowed: bool
) -> None:
    """A price on time is an error for each thing that forbids it, at the component that has the price."""
    under = tariff_of_elements((component("ENERGY", 1),), (component("TIME", 0), component(type_, "0.01")))
    findings = check_time_billable(under, billable_time, time_tariff_allowed=allowed)
    assert [(code, Severity.ERROR, "/tariffs/0/elements/1/price_components/1") for code in codes] == [
        (finding.code, finding.severity, finding.path) for finding in findings
    ]


def test_snapshot_refuses_foreign_bytes() -> None:
    """A snapshot whose bytes do not have its digest cannot be made."""
    whole = snapshot(tariff())
    with pytest.raises(ValueError, match="digest"):
        type(whole)(
            tariff=whole.tariff,
            canonical_json=b"{}",
            sha256=whole.sha256,
            time_zone=whole.time_zone,
            taken_at=whole.taken_at,
            reason=whole.reason,
        )


def test_snapshot_needs_a_time_zone() -> None:
    """The instant of a snapshot is aware."""
    whole = snapshot(tariff())
    with pytest.raises(ValueError, match="time zone"):
        type(whole)(
            tariff=whole.tariff,
            canonical_json=whole.canonical_json,
            sha256=whole.sha256,
            time_zone=whole.time_zone,
            taken_at=whole.taken_at.replace(tzinfo=None),
            reason=whole.reason,
        )
