from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from cdr_service.domain.errors import ConflictError, NotFoundError, StoreError
from cdr_service.domain.lifecycle import CdrState, DeliveryOutcome
from cdr_service.domain.party import PartyId
from cdr_service.persistence import outbox
from cdr_service.persistence.records import NewDelivery, Receipt, StoredFinding
from cdr_service.persistence.tables import CdrRow
from cdr_service.persistence.unit_of_work import as_store_errors
from tests.unit.persistence.samples import (
    BODY,
    BODY_SHA256,
    CPO,
    NOW,
    cdr,
    closing_database,
    opening,
    reconciled,
    reconciliation,
    with_delivery,
    with_session,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from cdr_service.domain.cdr import Cdr

_FINDING = StoredFinding(code="ENERGY_SUM", severity="error", message="20.45 is not 20.46", path="/total_energy")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with session S-1 and all it stands on."""
    with closing_database(tmp_path) as engine:
        with_session(engine)
        yield engine


def _block(engine: Engine, of: Cdr, body: bytes | None = None) -> None:
    """Write a CDR that must not leave."""
    with opening(engine)() as store:
        store.insert_stopped_cdr(
            of, state=CdrState.BLOCKED, body=body, reconciliation=None, findings=[_FINDING], now=NOW
        )


def _queue(engine: Engine, of: Cdr, counterparty_id: str = "cp-1") -> None:
    """Write a CDR and its delivery."""
    with opening(engine)() as store:
        store.insert_cdr_with_delivery(
            reconciled(of),
            body=BODY,
            reconciliation=reconciliation(),
            findings=(),
            delivery=NewDelivery(id="d-1", counterparty_id=counterparty_id, correlation_id="c", due_at=NOW),
            now=NOW,
        )


def test_a_queued_cdr_is_ready_with_its_bytes(engine: Engine) -> None:
    """Bytes, digest, reconciliation and delivery come back; the delivery's state is the CDR's."""
    _queue(engine, cdr())
    with opening(engine)() as store:
        found = store.get_cdr(CPO, "cdr-1")
    assert (found.party, found.id, found.session_id) == (CPO, "CDR-1", "S-1")
    assert (found.body, found.sha256) == (BODY, BODY_SHA256)
    assert found.reconciliation == reconciliation()
    assert found.state is CdrState.READY
    assert [(one.state, one.attempt_no, one.attempts) for one in found.deliveries] == [(CdrState.READY, 0, ())]


def test_the_amounts_of_a_cdr_are_exact_in_the_file(engine: Engine) -> None:
    """Another program reads from the file what was priced, digit for digit; no VAT is no zero."""
    _queue(engine, cdr())
    columns = "total_cost_excl_vat, total_cost_incl_vat, total_energy_cost_excl_vat, total_energy"
    with engine.connect() as connection:
        texts = connection.exec_driver_sql(f"SELECT {columns} FROM cdr").one()  # noqa: S608  # names of this file
        row = connection.execute(select(CdrRow.__table__)).one()
    assert texts == ("99999999999999999.99", None, "123456789012345.6789", "20.4500")
    assert (row.total_cost_excl_vat, row.total_energy) == (Decimal("99999999999999999.99"), Decimal("20.4500"))


def test_a_cdr_and_its_delivery_are_written_together_or_not_at_all(engine: Engine) -> None:
    """A delivery to nobody takes the CDR back with it."""
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        _queue(engine, cdr(), counterparty_id="nobody")
    with opening(engine)() as store:
        assert store.find_cdr_of_session(CPO, "S-1") is None


def test_a_blocked_cdr_says_why_and_has_no_delivery(engine: Engine) -> None:
    """It can be without bytes, when it could not even be written."""
    _block(engine, cdr())
    with opening(engine)() as store:
        found = store.get_cdr(CPO, "CDR-1")
    assert (found.state, found.findings, found.body) == (CdrState.BLOCKED, (_FINDING,), None)
    assert (found.deliveries, found.reconciliation) == ((), None)
    assert outbox.claim(engine, now=NOW) == ()


@pytest.mark.parametrize(
    ("cdr_id", "session_id"),
    [("CDR-1", "S-2"), ("cdr-1", "S-2"), ("CDR-2", "S-1"), ("CDR-2", "s-1")],
    ids=["same id", "same id in other case", "second CDR of the session", "session in other case"],
)
def test_neither_an_id_nor_a_session_is_billed_twice(engine: Engine, cdr_id: str, session_id: str) -> None:
    """Whether the first CDR was queued or blocked."""
    with_session(engine, "S-2")
    _queue(engine, cdr())
    with pytest.raises(ConflictError, match="CDR_EXISTS"):
        _block(engine, cdr(cdr_id, session_id))


def test_the_database_itself_bills_a_session_once(engine: Engine) -> None:
    """Past all code of ours, the partial unique index refuses a second normal CDR; a credit CDR may stand beside."""
    _queue(engine, cdr())
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE copy AS SELECT * FROM cdr")
        connection.exec_driver_sql("UPDATE copy SET key = 'DE*EIC*cdr-2', cdr_id = 'CDR-2'")
    with pytest.raises(ConflictError, match=r"cdr\.session_key"), as_store_errors(), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO cdr SELECT * FROM copy")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE copy SET credit = 1")
        assert connection.exec_driver_sql("INSERT INTO cdr SELECT * FROM copy").rowcount == 1


def test_the_state_follows_the_delivery(engine: Engine) -> None:
    """Every attempt and its answer stand with the CDR."""
    delivery_id = with_delivery(engine, 2)
    (claim,) = outbox.claim(engine, now=NOW)
    receipt = Receipt(request_id="r-1", started_at=NOW, http_status=200, ocpi_status_code=1000, location="https://x/1")
    outbox.settle(engine, delivery_id, 1, DeliveryOutcome.ACCEPTED, receipt=receipt, due_at=None, now=NOW)
    with opening(engine)() as store:
        found = store.get_cdr(CPO, claim.cdr_id)
        of_session = store.find_cdr_of_session(CPO, "S-2")
    (delivery,) = found.deliveries
    (attempt,) = delivery.attempts
    assert (found.state, delivery.location) == (CdrState.ACCEPTED, "https://x/1")
    assert (attempt.request_id, attempt.http_status, attempt.body_sha256) == ("r-1", 200, BODY_SHA256)
    assert of_session == found


def test_a_cdr_is_its_partys(engine: Engine) -> None:
    """Another party's CDR of the same id is not found."""
    _queue(engine, cdr())
    with pytest.raises(NotFoundError, match="CDR_UNKNOWN"), opening(engine)() as store:
        store.get_cdr(PartyId("NL", "EIC"), "CDR-1")


def test_two_parties_may_use_one_id(engine: Engine) -> None:
    """Uniqueness is per party: the other one's session is missing, its id is free."""
    _queue(engine, cdr())
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        _block(engine, replace(cdr(), party=PartyId("NL", "EIC")))


def test_bytes_that_changed_behind_our_back_are_not_shown(engine: Engine) -> None:
    """Somebody took the trigger away and changed the body: the operator sees an error, not another CDR."""
    _queue(engine, cdr())
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER cdr_no_update")
        connection.exec_driver_sql("UPDATE cdr SET body = x'7b7d'")
    with pytest.raises(StoreError, match="BODY_CORRUPT"), opening(engine)() as store:
        store.get_cdr(CPO, "CDR-1")
