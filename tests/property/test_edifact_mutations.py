"""Bytes and segments of signed EDIFACT files changed at random: none is ever verified as saying something else.

The changes are the same at every run. Whatever was changed, in the file or in the signature beside it: a judgement
comes out and never an error; and a value that is verified says, of meter, place, session, readings, intervals and
energy, what one of the original's values said.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import shake_256
from typing import TYPE_CHECKING, NamedTuple

import pytest

from meter_sign.judgement import Status
from tests.support.fixture_files import VALID, FixtureFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from meter_sign.judgement import Judgement, ValueJudgement

FILES = tuple(one for one in VALID if one.path.startswith("edifact/"))
#: Changes to each file; with all files there are more than 20 000.
CHANGES = 165
_SEGMENT = re.compile(rb"(?:\?.|[^?'])*+'[\r\n]*", re.DOTALL)
#: What is most likely to have a meaning.
_LIKELY = b"'+:?*.,-0123456789ABCUNHT\r\n\x00 \xff"


class Dice:
    """Numbers that look like chance and are the same at every run."""

    def __init__(self, seed: str) -> None:
        """Numbers from a seed."""
        self._stream = iter(shake_256(seed.encode()).digest(CHANGES * 64))

    def below(self, end: int) -> int:
        """A number from 0 to just before the end."""
        return int.from_bytes(bytes(next(self._stream) for _ in range(4)), "big") % max(end, 1)


def _flip(raw: bytes, dice: Dice) -> bytes:
    at = dice.below(8 * len(raw))
    changed = bytearray(raw)
    changed[at >> 3] ^= 1 << (at & 7)
    return bytes(changed)


def _set(raw: bytes, dice: Dice) -> bytes:
    at = dice.below(len(raw))
    return raw[:at] + bytes([_LIKELY[dice.below(len(_LIKELY))]]) + raw[at + 1 :]


def _insert(raw: bytes, dice: Dice) -> bytes:
    at = dice.below(len(raw) + 1)
    return raw[:at] + bytes([_LIKELY[dice.below(len(_LIKELY))]]) + raw[at:]


def _delete(raw: bytes, dice: Dice) -> bytes:
    at = dice.below(len(raw))
    return raw[:at] + raw[at + 1 + dice.below(3) * dice.below(20) :]


def _digit(raw: bytes, dice: Dice) -> bytes:
    """Another digit for one: the attack that pays."""
    digits = [place for place, octet in enumerate(raw) if 0x30 <= octet <= 0x39]
    at = digits[dice.below(len(digits))]
    return raw[:at] + bytes([0x30 + (raw[at] - 0x30 + 1 + dice.below(9)) % 10]) + raw[at + 1 :]


def _parts(raw: bytes) -> list[bytes]:
    """Segments where there are any, else pieces of 24 bytes."""
    if raw.count(b"'") < 6:
        return [raw[at : at + 24] for at in range(0, len(raw), 24)]
    # Only up to the last terminator: behind it every byte would be a beginning that is searched for its end.
    found = _SEGMENT.findall(raw[: raw.rindex(b"'") + 1])
    return [*found, raw[sum(map(len, found)) :]]


def _swap(raw: bytes, dice: Dice) -> bytes:
    parts = _parts(raw)
    one, other = dice.below(len(parts)), dice.below(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return b"".join(parts)


def _duplicate(raw: bytes, dice: Dice) -> bytes:
    parts = _parts(raw)
    parts.insert(dice.below(len(parts) + 1), parts[dice.below(len(parts))])
    return b"".join(parts)


def _drop(raw: bytes, dice: Dice) -> bytes:
    parts = _parts(raw)
    del parts[dice.below(len(parts))]
    return b"".join(parts)


def _recounted(raw: bytes, dice: Dice) -> bytes:
    """A segment more or less, and UNT counts it: who attacks can count."""
    changed = (_duplicate, _drop)[dice.below(2)](raw, dice)
    return re.sub(rb"UNT\+(\d{1,5})\+", lambda found: b"UNT+%d+" % _count(changed, found.start()), changed)


def _count(raw: bytes, end: int) -> int:
    begin = raw.rfind(b"UNH+", 0, end)
    return len(_SEGMENT.findall(raw[max(begin, 0) : end])) + 1


_KINDS: tuple[Callable[[bytes, Dice], bytes], ...] = (
    _flip, _set, _insert, _delete, _digit, _digit, _swap, _duplicate, _drop, _recounted,
)  # fmt: skip


class Told(NamedTuple):
    """What a verified value says that could be billed."""

    meter: object
    session: str | None
    energy: object
    readings: tuple[object, ...]
    intervals: tuple[object, ...]


def _told(value: ValueJudgement) -> Told:
    assert value.record is not None
    content = value.record.content
    return Told(
        meter=(content.meter, value.meter_id),
        session=content.transaction_id,
        energy=value.energy_kwh,
        # Where a value stands in the file may change: a UNH that nobody signed may have become longer.
        readings=tuple(replace(one, path="") for one in content.readings),
        intervals=tuple(replace(one, path="") for one in content.intervals),
    )


def _verified(judgement: Judgement) -> list[Told]:
    return [_told(value) for value in judgement.values if value.status is Status.VERIFIED]


def changed_judgements(file: FixtureFile) -> Iterator[Judgement]:
    """The judgements of the file with one change each, in the file or in one of the signatures beside it."""
    dice = Dice(file.path)
    raw, beside = file.raw, file.beside
    for number in range(CHANGES):
        change = _KINDS[number % len(_KINDS)]
        if (beside.autacks or beside.detached_signatures) and number % 3 == 0:
            moved = replace(
                beside,
                autacks=tuple(change(one, dice) for one in beside.autacks),
                detached_signatures=tuple(change(one, dice) for one in beside.detached_signatures),
            )
            yield file.judged(raw, moved)
        else:
            yield file.judged(change(raw, dice), beside)


def test_there_are_enough_changes() -> None:
    """More than 20 000 over all valid files."""
    assert CHANGES * len(FILES) > 20_000


def _billed(judgement: Judgement) -> set[Decimal | None]:
    return {one.transaction.energy_kwh for one in judgement.transactions if one.billable}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_changed_file_is_never_verified_or_billed_as_something_else(file: FixtureFile) -> None:
    """A judgement comes out of every change; what is verified or billed in it the original verified or billed."""
    original = file.judged()
    true, energies = _verified(original), _billed(original)
    assert true
    for judgement in changed_judgements(file):
        for told in _verified(judgement):
            assert told in true
        assert _billed(judgement) <= energies
