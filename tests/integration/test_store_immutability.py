"""The database refuses by itself what no code of ours should ever try; every test speaks raw SQL."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from cdr_service.domain.errors import StoreError
from cdr_service.domain.lifecycle import DeliveryOutcome
from cdr_service.persistence import outbox
from cdr_service.persistence.records import (
    PayloadVerification,
    Receipt,
    SessionEventType,
    SignedRecord,
    StoredPayload,
)
from cdr_service.persistence.unit_of_work import as_store_errors
from meter_sign import Counter, Page, PaginationKind, RegisterSpan, Trace
from tests.unit.persistence.samples import (
    BODY,
    CPO,
    NOW,
    TARIFF_JSON,
    closing_database,
    meter_key,
    opening,
    with_delivery,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

_RAW = b"OCMF|{}|{}"
_COUNTER, _PAGE = Counter("sha256:aa", PaginationKind.TRANSACTION), Page(7, "5a")
_TRACE = Trace(
    name="S-1",
    meter="m",
    location="DE01",
    key_fingerprint="sha256:aa",
    counter=_COUNTER,
    pages=(_PAGE,),
    records=frozenset({"5a"}),
    spans=(RegisterSpan("1-0:1.8.0", Decimal(0), Decimal(5)),),
    begins_at=NOW,
    ends_at=NOW,
    bills=True,
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with one row in every table that must not change."""
    with closing_database(tmp_path) as engine:
        delivery_id = with_delivery(engine)
        _write_evidence(engine)
        outbox.claim(engine, now=NOW)
        outbox.settle(engine, delivery_id, 1, DeliveryOutcome.UNKNOWN, receipt=Receipt(), due_at=None, now=NOW)
        yield engine


def _write_evidence(engine: Engine) -> None:
    """A payload with its event, record and verification, and a meter key."""
    payload = StoredPayload(id="p-1", raw=_RAW, encoding=None, sha256=sha256(_RAW).hexdigest(), received_at=NOW)
    record = SignedRecord(
        payload_id="p-1", value_index=0, signed_sha256="5a", meter_id="m", pagination_kind="T", pagination_number=7
    )
    judged = PayloadVerification(
        payload_id="p-1",
        value_index=0,
        status="verified",
        problems=(),
        key_fingerprint="sha256:aa",
        program_version="0.1.0",
        judged_at=NOW,
    )
    with opening(engine)() as store:
        store.add_payload(payload, CPO, "S-1")
        store.append_event(CPO, "S-1", event_type=SessionEventType.SIGNED_VALUE, at=NOW, now=NOW, payload_id="p-1")
        store.add_record(record, CPO, "S-1", now=NOW)
        store.add_verifications("p-1", [judged])
        store.put_meter_key(meter_key(), now=NOW)
        store.add_pages("m", [(_COUNTER, _PAGE)], CPO, "S-1", now=NOW)
        store.add_to_history(_TRACE, CPO, "S-1", now=NOW)


def _run(engine: Engine, statement: str) -> int:
    """Run one statement; returns how many rows it changed."""
    with as_store_errors(), engine.begin() as connection:
        return connection.exec_driver_sql(statement).rowcount


_CHANGES = {
    "signed_payload": "raw = x'00'",
    "signed_record": "signed_sha256 = 'other'",
    "session_event": "at = '2020-01-01T00:00:00.000000Z'",
    "tariff_version": "canonical_json = x'00'",
    "delivery_attempt": "outcome = 'ACCEPTED'",
    "payload_verification": "status = 'verified'",
    "meter_key": "spki_der = x'00'",
    "meter_page": "session_key = 'other'",
    "meter_session": "ends_at = '2020-01-01T00:00:00.000000Z'",
    "meter_energy": "end_kwh = begin_kwh",
    "meter_location": "location = 'other'",
}


@pytest.mark.parametrize("table", _CHANGES)
def test_an_append_only_row_is_not_updated(engine: Engine, table: str) -> None:
    """What was received, signed or answered is never written anew."""
    with pytest.raises(StoreError, match=f"UPDATE of {table} is refused"):
        _run(engine, f"UPDATE {table} SET {_CHANGES[table]}")  # noqa: S608  # names of this file


