"""The tariff as it stood when the driver was authorized: frozen bytes, their digest, and the location's time zone.

What is billed is this, whatever the tariff says afterwards: consumer law and ocpi#273 ("tariff at start") agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.domain.tariff import Tariff


class SnapshotReason(StrEnum):
    """Why the tariff was frozen at this moment."""

    AUTHORIZATION = "authorization"
    #: A start without authorization (offline whitelist, command): frozen at the start.
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffSnapshot:
    """A frozen tariff; `tariff` is read from `canonical_json`, and only from it."""

    tariff: Tariff
    #: Canonical JSON of the whole OCPI Tariff: keys sorted, no white space, numbers as they were written.
    canonical_json: bytes
    #: SHA-256 of `canonical_json`, hex.
    sha256: str
    #: IANA zone of the location, such as Europe/Berlin; OCPI CDRs do not carry it (ocpi#517).
    time_zone: str
    taken_at: datetime
    reason: SnapshotReason

    def __post_init__(self) -> None:
        """Refuse bytes that are not the digest's.

        Raises:
            ValueError: the digest does not match, or `taken_at` has no time zone.
        """
        if sha256(self.canonical_json).hexdigest() != self.sha256:
            raise ValueError("the snapshot's bytes do not have its digest")
        if self.taken_at.tzinfo is None:
            raise ValueError("taken_at must carry a time zone")
