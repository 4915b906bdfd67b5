"""What the use cases need from outside, wired once in `app.py` and passed to each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdr_service.ocpi import json as ocpi_json
from cdr_service.ocpi.schemas.tariffs import read_tariff
from cdr_service.persistence.unit_of_work import transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

    from cdr_service.clock import Clock
    from cdr_service.domain.tariff import Tariff
    from cdr_service.ocpi.client import OcpiClient
    from cdr_service.persistence.store import Store
    from cdr_service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Clock, randomness, database and the way out to partners."""

    settings: Settings
    engine: Engine
    clock: Clock
    #: A new unique id, at most 36 characters.
    new_id: Callable[[], str]
    #: That many unpredictable bytes.
    new_secret: Callable[[int], bytes]
    #: A client that may only reach these hosts.
    client_for: Callable[[frozenset[str]], OcpiClient]
    #: Has a delivery written in this transaction attempted once it is committed.
    enqueue: Callable[[Store, str], None]

    def transaction(self) -> AbstractContextManager[Store]:
        """One database transaction: commits at the end of the block, rolls back on any exception."""
        return transaction(self.engine, tariff_from_json)


def tariff_from_json(canonical_json: bytes) -> Tariff:
    """Read a tariff from its frozen bytes, and from nothing else."""
    return read_tariff(ocpi_json.loads(canonical_json))
