"""What an answer means for a delivery: one table over the pair of HTTP status and OCPI status code.

The first row that fits decides; what fits no row is UNKNOWN, never success and never final. So an answer nobody
foresaw leads to a look (GET, or a person), not to a lost or a doubled CDR.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), status_codes, transport_and_format (HTTP status and OCPI status), and the
behaviour of receivers measured for it: a semantic refusal arrives as HTTP 200 with 2xxx.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cdr_service.domain.lifecycle import DeliveryOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdr_service.ocpi.envelope import Envelope

_DUPLICATE_WORDS = ("duplicate", "already exist", "already known", "already stored", "already received")


class Trait(StrEnum):
    """What else an answer can show, beside its two codes."""

    #: The partner named a time to come back.
    RETRY_AFTER = "retry_after"
    #: The message says that the partner has this object already.
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRule:
    """One row: HTTP statuses, OCPI codes (None = whatever, also none), a trait it needs, and what that means."""

    http: range | frozenset[int]
    codes: range | frozenset[int] | None
    outcome: DeliveryOutcome
    reason: str
    trait: Trait | None = None

    def fits(self, http_status: int, status_code: int | None, traits: frozenset[Trait]) -> bool:
        """Whether this row is about this answer."""
        if http_status not in self.http or (self.trait is not None and self.trait not in traits):
            return False
        return self.codes is None or (status_code is not None and status_code in self.codes)


_ANY = range(100, 600)
_OK = range(200, 300)
_REFUSALS = frozenset({400, 404, 405, 413, 422})
_CLIENT_ERRORS = range(2000, 3000)

#: Read from the top; the first row that fits decides.
OUTCOME_RULES: tuple[OutcomeRule, ...] = (
    OutcomeRule(
        http=frozenset({401, 403}), codes=None, outcome=DeliveryOutcome.HOLD,
        reason="the partner refuses our credentials: hold the counterparty, not the object",
    ),
    OutcomeRule(
        http=_ANY, codes=frozenset({4001, 4003}), outcome=DeliveryOutcome.HOLD,
        reason="the hub does not know or reach the receiver",
    ),
    OutcomeRule(http=_OK, codes=range(1000, 2000), outcome=DeliveryOutcome.ACCEPTED, reason="accepted"),
    OutcomeRule(
        http=frozenset({429}), codes=None, outcome=DeliveryOutcome.NOT_PROCESSED,
        reason="too many requests: not processed, come back later",
    ),
    OutcomeRule(
        http=frozenset({503}), codes=None, trait=Trait.RETRY_AFTER, outcome=DeliveryOutcome.NOT_PROCESSED,
        reason="not available, with a time to come back: not processed",
    ),
    OutcomeRule(
        http=range(200, 500), codes=_CLIENT_ERRORS, trait=Trait.DUPLICATE, outcome=DeliveryOutcome.UNKNOWN,
        reason="the partner says it has the object already: compare before deciding",
    ),
    OutcomeRule(http=_OK, codes=_CLIENT_ERRORS, outcome=DeliveryOutcome.REJECTED, reason="refused by the partner"),
    OutcomeRule(
        http=_REFUSALS, codes=_CLIENT_ERRORS, outcome=DeliveryOutcome.REJECTED, reason="refused by the partner"
    ),
)  # fmt: skip

#: The row below the last.
UNDECIDED = OutcomeRule(
    http=_ANY, codes=None, outcome=DeliveryOutcome.UNKNOWN,
    reason="the answer does not say whether the object was processed",
)  # fmt: skip


def classify(http_status: int, envelope: Envelope, headers: Mapping[str, str]) -> OutcomeRule:
    """Find the row that fits a whole answer.

    Args:
        http_status: of the final answer.
        envelope: the opened body.
        headers: the answer's headers, names in lower case.

    Returns:
        The row; its `outcome` and `reason` are the verdict.
    """
    message = (envelope.status_message or "").lower()
    traits = frozenset(
        trait
        for trait, shown in (
            (Trait.RETRY_AFTER, "retry-after" in headers),
            (Trait.DUPLICATE, any(word in message for word in _DUPLICATE_WORDS)),
        )
        if shown
    )
    fitting = (rule for rule in OUTCOME_RULES if rule.fits(http_status, envelope.status_code, traits))
    return next(fitting, UNDECIDED)
