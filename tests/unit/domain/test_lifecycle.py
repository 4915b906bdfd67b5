"""The life of a CDR, as a table."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from cdr_service.domain.errors import LifecycleError
from cdr_service.domain.findings import GatewayCode
from cdr_service.domain.lifecycle import (
    OUTCOME_EVENTS,
    TRANSITIONS,
    CdrEvent,
    CdrState,
    DeliveryOutcome,
    back_off,
    transition,
)

#: contracts.md, section 3.
CONTRACT_STATES = {
    "assembled", "reconciled", "ready", "submitting", "unknown", "checking", "retry_wait", "accepted", "rejected",
    "blocked", "held", "conflict", "expired", "credited", "replaced",
}  # fmt: skip


def test_states_are_those_of_the_contract() -> None:
    """The states have the names that the contract gives them, and there are no others."""
    assert CONTRACT_STATES == {state.value for state in CdrState}


def test_every_state_has_its_row() -> None:
    """The table says for every state which events it knows."""
    assert set(CdrState) == set(TRANSITIONS)


@pytest.mark.parametrize(
    "events",
    [
        ("reconciled", "queued", "submitted", "accepted", "credit_accepted", "replacement_accepted"),
        ("reconciled", "queued", "submitted", "not_processed", "back_off_over", "submitted", "accepted"),
        ("reconciled", "queued", "submitted", "outcome_unknown", "grace_over", "found_equal"),
        ("reconciled", "queued", "submitted", "outcome_unknown", "grace_over", "not_found", "submitted", "accepted"),
        ("reconciled", "queued", "submitted", "outcome_unknown", "grace_over", "outcome_unknown", "grace_over"),
        ("reconciled", "queued", "submitted", "outcome_unknown", "grace_over", "repost_by_policy", "submitted"),
        ("reconciled", "queued", "submitted", "outcome_unknown", "grace_over", "hold_by_policy", "released"),
        ("reconciled", "queued", "counterparty_held", "released", "submitted", "counterparty_held"),
    ],
)
def test_lives_of_the_design(events: tuple[str, ...]) -> None:
    """Every life that the design draws can be lived."""
    state = CdrState.ASSEMBLED
    for event in events:
        state = transition(state, CdrEvent(event))
    assert state in CdrState


#: Every pair of state and event that is allowed; anything else is refused.
ALLOWED = {
    ("assembled", "reconciled"): "reconciled",
    ("assembled", "blocked"): "blocked",
    ("reconciled", "queued"): "ready",
    ("reconciled", "blocked"): "blocked",
    ("reconciled", "counterparty_held"): "held",
    ("ready", "submitted"): "submitting",
    ("ready", "counterparty_held"): "held",
    ("ready", "max_age_reached"): "expired",
    ("submitting", "accepted"): "accepted",
    ("submitting", "rejected"): "rejected",
    ("submitting", "not_processed"): "retry_wait",
    ("submitting", "outcome_unknown"): "unknown",
    ("submitting", "counterparty_held"): "held",
    ("retry_wait", "back_off_over"): "ready",
    ("retry_wait", "counterparty_held"): "held",
    ("retry_wait", "max_age_reached"): "expired",
    ("unknown", "grace_over"): "checking",
    ("unknown", "max_age_reached"): "expired",
    ("checking", "found_equal"): "accepted",
    ("checking", "found_different"): "conflict",
    ("checking", "not_found"): "ready",
    ("checking", "repost_by_policy"): "ready",
    ("checking", "hold_by_policy"): "held",
    ("checking", "outcome_unknown"): "unknown",
    ("held", "released"): "ready",
    ("held", "max_age_reached"): "expired",
    ("accepted", "credit_accepted"): "credited",
    ("credited", "replacement_accepted"): "replaced",
}


@pytest.mark.parametrize("state", CdrState)
@pytest.mark.parametrize("event", CdrEvent)
def test_transition_is_allowed_or_refused(state: CdrState, event: CdrEvent) -> None:
    """A pair of state and event leads where the design says, and any other pair is refused."""
    following = ALLOWED.get((state.value, event.value))
    if following is not None:
        assert following == transition(state, event)
        return
    with pytest.raises(LifecycleError) as caught:
        transition(state, event)
    assert GatewayCode.TRANSITION_UNKNOWN == caught.value.code


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (DeliveryOutcome.ACCEPTED, CdrState.ACCEPTED),
        (DeliveryOutcome.REJECTED, CdrState.REJECTED),
        (DeliveryOutcome.NOT_SENT, CdrState.RETRY_WAIT),
        (DeliveryOutcome.NOT_PROCESSED, CdrState.RETRY_WAIT),
        (DeliveryOutcome.UNKNOWN, CdrState.UNKNOWN),
        (DeliveryOutcome.HOLD, CdrState.HELD),
    ],
)
def test_outcome_of_an_attempt_settles_it(outcome: DeliveryOutcome, state: CdrState) -> None:
    """Each class of outcome leads out of `submitting` to its state."""
    assert state == transition(CdrState.SUBMITTING, OUTCOME_EVENTS[outcome])


def test_every_outcome_causes_an_event() -> None:
    """No class of outcome is left without an event."""
    assert set(DeliveryOutcome) == set(OUTCOME_EVENTS)


@pytest.mark.parametrize(
    ("seconds", "attempt_no", "jitter"),
    [
        (30, 1, "1"),
        (60, 2, "1"),
        (60, 3, "0.5"),
        (15360, 10, "1"),
        (21600, 11, "1"),
        (21600, 1_000_000, "1"),
        (0, 5, "0"),
        (29, 1, "0.999"),
    ],
)
def test_back_off_doubles_to_its_cap(seconds: int, attempt_no: int, jitter: str) -> None:
    """The wait is 30 s doubled with every attempt up to 6 h, times the jitter."""
    assert timedelta(seconds=seconds) == back_off(attempt_no, Decimal(jitter))


@pytest.mark.parametrize(("attempt_no", "jitter"), [(0, "1"), (-1, "1"), (1, "1.01"), (1, "-0.1")])
def test_back_off_refuses_nonsense(attempt_no: int, jitter: str) -> None:
    """Attempts are counted from 1, and jitter is a fraction."""
    with pytest.raises(ValueError, match=r"attempts|jitter"):
        back_off(attempt_no, Decimal(jitter))
