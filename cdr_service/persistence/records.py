"""What the store takes and returns where the domain has no type of its own: frozen, without any row behind it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.domain.lifecycle import CdrState, DeliveryOutcome
    from cdr_service.domain.party import CredentialsRole, PartyId, Role


class CounterpartyState(StrEnum):
    """How far the handshake with a partner has come."""

    INVITED = "invited"
    DISCOVERED = "discovered"
    POSTED = "posted"
    REGISTERED = "registered"


class EndpointRole(StrEnum):
    """Which side of a module an endpoint serves (OCPI 2.2.1, version_information_endpoint, InterfaceRole)."""

    RECEIVER = "RECEIVER"
    SENDER = "SENDER"


class TokenScope(StrEnum):
    """What an accepted token opens: a registration token only the versions and credentials."""

    REGISTRATION = "registration"
    FULL = "full"


class SessionEventType(StrEnum):
    """Kinds of session events (contracts.md, section 3)."""

    SIGNED_VALUE = "signed_value"
    STATE = "state"


class KeyProvenance(StrEnum):
    """Where the operator took a meter's key from (contracts.md, section 3)."""

    NAMEPLATE = "nameplate"
    BNETZA = "bnetza"
    OCPP = "ocpp"
    OTHER = "other"


class TimeTariff(StrEnum):
    """Whether the meter's type examination lets its time be billed."""

    FORBIDDEN = "forbidden"
    ALLOWED = "allowed"


class KeyHolder(StrEnum):
    """Whose key was registered: only a meter's proves a measurement (contracts.md, section 1, `signer_kind`)."""

    METER = "meter"
    #: A market party signed the meter's values; the key speaks for the meter under which it is registered.
    PARTY = "party"


class PushState(StrEnum):
    """What became of a tariff's push to one partner."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterparty:
    """One connection to a partner platform."""

    id: str
    name: str
    versions_url: str
    allowed_hosts: tuple[str, ...]
    profile: str
    #: JSON object of the profile fields that differ from the default.
    profile_fields: str = "{}"
    state: CounterpartyState
    #: As invited.
    role: Role
    party: PartyId
    #: What the partner said of itself in the credentials exchange.
    roles: tuple[CredentialsRole, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One URL from the partner's version details."""

    identifier: str
    role: EndpointRole
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedToken:
    """A token that we accept: its digest (hex) and the 8 characters by which it is looked up."""

    id: str
    counterparty_id: str
    prefix: str
    sha256: str
    scope: TokenScope


@dataclass(frozen=True, slots=True, kw_only=True)
class SentToken:
    """A token that we send, sealed with AES-256-GCM; the associated data is `id`."""

    id: str
    counterparty_id: str
    ciphertext: bytes
    nonce: bytes
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of the operator's API, as digest (hex); `role` is what it may do."""

    id: str
    prefix: str
    sha256: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLocation:
    """An OCPI Location as the operator put it: canonical JSON."""

    party: PartyId
    id: str
    canonical_json: bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTariff:
    """One immutable version of a tariff: canonical JSON of the whole OCPI object."""

    party: PartyId
    id: str
    canonical_json: bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPush:
    """Which version of a tariff a partner has, or was last offered."""

    counterparty_id: str
    party: PartyId
    tariff_id: str
    sha256: str
    state: PushState
    #: What the partner answered, for people.
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMeterKey:
    """A public key as registered for a meter; `valid_from` is inclusive, `valid_until` exclusive, None is open."""

    serial: str
    name: str
    spki_der: bytes
    fingerprint: str
    valid_from: datetime | None
    valid_until: datetime | None
    evse_uid: str | None
    source: KeyProvenance
    time_tariff: TimeTariff
    signer_kind: KeyHolder = KeyHolder.METER
    #: The certificate that the key was registered with, as DER; messages that name a certificate find it by that.
    certificate_der: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterKeyRevision:
    """A meter's key as it was put, the how manyth time under its name, and when."""

    key: StoredMeterKey
    revision: int
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent:
    """One event of a session; `payload_id` for signed values, `state` for state changes."""

    seq: int
    type: SessionEventType
    #: When it happened, as reported.
    at: datetime
    #: When it came in here.
    received_at: datetime
    payload_id: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayload:
    """Bytes exactly as received."""

    id: str
    raw: bytes
    #: As the sender named it (base64, hex, ...); None when it did not.
    encoding: str | None
    sha256: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadVerification:
    """What one run of the verification said of one value of a payload."""

    payload_id: str
    value_index: int
    #: A status of contracts.md, section 1.
    status: str
    problems: tuple[str, ...]
    key_fingerprint: str | None
    program_version: str
    judged_at: datetime
    #: meter, party or unknown (contracts.md, section 1); None where it was judged before this was written down.
    signer_kind: str | None = None
    #: What must be told of the value beside its status; none where it was judged before this was written down.
    warnings: tuple[str, ...] = ()
    #: Which judgement of the payload this is, from 1: the first look at the event, then one at each close.
    run: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRecord:
    """The identity of one verified value: the digest of what was signed, and the meter's own count."""

    payload_id: str
    value_index: int
    signed_sha256: str
    meter_id: str | None
    pagination_kind: str | None
    pagination_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFinding:
    """A finding about a session or a CDR, as it is shown to the operator."""

    code: str
    severity: str
    message: str
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """How a CDR was recomputed: the report, and what it was computed from and by."""

    #: JSON, as shown to the operator.
    report: bytes
    #: The rounding policy in words.
    policy: str
    engine_version: str
    #: SHA-256 over the inputs, hex.
    inputs_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """To whom a new CDR goes, and from when on."""

    id: str
    counterparty_id: str
    #: One per delivery, the same for all its attempts.
    correlation_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one attempt sent and was answered, as far as it came."""

    request_id: str | None = None
    started_at: datetime | None = None
    http_status: int | None = None
    ocpi_status_code: int | None = None
    #: The beginning of the answer; the history keeps its first 4 kB.
    answer_excerpt: bytes | None = None
    #: Where the partner says that it keeps the CDR.
    location: str | None = None
    #: The partner's own words, fit to be shown to a person.
    status_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempt:
    """One line of the history of a delivery."""

    attempt_no: int
    request_id: str | None
    started_at: datetime | None
    ended_at: datetime
    http_status: int | None
    ocpi_status_code: int | None
    outcome: DeliveryOutcome
    body_sha256: str
    #: The first 4 kB of the answer.
    answer_excerpt: bytes | None
    location: str | None
    #: The partner's own words; they may hold anything, so they are shown and never logged.
    status_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The way of one CDR to one partner."""

    id: str
    counterparty_id: str
    state: CdrState
    attempt_no: int
    due_at: datetime | None
    submitted_at: datetime | None
    correlation_id: str
    location: str | None
    attempts: tuple[DeliveryAttempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCdr:
    """A CDR with everything that is known of it; `body` is what is on the wire, byte for byte."""

    party: PartyId
    id: str
    session_id: str
    #: The delivery's state when there is a delivery.
    state: CdrState
    #: None for a CDR that was blocked before it could be written.
    body: bytes | None
    sha256: str | None
    findings: tuple[StoredFinding, ...]
    reconciliation: Reconciliation | None
    verifications: tuple[PayloadVerification, ...]
    deliveries: tuple[Delivery, ...]
