"""The frozen types that all meter formats share, in the order in which bytes become them.

    raw bytes -> SignedPayload -> ParsedRecord -> VerifiedRecord -> Transaction -> EvidencePeriod

Each is made in one place only: `SignedPayload` by `container`, `ParsedRecord` by a module of `formats/`,
`VerifiedRecord` by `verify.py`, `Transaction` by `eichrecht`, `EvidencePeriod` by `periods.py`. A source test holds
that, so a skipped stage is a type error and not a matter of review.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code, Severity
from meter_sign.quantity import Unit, energy_kwh

if TYPE_CHECKING:
    from datetime import datetime

    from meter_sign.errors import ContentError
    from meter_sign.obis import ObisCode
    from meter_sign.timestamps import BillableTime, SignedTime


class PayloadFormat(StrEnum):
    """Formats of signed meter values; the names are those of the S.A.F.E. containers, where these have one."""

    OCMF = "OCMF"
    EDL_40_P = "EDL_40_P"
    EDL_40_SIG = "EDL_40_SIG"
    EDL_40_MENNEKES = "EDL_40_MENNEKES"
    ISA_EDL_40_P = "ISA_EDL_40_P"
    ALFEN = "ALFEN"
    PCDF = "PCDF"
    #: Snapshots of Bauer BSM-WS36A meters in chargeIT's JSON; no S.A.F.E. container has them.
    BSM = "BSM_WS36A"
    #: A value in a container we know, in a format that nobody recognises.
    UNKNOWN = "UNKNOWN"


class SignerKind(StrEnum):
    """Who signed: only a meter's key proves a measurement, a market party's key proves an origin."""

    METER = "meter"
    PARTY = "party"
    UNKNOWN = "unknown"


class KeySource(StrEnum):
    """Where the key that verified a record came from."""

    #: Given by the caller, on the command line.
    ARGUMENT = "argument"
    #: Registered for this meter, independently of the record.
    REGISTRY = "registry"
    #: Stood beside the record in its container: the file only agrees with itself.
    CONTAINER = "container"
    #: Stood inside the record: it only agrees with itself.
    EMBEDDED = "embedded"


class Context(StrEnum):
    """What the container says of a value's place in its transaction (S.A.F.E. XML, OCPP)."""

    BEGIN = "Transaction.Begin"
    END = "Transaction.End"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One observation about a transaction or a session; errors stop billing."""

    code: Code
    severity: Severity
    message: str
    #: Where: a JSON pointer into the record, or `value N`.
    path: str | None = None
    #: The rule: specification, version, section.
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPayload:
    """One signed value as it lay in its container, byte for byte; nothing is checked yet."""

    format: PayloadFormat
    #: Position in document order, from 0, broken ones included.
    index: int
    #: The record itself, without the container's wrapping and surrounding white space. Never re-encoded afterwards.
    raw: bytes
    #: The container's transaction id, if it gives one.
    transaction_id: str | None = None
    #: The container's context text, verbatim; see `Context`.
    context: str | None = None
    #: The public key that lies beside the record, as the container writes it; it proves only self-consistency.
    container_key: str | None = None
    #: Spellings of that key which the container prescribes, so that they are no deviation.
    usual_key_forms: frozenset[Code] = frozenset()
    #: Whether a transparency XML carries the record in hex, base64 or base32, and not as it is.
    encoded_in_xml: bool = False
    #: What the container shows people beside the record (OCPI plain_data); nobody signed it.
    plain_data: str | None = None
    #: Values with one number belong together, be there a transaction id or not; other values never join them.
    bundle: int | None = None
    #: Whether the container may bring one record again, so that copies count once (OCPP: the begin's value comes at
    #: the begin and once more with the end).
    may_repeat: bool = False
    #: What the container says of the record beside it, by the name under which the record signs it, for the record's
    #: format to compare; nobody signed it.
    claims: tuple[tuple[str, str], ...] = ()
    deviations: tuple[Code, ...] = ()
    #: Set when the container already knows that this value cannot be read (bad base64, empty, ...).
    broken: tuple[Code, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterIdentity:
    """Whose reading it is: serials and makers as signed."""

    serial: str | None = None
    gateway_serial: str | None = None
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None

    @property
    def meter_id(self) -> str | None:
        """The id under which keys are registered: the meter's serial, else the gateway's."""
        return self.serial or self.gateway_serial


class PaginationKind(StrEnum):
    """The two counters of a meter: transactions and fiscal readings (OCMF 1.4.1, table 4, PG)."""

    TRANSACTION = "T"
    FISCAL = "F"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination:
    """A record's number in the meter's own continuous count."""

    kind: PaginationKind
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePoint:
    """Where the record was signed, as signed (OCMF 1.4.1, table 6 and 18)."""

    #: EVSEID or CBIDC (charge box and connector).
    kind: str | None = None
    id: str | None = None
    controller_firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCompensation:
    """The cable for whose losses compensated registers were corrected, as signed (OCMF 1.4.1, table 24)."""

    name: str | None
    number: Decimal | None
    #: In `unit`; None when the record does not say it.
    resistance: Decimal | None
    unit: Unit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """Who charged, as signed."""

    assigned: bool | None = None
    level: str | None = None
    type: str | None = None
    data: str | None = None
    flags: tuple[str, ...] = ()


class Phase(StrEnum):
    """What a reading marks in its transaction, in words that all formats share."""

    BEGIN = "begin"
    #: Charging, suspended, tariff change: readings on the way, all of equal weight.
    CHARGING = "charging"
    END = "end"
    #: Ended, but not as planned: an abort, a power failure.
    ABNORMAL_END = "abnormal_end"
    #: An error on the way: from here on energy and time are no longer usable.
    EXCEPTION = "exception"
    #: The format states a reason that no table names.
    UNKNOWN = "unknown"
    #: The format signs no reason: the order of the meter's own count tells begin and end apart (EDL40, Alfen).
    BY_ORDER = "by_order"


#: Phases that end a transaction.
END_PHASES = frozenset({Phase.END, Phase.ABNORMAL_END})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One meter value at one moment, as signed; fields inherited from the reading before it are filled in."""

    time: SignedTime | None
    #: The format's reason for the reading, as signed; in OCMF TX: B C X E L R A P S T, or None in fiscal records.
    qualifier: str | None
    #: The same in shared words; None when the record says that the reading belongs to no transaction.
    phase: Phase | None
    register: ObisCode | None
    #: As signed, in `unit`; None when the reading only reports an event.
    value: Decimal | None
    unit: Unit | None
    #: The meter's word on itself, as signed; None when the record never says.
    meter_status: str | None
    #: Whether that word means that the meter worked; None when the record never says.
    status_good: bool | None
    #: Set where the value is a difference: the instant since which the meter counted it, from zero. Such a reading is
    #: begin and end at once (PCDF RV).
    since: SignedTime | None = None
    #: Quantities that an error made unusable: `E` energy, `t` time.
    error_flags: str = ""
    #: The reading's own number in the meter's count, where a record signs one for each of its readings (Mennekes).
    pagination: int | None = None
    #: Energy lost in the cable since the transaction began, in `unit`, as signed.
    cumulated_loss: Decimal | None = None
    current_type: str | None = None
    #: The meter's count of events that concern its measurements, such as a clock that was set (OCMF 0.4 EI, the log
    #: book of EDL40). It must not move within a transaction.
    event_counter: int | None = None
    #: When the user was set, in seconds of the meter's own clock, where that is signed (EDL40).
    identified_at: int | None = None
    #: Set where the register never bills and only controls the one that does: by how much its energy may deviate from
    #: that one's, in `unit` (BSM TotWhImp).
    control_tolerance: Decimal | None = None
    #: JSON pointer into the signed payload.
    path: str | None = None

    @property
    def bounds(self) -> tuple[Reading, ...]:
        """The reading itself; a difference as begin and end, because it begins at zero by definition."""
        if self.since is None:
            return (self,)
        begin = replace(self, time=self.since, value=Decimal(0), phase=Phase.BEGIN, since=None)
        return begin, replace(self, since=None)

    @property
    def value_kwh(self) -> Decimal | None:
        """The value in kWh with the signed digits, or None when it is no energy."""
        if self.value is None or self.unit is None:
            return None
        return energy_kwh(self.value, self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContent:
    """What a record says, in words that all formats share."""

    meter: MeterIdentity
    pagination: Pagination | None
    identification: Identification | None
    readings: tuple[Reading, ...]
    tariff_text: str | None = None
    #: The format's own transaction id, if it has one.
    transaction_id: str | None = None
    loss_compensation: LossCompensation | None = None
    charge_point: ChargePoint | None = None


class SignatureForm(StrEnum):
    """How a format prescribes that r and s are written."""

    #: SEC 1, C.5: a SEQUENCE of two INTEGERs. Other spellings of the same numbers are read, with a deviation.
    DER = "der"
    #: r and s with the curve's length each, and nothing else.
    SIDE_BY_SIDE = "side_by_side"


class SignedSpan(NamedTuple):
    """One run of bytes and the signature over it."""

    #: As received; where the format prescribes that a block be laid out from a message's fields (EDL40), that block.
    signed_bytes: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRecord:
    """A readable record, not yet trusted: the signed spans, the signatures, and what the spans seem to say."""

    payload: SignedPayload
    format_version: str | None
    #: What is signed, in the record's order. One key must have made all of them; a Mennekes process has two.
    spans: tuple[SignedSpan, ...]
    #: Name of the curve, one of `crypto.curves`.
    curve: str
    #: None when what was signed is no measurement: then `content_error` says why, once the signature has held.
    content: RecordContent | None
    content_error: ContentError | None = None
    #: What the record claims to be its meter, for the look-up of the key; untrusted, readable even in bad content.
    claimed_meter_id: str | None = None
    #: A key inside the record, as written there.
    embedded_key: str | None = None
    #: What the record calls its readings outside of what is signed. It decides nothing; that it contradicts is told.
    label: Phase | None = None
    deviations: tuple[Code, ...] = ()
    signature_form: SignatureForm = SignatureForm.DER
    #: Spellings of a key that this format prescribes, so that they are no deviation.
    usual_key_forms: frozenset[Code] = frozenset()

    @property
    def signed_bytes(self) -> bytes:
        """All that is signed, one span after the other; formats with several spans have spans of a fixed length."""
        return self.spans[0].signed_bytes if len(self.spans) == 1 else b"".join(span[0] for span in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRecord:
    """A record whose signature held under a key: the only type that transactions and periods are made of."""

    payload: SignedPayload
    format_version: str | None
    content: RecordContent
    #: The exact bytes that the signatures cover; see `SignedSpan`.
    signed_bytes: bytes
    #: SHA-256 of the signed bytes, hex: the identity of the record (ECDSA signatures are malleable, texts too).
    signed_sha256: str
    key_source: KeySource
    key_fingerprint: str
    #: DER SubjectPublicKeyInfo of the key that verified.
    key_der: bytes
    signer_kind: SignerKind
    deviations: tuple[Code, ...]
    warnings: tuple[Code, ...] = ()
    #: What the record calls its readings outside of what is signed; see `ParsedRecord`.
    label: Phase | None = None


class Place(StrEnum):
    """Where a record stands in its transaction."""

    BEGIN = "begin"
    INTERMEDIATE = "intermediate"
    #: Also a record that holds begin and end at once.
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Verified records that belong together, judged: energy, times, findings."""

    transaction_id: str | None
    #: In the order of the meter's own count.
    records: tuple[VerifiedRecord, ...]
    #: Where each of the records stands, in their order.
    places: tuple[Place, ...]
    #: Begin, intermediates and end of the register that bills, in time order; empty when there is none. Their phases
    #: are settled: none is left `BY_ORDER`.
    readings: tuple[Reading, ...]
    findings: tuple[Finding, ...]
    billable_time: BillableTime
    register: ObisCode | None
    #: Signed end minus signed begin of `register`; None when no register may be billed.
    energy_kwh: Decimal | None

    @property
    def billable(self) -> bool:
        """Whether the energy may be billed: there is some register to bill, and no finding is an error."""
        return self.energy_kwh is not None and all(f.severity is not Severity.ERROR for f in self.findings)


class Activity(StrEnum):
    """What a session was doing in a period, in OCPI's sense: TIME or PARKING_TIME."""

    CHARGING = "charging"
    #: The vehicle is not requesting power (OCPI 2.2.1 bugfixes, CdrDimensionType PARKING_TIME).
    PARKING = "parking"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """The session's state from an instant on, as the operator's system reports it."""

    at: datetime
    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePeriod:
    """A stretch of a session between two known instants, with the energy that verified readings prove for it."""

    starts_at: datetime
    ends_at: datetime
    activity: Activity
    #: Never interpolated: a signed difference, whole, or zero.
    energy_kwh: Decimal
    #: True when both ends of the energy are signed readings at exactly these instants.
    signed_at_both_ends: bool
