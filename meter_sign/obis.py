"""OBIS codes as meters write them, and what each register means for billing.

OCMF writes OBIS groups in hexadecimal (`01-00:B0.08.00*FF`), older records in the reduced decimal form
(`1-0:1.8.0*255`), and some use the template letters (`1-b:1.8.0`). A code is kept in one canonical spelling,
`A-B:C.D.E*F` without leading zeros, upper case, and without F where F says "not used" (255, FF or absent).

Source: IEC 62056-6-1 (groups), OCMF 1.4.1 table 25 (reserved codes), formats.md 1.4 (field practice).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from re import ASCII
from re import compile as pattern

_OBIS = pattern(
    r"([0-9A-Za-z]{1,3})-([0-9A-Za-z]{1,3}):([0-9A-Za-z]{1,3})\.([0-9A-Za-z]{1,3})"
    r"(?:\.([0-9A-Za-z]{1,3}))?(?:[*&.]([0-9A-Fa-f]{1,3}))?",
    ASCII,
)
#: Characters of the longest text that the pattern fits.
_LONGEST = 23
#: Texts kept with their codes: meters write a handful of registers, each in one spelling, again and again.
_CODES_KEPT = 256
#: What group F says when it says nothing.
_F_NOT_USED = frozenset({"255", "FF", ""})


class RegisterKind(StrEnum):
    """What an energy register counts, as far as billing cares."""

    #: Import, as measured at the meter, losses of the cable included.
    IMPORT = "import"
    #: Import at the vehicle, losses of the cable taken off. Outranks IMPORT where both are signed.
    IMPORT_COMPENSATED = "import_compensated"
    #: Import, counted from zero at each transaction.
    IMPORT_TRANSACTION = "import_transaction"
    #: The same, losses taken off.
    IMPORT_TRANSACTION_COMPENSATED = "import_transaction_compensated"
    #: The part of the import that one tariff rate counted; the whole only where no other register is signed.
    IMPORT_TARIFF = "import_tariff"
    #: Export to the grid: no charging energy.
    EXPORT = "export"
    #: No active energy total, or a register that nobody has defined for billing.
    OTHER = "other"


#: Group C of active-energy totals (group D = 8) to what it counts. 98 and 9E: compensated import of older records.
_KIND_BY_C = {
    "1": RegisterKind.IMPORT,
    "98": RegisterKind.IMPORT_COMPENSATED,
    "9E": RegisterKind.IMPORT_COMPENSATED,
    "B0": RegisterKind.IMPORT,
    "B1": RegisterKind.IMPORT_COMPENSATED,
    "B2": RegisterKind.IMPORT_TRANSACTION,
    "B3": RegisterKind.IMPORT_TRANSACTION_COMPENSATED,
    "2": RegisterKind.EXPORT,
    "C0": RegisterKind.EXPORT,
    "C1": RegisterKind.EXPORT,
    "C2": RegisterKind.EXPORT,
    "C3": RegisterKind.EXPORT,
}
#: Group E of totals over all tariffs; records of older chargers carry the template letter `e` itself.
_E_TOTAL = frozenset({"0", "E"})
#: Group E of one tariff rate. NZR meters sign their sessions on `1-0:1.8.1`, and the official tool bills that.
_E_TARIFF = frozenset("123456789")
#: Group F of session registers: 200 is what the official tool bills, 198 what Bauer BSM meters sign (begin = 0).
_F_BILLABLE = frozenset({"", "200", "198"})
#: Registers of EDL40 meters, whose group D says that the value is for signing; group F 200: losses taken off.
_SIGNED_TOTALS = {
    "1-0:1.17.0": RegisterKind.IMPORT,
    "1-0:1.17.0*200": RegisterKind.IMPORT_COMPENSATED,
}


#: What the registers count that are read off at a session's begin and end, and never reset for it.
_RUNS_ON = frozenset({RegisterKind.IMPORT, RegisterKind.IMPORT_COMPENSATED, RegisterKind.IMPORT_TARIFF})


@dataclass(frozen=True, slots=True)
class ObisCode:
    """One register's name in canonical spelling, such as `1-0:1.8.0` or `1-0:B3.8.0`."""

    text: str

    @property
    def kind(self) -> RegisterKind:
        """What this register counts; OTHER for everything that no table names (fail closed)."""
        medium, _, rest = self.text.partition("-")
        groups, _, storage = rest.partition(":")[2].partition("*")
        c, d, e = groups.split(".")
        if medium != "1" or d != "8" or storage not in _F_BILLABLE:
            return _SIGNED_TOTALS.get(self.text, RegisterKind.OTHER)
        if e in _E_TARIFF and c == "1":
            return RegisterKind.IMPORT_TARIFF
        return _KIND_BY_C.get(c, RegisterKind.OTHER) if e in _E_TOTAL else RegisterKind.OTHER

    @property
    def runs_on(self) -> bool:
        """Whether it counts the import on from session to session, so that no session begins below another's end.

        Session registers (B2 and B3, and whatever has a storage group such as *198) start at zero with each session.
        """
        return self.kind in _RUNS_ON and "*" not in self.text

    def __str__(self) -> str:
        return self.text


def parse_obis(text: str) -> ObisCode | None:
    """Bring an OBIS code into the canonical spelling.

    Args:
        text: as signed, such as `01-00:01.08.00*FF`.

    Returns:
        `1-0:1.8.0` for that, or None when it is no OBIS code at all.
    """
    stripped = text.strip()
    return _parse(stripped) if len(stripped) <= _LONGEST else None


@lru_cache(maxsize=_CODES_KEPT)
def _parse(text: str) -> ObisCode | None:
    match = _OBIS.fullmatch(text)
    if match is None:
        return None
    a, b, c, d, e, f = ((group or "").lstrip("0").upper() or "0" for group in match.groups(default=""))
    storage = "" if match.group(6) is None or f in _F_NOT_USED else f"*{f}"
    return ObisCode(f"{a}-{b}:{c}.{d}.{e}{storage}")
