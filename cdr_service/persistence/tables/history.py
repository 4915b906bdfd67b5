"""Tables of the meters' own counts: which session has which record, number, and stretch of which register. Append-only.

They are an index over the evidence, for finding a session's neighbours without looking at all sessions: what is found
beside them is judged by `meter_sign.check_history`.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # SQLAlchemy reads the annotations
from decimal import Decimal  # noqa: TC003  # SQLAlchemy reads the annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from cdr_service.persistence.tables.base import Base, one_of
from cdr_service.persistence.types import SortableDecimal
from meter_sign import PaginationKind

_HOLDS_ENERGY = text("begin_kwh < end_kwh")


class MeterPageRow(Base):
    """One verified record in its meter's count, with the session that brought it first; billed or not."""

    __tablename__ = "meter_page"
    __table_args__ = (
        one_of("kind", tuple(PaginationKind)),
        Index("ix_meter_page_meter", "meter", "key_fingerprint", "kind", "number"),
        # One signing component may count the records of several meters.
        Index("ix_meter_page_count", "key_fingerprint", "kind", "number"),
    )

    signed_sha256: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[Decimal] = mapped_column(SortableDecimal, primary_key=True)
    session_key: Mapped[str] = mapped_column(ForeignKey("charging_session.key"), index=True)
    #: The meter's id as signed, else the fingerprint of its key.
    meter: Mapped[str]
    key_fingerprint: Mapped[str]
    kind: Mapped[str]


class MeterSessionRow(Base):
    """A session that has a CDR, in its meter's counts."""

    __tablename__ = "meter_session"
    __table_args__ = (
        one_of("kind", tuple(PaginationKind)),
        Index("ix_meter_session_count", "meter", "key_fingerprint", "kind", "first_number"),
        Index("ix_meter_session_begin", "meter", "key_fingerprint", "begins_at"),
        Index("ix_meter_session_end", "meter", "key_fingerprint", "ends_at"),
        Index("ix_meter_session_key", "key_fingerprint", "ends_at"),
    )

    session_key: Mapped[str] = mapped_column(ForeignKey("charging_session.key"), primary_key=True)
    meter: Mapped[str]
    key_fingerprint: Mapped[str]
    #: None of a format that counts no records.
    kind: Mapped[str | None]
    first_number: Mapped[Decimal | None] = mapped_column(SortableDecimal)
    last_number: Mapped[Decimal | None] = mapped_column(SortableDecimal)
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    #: False: the operator's times, because the meter's clock was not synchronised.
    clock_is_signed: Mapped[bool]


class MeterEnergyRow(Base):
    """What a session with a CDR took from one register that counts on from session to session, in kWh."""

    __tablename__ = "meter_energy"
    __table_args__ = (
        Index(
            "ix_meter_energy_stretch",
            "meter",
            "key_fingerprint",
            "register",
            "begin_kwh",
            sqlite_where=_HOLDS_ENERGY,
            postgresql_where=_HOLDS_ENERGY,
        ),
    )

    session_key: Mapped[str] = mapped_column(ForeignKey("meter_session.session_key"), primary_key=True)
    register: Mapped[str] = mapped_column(primary_key=True)
    meter: Mapped[str]
    key_fingerprint: Mapped[str]
    begin_kwh: Mapped[Decimal] = mapped_column(SortableDecimal)
    end_kwh: Mapped[Decimal] = mapped_column(SortableDecimal)


class MeterLocationRow(Base):
    """The metering location (LOC+172) of a session that has a CDR, where its records state one."""

    __tablename__ = "meter_location"

    session_key: Mapped[str] = mapped_column(ForeignKey("meter_session.session_key"), primary_key=True)
    location: Mapped[str] = mapped_column(index=True)
