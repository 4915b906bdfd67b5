"""What a strict eMSP says of a CDR or a tariff: schema first, then sense, then money, then proof.

Each check is one function from a CDR to its faults; all of them run, and one fault is enough to refuse the CDR.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from tools.counterparty.objects import CDR, SESSION_DIMENSIONS
from tools.counterparty.recompute import Recomputation, UnpriceableError, quantity, recompute, show, whole_seconds
from tools.counterparty.schema import Complaint, Fault
from tools.counterparty.signatures import judge_signed_data
from tools.counterparty.wire import Json, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrVerdict:
    """All that was found about one CDR."""

    faults: tuple[Fault, ...]
    recomputation: Recomputation | None
    #: What was taken on trust, in words.
    not_judged: tuple[str, ...] = ()

    def for_book(self) -> Json:
        """The book's `recomputation`: the amounts, and every fault in words."""
        amounts = {"verdict": "unpriceable"} if self.recomputation is None else self.recomputation.for_book()
        unchecked = {"not_judged": list(self.not_judged)} if self.not_judged else {}
        return {**amounts, "faults": [str(fault) for fault in self.faults], **unchecked}


def judge_cdr(cdr: object) -> CdrVerdict:
    """Judge a CDR by itself, without knowing who sent it or which token it names.

    Args:
        cdr: the parsed body.

    Returns:
        The faults, and the recomputation when the CDR could be priced.
    """
    faults = CDR(cdr, "")
    if faults or not isinstance(cdr, dict):
        return CdrVerdict(faults=tuple(faults), recomputation=None)
    for check in CHECKS:
        faults += check(cdr)
    signed = judge_signed_data(cdr)
    faults += signed.faults
    recomputation = None
    try:
        recomputation = recompute(cdr)
        faults += _amount_faults(recomputation)
    except UnpriceableError as error:
        faults.append(Fault(Complaint.UNPRICEABLE, "/tariffs", str(error)))
    return CdrVerdict(faults=tuple(faults), recomputation=recomputation, not_judged=signed.not_judged)


def _amount_faults(result: Recomputation) -> list[Fault]:
    return [
        Fault(
            Complaint.TOTAL_DIFFERS,
            "/" + one.field.replace(".", "/"),
            f"{show(one.claimed)} claimed, {show(one.computed)} computed",
        )
        for one in result.differences
    ]


def id_lengths(cdr: Json) -> list[Fault]:
    """39 characters are for the suffix of a credit CDR; a normal id has at most 36."""
    too_long = not cdr.get("credit") and len(cdr["id"]) > 36
    return [Fault(Complaint.FIELD_TOO_LONG, "/id", "more than 36 characters without credit")] if too_long else []


def credit_reference(cdr: Json) -> list[Fault]:
    """A credit CDR names the CDR it takes back."""
    missing = cdr.get("credit") and not cdr.get("credit_reference_id")
    return [Fault(Complaint.CREDIT_REFERENCE_MISSING, "/credit_reference_id", "required")] if missing else []


def session_bounds(cdr: Json) -> list[Fault]:
    """The session does not end before it starts."""
    if parse_time(cdr["end_date_time"]) < parse_time(cdr["start_date_time"]):
        return [Fault(Complaint.END_BEFORE_START, "/end_date_time", "before start_date_time")]
    return []


def period_order(cdr: Json) -> list[Fault]:
    """Each period starts after the one before it, none before the session or after its end."""
    starts = _starts(cdr)
    faults = [
        Fault(Complaint.PERIODS_UNORDERED, f"/charging_periods/{index}", "does not start after the period before it")
        for index, (before, after) in enumerate(itertools.pairwise(starts), start=1)
        if after <= before
    ]
    first, last = parse_time(cdr["start_date_time"]), parse_time(cdr["end_date_time"])
    return faults + [
        Fault(Complaint.PERIOD_OUTSIDE_SESSION, f"/charging_periods/{index}", "starts outside the session")
        for index, start in enumerate(starts)
        if not first <= start <= last
    ]


