"""What is known of a session's energy: every payload judged from its bytes, with registered keys only.

The gateway always judges as with `--require-key-source registry`: a key that travels with a payload never makes a CDR.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cdr_service.domain.cdr_assembly import EDIFACT
from cdr_service.domain.findings import GatewayCode, SessionFinding
from cdr_service.persistence.records import SessionEventType, StoredMeterKey, TimeTariff
from cdr_service.services.payload_verdicts import keep_judgement
from meter_sign import (
    Judgement,
    KeyPolicy,
    KeyRegistry,
    MeterKey,
    MeterSignError,
    Severity,
    SignerKind,
    Transaction,
    ValueJudgement,
    VerifiedRecord,
    assemble_transaction,
    claimed_meter_ids,
    decode_any_public_key,
    judge,
    normal_meter_id,
    read_certificate,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from cdr_service.domain.session import ChargingSession
    from cdr_service.persistence.store import Store


#: Identification types (OCMF 1.4.1, table 12) whose data is the card's uid or the contract's id itself.
COMPARABLE_MEDIA = frozenset({"ISO14443", "ISO15693", "EMAID"})

#: Formats whose session number is by agreement the id under which the session was started here (edifact.md 1.2, AGK).
STATES_OUR_SESSION = frozenset({EDIFACT})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvidence:
    """The verified records of a session as one transaction, the values that are none, and the keys that were used."""

    transaction: Transaction
    #: Every value that did not verify and every payload that nothing could be read of, in words.
    refused: tuple[SessionFinding, ...]
    #: Registered keys of the meters that the payloads name.
    keys: tuple[StoredMeterKey, ...]
    #: When the event came that delivered a record, by the SHA-256 of its signed bytes, as the operator's system says.
    received_at: dict[str, datetime]


def judge_payload(
    store: Store, session: ChargingSession, raw: bytes, at: datetime, *, party_policy: str | None
) -> tuple[Judgement, tuple[StoredMeterKey, ...]]:
    """Judge one payload with the keys that are registered for the meters it names, or at the session's EVSE.

    Args:
        store: the database.
        session: whose payload it is; its EVSE finds the key of records that state no serial.
        raw: the payload.
        at: when it came, as the operator's system says: an old session is judged by the keys of its time, also where
            the meter does not know the time itself.
        party_policy: the operator's written reason for billing what a market party signed, if there is one.

    Returns:
        The judgement, and the keys.
    """
    meters = sorted({normal_meter_id(meter_id) for meter_id in claimed_meter_ids(raw)})
    evse_uid = session.authorization.location.evse_uid
    of_meters = [key for meter in meters for key in store.list_meter_keys(meter)]
    stored = tuple(dict.fromkeys((*of_meters, *store.list_meter_keys_at_evse(evse_uid))))
    registry = KeyRegistry(keys=tuple(meter_key_of(key) for key in stored))
    policy = KeyPolicy(registry=registry, require_registry=True, evse_uid=evse_uid, accept_party=party_policy)
    return judge(raw, policy, at=at), stored


def gather(store: Store, session: ChargingSession, now: datetime, *, party_policy: str | None) -> SessionEvidence:
    """Judge every payload of a session again, keep the verdicts, and put the verified records together.

    `party_policy` is the operator's written reason for billing what a market party signed, if there is one.
    """
    times = {
        event.payload_id: event.at
        for event in store.list_events(session.party, session.session_id)
        if event.type is SessionEventType.SIGNED_VALUE
    }
    records: dict[str, VerifiedRecord] = {}
    refused: list[SessionFinding] = []
    keys: dict[StoredMeterKey, None] = {}
    received_at: dict[str, datetime] = {}
    for payload in store.list_payloads(session.party, session.session_id):
        at = min(times[payload.id], now)
        judgement, stored = judge_payload(store, session, payload.raw, at, party_policy=party_policy)
        keep_judgement(store, session, payload.id, judgement, now)
        if judgement.error is not None:
            refused.append(_unreadable(payload.id, judgement.error))
        keys |= dict.fromkeys(stored)
        refused += [_refused(payload.id, value) for value in judgement.values if value.record is None]
        for record in (value.record for value in judgement.values if value.record is not None):
            # A record that came twice (a retry of the charger's backend) counts once: same signed bytes.
            records.setdefault(record.signed_sha256, record)
            received_at.setdefault(record.signed_sha256, times[payload.id])
    transaction = assemble_transaction(
        tuple(records.values()),
        transaction_id=session.session_id,
        bad_values=len(refused),
        party_policy=party_policy,
    )
    return SessionEvidence(
        transaction=transaction,
        refused=tuple(refused),
        keys=tuple(keys),
        received_at=received_at,
    )


def as_if_accepted(evidence: SessionEvidence) -> SessionEvidence:
    """The same evidence as if the operator accepted its signers, for the CDR that waits for a person's decision."""
    transaction = evidence.transaction
    accepted = assemble_transaction(
        transaction.records,
        transaction_id=transaction.transaction_id,
        bad_values=len(evidence.refused),
        party_policy="waits for a person's decision",
    )
    return replace(evidence, transaction=accepted)


