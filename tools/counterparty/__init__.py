"""A simulated eMSP that speaks OCPI 2.2.1 over HTTP on loopback, keeps a book, recomputes every CDR, and misbehaves.

It is the other party: written apart from `cdr_service` and `meter_sign`, and importing neither.

    with running_counterparty(out=tmp_path) as emsp:
        handshake(emsp.versions_url, emsp.token_a)
        emsp.misbehave("cdrs.POST:lose_answer:1")
        ...
        assert emsp.received[-1]["outcome"] == "lost"

Standing alone: `python -m tools.counterparty --port 0 --out DIR`.
"""

from tools.counterparty.emsp import Counterparty, running_counterparty
from tools.counterparty.state import BLOCKED_UID, KNOWN_UID, UNKNOWN_UID, DuplicatePolicy, make_token

__all__ = [
    "BLOCKED_UID",
    "KNOWN_UID",
    "UNKNOWN_UID",
    "Counterparty",
    "DuplicatePolicy",
    "make_token",
    "running_counterparty",
]
