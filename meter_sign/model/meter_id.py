"""The one spelling of a meter's id."""

from __future__ import annotations

from re import ASCII
from re import compile as pattern

#: Ten bytes in hex, with or without a separator between them: the server id of EDL40 meters, as nameplates print it.
_SERVER_ID = pattern(r"[0-9A-F]{2}(?:[ :-]?[0-9A-F]{2}){9}", ASCII)


def normal_meter_id(text: str) -> str:
    """The one spelling under which a meter's id is registered and compared.

    Ids are texts and are compared exactly, but for white space around them. The only exception are ids of exactly ten
    bytes in hex, EDL40's server ids: bytes have no letter case and no separators, and nameplates print them in
    several ways.

    Args:
        text: as registered or as a record states it.

    Returns:
        `0901454D4800007F87B0` for `09 01 45 4d 48 00 00 7f 87 b0`; every other text without the white space around it.
    """
    stripped = text.strip()
    upper = stripped.upper()
    return upper.translate(_SEPARATORS) if _SERVER_ID.fullmatch(upper) else stripped


_SEPARATORS = str.maketrans("", "", " :-")
