"""The reconciliation of a CDR as JSON for the operator: totals, every line with its component, the policy.

Source: contracts.md, section 2 (names of the fields).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdr_service.domain.money import Amount, Price, RoundingPolicy

if TYPE_CHECKING:
    from cdr_service.domain.pricing import CostLine, Totals
    from cdr_service.domain.reconcile import ReconciliationReport

#: How an exact amount that does not terminate is printed.
SHOWN = RoundingPolicy(digits=12)
TOTALS = ("total_cost", "total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost")


def report_json(report: ReconciliationReport) -> dict[str, Any]:
    """What was recomputed, and that it agreed; amounts and quantities are strings holding decimals."""
    priced = report.priced
    return {
        "verdict": "ok",
        "policy": report.policy,
        "tariff_sha256": report.tariff_sha256,
        "checks": list(report.checks),
        "exact": _exact(priced.exact),
        "rounded": _rounded(priced.rounded),
        "lines": [_line(line) for line in priced.lines],
    }


def _exact(totals: Totals[Amount]) -> dict[str, dict[str, str]]:
    return {name: _amount(getattr(totals, name)) for name in TOTALS}


def _amount(amount: Amount) -> dict[str, str]:
    shown = amount.rounded(SHOWN)
    return {"excl_vat": format(shown.excl_vat, "f"), "incl_vat": _text(shown)}


def _rounded(totals: Totals[Price]) -> dict[str, dict[str, str]]:
    prices = {name: getattr(totals, name) for name in TOTALS}
    return {name: {"excl_vat": format(one.excl_vat, "f"), "incl_vat": _text(one)} for name, one in prices.items()}


def _text(price: Price) -> str:
    return format(price.excl_vat if price.incl_vat is None else price.incl_vat, "f")


def _line(line: CostLine) -> dict[str, Any]:
    return {
        "period": line.period,
        "dimension": str(line.dimension),
        "element": line.element,
        "component": line.component,
        "quantity": format(line.quantity, "f"),
        "billed_quantity": format(line.billed_quantity, "f"),
        "unit": line.unit,
        "unit_price": format(line.unit_price, "f"),
        "vat": None if line.vat is None else format(line.vat, "f"),
        **_amount(line.amount),
    }
