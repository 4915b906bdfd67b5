"""A meter for tests: a key of its own, and records signed with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from tools.fixtures.meter_keys import TestKey
from tools.fixtures.ocmf_text import payload, reading, record

#: Begin, an intermediate reading, the change to parking, and the end of the usual session.
START, MIDDLE, PARKED, END = (f"2026-01-15T{time}:00Z" for time in ("09:00", "09:45", "10:30", "11:00"))

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A meter with a test key of its own; signs whatever it is told."""

    serial: str
    key: TestKey

    @property
    def public_key(self) -> str:
        """SubjectPublicKeyInfo, hex."""
        return self.key.spki.hex()

    def sign(self, reason: str | None, kwh: str, at: str, page: int, *, clock: str = "S", **members: str | None) -> str:
        """One record with one reading.

        Args:
            reason: TX.
            kwh: the reading with its digits.
            at: the signed time, as OCPI writes times.
            page: the number of the pagination.
            clock: the clock's status.
            members: raw JSON texts of the record's head.
        """
        return self.sign_many([(reason, kwh, at)], page, clock=clock, **members)

    def sign_many(
        self,
        readings: list[tuple[str | None, str, str]],
        page: int,
        *,
        clock: str = "S",
        register: str = "1-0:1.8.0",
        **members: str | None,
    ) -> str:
        """One record with several readings (reason, kWh, time) of one register."""
        signed = (
            reading(reason, kwh, f"{at.removesuffix('Z')},000+0000 {clock}".strip(), RI=f'"{register}"')
            for reason, kwh, at in readings
        )
        head = {"MS": f'"{self.serial}"', "PG": f'"T{page}"'} | members
        return record(payload(*signed, **head), self.key)

    def usual_records(self, *, clock: str = "S", **members: str | None) -> list[tuple[str, str]]:
        """The demo's readings as (time, record): 23.250 kWh, 1.5 h of charging, 0.5 h of parking."""
        rows = (("B", "1000.500", START), ("C", "1010.250", MIDDLE), ("S", "1023.750", PARKED), ("E", "1023.750", END))
        return [
            (at, self.sign(reason, kwh, at, page, clock=clock, **members))
            for page, (reason, kwh, at) in enumerate(rows, 141)
        ]


def unregistered_meter() -> Meter:
    """A meter with a new key that nobody knows."""
    number = next(_NUMBERS)
    return Meter(serial=f"1EWK{number:010}", key=TestKey(f"gateway test {number}", "secp256r1"))