@pytest.mark.parametrize("table", [*_CHANGES, "cdr"])
def test_an_append_only_row_is_not_deleted(engine: Engine, table: str) -> None:
    """What was received, signed, answered or billed never goes."""
    with pytest.raises(StoreError, match=f"DELETE of {table} is refused"):
        _run(engine, f"DELETE FROM {table}")  # noqa: S608  # names of this file


def test_an_append_only_row_is_not_replaced(engine: Engine) -> None:
    """INSERT OR REPLACE is a DELETE in disguise: SQLite fires its trigger only with recursive_triggers."""
    with pytest.raises(StoreError, match="DELETE of signed_payload is refused"):
        _run(engine, "INSERT OR REPLACE INTO signed_payload SELECT * FROM signed_payload")


@pytest.mark.parametrize(
    "change",
    [
        "body = x'00'",
        "sha256 = 'other'",
        "cdr_id = 'other'",
        "country_code = 'NL'",
        "party_id = 'XXX'",
        "session_key = 'other'",
        "credit = 1",
        "currency = 'USD'",
        "total_cost_excl_vat = '0'",
        "total_energy = '0'",
        "total_time = '0'",
        "last_updated = '2020-01-01T00:00:00.000000Z'",
    ],
)
def test_a_cdr_is_not_changed(engine: Engine, change: str) -> None:
    """Bytes, digest, ids and amounts of a CDR are what they were when it was written."""
    with pytest.raises(StoreError, match="UPDATE of cdr is refused"):
        _run(engine, f"UPDATE cdr SET {change}")  # noqa: S608  # texts of this file


def test_every_column_of_a_cdr_but_two_is_frozen(engine: Engine) -> None:
    """A column that is added later must be frozen or named here."""
    with engine.begin() as connection:
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(cdr)")]
        trigger = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'cdr_no_update'").scalar_one()
    frozen = {name.strip(' "\n') for name in trigger.split("UPDATE OF", 1)[1].split(" ON ", 1)[0].split(",")}
    assert set(columns) - frozen == {"state", "replaced_by"}


def test_the_state_of_a_cdr_moves(engine: Engine) -> None:
    """The guard does not lock the life cycle."""
    assert _run(engine, "UPDATE cdr SET state = 'credited'") == 1


@pytest.mark.parametrize(
    "change",
    ["tariff_json = x'00'", "tariff_sha256 = 'other'", "time_zone = 'UTC'", "taken_at = '2020'", "reason = 'start'"],
)
def test_a_frozen_tariff_is_not_changed(engine: Engine, change: str) -> None:
    """What the driver was told at the authorization is what is billed."""
    with pytest.raises(StoreError, match="UPDATE of authorization is refused"):
        _run(engine, f'UPDATE "authorization" SET {change}')  # noqa: S608  # texts of this file


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE delivery SET state = 'sent'",
        "UPDATE charging_session SET state = 'done'",
        "UPDATE cdr SET state = 'accepted'",
        "UPDATE counterparty SET state = 'unregistered'",
    ],
)
def test_only_the_names_of_the_contract_are_states(engine: Engine, statement: str) -> None:
    """No other name can ever stand in the database; a CDR's delivery states stand in its delivery."""
    with pytest.raises(StoreError, match="CHECK constraint failed"):
        _run(engine, statement)


def test_what_was_refused_changed_nothing(engine: Engine, tmp_path: Path) -> None:
    """After all of it, another program reads the same bytes from the file."""
    for statement in ("UPDATE cdr SET body = x'00'", "UPDATE tariff_version SET canonical_json = x'00'"):
        with pytest.raises(StoreError):
            _run(engine, statement)
    other = sqlite3.connect(tmp_path / "eichwerk.sqlite")
    found = [
        other.execute(f"SELECT {what}").fetchone()[0]
        for what in (  # texts of this file
            "body FROM cdr",
            "canonical_json FROM tariff_version",
            "raw FROM signed_payload",
        )
    ]
    other.close()
    assert found == [BODY, TARIFF_JSON, _RAW]
