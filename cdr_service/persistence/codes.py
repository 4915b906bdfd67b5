"""Stable codes of every error that the store raises; a code never changes its meaning."""

from __future__ import annotations

from enum import StrEnum


class StoreCode(StrEnum):
    """One stable code; the value is what JSON, logs and documents show."""

    # There is no object of that id (NotFoundError).
    API_KEY_UNKNOWN = "API_KEY_UNKNOWN"
    AUTHORIZATION_UNKNOWN = "AUTHORIZATION_UNKNOWN"
    CDR_UNKNOWN = "CDR_UNKNOWN"
    COUNTERPARTY_UNKNOWN = "COUNTERPARTY_UNKNOWN"
    DELIVERY_UNKNOWN = "DELIVERY_UNKNOWN"
    METER_UNKNOWN = "METER_UNKNOWN"
    SESSION_UNKNOWN = "SESSION_UNKNOWN"
    TARIFF_UNKNOWN = "TARIFF_UNKNOWN"
    # The object exists already, with other content (ConflictError).
    CDR_EXISTS = "CDR_EXISTS"
    COUNTERPARTY_EXISTS = "COUNTERPARTY_EXISTS"
    METER_KEY_IN_USE = "METER_KEY_IN_USE"
    METER_KEY_KIND_DIFFERS = "METER_KEY_KIND_DIFFERS"
    METER_KEY_NEEDS_VALID_FROM = "METER_KEY_NEEDS_VALID_FROM"
    PARTY_BELONGS_TO_ANOTHER = "PARTY_BELONGS_TO_ANOTHER"
    SESSION_EXISTS = "SESSION_EXISTS"
    #: Two wrote an object of one key at the same time.
    UNIQUE_VIOLATED = "UNIQUE_VIOLATED"
    # The database (StoreError).
    #: The bytes of a CDR no longer have their digest.
    BODY_CORRUPT = "BODY_CORRUPT"
    JOURNAL_MODE = "JOURNAL_MODE"
    #: It cannot: locked, full, unreachable, without its tables.
    STORE_FAILED = "STORE_FAILED"
    #: A foreign key, a CHECK or a trigger says no.
    STORE_REFUSED = "STORE_REFUSED"
