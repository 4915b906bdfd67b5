"""The life of a CDR as one table, and the rule for trying again.

Rules for reading `TRANSITIONS`: a state knows only the events in its row; any other event is refused. Nothing leads
back from what was accepted, rejected or found in conflict: a CDR that went out is corrected by a credit CDR with an
id of its own. `unknown` means that the partner may or may not have the CDR: from there the way leads through a look
at the partner's book (`checking`), never straight to another POST. A worker that dies while `submitting` leaves the
outcome unknown.

The names of the states are those of contracts.md, section 3; no others exist.

Source: durability.md, sections 2.3 (classes of an outcome) and 2.4 (states, rules 4 and 7).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from cdr_service.domain.errors import LifecycleError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.money import EXACT

#: First wait before another attempt, in seconds (rule 7).
BACK_OFF_BASE_SECONDS = 30
#: Longest wait, in seconds: 6 hours (rule 7).
BACK_OFF_CAP_SECONDS = 6 * 60 * 60
#: How long a CDR is tried before it expires into the work-list (rule 7).
MAX_AGE = timedelta(days=30)


class CdrState(StrEnum):
    """States of a CDR and of its delivery."""

    ASSEMBLED = "assembled"
    RECONCILED = "reconciled"
    #: Queued: its body's bytes are frozen from here on.
    READY = "ready"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    CHECKING = "checking"
    RETRY_WAIT = "retry_wait"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    #: Not lawful to send; the reasons stand with it.
    BLOCKED = "blocked"
    #: Waits for the counterparty or for a person.
    HELD = "held"
    #: The partner has another CDR under this id.
    CONFLICT = "conflict"
    EXPIRED = "expired"
    CREDITED = "credited"
    REPLACED = "replaced"


class CdrEvent(StrEnum):
    """What happens to a CDR."""

    RECONCILED = "reconciled"
    BLOCKED = "blocked"
    QUEUED = "queued"
    #: The attempt's number and time are committed; bytes may leave.
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    #: Certainly not processed: another attempt is safe.
    NOT_PROCESSED = "not_processed"
    #: The partner may have it, or the worker died while submitting.
    OUTCOME_UNKNOWN = "outcome_unknown"
    BACK_OFF_OVER = "back_off_over"
    GRACE_OVER = "grace_over"
    FOUND_EQUAL = "found_equal"
    FOUND_DIFFERENT = "found_different"
    #: A URL that is proven to find CDRs says 404.
    NOT_FOUND = "not_found"
    #: The partner cannot be asked, and its policy says at least once.
    REPOST_BY_POLICY = "repost_by_policy"
    #: The partner cannot be asked, and its policy says at most once: a person decides.
    HOLD_BY_POLICY = "hold_by_policy"
    COUNTERPARTY_HELD = "counterparty_held"
    RELEASED = "released"
    MAX_AGE_REACHED = "max_age_reached"
    CREDIT_ACCEPTED = "credit_accepted"
    REPLACEMENT_ACCEPTED = "replacement_accepted"


TRANSITIONS: dict[CdrState, dict[CdrEvent, CdrState]] = {
    CdrState.ASSEMBLED: {
        CdrEvent.RECONCILED: CdrState.RECONCILED,
        CdrEvent.BLOCKED: CdrState.BLOCKED,
    },
    CdrState.RECONCILED: {
        CdrEvent.QUEUED: CdrState.READY,
        CdrEvent.BLOCKED: CdrState.BLOCKED,
        CdrEvent.COUNTERPARTY_HELD: CdrState.HELD,
    },
    CdrState.READY: {
        CdrEvent.SUBMITTED: CdrState.SUBMITTING,
        CdrEvent.COUNTERPARTY_HELD: CdrState.HELD,
        CdrEvent.MAX_AGE_REACHED: CdrState.EXPIRED,
    },
    CdrState.SUBMITTING: {
        CdrEvent.ACCEPTED: CdrState.ACCEPTED,
        CdrEvent.REJECTED: CdrState.REJECTED,
        CdrEvent.NOT_PROCESSED: CdrState.RETRY_WAIT,
        CdrEvent.OUTCOME_UNKNOWN: CdrState.UNKNOWN,
        CdrEvent.COUNTERPARTY_HELD: CdrState.HELD,
    },
    CdrState.RETRY_WAIT: {
        CdrEvent.BACK_OFF_OVER: CdrState.READY,
        CdrEvent.COUNTERPARTY_HELD: CdrState.HELD,
        CdrEvent.MAX_AGE_REACHED: CdrState.EXPIRED,
    },
    CdrState.UNKNOWN: {
        CdrEvent.GRACE_OVER: CdrState.CHECKING,
        CdrEvent.MAX_AGE_REACHED: CdrState.EXPIRED,
    },
    CdrState.CHECKING: {
        CdrEvent.FOUND_EQUAL: CdrState.ACCEPTED,
        CdrEvent.FOUND_DIFFERENT: CdrState.CONFLICT,
        CdrEvent.NOT_FOUND: CdrState.READY,
        CdrEvent.REPOST_BY_POLICY: CdrState.READY,
        CdrEvent.HOLD_BY_POLICY: CdrState.HELD,
        CdrEvent.OUTCOME_UNKNOWN: CdrState.UNKNOWN,
    },
    CdrState.HELD: {
        CdrEvent.RELEASED: CdrState.READY,
        CdrEvent.MAX_AGE_REACHED: CdrState.EXPIRED,
    },
    CdrState.ACCEPTED: {CdrEvent.CREDIT_ACCEPTED: CdrState.CREDITED},
    CdrState.CREDITED: {CdrEvent.REPLACEMENT_ACCEPTED: CdrState.REPLACED},
    CdrState.REJECTED: {},
    CdrState.BLOCKED: {},
    CdrState.CONFLICT: {},
    CdrState.EXPIRED: {},
    CdrState.REPLACED: {},
}


class DeliveryOutcome(StrEnum):
    """What one attempt to deliver came to (durability.md, section 2.3)."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    #: Nothing left us: connection refused, name not found, TLS failed.
    NOT_SENT = "NOT_SENT"
    #: The partner says that it did nothing: 429, or 503 with Retry-After.
    NOT_PROCESSED = "NOT_PROCESSED"
    #: Bytes left, and nobody knows what became of them.
    UNKNOWN = "UNKNOWN"
    #: The counterparty, not the CDR, is the problem: credentials, or a hub's member that is not connected.
    HOLD = "HOLD"


