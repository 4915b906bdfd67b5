"""Reconcile a CDR before it may leave: recompute it from what stands in it and from the evidence.

Nothing of the assembly is believed. The periods are read back from the CDR's own `charging_periods`, hours snapped to
whole seconds, priced again under the CDR's own tariff snapshot, and compared with every total; the energy, the meter
and the signed bytes are compared with the verified evidence, and the persons and places with the session. For our own
CDRs the tolerance is zero.

Only `reconcile` makes a `ReconciledCdr`, and only a `ReconciledCdr` can be queued: the check cannot be skipped.

What no evidence can contradict is not checked: `last_updated` says when the CDR was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdr_service.domain.errors import PricingError, ReconciliationError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.pricing import PricedSession, Totals, price
from cdr_service.domain.reconcile_case import (
    COST_FIELDS,
    Discrepancy,
    SignedEvidence,
    case_of,
    discrepancy,
    numbers_of,
)
from cdr_service.domain.reconcile_checks import CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdr_service.domain.cdr import Cdr
    from cdr_service.domain.money import Price, RoundingPolicy

__all__ = ["CHECKS", "Discrepancy", "ReconciledCdr", "ReconciliationReport", "SignedEvidence", "reconcile"]

#: What a wrong cost is called: its part without VAT, its part with VAT.
_COST_CODES = {
    "total_cost": (GatewayCode.TOTAL_EXCL, GatewayCode.TOTAL_INCL),
    "total_fixed_cost": (GatewayCode.FIXED_COST, GatewayCode.FIXED_COST),
    "total_energy_cost": (GatewayCode.ENERGY_COST, GatewayCode.ENERGY_COST),
    "total_time_cost": (GatewayCode.TIME_COST, GatewayCode.TIME_COST),
    "total_parking_cost": (GatewayCode.PARKING_COST, GatewayCode.PARKING_COST),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationReport:
    """How a CDR was found to be right."""

    #: The rounding policy in words.
    policy: str
    tariff_sha256: str
    #: The recomputed breakdown and totals.
    priced: PricedSession
    #: Names of the checks that held.
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciledCdr:
    """A CDR that adds up and agrees with its evidence: the only type that may be queued."""

    cdr: Cdr
    report: ReconciliationReport


def reconcile(cdr: Cdr, evidence: SignedEvidence, policy: RoundingPolicy) -> ReconciledCdr:
    """Recompute a CDR and compare everything that stands in it, with tolerance zero.

    Args:
        cdr: the assembled CDR; nothing of it is trusted.
        evidence: the verified evidence and the stored session; trusted.
        policy: how totals are rounded.

    Returns:
        The CDR with the report, when every check holds.

    Raises:
        ReconciliationError: with every discrepancy found.
    """
    _refuse_infinite(cdr)
    case = case_of(cdr, evidence)
    discrepancies = [found for check in CHECKS for found in check(case)]
    try:
        priced = price(case.periods, cdr.tariff.tariff, policy)
    except PricingError as error:
        unpriceable = discrepancy(GatewayCode.CDR_UNPRICEABLE, "charging_periods", error.detail, error.code)
        raise ReconciliationError((*discrepancies, unpriceable)) from error
    discrepancies.extend(_wrong_totals(cdr, priced.rounded))
    if discrepancies:
        raise ReconciliationError(tuple(discrepancies))
    report = ReconciliationReport(
        policy=policy.describe(),
        tariff_sha256=cdr.tariff.sha256,
        priced=priced,
        checks=(*(check.__name__ for check in CHECKS), "totals"),
    )
    return ReconciledCdr(cdr=cdr, report=report)


def _refuse_infinite(cdr: Cdr) -> None:
    """Numbers come first: nothing can be computed from one that is not finite."""
    infinite = tuple(
        discrepancy(GatewayCode.NUMBER_NOT_FINITE, field, number, "a finite number")
        for field, number in numbers_of(cdr)
        if not number.is_finite()
    )
    if infinite:
        raise ReconciliationError(infinite)


def _wrong_totals(cdr: Cdr, recomputed: Totals[Price]) -> Iterator[Discrepancy]:
    """Every cost, both parts, against the recomputed one."""
    for field in COST_FIELDS:
        claimed, computed = getattr(cdr, field), getattr(recomputed, field)
        excl_code, incl_code = _COST_CODES[field]
        if claimed.excl_vat != computed.excl_vat:
            yield discrepancy(excl_code, f"{field}.excl_vat", claimed.excl_vat, computed.excl_vat)
        if claimed.incl_vat != computed.incl_vat:
            yield discrepancy(incl_code, f"{field}.incl_vat", claimed.incl_vat, computed.incl_vat)
