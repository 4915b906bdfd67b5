"""Tables of OCMF as data: versions, codes and spellings that `ocmf.py` and `ocmf_content.py` look up.

Source: OCMF 1.4.1, tables 4, 7, 10, 11, 19, 20, 22; formats.md 1.2 to 1.6.
"""

from __future__ import annotations

from re import ASCII
from re import compile as pattern

from meter_sign.crypto.curves import CURVES
from meter_sign.model import PaginationKind, Phase
from meter_sign.quantity import Unit

#: Format version where none is stated: the newest, with the deviation FORMAT_VERSION_MISSING.
NEWEST_VERSION = (1, 4)
#: Oldest version that is judged.
OLDEST_VERSION = (0, 1)
#: Versions that were published, as the specification writes them.
PRESCRIBED_VERSIONS = {
    f"{major}.{minor}": (major, minor)
    for major, last in ((0, 5), (1, 4))
    for minor in range(last + 1)
    if (major, minor) > (0, 0)
}
#: The same as pairs.
KNOWN_VERSIONS = frozenset(PRESCRIBED_VERSIONS.values())
#: Versions whose signature algorithm stands in the signed payload section (revision overview of OCMF 1.4.1, 0.4, 1.0).
VERSIONS_WITH_SIGNED_ALGORITHM = frozenset({(0, 4), (0, 5)})
#: Since this version there is a default for SA (table 22).
VERSION_OF_DEFAULT_ALGORITHM = (0, 4)
#: Below this version IS is a level in words, not a boolean.
VERSION_OF_BOOLEAN_STATUS = (0, 5)
#: From this version on EF stands in the place of EI.
VERSION_WITHOUT_EVENT_COUNTER = (0, 5)
#: `<major>.<minor>`; a third digit is never sent, but read.
VERSION = pattern(r"(\d{1,3})(?:\.(\d{1,3}))?(\.\d{1,3})?", ASCII)
#: The spelling of the specification.
VERSION_AS_PRESCRIBED = pattern(r"\d+\.\d+", ASCII)

#: SA where it is absent (since 0.4).
DEFAULT_ALGORITHM = "ECDSA-secp256r1-SHA256"
#: `<method>-<curve>-<hash>`.
ALGORITHM = pattern(r"([A-Za-z0-9]+)-([A-Za-z0-9]+)-([A-Za-z0-9]+)", ASCII)
#: SA as table 22 writes it, to the canonical name of the curve.
PRESCRIBED_ALGORITHMS = {f"ECDSA-{name}-SHA256": curve.name for curve in CURVES.values() for name in curve.ocmf_names}
DEFAULT_ENCODING = "hex"
DEFAULT_MIME_TYPE = "application/x-der"

#: PG: the counter's letter and a number without leading zeros.
PAGINATION = pattern(r"([TF])(\d{1,18})", ASCII)
PAGINATION_KINDS = {kind.value: kind for kind in PaginationKind}

#: TX to phases (table 7); a letter that is missing here is `Phase.UNKNOWN`.
PHASES = {
    "B": Phase.BEGIN,
    "C": Phase.CHARGING,
    "S": Phase.CHARGING,
    "T": Phase.CHARGING,
    "X": Phase.EXCEPTION,
    "E": Phase.END,
    "L": Phase.END,
    "R": Phase.END,
    "A": Phase.ABNORMAL_END,
    "P": Phase.ABNORMAL_END,
}
#: ST of a meter that works (table 10); every other letter, also one that nobody has defined, is none.
STATUS_GOOD = "G"

#: RU to units. Deviation: `s` and `sec` stand in no table, DZG meters send them; they are no energy.
UNITS = {
    "kWh": Unit.KWH,
    "Wh": Unit.WH,
    "mOhm": Unit.MILLIOHM,
    "uOhm": Unit.MICROOHM,
    "s": Unit.SECONDS,
    "sec": Unit.SECONDS,
}

#: LU, the unit of a cable's resistance.
UNITS_OF_RESISTANCE = frozenset({Unit.MILLIOHM, Unit.MICROOHM})

#: Fields of a reading that are taken over from the reading before it when absent. RV and CL are numbers of one moment
#: and never taken over: a value that is not written was not read.
INHERITED = ("TM", "TX", "RI", "RU", "RT", "EF", "ST")

#: A JSON number, for numbers that came as text; DZG meters pad them with blanks.
NUMBER = pattern(r"-?\d+(?:\.\d+)?([eE][+-]?\d+)?", ASCII)
#: A reading or a loss that is written with an exponent: inside a JSON string its quotes would be escaped. The names
#: may be escaped themselves.
EXPONENT_IN_READING = pattern(
    rb'"(?:(?:R|\\u0052)(?:V|\\u0056)|(?:C|\\u0043)(?:L|\\u004[cC]))"\s*:\s*-?\d+(?:\.\d+)?[eE]'
)