def period_dimensions(cdr: Json) -> list[Fault]:
    """Dimensions of a period: none of Sessions only, none twice, none negative (this eMSP buys no V2G)."""
    faults = []
    for index, period in enumerate(cdr["charging_periods"]):
        seen: set[str] = set()
        for place, dimension in enumerate(period["dimensions"]):
            at, kind = f"/charging_periods/{index}/dimensions/{place}", dimension["type"]
            if kind in SESSION_DIMENSIONS:
                faults.append(Fault(Complaint.DIMENSION_SESSION_ONLY, at, kind))
            if kind in seen:
                faults.append(Fault(Complaint.DIMENSION_REPEATED, at, kind))
            if dimension["volume"] < 0:
                faults.append(Fault(Complaint.VOLUME_NEGATIVE, at, kind))
            seen.add(kind)
    return faults


def period_lengths(cdr: Json) -> list[Fault]:
    """A period's time fits between its start and the next one's."""
    starts = [*_starts(cdr), parse_time(cdr["end_date_time"])]
    faults = []
    for index, period in enumerate(cdr["charging_periods"]):
        length = (starts[index + 1] - starts[index]).total_seconds()
        spent = sum(quantity(part) for part in period["dimensions"] if part["type"] in {"TIME", "PARKING_TIME"})
        if spent > max(ceil(length), 0):
            message = f"{spent} s in a period of {length:g} s"
            faults.append(Fault(Complaint.PERIOD_TIME_EXCEEDS_LENGTH, f"/charging_periods/{index}", message))
    return faults


def sums(cdr: Json) -> list[Fault]:
    """total_energy, total_time and total_parking_time are the plain sums of what stands in the periods."""
    energy, time, parking = (_sum(cdr, kind) for kind in ("ENERGY", "TIME", "PARKING_TIME"))
    table = (
        (energy, "total_energy", Complaint.ENERGY_SUM),
        (time + parking, "total_time", Complaint.TIME_SUM),
        (parking, "total_parking_time", Complaint.PARKING_SUM),
    )
    return [
        Fault(code, f"/{name}", f"{cdr.get(name)} claimed, the periods hold {show(total)}")
        for total, name, code in table
        if total != Fraction(cdr.get(name) or 0)
    ]


def session_length(cdr: Json) -> list[Fault]:
    """total_time is the whole session, from start_date_time to end_date_time."""
    lasted = parse_time(cdr["end_date_time"]) - parse_time(cdr["start_date_time"])
    if abs(lasted.total_seconds() - whole_seconds(cdr["total_time"])) < 1:
        return []
    return [Fault(Complaint.TIME_SUM, "/total_time", f"the session lasted {lasted.total_seconds():g} s")]


def currencies(cdr: Json) -> list[Fault]:
    """The CDR is in the currency of its tariffs."""
    return [
        Fault(Complaint.CURRENCY_MISMATCH, f"/tariffs/{index}/currency", f"CDR is in {cdr['currency']}")
        for index, tariff in enumerate(cdr.get("tariffs") or [])
        if tariff["currency"] != cdr["currency"]
    ]


#: Every check of a CDR that fits the schema.
CHECKS: tuple[Callable[[Json], list[Fault]], ...] = (
    id_lengths,
    credit_reference,
    session_bounds,
    period_order,
    period_dimensions,
    period_lengths,
    sums,
    session_length,
    currencies,
)


def _starts(cdr: Json) -> list[datetime]:
    return [parse_time(period["start_date_time"]) for period in cdr["charging_periods"]]


def _sum(cdr: Json, kind: str) -> Fraction:
    volumes = [
        Fraction(part["volume"])
        for period in cdr["charging_periods"]
        for part in period["dimensions"]
        if part["type"] == kind
    ]
    return sum(volumes, Fraction(0))
