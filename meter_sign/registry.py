"""Meter keys by meter and time: a pure look-up over what the caller loaded.

A key that travels with a record proves only that the file agrees with itself; what makes a record evidence is a key
that was registered for this meter beforehand, independently. Old keys stay registered with their validity after a
meter or a key was changed, so that old sessions can still be proven.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import KeyMaterialError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from meter_sign.crypto.keys import PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterKey:
    """One registered key of one meter, with the time in which it counts."""

    #: The id that records of this meter state: its serial, else its gateway's.
    meter_id: str
    #: The operator's name for this key of this meter.
    name: str
    key: PublicKey
    #: First instant at which it counts; None for always before `valid_until`.
    valid_from: datetime | None = None
    #: First instant at which it counts no more; None for without end.
    valid_until: datetime | None = None
    evse_uid: str | None = None
    #: Where the operator has it from: nameplate, bnetza, ocpp, other.
    provenance: str

    def __post_init__(self) -> None:
        if any(at is not None and at.tzinfo is None for at in (self.valid_from, self.valid_until)):
            raise ValueError("valid_from and valid_until must carry a time zone")
        if not self.meter_id.strip():
            raise KeyMaterialError(Code.KEY_INVALID, "a meter key needs the id of its meter")
        if self.valid_from is not None and self.valid_until is not None and self.valid_from >= self.valid_until:
            raise KeyMaterialError(Code.KEY_INVALID, f"key {self.name!r} ends to be valid before it begins")

    def valid_at(self, at: datetime) -> bool:
        """Whether the key counts at an instant: from `valid_from` on, until just before `valid_until`."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, slots=True)
class KeyRegistry:
    """All registered keys, by meter id. Ids are compared exactly, but for white space around them."""

    keys: tuple[MeterKey, ...] = ()
    _by_meter: Mapping[str, tuple[MeterKey, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_meter: dict[str, tuple[MeterKey, ...]] = {}
        for key in self.keys:
            meter_id = key.meter_id.strip()
            by_meter[meter_id] = (*by_meter.get(meter_id, ()), key)
        object.__setattr__(self, "_by_meter", by_meter)

    def knows(self, meter_id: str) -> bool:
        """Whether any key is registered for this meter, valid or not.

        A meter that is known but has no key at an instant is KEY_NOT_VALID_AT_TIME; an unknown one is KEY_UNKNOWN.
        """
        return meter_id.strip() in self._by_meter

    def find(self, meter_id: str, at: datetime) -> tuple[MeterKey, ...]:
        """Find the keys of a meter that count at an instant.

        Args:
            meter_id: as the record states it.
            at: the instant, with a time zone.

        Returns:
            The keys in the order they were registered; several while an old and a new one overlap, empty when none
            counts.
        """
        if at.tzinfo is None:
            raise ValueError("the instant must carry a time zone")
        return tuple(key for key in self._by_meter.get(meter_id.strip(), ()) if key.valid_at(at))
