"""Tables of what a session stands on: places, tariffs, meter keys, permissions, events and signed bytes."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # SQLAlchemy reads the annotations
from decimal import Decimal  # noqa: TC003  # SQLAlchemy reads the annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cdr_service.domain.session import AllowedType, AuthMethod, SessionState, TokenType
from cdr_service.domain.tariff_snapshot import SnapshotReason
from cdr_service.persistence.records import KeyHolder, KeyProvenance, PushState, SessionEventType, TimeTariff
from cdr_service.persistence.tables.base import Base, object_key_check, one_of


class LocationRow(Base):
    """An OCPI Location as the operator last put it."""

    __tablename__ = "location"
    __table_args__ = (object_key_check("location_id"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    country_code: Mapped[str]
    party_id: Mapped[str]
    location_id: Mapped[str]
    canonical_json: Mapped[bytes]
    sha256: Mapped[str]
    updated_at: Mapped[datetime]


class TariffRow(Base):
    """A tariff, and which of its versions is offered now."""

    __tablename__ = "tariff"
    __table_args__ = (object_key_check("tariff_id"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    country_code: Mapped[str]
    party_id: Mapped[str]
    tariff_id: Mapped[str]
    current_sha256: Mapped[str] = mapped_column(ForeignKey("tariff_version.sha256"))
    updated_at: Mapped[datetime]


class TariffVersionRow(Base):
    """One version of a tariff; the canonical bytes name party and id, so their digest is the key. Append-only."""

    __tablename__ = "tariff_version"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    tariff_key: Mapped[str] = mapped_column(index=True)
    canonical_json: Mapped[bytes]


class TariffPushRow(Base):
    """What a partner was last told of a tariff."""

    __tablename__ = "tariff_push"
    __table_args__ = (one_of("state", tuple(PushState)),)

    counterparty_id: Mapped[str] = mapped_column(ForeignKey("counterparty.id"), primary_key=True)
    tariff_key: Mapped[str] = mapped_column(ForeignKey("tariff.key"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("tariff_version.sha256"))
    state: Mapped[str]
    answer: Mapped[str | None]
    updated_at: Mapped[datetime]


class MeterKeyRow(Base):
    """One revision of a meter's key. Append-only: a record signed under an old key stays verifiable for years.

    What a further revision under the same name means for the earlier ones stands in `meter_keys.py`.
    """

    __tablename__ = "meter_key"
    __table_args__ = (
        one_of("source", tuple(KeyProvenance)),
        one_of("time_tariff", tuple(TimeTariff)),
        one_of("signer_kind", tuple(KeyHolder)),
        # EVSE ids are CiStrings, which are ASCII.
        Index("ix_meter_key_evse_uid", text("lower(evse_uid)")),
    )

    serial: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    spki_der: Mapped[bytes]
    fingerprint: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    evse_uid: Mapped[str | None]
    source: Mapped[str]
    time_tariff: Mapped[str]
    #: Rows from before this column are meters'.
    signer_kind: Mapped[str] = mapped_column(server_default=KeyHolder.METER.value)
    certificate_der: Mapped[bytes | None]


class AuthorizationRow(Base):
    """The permission to charge, with the frozen tariff; the frozen part never changes."""

    __tablename__ = "authorization"
    __table_args__ = (
        one_of("allowed", tuple(AllowedType)),
        one_of("auth_method", tuple(AuthMethod)),
        one_of("token_type", tuple(TokenType)),
        one_of("reason", tuple(SnapshotReason)),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    token_country_code: Mapped[str]
    token_party_id: Mapped[str]
    token_uid: Mapped[str]
    token_type: Mapped[str]
    token_contract_id: Mapped[str]
    #: JSON of the CdrLocation as at the authorization.
    location: Mapped[str]
    auth_method: Mapped[str]
    allowed: Mapped[str]
    authorization_reference: Mapped[str | None]
    tariff_sha256: Mapped[str] = mapped_column(ForeignKey("tariff_version.sha256"))
    #: The bytes themselves too: what is billed does not hang on another row.
    tariff_json: Mapped[bytes]
    time_zone: Mapped[str]
    taken_at: Mapped[datetime]
    reason: Mapped[str]


class ChargingSessionRow(Base):
    """One session of one EVSE."""

    __tablename__ = "charging_session"
    __table_args__ = (object_key_check("session_id"), one_of("state", tuple(SessionState)))

    key: Mapped[str] = mapped_column(primary_key=True)
    country_code: Mapped[str]
    party_id: Mapped[str]
    session_id: Mapped[str]
    authorization_id: Mapped[str] = mapped_column(ForeignKey("authorization.id"), index=True)
    start_date_time: Mapped[datetime]
    end_date_time: Mapped[datetime | None]
    state: Mapped[str]


class SignedPayloadRow(Base):
    """Bytes exactly as received: what a dispute is decided by. Append-only."""

    __tablename__ = "signed_payload"
    __table_args__ = (UniqueConstraint("session_key", "sha256"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    session_key: Mapped[str] = mapped_column(ForeignKey("charging_session.key"))
    raw: Mapped[bytes]
    encoding: Mapped[str | None]
    sha256: Mapped[str]


class SessionEventRow(Base):
    """What happened in a session, in the order in which it came in. Append-only."""

    __tablename__ = "session_event"
    __table_args__ = (one_of("type", tuple(SessionEventType)),)

    session_key: Mapped[str] = mapped_column(ForeignKey("charging_session.key"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str]
    at: Mapped[datetime]
    payload_id: Mapped[str | None] = mapped_column(ForeignKey("signed_payload.id"))
    state: Mapped[str | None]


class SignedRecordRow(Base):
    """One verified value of a session: the same signed bytes count once, however they were wrapped. Append-only."""

    __tablename__ = "signed_record"
    __table_args__ = (UniqueConstraint("signed_sha256", "session_key"), Index("ix_signed_record_meter_id", "meter_id"))

    payload_id: Mapped[str] = mapped_column(ForeignKey("signed_payload.id"), primary_key=True)
    value_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    session_key: Mapped[str] = mapped_column(ForeignKey("charging_session.key"))
    signed_sha256: Mapped[str]
    meter_id: Mapped[str | None]
    pagination_kind: Mapped[str | None]
    #: A decimal, because a signed number has no bound and a failed insert would lose the evidence.
    pagination_number: Mapped[Decimal | None]


class PayloadVerificationRow(Base):
    """A judgement of one value of a payload; a later program may judge again, the earlier judgement stays."""

    __tablename__ = "payload_verification"
    __table_args__ = (one_of("signer_kind", ("meter", "party", "unknown")),)

    payload_id: Mapped[str] = mapped_column(ForeignKey("signed_payload.id"), primary_key=True)
    value_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str]
    #: JSON list of codes.
    problems: Mapped[str]
    key_fingerprint: Mapped[str | None]
    program_version: Mapped[str]
    judged_at: Mapped[datetime]
    #: NULL in rows from before this column.
    signer_kind: Mapped[str | None]
    #: JSON list of codes; NULL in rows from before this column.
    warnings: Mapped[str | None]


class SessionFindingRow(Base):
    """What was found in a session at its last close."""

    __tablename__ = "session_finding"

    session_key: Mapped[str] = mapped_column(ForeignKey("charging_session.key"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str]
    path: Mapped[str | None]
