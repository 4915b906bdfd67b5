"""Whatever stands in an AUTACK: signatures, a reason why there are none, or one of our errors."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from meter_sign.errors import MeterSignError
from meter_sign.formats.edifact.autack import cover
from meter_sign.limits import DEFAULT_LIMITS
from tests.support.autack import (
    DIGEST_HEADER,
    DIRECT_HEADER,
    DIRECT_TRAILER,
    FILE,
    OWN_HEADER,
    USB,
    USX,
    answer,
    autack,
    direct,
    interchanges_of,
)  # fmt: skip

SEGMENTS = st.sampled_from([
    DIRECT_HEADER, DIGEST_HEADER, OWN_HEADER, USB, USX, DIRECT_TRAILER, b"USX+IC1++++++1'", b"USY+S1+2:01*3:02'",
    b"USY+S2+1:00'", b"UST+S2+3'", b"UST+S1+6'", b"USR+2:01*3:02'", b"USR'", b"USH'", b"USC'", b"USA'", b"USX'",
    b"USY'", b"UST'", b"UNT'", b"UNH+1+AUTACK'", b"FTX+?''", b"\r\n", b"USH+7+S1+3+++++++1:2026:x'",
])  # fmt: skip


@given(st.lists(SEGMENTS, max_size=12).map(b"".join), st.sampled_from([3, 4]))
def test_any_autack_gives_an_answer(message: bytes, syntax: int) -> None:
    """Nothing fails in a way that nobody handles, and no message is covered by nothing without a word."""
    try:
        interchanges = interchanges_of(FILE, autack(message, una=b"", syntax=syntax))
        covered = cover(interchanges, DEFAULT_LIMITS)
    except MeterSignError as error:
        assert error.code  # noqa: PT017 - any of our errors will do, with its code
        return
    both = [covered.of(interchanges[0], one) for one in interchanges[0].messages]
    if USX not in message and b"USX+IC1" not in message:
        assert all(not signatures for signatures, _ in both)


@given(st.integers(0, len(direct()) - 1), st.binary(max_size=2))
@example(0, b"")
def test_changed_autack_never_makes_another_reading_of_what_is_signed(at: int, change: bytes) -> None:
    """Whatever becomes of the AUTACK, what it has signed is hashed whole: all of the interchange or one message."""
    (genuine,), _ = answer(FILE, direct())
    changed = direct()[:at] + change + direct()[at + 1 :]
    try:
        signatures, _ = answer(FILE, changed)
    except MeterSignError as error:
        assert error.code  # noqa: PT017 - any of our errors will do, with its code
        return
    assert all(genuine.signed == one.signed or genuine.hash is not one.hash for one in signatures)
