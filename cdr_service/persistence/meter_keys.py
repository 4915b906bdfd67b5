"""Which revisions of a meter's key still count, and for when.

A key is registered under a serial and a name; putting it again adds a revision and never changes an old one:

- The same key again is a correction (of its validity, its EVSE, ...): only the newest of them counts.
- Another key under the same name is an exchange: it needs `valid_from`, and the key before it counts until then, so
  that what was signed before the exchange stays verifiable for as long as it is kept.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from cdr_service.domain.errors import ConflictError
from cdr_service.persistence.codes import StoreCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cdr_service.persistence.records import StoredMeterKey


def check_revision(earlier: Sequence[StoredMeterKey], new: StoredMeterKey) -> None:
    """Refuse a revision that would leave open when a key ended.

    Args:
        earlier: the revisions of the same serial and name, oldest first.
        new: the one to add.

    Raises:
        ConflictError: METER_KEY_NEEDS_VALID_FROM: the name had another key before, and `new` does not say from when on
            it signs, or not after the beginning of the key before it.
    """
    others = [key for key in counting_keys([*earlier, new])[:-1] if key.fingerprint != new.fingerprint]
    if not others:
        return
    before = others[-1].valid_from
    if new.valid_from is None or (before is not None and new.valid_from <= before):
        raise ConflictError(
            StoreCode.METER_KEY_NEEDS_VALID_FROM,
            "another key stands under this name: say from when on the new one signs, after the beginning of the other",
            where=f"{new.serial}/{new.name}",
        )


def keys_replaced_by(earlier: Sequence[StoredMeterKey], new: StoredMeterKey) -> tuple[StoredMeterKey, ...]:
    """The key that counts until a revision takes its place: the one before it, if it is another one.

    Args:
        earlier: the revisions of the same serial and name, oldest first.
        new: the one to add.
    """
    last = counting_keys([*earlier, new])[:-1][-1:]
    return tuple(key for key in last if key.fingerprint != new.fingerprint)


def counting_keys(revisions: Sequence[StoredMeterKey]) -> tuple[StoredMeterKey, ...]:
    """The keys of one serial and name, each with the end that its successor gives it.

    Args:
        revisions: all of one serial and name, oldest first.

    Returns:
        The newest revision of each run of the same key, oldest first; `valid_until` is the earlier of its own and the
        successor's `valid_from`.
    """
    newest = [list(run)[-1] for _, run in groupby(revisions, key=lambda key: key.fingerprint)]
    ended = [replace(key, valid_until=_earlier(key.valid_until, after.valid_from)) for key, after in pairwise(newest)]
    return (*ended, *newest[-1:])


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two ends; None is open."""
    ends = [end for end in (one, other) if end is not None]
    return min(ends) if ends else None