def findings_of(store: Store, session: ChargingSession, evidence: SessionEvidence) -> tuple[SessionFinding, ...]:
    """What the gateway itself must object to, beyond the law of the transaction."""
    return (
        *evidence.refused,
        *_replays(store, session, evidence),
        *_foreign_meters(session, evidence),
        *_other_session(store, session, evidence),
        *_other_user(session, evidence),
    )


def time_tariff_allowed(evidence: SessionEvidence) -> bool:
    """Whether every meter key of this session is registered with `time_tariff: allowed`."""
    used = {record.key_fingerprint for record in evidence.transaction.records}
    return bool(used) and all(key.time_tariff is TimeTariff.ALLOWED for key in evidence.keys if key.fingerprint in used)


def signed_time(transaction: Transaction) -> timedelta | None:
    """From the first to the last signed instant; None when one of them is not signed."""
    first, last = transaction.begins_at, transaction.ends_at
    return None if first is None or last is None else last.at - first.at


def meter_key_of(key: StoredMeterKey) -> MeterKey:
    """A stored key as records are judged by it.

    Raises:
        MeterSignError: KEY_INVALID, when its validity ends before it begins, or its meter has no id.
    """
    return MeterKey(
        meter_id=key.serial,
        name=key.name,
        key=decode_any_public_key(key.spki_der),
        certificate=None if key.certificate_der is None else read_certificate(key.certificate_der),
        signer_kind=SignerKind(key.signer_kind),
        valid_from=key.valid_from,
        valid_until=key.valid_until,
        evse_uid=key.evse_uid,
        provenance=key.source,
    )


def _refused(payload_id: str, value: ValueJudgement) -> SessionFinding:
    problems = ", ".join(str(code) for code in value.problems)
    return SessionFinding(
        code=GatewayCode.SIGNED_VALUE_REFUSED,
        severity=Severity.ERROR,
        message=f"signed value is {value.status}: {problems}",
        path=f"payload {payload_id} value {value.payload.index}",
    )


def _unreadable(payload_id: str, error: MeterSignError) -> SessionFinding:
    return SessionFinding(
        code=GatewayCode.SIGNED_VALUE_REFUSED,
        severity=Severity.ERROR,
        message=f"nothing can be read of this payload: {error}",
        path=f"payload {payload_id}",
    )


def _replays(store: Store, session: ChargingSession, evidence: SessionEvidence) -> Iterable[SessionFinding]:
    for record in evidence.transaction.records:
        other = store.find_earlier_session_of_record(record.signed_sha256, session.party, session.session_id)
        if other is not None:
            yield SessionFinding(
                code=GatewayCode.SIGNED_VALUE_IN_OTHER_SESSION,
                severity=Severity.ERROR,
                message=f"these signed bytes belong to session {other} already",
                path=f"signed_sha256 {record.signed_sha256}",
            )


def _foreign_meters(session: ChargingSession, evidence: SessionEvidence) -> Iterable[SessionFinding]:
    """A key that was registered for one EVSE, or for several, proves nothing at another."""
    here = session.authorization.location.evse_uid.casefold()
    for used in sorted({record.key_fingerprint for record in evidence.transaction.records}):
        registered = [key for key in evidence.keys if key.fingerprint == used]
        if registered and all(key.evse_uid is not None and key.evse_uid.casefold() != here for key in registered):
            places = ", ".join(sorted({str(key.evse_uid) for key in registered}))
            serial = registered[0].serial
            yield SessionFinding(
                code=GatewayCode.METER_NOT_AT_EVSE,
                severity=Severity.ERROR,
                message=f"meter {serial} is registered for EVSE {places}, the session ran at {here}",
                path=f"meter {serial}",
            )


def _other_session(store: Store, session: ChargingSession, evidence: SessionEvidence) -> Iterable[SessionFinding]:
    """A message that is signed for another session of ours is that one's; an unknown number is only told.

    Records of meter formats carry the meter's own count of sessions, which is nobody's id.
    """
    for record in evidence.transaction.records:
        signed = record.content.transaction_id
        if not signed or record.payload.format not in STATES_OUR_SESSION:
            continue
        if signed.casefold() == session.session_id.casefold():
            continue
        another = store.knows_session(session.party, signed)
        yield SessionFinding(
            code=GatewayCode.SIGNED_SESSION_DIFFERS,
            severity=Severity.ERROR if another else Severity.WARNING,
            message="the message is signed for " + ("another session" if another else "a session number of its own"),
            path=f"signed_sha256 {record.signed_sha256}",
        )


def _other_user(session: ChargingSession, evidence: SessionEvidence) -> Iterable[SessionFinding]:
    """The signed medium should be the token's; chargers write UIDs in several ways, so a difference is only told.

    Neither of the two is ever written into a message: they are personal data.
    """
    token = session.authorization.token
    expected = {_bare(token.uid), _bare(token.contract_id)}
    for record in evidence.transaction.records:
        signed = record.content.identification
        if (
            signed is not None
            and signed.type in COMPARABLE_MEDIA
            and signed.data
            and _bare(signed.data) not in expected
        ):
            yield SessionFinding(
                code=GatewayCode.SIGNED_USER_DIFFERS,
                severity=Severity.WARNING,
                message=f"the signed {signed.type} identification is neither the token's uid nor its contract id",
                path=f"signed_sha256 {record.signed_sha256}",
            )


def _bare(text: str) -> str:
    """An id without separators and without case."""
    return "".join(character for character in text.casefold() if character.isalnum())
