"""From the verified transaction to what a CDR carries (`signed_data`) and what it is reconciled against.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs, SignedData.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdr_service.domain.cdr import Nature, SignedData
from cdr_service.domain.cdr_assembly import SignedRecord, signed_data_from
from cdr_service.domain.errors import AssemblyError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.reconcile import SignedEvidence
from meter_sign import Place, Transaction, encoding_method, plain_data, published_key

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.domain.session import ChargingSession

#: A record that holds begin and end goes out once, as End (the usual reading of OCMF issue #8).
NATURE_OF_PLACE = {Place.BEGIN: Nature.START, Place.INTERMEDIATE: Nature.INTERMEDIATE, Place.END: Nature.END}


def signed_data_of(transaction: Transaction) -> SignedData:
    """The proof that travels with the CDR: Start, Intermediates, End, byte for byte as received."""
    return signed_data_from(signed_records(transaction), public_key=_published_key(transaction))


def signed_evidence_of(session: ChargingSession, transaction: Transaction) -> SignedEvidence:
    """What the CDR must agree with.

    Raises:
        AssemblyError: SIGNED_VALUES_INCOMPLETE, when the transaction has no energy.
    """
    if transaction.energy_kwh is None:
        raise AssemblyError(GatewayCode.SIGNED_VALUES_INCOMPLETE, "the transaction proves no energy")
    first = transaction.records[0]
    return SignedEvidence(
        session=session,
        energy_kwh=transaction.energy_kwh,
        begin=_instant(transaction, 0),
        end=_instant(transaction, -1),
        meter_id=first.content.meter.meter_id,
        billable_time=transaction.billable_time,
        records=signed_records(transaction),
        key_der=first.key_der,
        public_key=_published_key(transaction),
    )


def signed_records(transaction: Transaction) -> tuple[SignedRecord, ...]:
    """The transaction's records with their place in it, in the order of the meter's own count."""
    return tuple(
        SignedRecord(
            nature=NATURE_OF_PLACE[place],
            encoding_method=encoding_method(one.payload.format),
            plain_data=plain_data(one),
            record=one.payload.raw,
        )
        for one, place in zip(transaction.records, transaction.places, strict=True)
    )


def _published_key(transaction: Transaction) -> bytes:
    first = transaction.records[0]
    return published_key(first.payload.format, first.key_der)


def _instant(transaction: Transaction, index: int) -> datetime | None:
    time = transaction.readings[index].time
    return None if time is None else time.at