#: The event that an outcome causes.
OUTCOME_EVENTS: dict[DeliveryOutcome, CdrEvent] = {
    DeliveryOutcome.ACCEPTED: CdrEvent.ACCEPTED,
    DeliveryOutcome.REJECTED: CdrEvent.REJECTED,
    DeliveryOutcome.NOT_SENT: CdrEvent.NOT_PROCESSED,
    DeliveryOutcome.NOT_PROCESSED: CdrEvent.NOT_PROCESSED,
    DeliveryOutcome.UNKNOWN: CdrEvent.OUTCOME_UNKNOWN,
    DeliveryOutcome.HOLD: CdrEvent.COUNTERPARTY_HELD,
}


def transition(state: CdrState, event: CdrEvent) -> CdrState:
    """The state after an event.

    Raises:
        LifecycleError: TRANSITION_UNKNOWN, when the state does not know the event.
    """
    following = TRANSITIONS[state].get(event)
    if following is None:
        raise LifecycleError(GatewayCode.TRANSITION_UNKNOWN, f"{event!s} cannot happen to a CDR that is {state!s}")
    return following


def back_off(attempt_no: int, jitter: Decimal) -> timedelta:
    """How long to wait after a failed attempt: 30 s doubled with every attempt, at most 6 h, with full jitter.

    Args:
        attempt_no: number of the attempt that failed, from 1.
        jitter: a random fraction from 0 to 1, drawn by the caller.

    Returns:
        The wait in whole seconds: attempt 3 with jitter 0.5 waits 60 s of its 120.

    Raises:
        ValueError: the attempt is not counted from 1, or the jitter is no fraction.

    Source: durability.md, section 2.4, rule 7.
    """
    if attempt_no < 1:
        raise ValueError("attempts are counted from 1")
    if not 0 <= jitter <= 1:
        raise ValueError("jitter is a fraction from 0 to 1")
    doublings = min(attempt_no - 1, BACK_OFF_CAP_SECONDS.bit_length())
    longest = min(BACK_OFF_BASE_SECONDS << doublings, BACK_OFF_CAP_SECONDS)
    return timedelta(seconds=int(EXACT.multiply(Decimal(longest), jitter)))
