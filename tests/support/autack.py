"""AUTACK messages and what they refer to, written by hand; nothing is signed, for `cover` verifies nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.formats.edifact.autack import cover
from meter_sign.formats.edifact.interchange import read_interchanges
from meter_sign.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from meter_sign.codes import Code
    from meter_sign.errors import MeterSignError
    from meter_sign.formats.edifact.interchange import Interchange
    from meter_sign.model import NamedSignature

FIRST = b"UNH+1+MSCONS:D:04B:UN:2.4c'BGM+7+DOC1+9'UNT+3+1'"
SECOND = b"UNH+2+MSCONS:D:04B:UN:2.4c'BGM+7+DOC2+9'UNT+3+2'"
BODY = b"UNB+UNOC:3+SENDER:500+RECIPIENT:500+260115:1200+IC1'" + FIRST + SECOND + b"UNZ+2+IC1'"
FILE = b"UNA:+.? '" + BODY
USX = b"USX+IC1+SENDER:500+RECIPIENT:500'"
HASHING = b"USA+1:16:1:48:1'"
SIGNING = b"USC+AB+3:METER-KEY'USA+6:16:1:17:1'"
USB = b"USB+1+1:20260115:120000:0000+SENDER:500+RECIPIENT:500'"
#: r = 1 and s = 2.
R_AND_S = b"2:01*3:02"
DIRECT_HEADER = b"USH+7+S1+3+1+2+2+1+++1:20260115:120000:0000'" + HASHING + SIGNING
DIRECT_TRAILER = b"UST+S1+5'"
OWN_HEADER = b"USH+1+S1+2+1+2+2+1+++1:20260115:120000:0100'" + HASHING + SIGNING
DIGEST_HEADER = b"USH+9+S2+3+1+2'" + HASHING


def autack(message: bytes, una: bytes = b"UNA:+.?*'", syntax: int = 4, reference: bytes = b"IC9") -> bytes:
    """An interchange with one AUTACK; the counts are right for whatever lies inside."""
    unb = b"UNB+UNOC:%d+SENDER:500+RECIPIENT:500+20260115:1200+%b'" % (syntax, reference)
    count = message.count(b"'") + 2
    return una + unb + b"UNH+A1+AUTACK:4:1:UN'" + message + b"UNT+%d+A1'UNZ+1+%b'" % (count, reference)


def direct(references: bytes = USX + b"USY+S1+" + R_AND_S + b"'", **parts: bytes) -> bytes:
    """An AUTACK of the direct form."""
    header, trailer = parts.get("header", DIRECT_HEADER), parts.get("trailer", DIRECT_TRAILER)
    return autack(header + parts.get("usb", USB) + references + trailer)


def digest_form(digest: str, usx: bytes = USX, **parts: bytes) -> bytes:
    """An AUTACK of the digest form: its own signature outside, the group of the digest inside."""
    own, hashing = parts.get("own", OWN_HEADER), parts.get("hashing", DIGEST_HEADER)
    hashing_count = hashing.count(b"'") + 1
    own_trailer = b"UST+S1+%d'USR+%b'" % (own.count(b"'") + 2, R_AND_S) if own else b""
    usy = b"USY+S2+1:" + digest.encode() + b"'"
    return autack(own + hashing + USB + usx + usy + b"UST+S2+%d'" % hashing_count + own_trailer)


def answer(
    *files: bytes, message: int = 0, signed_otherwise: bool = False
) -> tuple[tuple[NamedSignature, ...], tuple[MeterSignError, ...]]:
    """What covers a message of the first interchange of the first file."""
    interchanges = tuple(one for data in files for one in read_interchanges(data, DEFAULT_LIMITS))
    covered = cover(interchanges, DEFAULT_LIMITS)
    return covered.of(interchanges[0], interchanges[0].messages[message], signed_otherwise=signed_otherwise)


def refusals(*files: bytes, message: int = 0) -> list[tuple[type[MeterSignError], Code]]:
    """What is wrong, as classes and codes."""
    return [(type(error), error.code) for error in answer(*files, message=message)[1]]


def interchanges_of(*files: bytes) -> tuple[Interchange, ...]:
    """The interchanges of all files."""
    return tuple(one for data in files for one in read_interchanges(data, DEFAULT_LIMITS))
