"""Tables of who may talk to us and to whom we talk: partners, their endpoints and tokens, the operator's API keys."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # SQLAlchemy reads the annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cdr_service.persistence.records import CounterpartyState, EndpointRole, TokenScope
from cdr_service.persistence.tables.base import Base, one_of

_NOT_REVOKED = text("revoked_at IS NULL")


class CounterpartyRow(Base):
    """One connection to a partner platform."""

    __tablename__ = "counterparty"
    __table_args__ = (one_of("state", tuple(CounterpartyState)),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    versions_url: Mapped[str]
    #: JSON list: hosts that this partner's URLs may name.
    allowed_hosts: Mapped[str]
    #: Name of the profile of known deviations.
    profile: Mapped[str]
    #: JSON object: fields that differ from the profile's default.
    profile_fields: Mapped[str]
    state: Mapped[str]
    #: As invited; what the partner then says of itself stands in `counterparty_role`.
    role: Mapped[str]
    country_code: Mapped[str]
    party_id: Mapped[str]


class CounterpartyRoleRow(Base):
    """One party of a partner, with all its roles; the primary key gives a party to one connection only."""

    __tablename__ = "counterparty_role"

    country_code: Mapped[str] = mapped_column(primary_key=True)
    party_id: Mapped[str] = mapped_column(primary_key=True)
    counterparty_id: Mapped[str] = mapped_column(ForeignKey("counterparty.id"), index=True)
    #: JSON list of {"role", "name", "website"}.
    roles: Mapped[str]


class EndpointRow(Base):
    """One URL of the partner's version details; no URL is ever built from a pattern."""

    __tablename__ = "endpoint"
    __table_args__ = (one_of("role", tuple(EndpointRole)),)

    counterparty_id: Mapped[str] = mapped_column(ForeignKey("counterparty.id"), primary_key=True)
    identifier: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]


class CredentialAcceptedRow(Base):
    """A token that we accept from a partner: only its digest, so that a stolen database opens no door."""

    __tablename__ = "credential_accepted"
    __table_args__ = (one_of("scope", tuple(TokenScope)),)

    id: Mapped[str] = mapped_column(primary_key=True)
    counterparty_id: Mapped[str] = mapped_column(ForeignKey("counterparty.id"), index=True)
    #: First 8 characters of the token: finds the row; the digest is then compared in constant time.
    prefix: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[str]
    revoked_at: Mapped[datetime | None]


class CredentialSentRow(Base):
    """The token that we send to a partner: AES-256-GCM, the row's id is the associated data."""

    __tablename__ = "credential_sent"
    __table_args__ = (
        UniqueConstraint("key_id", "nonce"),
        Index(
            "uq_credential_sent_current",
            "counterparty_id",
            unique=True,
            sqlite_where=_NOT_REVOKED,
            postgresql_where=_NOT_REVOKED,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    counterparty_id: Mapped[str] = mapped_column(ForeignKey("counterparty.id"))
    ciphertext: Mapped[bytes]
    nonce: Mapped[bytes]
    #: Which key-encryption key sealed it.
    key_id: Mapped[str]
    revoked_at: Mapped[datetime | None]


class ApiKeyRow(Base):
    """A key of the operator's own API, as digest."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    revoked_at: Mapped[datetime | None]
