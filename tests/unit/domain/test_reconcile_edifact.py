"""A proof in EDIFACT is verified again by the registered keys: its messages say themselves which one is theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cdr_service.domain.cdr import Nature
from cdr_service.domain.cdr_assembly import SignedRecord, signed_data_from
from cdr_service.domain.errors import ReconciliationError
from cdr_service.domain.reconcile import reconcile
from meter_sign import KeyRegistry, MeterKey, read_certificate
from tests.support.domain import POLICY, billed_session
from tools.fixtures.edifact import in_message, mscons
from tools.fixtures.edifact.people import METER, METER_ID, OTHER_METER

if TYPE_CHECKING:
    from tools.fixtures.edifact.certificates import Certificate

BODY = mscons.document(mscons.place(mscons.registers()))
GENUINE = in_message.file_of(BODY)


def registry(certificate: Certificate) -> KeyRegistry:
    """A certificate as the meter's."""
    known = read_certificate(certificate.der)
    entry = MeterKey(meter_id=METER_ID, name="k", key=known.key, certificate=known, provenance="bnetza")
    return KeyRegistry(keys=(entry,))


def complaints(file: bytes, registered: KeyRegistry, outgoing: bytes | None = None) -> set[str]:
    """What a CDR with this proof is told; `outgoing` leaves in its place."""
    case = billed_session()
    record = SignedRecord(nature=Nature.END, encoding_method="EDIFACT", plain_data="x", record=file)
    leaving = replace(record, record=file if outgoing is None else outgoing)
    evidence = replace(
        case.evidence,
        records=(record,),
        key_der=METER.key.spki,
        public_key=METER.key.spki,
        registered=registered,
    )
    cdr = replace(case.cdr, signed_data=signed_data_from([leaving], public_key=METER.key.spki))
    with pytest.raises(ReconciliationError) as caught:
        reconcile(cdr, evidence, POLICY)
    return {str(one.code) for one in caught.value.discrepancies}


def test_registered_key_verifies_again_and_tells_the_energy() -> None:
    """The file proves 23.250 kWh and the CDR bills others: that alone is wrong."""
    assert {"SIGNED_ENERGY_DIFFERS"} == complaints(GENUINE, registry(METER))


def test_key_that_verified_does_not_count_by_itself() -> None:
    """What the message names is not registered: that its key is at hand proves nothing."""
    assert "SIGNED_VALUE_REFUSED" in complaints(GENUINE, registry(OTHER_METER))


def test_every_message_of_a_file_must_verify() -> None:
    """A file leaves whole, so an unsigned message beside the signed one is refused."""
    signed = mscons.message(in_message.secured(BODY, in_message.Group()))
    file = mscons.interchange(signed, mscons.message(BODY, reference="2"))
    assert "SIGNED_VALUE_REFUSED" in complaints(file, registry(METER))


def test_another_file_than_the_verified_one_does_not_leave() -> None:
    """Another message of the same meter, signed just as well."""
    other = in_message.file_of(mscons.document(mscons.place(mscons.registers()), name="DOC0002"))
    assert "SIGNED_DATA_DIFFERS" in complaints(GENUINE, registry(METER), other)
