"""Rules on where the values come from: who signed, which meter, which session of it; see `checks.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.eichrecht.findings import error, warning, where
from meter_sign.model import SignerKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from meter_sign.eichrecht.case import Case
    from meter_sign.model import Finding

_SIGNERS = "edifact.md 2.5: only a meter's signature supports a measurement"
_METERS = "edifact.md 1.2: LOC+172 and RFF+MG may repeat"
#: Who is no meter, and what that means.
_NO_METERS: Mapping[SignerKind, tuple[Code, str]] = {
    SignerKind.PARTY: (
        Code.SIGNER_IS_PARTY,
        "signed by a market party: that proves an origin, no measurement",
    ),
    SignerKind.UNKNOWN: (
        Code.SIGNER_UNKNOWN,
        "signed with a key that is registered for no meter and no party: that proves no measurement",
    ),
}


def all_values_authentic(case: Case) -> Iterator[Finding]:
    """No value of the transaction failed to verify."""
    if case.bad_values:
        yield error(Code.TRANSACTION_NOT_AUTHENTIC, f"{case.bad_values} value(s) did not verify")


def signed_by_meters(case: Case) -> Iterator[Finding]:
    """Every signer is registered as a meter, unless the operator has laid down in writing why others count."""
    for record in case.records:
        if record.signer_kind not in _NO_METERS:
            continue
        code, message = _NO_METERS[record.signer_kind]
        if case.party_policy is None:
            yield error(code, message, where(record), _SIGNERS)
        else:
            yield warning(code, f"{message}; the operator lets it count: {case.party_policy}", where(record), _SIGNERS)


def each_record_once(case: Case) -> Iterator[Finding]:
    """The same signed bytes do not stand twice, whatever their signatures look like."""
    seen: set[str] = set()
    for record in case.records:
        if record.signed_sha256 in seen:
            yield error(Code.DUPLICATE_RECORD, "the same signed bytes stand here a second time", where(record))
        seen.add(record.signed_sha256)


def same_transaction(case: Case) -> Iterator[Finding]:
    """All records carry one session number of their meter, where their format signs such a number."""
    numbers = {record.content.transaction_id for record in case.records}
    if len(numbers) > 1:
        message = f"the meter counts these records to {len(numbers)} different sessions"
        yield error(Code.TRANSACTION_ID_DIFFERS, message, source="formats.md 3.2, cross-value checks of Alfen")


def same_meter(case: Case) -> Iterator[Finding]:
    """All values come from one meter behind one gateway, and say so; records that name a place name the same."""
    if case.several_meters:
        # Which of them the transaction was, nothing tells.
        yield error(Code.METER_DIFFERS, "one record holds values of several meters or sessions", source=_METERS)
        return
    meters = [record.content.meter for record in case.records]
    sources = {(meter.serial or None, meter.gateway_serial or None) for meter in meters}
    locations = {meter.location or None for meter in meters}
    if len(sources) > 1:
        yield error(Code.METER_DIFFERS, f"the records come from {len(sources)} different meters or gateways")
    elif len(case.records) > 1 and sources == {(None, None)} and None in locations:
        yield error(Code.METER_DIFFERS, "no record states a serial number: nothing shows that the meter is the same")
    if len(locations - {None}) > 1:
        yield error(
            Code.METER_DIFFERS, f"the records name {len(locations - {None})} metering locations", source=_METERS
        )
    places = {(place.kind, place.id) for record in case.records if (place := record.content.charge_point) and place.id}
    if len(places) > 1:
        # Of records that state their gateway only, this alone tells the meters behind it apart.
        yield error(Code.METER_DIFFERS, f"the records were signed at {len(places)} different charge points")


def same_key(case: Case) -> Iterator[Finding]:
    """One key verified all records."""
    if len({record.key_fingerprint for record in case.records}) > 1:
        yield error(Code.KEY_DIFFERS, "the records were verified by different keys")


def same_event_counter(case: Case) -> Iterator[Finding]:
    """The meter logged no event that concerns its measurements within the transaction, such as a clock that was set."""
    counters = {placed.reading.event_counter for placed in case.readings}
    if len(counters) > 1:
        message = f"the meter's event counter moved within the transaction: {sorted(map(str, counters))}"
        yield error(Code.EVENT_COUNTER_DIFFERS, message, source="formats.md 2 (EI), 3.2 (log book)")
