"""A meter that speaks MSCONS: a certificate of its own, and messages signed with its key."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from tools.fixtures.edifact import in_message, mscons
from tools.fixtures.edifact.certificates import Certificate
from tools.fixtures.edifact.people import ROOT
from tools.fixtures.edifact.signing_keys import EcKey
from tools.fixtures.meter_keys import TestKey

if TYPE_CHECKING:
    from tools.fixtures.edifact.mscons import Body
    from tools.fixtures.edifact.signing_keys import Key

#: Begin and end of the usual session: time and reading.
FIRST, LAST = ("202601150900", "1000.500"), ("202601151100", "1023.750")

_NUMBERS = count(1)


@dataclass(frozen=True, kw_only=True)
class MsconsMeter:
    """A meter with a certificate of its own; the usual session is 09:00 to 11:00 and 23.250 kWh."""

    number: int
    certificate: Certificate = field(repr=False)

    @property
    def serial(self) -> str:
        """RFF+MG."""
        return f"1EIW{self.number:010}"

    def registers(self) -> Body:
        """Begin and end in one message."""
        return self.document(mscons.registers(FIRST, LAST))

    def document(self, *lines: Body) -> Body:
        """A message about this meter."""
        return mscons.document(mscons.place(*lines, meter=self.serial, session=f"AGK-{self.number}"))

    def sign(self, body: Body, **group: str) -> bytes:
        """A file that the meter signed."""
        return in_message.file_of(body, replace(in_message.Group(certificate=self.certificate), **group))


def new_meter(key: Key | None = None) -> MsconsMeter:
    """A meter that no other test has."""
    number = next(_NUMBERS)
    certificate = Certificate(
        subject=f"gateway test meter {number}",
        key=key or EcKey(TestKey(f"gateway MSCONS test {number}", "secp256r1")),
        serial=0x3053E3000000 + number,
        issuer=ROOT,
    )
    return MsconsMeter(number=number, certificate=certificate)
