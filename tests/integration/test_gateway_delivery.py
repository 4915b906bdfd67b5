"""What each answer of the eMSP means for a CDR (durability.md, section 2.3); no CDR is ever posted blindly again."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from socket import create_server
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import Json, RunningGateway, Session, running_gateway
from tools.counterparty import DuplicatePolicy, running_counterparty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that gives the eMSP one second; each test leaves nothing due behind."""
    with running_gateway(tmp_path_factory.mktemp("gateway"), timeout_seconds=1) as running:
        running.connect()
        yield running


@pytest.fixture
def session(gateway: RunningGateway) -> Session:
    """A usual session, not yet closed."""
    return gateway.usual_session()


def delivery_of(gateway: RunningGateway, cdr_id: str) -> Json:
    """The one delivery of a CDR."""
    (delivery,) = gateway.cdr(cdr_id)["deliveries"]
    found: Json = delivery
    return found


@contextmanager
def a_year_later(gateway: RunningGateway) -> Iterator[None]:
    """Longer than any back-off, Retry-After or grace; then the clock stands as before."""
    before = gateway.clock.now
    gateway.clock.forward(days=365)
    yield
    gateway.clock.now = before


def attempt(session: Session, *orders: str) -> str:
    """Close, let the eMSP misbehave, make one attempt; gives the CDR's id."""
    closed = session.close()
    assert closed["state"] == "ready", closed
    session.gateway.emsp.misbehave(*orders)
    assert session.gateway.deliver() is True
    cdr_id: str = closed["cdr_id"]
    return cdr_id


@pytest.mark.parametrize(
    ("order", "outcome", "http_status"),
    [
        ("http_500", "UNKNOWN", 500),
        ("html", "UNKNOWN", 200),
        ("html_500", "UNKNOWN", 500),
        ("garbage_200", "UNKNOWN", 201),
        ("lose_answer", "UNKNOWN", None),
        ("reset_before", "UNKNOWN", None),
        ("timeout:1:2", "UNKNOWN", None),
        ("timeout_stored:1:2", "UNKNOWN", None),
        ("redirect_cross", "UNKNOWN", 307),
        ("reject:1:3000", "UNKNOWN", 200),
    ],
)
def test_an_open_outcome_is_never_posted_again(
    gateway: RunningGateway, session: Session, order: str, outcome: str, http_status: int | None
) -> None:
    """Perhaps the eMSP has it, perhaps not: the CDR is visibly unknown, and not a year later is it posted again."""
    name, _, rest = order.partition(":")
    before = len(gateway.emsp.requests("cdrs", "POST"))
    cdr_id = attempt(session, f"cdrs.POST:{name}:{rest or '1'}")
    assert "unknown" == gateway.cdr(cdr_id)["state"]
    delivery = delivery_of(gateway, cdr_id)
    assert ("unknown", None) == (delivery["state"], delivery["due_at"])
    assert [(outcome, http_status)] == [(one["outcome"], one["http_status"]) for one in delivery["attempts"]]
    with a_year_later(gateway):
        assert gateway.deliver() is False
    assert before + 1 == len(gateway.emsp.requests("cdrs", "POST"))
    assert [] == gateway.emsp.requests("other_origin")


@pytest.mark.parametrize("code", ["2000", "2001", "2003"])
def test_a_refusal_is_final(gateway: RunningGateway, session: Session, code: str) -> None:
    """A 2xxx status code says no: rejected, with the eMSP's code in the history, and no further attempt."""
    cdr_id = attempt(session, f"cdrs.POST:reject:1:{code}")
    assert "rejected" == gateway.cdr(cdr_id)["state"]
    (made,) = delivery_of(gateway, cdr_id)["attempts"]
    assert ("REJECTED", int(code)) == (made["outcome"], made["status_code"])


