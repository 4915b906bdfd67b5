"""Tables of CDRs and of their way to the partner: the CDR row and its delivery row are written together."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # SQLAlchemy reads the annotations
from decimal import Decimal  # noqa: TC003  # SQLAlchemy reads the annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cdr_service.domain.lifecycle import CdrState
from cdr_service.persistence.tables.base import Base, object_key_check, one_of

#: States of a CDR that no delivery speaks for.
_CDR_ONLY_STATES = (CdrState.ASSEMBLED, CdrState.RECONCILED, CdrState.BLOCKED, CdrState.CREDITED, CdrState.REPLACED)
#: A CDR can be held before it has a delivery (second opinion), and a delivery can be held (counterparty).
_CDR_STATES = (*_CDR_ONLY_STATES, CdrState.HELD)
_DELIVERY_STATES = tuple(state for state in CdrState if state not in _CDR_ONLY_STATES)
_BILLS_ITS_SESSION = text("NOT credit AND replaced_by IS NULL")
_MAY_BE_CLAIMED = text("state IN ('ready', 'retry_wait')")


class CdrRow(Base):
    """One CDR: the bytes that go on the wire. Immutable but for `state` and `replaced_by`, and never deleted.

    The columns of money and energy are an index over the bytes; the bytes are what is billed.
    """

    __tablename__ = "cdr"
    __table_args__ = (
        object_key_check("cdr_id"),
        one_of("state", _CDR_STATES),
        CheckConstraint("state = 'blocked' OR (body IS NOT NULL AND sha256 IS NOT NULL)", name="body"),
        # A session is billed once.
        Index(
            "uq_cdr_session",
            "session_key",
            unique=True,
            sqlite_where=_BILLS_ITS_SESSION,
            postgresql_where=_BILLS_ITS_SESSION,
        ),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    country_code: Mapped[str]
    party_id: Mapped[str]
    cdr_id: Mapped[str]
    session_key: Mapped[str] = mapped_column(ForeignKey("charging_session.key"), index=True)
    credit: Mapped[bool]
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("cdr.key"))
    #: Shown only while there is no delivery.
    state: Mapped[str]
    body: Mapped[bytes | None]
    sha256: Mapped[str | None]
    start_date_time: Mapped[datetime | None]
    end_date_time: Mapped[datetime | None]
    last_updated: Mapped[datetime | None]
    currency: Mapped[str | None]
    total_cost_excl_vat: Mapped[Decimal | None]
    total_cost_incl_vat: Mapped[Decimal | None]
    total_fixed_cost_excl_vat: Mapped[Decimal | None]
    total_fixed_cost_incl_vat: Mapped[Decimal | None]
    total_energy_cost_excl_vat: Mapped[Decimal | None]
    total_energy_cost_incl_vat: Mapped[Decimal | None]
    total_time_cost_excl_vat: Mapped[Decimal | None]
    total_time_cost_incl_vat: Mapped[Decimal | None]
    total_parking_cost_excl_vat: Mapped[Decimal | None]
    total_parking_cost_incl_vat: Mapped[Decimal | None]
    #: kWh.
    total_energy: Mapped[Decimal | None]
    #: Hours.
    total_time: Mapped[Decimal | None]
    total_parking_time: Mapped[Decimal | None]


class ReconciliationRow(Base):
    """How a CDR was recomputed before it could be queued, or why it was not."""

    __tablename__ = "reconciliation"

    cdr_key: Mapped[str] = mapped_column(ForeignKey("cdr.key"), primary_key=True)
    report: Mapped[bytes]
    policy: Mapped[str]
    engine_version: Mapped[str]
    inputs_sha256: Mapped[str]


class CdrFindingRow(Base):
    """What was found when the CDR was made."""

    __tablename__ = "cdr_finding"

    cdr_key: Mapped[str] = mapped_column(ForeignKey("cdr.key"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str]
    path: Mapped[str | None]


class DeliveryRow(Base):
    """The outbox: one CDR on its way to one partner. The truth of the delivery; an engine is only a hint."""

    __tablename__ = "delivery"
    __table_args__ = (
        one_of("state", _DELIVERY_STATES),
        UniqueConstraint("cdr_key", "counterparty_id"),
        Index("ix_delivery_due", "due_at", sqlite_where=_MAY_BE_CLAIMED, postgresql_where=_MAY_BE_CLAIMED),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    cdr_key: Mapped[str] = mapped_column(ForeignKey("cdr.key"))
    counterparty_id: Mapped[str] = mapped_column(ForeignKey("counterparty.id"))
    state: Mapped[str]
    #: Number of the running or last attempt; the fence of every change (0: none yet).
    attempt_no: Mapped[int]
    due_at: Mapped[datetime | None]
    #: Last moment before the bytes of the attempt left.
    submitted_at: Mapped[datetime | None]
    correlation_id: Mapped[str] = mapped_column(unique=True)
    #: Where the partner says that it keeps the CDR.
    location: Mapped[str | None]


class DeliveryAttemptRow(Base):
    """What became known of an attempt, in order. Append-only."""

    __tablename__ = "delivery_attempt"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt_no: Mapped[int]
    request_id: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime]
    http_status: Mapped[int | None]
    ocpi_status_code: Mapped[int | None]
    outcome: Mapped[str]
    body_sha256: Mapped[str]
    answer_excerpt: Mapped[bytes | None]
    location: Mapped[str | None]
    #: The partner's own words; NULL in rows from before this column.
    status_message: Mapped[str | None]
