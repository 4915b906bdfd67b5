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
from cdr_service.services.evidence import meter_key_of
from meter_sign import KeyRegistry, Place, Transaction, encoding_method, proofs_of, published_key

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.domain.session import ChargingSession
    from cdr_service.services.evidence import SessionEvidence
    from meter_sign import SignedTime

#: A record that holds begin and end goes out once, as End (the usual reading of OCMF issue #8).
NATURE_OF_PLACE = {Place.BEGIN: Nature.START, Place.INTERMEDIATE: Nature.INTERMEDIATE, Place.END: Nature.END}


def signed_data_of(transaction: Transaction) -> SignedData:
    """The proof that travels with the CDR: Start, Intermediates, End, byte for byte as received."""
    return signed_data_from(signed_records(transaction), public_key=_published_key(transaction))


def signed_evidence_of(session: ChargingSession, evidence: SessionEvidence) -> SignedEvidence:
    """What the CDR must agree with.

    Raises:
        AssemblyError: SIGNED_VALUES_INCOMPLETE, when the transaction has no energy.
    """
    transaction = evidence.transaction
    if transaction.energy_kwh is None:
        raise AssemblyError(GatewayCode.SIGNED_VALUES_INCOMPLETE, "the transaction proves no energy")
    first = transaction.records[0]
    return SignedEvidence(
        session=session,
        energy_kwh=transaction.energy_kwh,
        begin=_instant(transaction.begins_at),
        end=_instant(transaction.ends_at),
        meter_id=first.content.meter.meter_id,
        billable_time=transaction.billable_time,
        records=signed_records(transaction),
        key_der=first.key_der,
        public_key=_published_key(transaction),
        registered=KeyRegistry(keys=tuple(meter_key_of(key) for key in evidence.keys)),
    )


def signed_records(transaction: Transaction) -> tuple[SignedRecord, ...]:
    """The transaction's records with their place in it, in the order of the meter's own count.

    Messages of one EDIFACT file go out as that file, once: the signature's container as it is (edifact.md 5.4).
    """
    return tuple(
        SignedRecord(
            nature=NATURE_OF_PLACE[proof.place],
            encoding_method=encoding_method(proof.format),
            plain_data=proof.plain_data,
            record=proof.raw,
        )
        for proof in proofs_of(transaction)
    )


def _published_key(transaction: Transaction) -> bytes:
    first = transaction.records[0]
    return published_key(first.payload.format, first.key_der)


def _instant(time: SignedTime | None) -> datetime | None:
    return None if time is None else time.at
