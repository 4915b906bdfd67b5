"""Assemble a CDR from a closed session, its metered periods, its prices and its signed records.

The result is complete and within OCPI's lengths, and not yet believed: `reconcile.py` recomputes it before it may be
queued.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdr_service.domain.cdr import Cdr, CdrDimensionType, Nature, SignedData, SignedValue
from cdr_service.domain.errors import AssemblyError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.money import exact_sum
from cdr_service.domain.segmentation import TIME_DIMENSION, charging_periods, floor_to_second
from cdr_service.domain.text_limits import PUBLIC_KEY_CHARACTERS, check_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cdr_service.domain.money import Price
    from cdr_service.domain.pricing import PricedSession, Totals
    from cdr_service.domain.segmentation import MeteredPeriod, Segmentation
    from cdr_service.domain.session import ChargingSession

_NATURE_ORDER = {Nature.START: 0, Nature.INTERMEDIATE: 1, Nature.END: 2}
#: The method of EDIFACT messages; bilateral, OCPI's list does not have it (edifact.md 5.4).
EDIFACT = "EDIFACT"
#: Versions of encoding methods, where both sides agree on one.
_VERSIONS = {EDIFACT: 1}
#: Methods whose records name their key, so that a receiver finds it without `public_key`.
NAMES_ITS_KEY = frozenset({EDIFACT})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRecord:
    """What was verified, on its way into a CDR, byte for byte as it was received: a record, or a file of several."""

    #: What holds both begin and end is an End (formats.md, section 8).
    nature: Nature
    #: What OCPI calls the record's format (mod_cdrs, list of encoding methods).
    encoding_method: str
    #: What a person can read of it: OCMF's payload section, a text format's whole text, SML as hex.
    plain_data: str
    #: The whole record, with its signature.
    record: bytes


def signed_data_from(records: Sequence[SignedRecord], *, public_key: bytes) -> SignedData:
    """Write verified records of any format as OCPI SignedData: Start, Intermediates, End.

    OCPI does not say how a format fills the two texts (ocpi#550); here `signed_data` is the base64 of the whole record
    as it was received, and `plain_data` what a person can read of it.

    Args:
        records: the verified records of one transaction, those of one nature in order of time.
        public_key: the key that verified them, as their format publishes keys. An RSA key that OCPI cannot carry is
            left out where the records name their key themselves.

    Returns:
        The SignedData; lengths are checked when the CDR is assembled.

    Raises:
        AssemblyError: SIGNED_VALUES_INCOMPLETE, when there is not exactly one End or more than one Start;
            SIGNED_FORMATS_DIFFER, when they are of several formats, of which SignedData can name one.

    Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs, SignedData and SignedValue; edifact.md 5.4.
    """
    natures = [record.nature for record in records]
    if natures.count(Nature.END) != 1 or natures.count(Nature.START) > 1:
        raise AssemblyError(
            GatewayCode.SIGNED_VALUES_INCOMPLETE,
            f"one End and at most one Start are needed, got {', '.join(natures) or 'nothing'}",
            where="/signed_data/signed_values",
        )
    ordered = sorted(records, key=lambda record: _NATURE_ORDER[record.nature])
    method, key = _one_method(records), _base64(public_key)
    return SignedData(
        encoding_method=method,
        encoding_method_version=_VERSIONS.get(method),
        public_key=None if method in NAMES_ITS_KEY and len(key) > PUBLIC_KEY_CHARACTERS else key,
        signed_values=tuple(
            SignedValue(nature=one.nature, plain_data=one.plain_data, signed_data=_base64(one.record))
            for one in ordered
        ),
    )


def _one_method(records: Sequence[SignedRecord]) -> str:
    methods = sorted({record.encoding_method for record in records})
    if len(methods) > 1:
        where = "/signed_data/encoding_method"
        raise AssemblyError(GatewayCode.SIGNED_FORMATS_DIFFER, f"records of {', '.join(methods)}", where=where)
    return methods[0]


def assemble_cdr(
    *,
    cdr_id: str,
    session: ChargingSession,
    metered: Segmentation,
    priced: PricedSession,
    signed_data: SignedData,
    meter_id: str | None,
    now: datetime,
) -> Cdr:
    """Assemble the CDR of a closed session, with every field of this release.

    Trusted: that the parts belong together; reconciliation checks it. Instants become whole seconds, UTC.

    Args:
        cdr_id: the new CDR's id, at most 36 characters (39 are for credit CDRs).
        session: the session, with its end.
        metered: its periods.
        priced: their prices under the frozen tariff.
        signed_data: the proof.
        meter_id: the meter's id as signed.
        now: the instant of assembly; becomes `last_updated`.

    Raises:
        AssemblyError: SESSION_NOT_CLOSED, or what `check_texts` says of the first text that OCPI would not carry.
    """
    if session.end_date_time is None:
        raise AssemblyError(GatewayCode.SESSION_NOT_CLOSED, "a session without end has no CDR", where="/end_date_time")
    cdr = _whole_cdr(
        cdr_id=cdr_id,
        session=session,
        ends_at=session.end_date_time,
        periods=metered.periods,
        costs=priced.rounded,
        signed_data=signed_data,
        meter_id=meter_id,
        now=now,
    )
    check_texts(cdr)
    return cdr


def _whole_cdr(
    *,
    cdr_id: str,
    session: ChargingSession,
    ends_at: datetime,
    periods: Sequence[MeteredPeriod],
    costs: Totals[Price],
    signed_data: SignedData,
    meter_id: str | None,
    now: datetime,
) -> Cdr:
    authorization = session.authorization
    return Cdr(
        party=session.party,
        id=cdr_id,
        start_date_time=floor_to_second(session.start_date_time),
        end_date_time=floor_to_second(ends_at),
        session_id=session.session_id,
        cdr_token=authorization.token,
        auth_method=authorization.auth_method,
        authorization_reference=authorization.authorization_reference,
        cdr_location=authorization.location,
        meter_id=meter_id,
        currency=authorization.snapshot.tariff.currency,
        tariff=authorization.snapshot,
        charging_periods=charging_periods(periods, authorization.snapshot.tariff.id),
        signed_data=signed_data,
        total_cost=costs.total_cost,
        total_fixed_cost=costs.total_fixed_cost,
        total_energy=exact_sum(period.energy_kwh for period in periods),
        total_energy_cost=costs.total_energy_cost,
        total_time=exact_sum(period.hours for period in periods),
        total_time_cost=costs.total_time_cost,
        total_parking_time=exact_sum(period.hours for period in periods if _is_parking(period)),
        total_parking_cost=costs.total_parking_cost,
        last_updated=floor_to_second(now),
    )


def _is_parking(period: MeteredPeriod) -> bool:
    return TIME_DIMENSION[period.activity] is CdrDimensionType.PARKING_TIME


def _base64(content: bytes) -> str:
    return b64encode(content).decode("ascii")
