"""The frozen types that all meter formats share, in the order in which bytes become them.

    raw bytes -> SignedPayload -> ParsedRecord -> VerifiedRecord -> Transaction -> EvidencePeriod

Each is made in one place only: `SignedPayload` by `container`, `ParsedRecord` by a module of `formats/`,
`VerifiedRecord` by `verify.py`, `Transaction` by `eichrecht`, `EvidencePeriod` by `periods.py`. A source test holds
that, so a skipped stage is a type error and not a matter of review.
"""

from __future__ import annotations

from meter_sign.model.content import (
    END_PHASES,
    ChargePoint,
    Identification,
    Interval,
    LossCompensation,
    MeterIdentity,
    Pagination,
    PaginationKind,
    Phase,
    Reading,
    RecordContent,
)
from meter_sign.model.meter_id import normal_meter_id
from meter_sign.model.payload import (
    NOTHING_BESIDE,
    Beside,
    Context,
    KeySource,
    PayloadFormat,
    SignedPayload,
    SignerKind,
)
from meter_sign.model.record import ParsedRecord, SignatureForm, SignedSpan, VerifiedRecord
from meter_sign.model.signature import (
    CertificateName,
    HashAlgorithm,
    KeyReference,
    NamedSignature,
    NamedSignatures,
    SignatureContainer,
    SignatureScheme,
    SignedDigest,
)
from meter_sign.model.transaction import Activity, EvidencePeriod, Finding, Place, StateChange, Transaction

__all__ = [
    "END_PHASES",
    "NOTHING_BESIDE",
    "Activity",
    "Beside",
    "CertificateName",
    "ChargePoint",
    "Context",
    "EvidencePeriod",
    "Finding",
    "HashAlgorithm",
    "Identification",
    "Interval",
    "KeyReference",
    "KeySource",
    "LossCompensation",
    "MeterIdentity",
    "NamedSignature",
    "NamedSignatures",
    "Pagination",
    "PaginationKind",
    "ParsedRecord",
    "PayloadFormat",
    "Phase",
    "Place",
    "Reading",
    "RecordContent",
    "SignatureContainer",
    "SignatureForm",
    "SignatureScheme",
    "SignedDigest",
    "SignedPayload",
    "SignedSpan",
    "SignerKind",
    "StateChange",
    "Transaction",
    "VerifiedRecord",
    "normal_meter_id",
]
