"""A BSM-WS36A of the tests; `tools/fixtures/chargeit_text.py` writes what it signs, and knows nothing of our reader.

container(begin(), end())                        -> the JSON of a session of 10.50 kWh
text(container(begin(), end(RCR=9)))             -> the same as bytes, with another signed session register
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.fixtures.chargeit_text import FIRST, LAST, process, snapshot
from tools.fixtures.meter_keys import METER, TestKey
from tools.fixtures.ocmf_text import der

if TYPE_CHECKING:
    from tools.fixtures.json_text import Json


def begin(points: Json | None = None, *, key: TestKey = METER, scale: int = 1, **changes: Any) -> Json:
    """The usual turn-on snapshot with these points otherwise."""
    return snapshot(FIRST | (points or {}) | changes, key=key, scale=scale)


def end(points: Json | None = None, *, key: TestKey = METER, scale: int = 1, **changes: Any) -> Json:
    """The usual turn-off snapshot with these points otherwise."""
    return snapshot(LAST | (points or {}) | changes, key=key, scale=scale)


def container(*records: Any, **members: Any) -> Json:
    """A charging process; a member given as None is left out."""
    return process(*records, **members)


def sign(octets: bytes, key: TestKey = METER) -> bytes:
    """ECDSA with SHA-256, in DER."""
    return der(*key.sign(octets))


def text(document: Any) -> bytes:
    """JSON as charging stations' back ends send it."""
    return json.dumps(document, indent=2).encode()