def test_a_refusal_says_why_and_the_log_does_not(
    gateway: RunningGateway, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """The partner's own words stand with the attempt; they may hold anything, so no log line repeats them."""
    cdr_id = attempt(session, "cdrs.POST:reject:1:2001")
    (made,) = delivery_of(gateway, cdr_id)["attempts"]
    assert made["status_message"]
    assert made["status_message"] not in caplog.text
    with a_year_later(gateway):
        assert gateway.deliver() is False


def test_refused_credentials_hold_the_delivery(gateway: RunningGateway, session: Session) -> None:
    """401 is a matter of the connection, not of the CDR: held, and not tried again by itself."""
    cdr_id = attempt(session, "cdrs.POST:unauthorized:1")
    assert "held" == gateway.cdr(cdr_id)["state"]
    with a_year_later(gateway):
        assert gateway.deliver() is False


@pytest.mark.parametrize("order", ["retry_after", "retry_after_503"])
def test_a_partner_that_is_busy_gets_the_same_bytes_later(
    gateway: RunningGateway, session: Session, order: str
) -> None:
    """Not before Retry-After is over, then the identical body with the same correlation id and a new request id."""
    cdr_id = attempt(session, f"cdrs.POST:{order}:1:120")
    assert "retry_wait" == gateway.cdr(cdr_id)["state"]
    gateway.clock.forward(seconds=119)
    assert gateway.deliver() is False
    gateway.clock.forward(seconds=1)
    assert gateway.deliver() is True
    assert "accepted" == gateway.cdr(cdr_id)["state"]
    first, second = gateway.cdr_posts(session)
    assert first["body_sha256"] == second["body_sha256"]
    assert first["headers"]["X-Correlation-ID"] == second["headers"]["X-Correlation-ID"]
    assert first["headers"]["X-Request-ID"] != second["headers"]["X-Request-ID"]
    delivery = delivery_of(gateway, cdr_id)
    assert [first["body_sha256"]] * 2 == [one["body_sha256"] for one in delivery["attempts"]]
    assert ["NOT_PROCESSED", "ACCEPTED"] == [one["outcome"] for one in delivery["attempts"]]


def test_the_partners_wait_has_a_limit(gateway: RunningGateway, session: Session) -> None:
    """Who asks for ten days gets six hours."""
    cdr_id = attempt(session, "cdrs.POST:retry_after:1:864000")
    gateway.clock.forward(hours=6)
    assert gateway.deliver() is True
    assert "accepted" == gateway.cdr(cdr_id)["state"]


def test_a_redirect_to_the_same_origin_is_followed(gateway: RunningGateway, session: Session) -> None:
    """307 within the partner's own origin: the same POST there, one attempt, accepted."""
    cdr_id = attempt(session, "cdrs.POST:redirect_same:1")
    assert "accepted" == gateway.cdr(cdr_id)["state"]
    first, second = gateway.cdr_posts(session)
    assert ("POST", first["body_sha256"]) == (second["method"], second["body_sha256"])
    assert 1 == len(delivery_of(gateway, cdr_id)["attempts"])


@pytest.mark.parametrize("order", ["slow:1:0.2", "late:1:0.2", "no_location", "lower_case", "envelope_list"])
def test_habits_that_do_no_harm(gateway: RunningGateway, session: Session, order: str) -> None:
    """A slow answer, one without Location, one in lower case: an acceptance is an acceptance."""
    name, _, rest = order.partition(":")
    cdr_id = attempt(session, f"cdrs.POST:{name}:{rest or '1'}")
    assert "accepted" == gateway.cdr(cdr_id)["state"]
    assert [session.session_id] == [one["session_id"] for one in gateway.emsp.cdrs if one["id"] == cdr_id]


def test_an_answer_that_was_lost_left_one_cdr_at_the_emsp(gateway: RunningGateway, session: Session) -> None:
    """The eMSP stored it, we do not know: one CDR there, unknown here. That is what must not become two."""
    cdr_id = attempt(session, "cdrs.POST:lose_answer:1")
    with a_year_later(gateway):
        gateway.deliver_all()
    assert [cdr_id] == [one["id"] for one in gateway.emsp.cdrs if one["session_id"] == session.session_id]
    assert "unknown" == gateway.cdr(cdr_id)["state"]


def test_one_delivery_that_hangs_does_not_stop_the_next(gateway: RunningGateway) -> None:
    """An unknown outcome concerns its own CDR: the next one is delivered."""
    stuck = attempt(gateway.usual_session(), "cdrs.POST:http_500:1")
    well = attempt(gateway.usual_session())
    assert ("unknown", "accepted") == (gateway.cdr(stuck)["state"], gateway.cdr(well)["state"])


def test_the_token_is_in_no_log(gateway: RunningGateway, session: Session, caplog: pytest.LogCaptureFixture) -> None:
    """A whole delivery at the most talkative level shows neither token nor body."""
    caplog.set_level(logging.DEBUG)
    cdr_id = attempt(session)
    assert any(f"cdr_attempt cdr={cdr_id}" in message for message in caplog.messages)
    assert gateway.emsp.token_c is not None
    assert gateway.emsp.token_c not in caplog.text
    assert gateway.api_key not in caplog.text
    assert "signed_data" not in caplog.text


def test_a_partner_that_is_down_gets_it_when_it_is_back(tmp_path: Path) -> None:
    """Connection refused: nothing was sent, so the CDR is tried again after the back-off, with the same bytes."""
    with running_counterparty(out=tmp_path / "emsp") as emsp, running_gateway(tmp_path, emsp=emsp) as gateway:
        gateway.connect()
        session = gateway.usual_session()
        cdr_id = session.close()["cdr_id"]
        url = f"http://127.0.0.1:{_closed_port()}/cdrs"
        _point_cdrs_at(gateway, url)
        assert gateway.deliver() is True
        assert "retry_wait" == gateway.cdr(cdr_id)["state"]
        (made,) = delivery_of(gateway, cdr_id)["attempts"]
        assert ("NOT_SENT", None) == (made["outcome"], made["http_status"])
        _point_cdrs_at(gateway, emsp.state.url("cdrs"))
        gateway.clock.forward(seconds=30)
        assert gateway.deliver() is True
        assert "accepted" == gateway.cdr(cdr_id)["state"]
        assert 1 == len(gateway.cdr_posts(session))


def _closed_port() -> int:
    with create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _point_cdrs_at(gateway: RunningGateway, url: str) -> None:
    """The partner moved its cdrs module."""
    with gateway.wired.ports.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE endpoint SET url = '{url}' WHERE identifier = 'cdrs'")  # noqa: S608


@pytest.mark.parametrize("policy", [DuplicatePolicy.REJECT, DuplicatePolicy.STORE_AGAIN])
def test_a_partner_that_does_not_deduplicate_gets_one_cdr(tmp_path: Path, policy: DuplicatePolicy) -> None:
    """Even where the eMSP would bill a repeated POST, a lost answer leads to one CDR only."""
    with (
        running_counterparty(out=tmp_path / "emsp", duplicates=policy) as emsp,
        running_gateway(tmp_path, emsp=emsp) as gateway,
    ):
        gateway.connect()
        attempt(gateway.usual_session(), "cdrs.POST:lose_answer:1")
        with a_year_later(gateway):
            gateway.deliver_all()
        assert 1 == len(emsp.cdrs)


def test_the_worker_delivers_by_itself(tmp_path: Path) -> None:
    """The loop of `cdr-service run`: a close wakes it, and the CDR is accepted without anybody asking."""
    with running_gateway(tmp_path) as gateway:
        gateway.connect()
        stop = Event()
        worker = Thread(target=gateway.wired.dispatch.work, args=(stop,))
        worker.start()
        try:
            cdr_id = gateway.usual_session().close()["cdr_id"]
            ends_at = monotonic() + 20
            while gateway.cdr(cdr_id)["state"] != "accepted":
                assert monotonic() < ends_at
                stop.wait(0.05)
        finally:
            stop.set()
            worker.join(20)
        assert not worker.is_alive()
        assert 1 == len(gateway.emsp.cdrs)
