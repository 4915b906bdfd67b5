from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from cdr_service.domain.errors import ConflictError, NotFoundError, StoreError
from cdr_service.domain.party import PartyId
from cdr_service.domain.session import SessionState
from cdr_service.persistence.records import (
    PayloadVerification,
    PushState,
    SessionEventType,
    SignedRecord,
    StoredFinding,
    StoredPayload,
    TariffPush,
)
from tests.unit.persistence.samples import (
    CPO,
    NOW,
    TARIFF_JSON,
    TARIFF_SHA256,
    authorization,
    charging_session,
    closing_database,
    counterparty,
    meter_key,
    opening,
    with_session,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Engine

    from cdr_service.persistence.store import Store

    Opened = Callable[[], AbstractContextManager[Store]]

_RAW = b'OCMF|{"RV":0.100}|{"SD":"30"}\r\n\x00\xff'
_OTHER_JSON = TARIFF_JSON.replace(b"0.490", b"0.590")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with session S-1 and all it stands on."""
    with closing_database(tmp_path) as engine:
        with_session(engine)
        yield engine


@pytest.fixture
def opened(engine: Engine) -> Opened:
    """Opens transactions on it."""
    return opening(engine)


def _payload(payload_id: str = "p-1", raw: bytes = _RAW) -> StoredPayload:
    """Bytes that no text type could hold."""
    return StoredPayload(id=payload_id, raw=raw, encoding="plain", sha256=sha256(raw).hexdigest(), received_at=NOW)


def _record(**changes: object) -> SignedRecord:
    """A verified value of the payload."""
    record = SignedRecord(
        payload_id="p-1", value_index=0, signed_sha256="5a", meter_id="m", pagination_kind="T", pagination_number=7
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def test_a_location_is_what_was_last_put(opened: Opened) -> None:
    """Under any spelling of its id; another party's location of the same id is another one."""
    with opened() as store:
        store.put_location(CPO, "Loc-1", b'{"v":1}', now=NOW)
        store.put_location(CPO, "LOC-1", b'{"v":2}', now=NOW)
        found = store.find_location(CPO, "loc-1")
        assert found is not None
        assert (b'{"v":2}', sha256(b'{"v":2}').hexdigest()) == (found.canonical_json, found.sha256)
        assert store.find_location(PartyId("NL", "EIC"), "loc-1") is None


def test_a_tariff_offers_its_last_version(opened: Opened) -> None:
    """Putting a version again is no new version, and an earlier version can be offered again."""
    with opened() as store:
        store.put_tariff(CPO, "16", _OTHER_JSON, now=NOW)
        changed = store.find_tariff(CPO, "16")
        store.put_tariff(CPO, "16", TARIFF_JSON, now=NOW)
        store.put_tariff(CPO, "16", TARIFF_JSON, now=NOW)
        back = store.find_tariff(CPO, "16")
        everything = store.list_tariffs()
    assert changed is not None
    assert back is not None
    assert (changed.canonical_json, back.canonical_json) == (_OTHER_JSON, TARIFF_JSON)
    assert everything == (back,)


def test_a_push_is_what_the_partner_was_last_told(opened: Opened) -> None:
    """One line per partner and tariff."""
    push = TariffPush(
        counterparty_id="cp-1",
        party=CPO,
        tariff_id="16",
        sha256=TARIFF_SHA256,
        state=PushState.FAILED,
        answer="time-out",
    )
    with opened() as store:
        store.put_tariff_push(push, now=NOW)
        store.put_tariff_push(replace(push, state=PushState.ACCEPTED, answer=None), now=NOW)
        assert store.list_tariff_pushes(CPO, "16") == (replace(push, state=PushState.ACCEPTED, answer=None),)
    with pytest.raises(NotFoundError, match="TARIFF_UNKNOWN"), opened() as store:
        store.put_tariff_push(replace(push, tariff_id="17"), now=NOW)


def test_meter_keys_keep_their_history(opened: Opened) -> None:
    """An exchange ends the key before; the same key again changes nothing; other meters stay apart."""
    exchange = NOW + timedelta(days=30)
    new = meter_key(spki_der=b"spki-b", fingerprint="sha256:bb", valid_from=exchange)
    other = meter_key(serial="another")
    with opened() as store:
        for key in (meter_key(), meter_key(), new, new, other):
            store.put_meter_key(key, now=NOW)
    with opened() as store:
        assert store.list_meter_keys("1EMH0012345678") == (meter_key(valid_until=exchange), new)
        assert store.list_meter_keys() == (meter_key(valid_until=exchange), new, other)
        assert store.list_meter_keys("unknown") == ()


def test_an_undated_exchange_of_a_meter_key_is_refused(opened: Opened) -> None:
    """The old key's records would be disowned; nothing is written."""
    with opened() as store:
        store.put_meter_key(meter_key(), now=NOW)
    with pytest.raises(ConflictError, match="METER_KEY_NEEDS_VALID_FROM"), opened() as store:
        store.put_meter_key(meter_key(fingerprint="sha256:bb"), now=NOW)
    with opened() as store:
        assert store.list_meter_keys() == (meter_key(),)


def test_an_authorization_comes_back_whole(opened: Opened) -> None:
    """Token, place and frozen tariff, the tariff read from the frozen bytes."""
    with opened() as store:
        assert store.get_authorization("auth-1") == authorization()


def test_an_authorization_keeps_its_tariff(opened: Opened) -> None:
    """A tariff that changes afterwards does not reach the snapshot."""
    with opened() as store:
        store.put_tariff(CPO, "16", _OTHER_JSON, now=NOW)
    with opened() as store:
        assert store.get_authorization("auth-1").snapshot.canonical_json == TARIFF_JSON


def test_an_authorization_on_an_unknown_tariff_is_refused(tmp_path: Path) -> None:
    """The version that was frozen is on record."""
    with (
        closing_database(tmp_path) as engine,
        pytest.raises(StoreError, match="FOREIGN KEY"),
        opening(engine)() as store,
    ):
        store.add_authorization(authorization(), now=NOW)


def test_a_session_comes_back_and_moves(opened: Opened) -> None:
    """The end is set once known, and a later state without one leaves it."""
    end = NOW + timedelta(hours=2)
    with opened() as store:
        assert store.lock_session(CPO, "s-1") == charging_session()
        store.set_session_state(CPO, "S-1", SessionState.AWAITING_SIGNED_END, end_date_time=end)
        store.set_session_state(CPO, "S-1", SessionState.CLOSED)
    with opened() as store:
        expected = replace(charging_session(), state=SessionState.CLOSED, end_date_time=end)
        assert store.get_session(CPO, "S-1") == expected


@pytest.mark.parametrize("session_id", ["S-1", "s-1"])
def test_a_session_id_is_given_once(opened: Opened, session_id: str) -> None:
    """Ids compare without case (CiString)."""
    with pytest.raises(ConflictError, match="SESSION_EXISTS"), opened() as store:
        store.add_session(charging_session(session_id), now=NOW)


def test_an_id_that_is_no_cistring_is_refused(opened: Opened) -> None:
    """Letters outside ASCII fold differently in every database: the key would not be one."""
    with pytest.raises(StoreError, match="CHECK"), opened() as store:
        store.add_session(charging_session("SÄ"), now=NOW)


def test_what_is_unknown_is_not_found(opened: Opened) -> None:
    """Each look-up by id says what is missing, also for another party's id."""
    with pytest.raises(NotFoundError, match="SESSION_UNKNOWN"), opened() as store:
        store.get_session(PartyId("NL", "EIC"), "S-1")
    with pytest.raises(NotFoundError, match="SESSION_UNKNOWN"), opened() as store:
        store.lock_session(CPO, "S-2")
    with pytest.raises(NotFoundError, match="AUTHORIZATION_UNKNOWN"), opened() as store:
        store.get_authorization("auth-2")


def test_events_are_numbered_in_the_order_of_arrival(opened: Opened) -> None:
    """Whatever time they tell: an event may come late."""
    with opened() as store:
        store.add_payload(_payload(), CPO, "S-1")
        first = store.append_event(
            CPO, "S-1", event_type=SessionEventType.SIGNED_VALUE, at=NOW, now=NOW, payload_id="p-1"
        )
        early = NOW - timedelta(hours=1)
        second = store.append_event(CPO, "S-1", event_type=SessionEventType.STATE, at=early, now=NOW, state="parking")
    with opened() as store:
        assert store.list_events(CPO, "S-1") == (first, second)
    assert (first.seq, second.seq, second.at, second.received_at) == (1, 2, early, NOW)


def test_bytes_are_kept_as_received(opened: Opened) -> None:
    """Line ends, zero bytes and invalid UTF-8 included."""
    with opened() as store:
        assert store.add_payload(_payload(), CPO, "S-1") == ("p-1", True)
    with opened() as store:
        assert store.list_payloads(CPO, "S-1") == (_payload(),)


def test_the_same_bytes_are_kept_once_per_session(engine: Engine, opened: Opened) -> None:
    """A repeated message changes nothing; another session keeps its own copy."""
    with_session(engine, "S-2")
    with opened() as store:
        store.add_payload(_payload(), CPO, "S-1")
        assert store.add_payload(_payload("p-2"), CPO, "S-1") == ("p-1", False)
        assert store.add_payload(_payload("p-2"), CPO, "S-2") == ("p-2", True)


def test_bytes_under_a_wrong_digest_are_refused(opened: Opened) -> None:
    """The digest on record is that of the bytes on record."""
    with pytest.raises(ValueError, match="digest"), opened() as store:
        store.add_payload(replace(_payload(), sha256="00"), CPO, "S-1")


def test_a_judgement_does_not_replace_the_one_before(opened: Opened) -> None:
    """A later program may judge otherwise; both stand, oldest first."""
    first = PayloadVerification(
        payload_id="p-1",
        value_index=0,
        status="untrusted_key",
        problems=("KEY_UNKNOWN",),
        key_fingerprint=None,
        program_version="0.1.0",
        judged_at=NOW,
    )
    second = replace(first, status="verified", problems=(), key_fingerprint="sha256:aa", program_version="0.2.0")
    with opened() as store:
        store.add_payload(_payload(), CPO, "S-1")
        store.add_verifications("p-1", [first, replace(first, value_index=1)])
        store.add_verifications("p-1", [second])
    with opened() as store:
        assert store.list_verifications(CPO, "S-1") == (first, replace(first, value_index=1), replace(second, run=2))


def test_signed_bytes_count_once_in_a_session(opened: Opened) -> None:
    """However they were wrapped: the second payload adds no record."""
    with opened() as store:
        store.add_payload(_payload(), CPO, "S-1")
        store.add_payload(_payload("p-2", b"wrapped otherwise"), CPO, "S-1")
        assert store.add_record(_record(), CPO, "S-1", now=NOW)
        assert not store.add_record(_record(payload_id="p-2"), CPO, "S-1", now=NOW)
        assert store.list_records(CPO, "S-1") == (_record(),)


def test_signed_bytes_of_another_session_are_found(engine: Engine, opened: Opened) -> None:
    """The same energy must not be billed in two sessions; a session's own record is no other one's."""
    with_session(engine, "S-2")
    with opened() as store:
        store.add_payload(_payload(), CPO, "S-1")
        store.add_record(_record(), CPO, "S-1", now=NOW)
    with opened() as store:
        assert store.find_earlier_session_of_record("5a", CPO, "S-2") == "DE*EIC*s-1"
        assert store.find_earlier_session_of_record("5a", CPO, "S-1") is None
        assert store.find_earlier_session_of_record("5b", CPO, "S-2") is None


def test_a_count_beyond_every_integer_type_is_kept(opened: Opened) -> None:
    """A meter's count has no bound in its format; evidence is not lost for that."""
    huge = _record(pagination_number=10**29 + 1)
    with opened() as store:
        store.add_payload(_payload(), CPO, "S-1")
        store.add_record(huge, CPO, "S-1", now=NOW)
    with opened() as store:
        assert store.list_records(CPO, "S-1") == (huge,)


def test_findings_are_those_of_the_last_close(opened: Opened) -> None:
    """In their order; an earlier close's findings are gone."""
    findings = tuple(
        StoredFinding(code=code, severity="error", message=f"{code} was found", path=None) for code in ("B", "A")
    )
    with opened() as store:
        store.replace_session_findings(CPO, "S-1", findings[:1], now=NOW)
        store.replace_session_findings(CPO, "S-1", findings, now=NOW)
        assert store.list_session_findings(CPO, "S-1") == findings


def test_two_partners_do_not_share_pushes(opened: Opened) -> None:
    """Each partner has a line of its own."""
    push = TariffPush(
        counterparty_id="cp-1", party=CPO, tariff_id="16", sha256=TARIFF_SHA256, state=PushState.PENDING, answer=None
    )
    with opened() as store:
        store.add_counterparty(counterparty(id="cp-2", name="Other"), now=NOW)
        store.put_tariff_push(push, now=NOW)
        store.put_tariff_push(replace(push, counterparty_id="cp-2"), now=NOW)
        assert [one.counterparty_id for one in store.list_tariff_pushes(CPO, "16")] == ["cp-1", "cp-2"]
