"""The shape of ASN.1 bytes, walked once before a library reads them, so that none costs it time or memory.

asn1crypto walks through whatever has an indefinite length once for each level around it, and makes an object of every
element of a SET. Here tags and lengths alone are looked at, nothing is kept but the ends of what is open, and nothing
calls itself.

Source: ITU-T X.690, 8.1 (tags, lengths, end-of-contents octets).
"""

from __future__ import annotations

from typing import NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError

#: Levels of nesting; a signature with certificates has about 15.
DEPTH = 32
#: Elements of one structure. OpenSSL cuts 20 MB into 20 000 chunks; a certificate has about 80 elements.
ELEMENTS = 100_000
#: Octets in which a length is written; the cap on files needs 4.
_LENGTH_OCTETS = 4
_CONSTRUCTED = 0x20
#: Tags of more than one octet; nothing in CMS or X.509 has one.
_LONG_TAG = 0x1F
_INDEFINITE = 0x80
_END_OF_CONTENTS = b"\0\0"


class _Opened(NamedTuple):
    """An element with others inside, whose end has not come yet."""

    #: Where it ends; if its length is indefinite, where it must have ended at the latest.
    bound: int
    indefinite: bool


def check_shape(data: bytes) -> None:
    """Find out whether bytes are one structure, neither too deep nor of too many elements.

    Args:
        data: from its first to its last byte.

    Raises:
        MalformedPayloadError: TRUNCATED, when the bytes end inside it; TRAILING_DATA, when they go on behind it;
            CONTAINER_INVALID, when it is no BER, or none that CMS needs.
        LimitExceededError: nested deeper than 32 levels, or more than 100 000 elements.
    """
    opened: list[_Opened] = []
    at = 0
    for _ in range(ELEMENTS):
        at = _step(data, at, opened)
        while opened and not opened[-1].indefinite and at == opened[-1].bound:
            opened.pop()
        if not opened:
            break
    else:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {ELEMENTS} ASN.1 elements", where=f"byte {at}")
    if at != len(data):
        raise MalformedPayloadError(Code.TRAILING_DATA, "more follows behind it", where=f"byte {at}")


def _step(data: bytes, at: int, opened: list[_Opened]) -> int:
    """Behind the next element, or into it if it has others inside."""
    bound, indefinite = opened[-1] if opened else (len(data), False)
    if indefinite and data[at : min(at + 2, bound)] == _END_OF_CONTENTS:
        opened.pop()
        return at + 2
    body, length = _header(data, at, bound, opened)
    if not data[at] & _CONSTRUCTED:
        return body + (length or 0)
    if len(opened) == DEPTH:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"nested deeper than {DEPTH}", where=f"byte {at}")
    opened.append(_Opened(bound if length is None else body + length, length is None))
    return body


def _header(data: bytes, at: int, bound: int, opened: list[_Opened]) -> tuple[int, int | None]:
    """Where the content begins, and its length; None for an indefinite one."""
    if bound - at < 2:
        raise _too_long(at, opened)
    tag, first = data[at], data[at + 1]
    if tag == 0 or tag & _LONG_TAG == _LONG_TAG:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, f"tag {tag:02X} has no place here", where=f"byte {at}")
    if first == _INDEFINITE and tag & _CONSTRUCTED:
        return at + 2, None
    octets = first & 0x7F if first & _INDEFINITE else 0
    if first & _INDEFINITE and not 0 < octets <= _LENGTH_OCTETS:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, f"no length is written {first:02X}", where=f"byte {at}")
    body = at + 2 + octets
    length = int.from_bytes(data[at + 2 : body], "big") if octets else first
    if body > bound or length > bound - body:
        raise _too_long(at, opened)
    return body, length


def _too_long(at: int, opened: list[_Opened]) -> MalformedPayloadError:
    if all(around.indefinite for around in opened):
        return MalformedPayloadError(Code.TRUNCATED, "the bytes end inside an ASN.1 element", where=f"byte {at}")
    detail = "an ASN.1 element is longer than the one that it stands in"
    return MalformedPayloadError(Code.CONTAINER_INVALID, detail, where=f"byte {at}")
