"""The outcome table: every row of the specification's table, and the rule for what no row names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdr_service.domain.lifecycle import DeliveryOutcome
from cdr_service.ocpi.envelope import Envelope
from cdr_service.ocpi.outcome import OUTCOME_RULES, classify

ACCEPTED = DeliveryOutcome.ACCEPTED
REJECTED = DeliveryOutcome.REJECTED
UNKNOWN = DeliveryOutcome.UNKNOWN
HOLD = DeliveryOutcome.HOLD
NOT_PROCESSED = DeliveryOutcome.NOT_PROCESSED


def outcome(
    http_status: int, status_code: int | None, message: str | None = None, headers: dict[str, str] | None = None
) -> DeliveryOutcome:
    envelope = Envelope(status_code=status_code, status_message=message, data=None, timestamp=None)
    return classify(http_status, envelope, headers or {}).outcome


@pytest.mark.parametrize(
    ("expected", "http_status", "status_code"),
    [
        (ACCEPTED, 200, 1000),
        (ACCEPTED, 201, 1000),
        (ACCEPTED, 204, 1901),
        (ACCEPTED, 202, 1999),
        (REJECTED, 200, 2000),
        (REJECTED, 200, 2001),
        (REJECTED, 201, 2999),
        (REJECTED, 400, 2001),
        (REJECTED, 404, 2003),
        (REJECTED, 405, 2000),
        (REJECTED, 413, 2000),
        (REJECTED, 422, 2001),
        (HOLD, 401, None),
        (HOLD, 401, 2000),
        (HOLD, 403, 1000),
        (HOLD, 200, 4001),
        (HOLD, 200, 4003),
        (HOLD, 502, 4003),
        (NOT_PROCESSED, 429, None),
        (NOT_PROCESSED, 429, 2000),
        (UNKNOWN, 200, None),
        (UNKNOWN, 201, None),
        (UNKNOWN, 200, 3000),
        (UNKNOWN, 200, 3001),
        (UNKNOWN, 200, 4000),
        (UNKNOWN, 200, 4002),
        (UNKNOWN, 200, 5000),
        (UNKNOWN, 400, None),
        (UNKNOWN, 404, None),
        (UNKNOWN, 422, None),
        (UNKNOWN, 400, 1000),
        (UNKNOWN, 404, 3000),
        (UNKNOWN, 409, 2001),
        (UNKNOWN, 500, None),
        (UNKNOWN, 500, 1000),
        (UNKNOWN, 500, 2001),
        (UNKNOWN, 502, None),
        (UNKNOWN, 503, None),
        (UNKNOWN, 301, None),
        (UNKNOWN, 307, None),
        (UNKNOWN, 103, 1000),
    ],
)
def test_pairs(expected: DeliveryOutcome, http_status: int, status_code: int | None) -> None:
    """HTTP status and OCPI code together decide, never one alone."""
    assert expected is outcome(http_status, status_code)


def test_retry_after_makes_503_harmless() -> None:
    """503 with a time to come back was not processed; without, nobody knows; other 5xx stay unknown."""
    assert NOT_PROCESSED is outcome(503, None, headers={"retry-after": "30"})
    assert UNKNOWN is outcome(500, None, headers={"retry-after": "30"})


@pytest.mark.parametrize("message", ["CDR already exists", "Duplicate id", "DUPLICATE_KEY", "already known"])
@pytest.mark.parametrize("http_status", [200, 400, 409])
def test_a_duplicate_is_looked_at(message: str, http_status: int) -> None:
    """A refusal that says the object is there already may be our own earlier attempt: it is not final."""
    assert UNKNOWN is outcome(http_status, 2001, message)


def test_a_duplicate_that_was_accepted_is_accepted() -> None:
    """Words do not overrule a success."""
    assert ACCEPTED is outcome(200, 1000, "already exists, updated")


@given(st.integers(100, 599), st.none() | st.integers(1000, 9999), st.booleans())
def test_success_needs_both(http_status: int, status_code: int | None, retry: bool) -> None:  # noqa: FBT001
    """Only HTTP 2xx with 1xxx is accepted, and a rejection needs a readable refusal of the partner."""
    found = outcome(http_status, status_code, headers={"retry-after": "1"} if retry else {})
    both = 200 <= http_status < 300 and status_code is not None and 1000 <= status_code < 2000
    assert both is (found is ACCEPTED)
    if found is REJECTED:
        assert status_code is not None
        assert 2000 <= status_code < 3000
        assert http_status < 500


def test_every_row_is_reached() -> None:
    """No row of the table is hidden behind an earlier one."""
    reached = set()
    for http_status in range(100, 600):
        for code in (None, 1000, 2001, 3000, 4001):
            for message, headers in ((None, {}), ("duplicate", {}), (None, {"retry-after": "1"})):
                envelope = Envelope(status_code=code, status_message=message, data=None, timestamp=None)
                reached.add(id(classify(http_status, envelope, headers)))
    assert {id(rule) for rule in OUTCOME_RULES} <= reached
