"""Take in what happens during a session: signed values, kept byte for byte before they are judged, and states."""

from __future__ import annotations

import logging
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cdr_service.domain.errors import ConflictError, RequestError
from cdr_service.domain.session import ChargingSession, SessionState
from cdr_service.persistence.records import SessionEventType, StoredPayload
from cdr_service.services.evidence import judge_payload
from cdr_service.services.payload_verdicts import keep_judgement
from meter_sign import Activity, Judgement

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.persistence.store import Store
    from cdr_service.services.ports import Ports

log = logging.getLogger(__name__)

#: States of the session that a charge point operator may report, and what they mean for OCPI's TIME and PARKING_TIME.
#: Names beyond OCPI's two are those of OCPP 2.0.1 (ChargingStateEnumType). An unknown name is refused, never guessed.
ACTIVITY_OF_STATE = {
    "charging": Activity.CHARGING,
    "parking": Activity.PARKING,
    "suspendedev": Activity.PARKING,
    # The vehicle still asks for power and the charger withholds it: OCPI's erratum calls that no parking.
    "suspendedevse": Activity.CHARGING,
}
#: A late packet is normal after a power loss, so a session that waits for its signed end still takes events.
TAKES_EVENTS = frozenset({SessionState.OPEN, SessionState.AWAITING_SIGNED_END})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedValueEvent:
    """A signed payload as it arrived; `encoding` is plain, hex or base64 of the text."""

    at: datetime
    payload: str
    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateEvent:
    """The session's state from `at` on."""

    at: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """The number of the event in its session, and what a first look at a signed payload said (None for states)."""

    seq: int
    payload_id: str | None
    judgement: Judgement | None


def record_event(ports: Ports, session_id: str, event: SignedValueEvent | StateEvent) -> RecordedEvent:
    """Append an event.

    A bad signed value is kept too: it is evidence, and the answer says what is wrong with it.

    Raises:
        NotFoundError: SESSION_UNKNOWN.
        ConflictError: SESSION_CLOSED.
        RequestError: STATE_UNKNOWN, ENCODING_INVALID.
    """
    with ports.transaction() as store:
        session = store.lock_session(ports.settings.party, session_id)
        if session.state not in TAKES_EVENTS:
            raise ConflictError("SESSION_CLOSED", f"the session is {session.state}", where=session_id)
        if isinstance(event, StateEvent):
            return _record_state(ports, store, session, event)
        return _record_signed_value(ports, store, session, event)


def _record_state(ports: Ports, store: Store, session: ChargingSession, event: StateEvent) -> RecordedEvent:
    if event.state.lower() not in ACTIVITY_OF_STATE:
        raise RequestError("STATE_UNKNOWN", f"{event.state!r} is no state of a session", where="/state")
    appended = store.append_event(
        session.party, session.session_id,
        event_type=SessionEventType.STATE, at=event.at, now=ports.clock(), state=event.state.lower(),
    )  # fmt: skip
    return RecordedEvent(seq=appended.seq, payload_id=None, judgement=None)


def _record_signed_value(
    ports: Ports, store: Store, session: ChargingSession, event: SignedValueEvent
) -> RecordedEvent:
    now = ports.clock()
    raw = _decoded(event)
    payload = StoredPayload(
        id=ports.new_id(), raw=raw, encoding=event.encoding, sha256=sha256(raw).hexdigest(), received_at=now
    )
    payload_id, _ = store.add_payload(payload, session.party, session.session_id)
    appended = store.append_event(
        session.party, session.session_id,
        event_type=SessionEventType.SIGNED_VALUE, at=event.at, now=now, payload_id=payload_id,
    )  # fmt: skip
    party_policy = ports.settings.accept_party_signatures
    judgement, _ = judge_payload(store, session, raw, min(event.at, now), party_policy=party_policy)
    if judgement.error is not None:
        log.warning("payload_unreadable session=%s payload=%s %s", session.session_id, payload_id, judgement.error)
    keep_judgement(store, session, payload_id, judgement, now)
    return RecordedEvent(seq=appended.seq, payload_id=payload_id, judgement=judgement)


def _decoded(event: SignedValueEvent) -> bytes:
    """The bytes that the sender's own encoding stands for; what is inside them the container reader finds out."""
    try:
        if event.encoding == "base64":
            return b64decode(event.payload, validate=True)
        if event.encoding == "hex":
            return bytes.fromhex(event.payload)
        return event.payload.encode()
    except (Base64Error, ValueError) as error:
        raise RequestError("ENCODING_INVALID", f"the payload is no {event.encoding}", where="/payload") from error
