"""The checks of a reconciliation that look at the proof: what leaves in `signed_data` must prove what is billed.

Part of `reconcile_checks.py`, which see. The second check believes nothing of how the proof was put together: it takes
the very texts that will leave, verifies them again under the registered key, whatever their format, and asks them for
the energy.
"""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import TYPE_CHECKING

from cdr_service.domain.cdr_assembly import signed_data_from
from cdr_service.domain.errors import AssemblyError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.money import to_ocpi_number
from cdr_service.domain.reconcile_case import Case, Discrepancy, discrepancy
from meter_sign import KeyPolicy, NamedKey, VerifiedRecord, assemble_transaction, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdr_service.domain.cdr import SignedData, SignedValue
    from cdr_service.domain.reconcile_case import SignedEvidence


def signed_data_is_the_verified_one(case: Case) -> Iterator[Discrepancy]:
    """signed_data holds the verified records, all of them and no others, and the registered key."""
    try:
        verified = _digest(signed_data_from(case.evidence.records, public_key=case.evidence.public_key))
    except AssemblyError as error:
        verified = error.code
    claimed = _digest(case.cdr.signed_data)
    if claimed != verified:
        yield discrepancy(GatewayCode.SIGNED_DATA_DIFFERS, "signed_data", claimed, verified)


def signed_data_proves_the_energy(case: Case) -> Iterator[Discrepancy]:
    """Every signed value verifies again under the registered key, and together they prove total_energy."""
    records: list[VerifiedRecord] = []
    refused = False
    for index, value in enumerate(case.cdr.signed_data.signed_values):
        verified = _verified_again(value, case.evidence)
        records += verified
        if not verified:
            refused = True
            field = f"signed_data.signed_values.{index}.signed_data"
            yield discrepancy(GatewayCode.SIGNED_VALUE_REFUSED, field, _short(value.signed_data), "one verified record")
    if not refused:
        proven = assemble_transaction(records, transaction_id=None).energy_kwh
        claimed = case.cdr.total_energy
        if proven is None or claimed != to_ocpi_number(proven):
            yield discrepancy(GatewayCode.SIGNED_ENERGY_DIFFERS, "total_energy", claimed, proven)


def _verified_again(value: SignedValue, evidence: SignedEvidence) -> tuple[VerifiedRecord, ...]:
    """The record of a signed value, of an EDIFACT file those of all its messages; none where anything is refused."""
    try:
        raw = b64decode(value.signed_data, validate=True)
    except ValueError:
        return ()
    # The time matters to registered keys only.
    values = judge(raw, _policy(evidence), at=evidence.session.start_date_time).values
    records = tuple(one.record for one in values if one.record is not None)
    as_many_as_may_be = len(values) == 1 or evidence.names_its_key
    return records if as_many_as_may_be and len(records) == len(values) else ()


def _policy(evidence: SignedEvidence) -> KeyPolicy:
    """Judge with the key that was chosen already, or, where a record says itself which it is, with the registry."""
    if evidence.names_its_key:
        return KeyPolicy(registry=evidence.registered, require_registry=True)
    return KeyPolicy(arguments=(NamedKey(name=None, text=evidence.key_der),), require_registry=True)


def _digest(signed_data: SignedData) -> str:
    """A short name of signed data, so that a discrepancy does not print the records."""
    return _short(repr(signed_data))


def _short(text: str) -> str:
    return f"SHA-256 {sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()}"
