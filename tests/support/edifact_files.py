"""Files of EDIFACT with security segments, written by hand; the counts are right for whatever lies inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.formats.edifact.interchange import read_interchanges
from meter_sign.formats.edifact.opening import OpenedMessage, open_file
from meter_sign.formats.edifact.security import InMessage, read_in_message
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import NOTHING_BESIDE, Beside

if TYPE_CHECKING:
    from meter_sign.codes import Code
    from meter_sign.errors import MeterSignError
    from meter_sign.model import NamedSignature

#: The separators that syntax 4 has by default, and those of syntax 3.
UNA_4, UNA_3 = b"UNA:+.?*'", b"UNA:+.? '"
BODY = (
    b"BGM+7+DOC1+9'DTM+137:202601151200?+00:303'UNS+D'NAD+DP'LOC+172+DE01'RFF+MG:1EMH1'LIN+1'PIA+5+1-0?:1.8.0:SRW'"
    b"QTY+220:1000.500:KWH'DTM+9:202601150900?+00:303'QTY+220:1023.750:KWH'DTM+9:202601151130?+00:303'"
)
HASHING, SIGNING = b"USA+1:16:1:48:1'", b"USA+6:16:1:17:1'"
#: DER of the name `CN=x`, in base64, and the certificate that it issued under the number 0x1AB.
ISSUER = b"MAwxCjAIBgNVBAMMAXg="
CERTIFICATE = b"USC+1AB+4::" + ISSUER + b":ZZZ+3'"
#: r = 1 and s = 2.
R_AND_S = b"USR+2:01*3:02'"


def ush(reference: bytes = b"S1", scope: bytes = b"1", service: bytes = b"1", **parts: bytes) -> bytes:
    """A USH with a hexadecimal filter, made on 2026-01-15 at noon, UTC."""
    made, filter_code = parts.get("made", b"1:20260115:120000:0000"), parts.get("filter_code", b"2")
    return b"USH+%b+%b+%b+1+%b+2+1+++%b'" % (service, reference, scope, filter_code, made)


#: A whole header group, of four segments.
HEADER = ush() + HASHING + CERTIFICATE + SIGNING
TRAILER = b"UST+S1+6'" + R_AND_S


def message(inside: bytes, reference: bytes = b"1", kind: bytes = b"MSCONS:D:04B:UN:2.4c") -> bytes:
    """A message with a right count; line breaks inside belong to nothing."""
    count = inside.count(b"'") - inside.count(b"?'") + 2
    return b"UNH+%b+%b'%bUNT+%d+%b'" % (reference, kind, inside, count, reference)


def interchange(*messages: bytes, una: bytes = UNA_4, syntax: bytes = b"UNOC:4", reference: bytes = b"IC1") -> bytes:
    """An interchange with a right count."""
    unb = b"UNB+%b+1:500+2:500+20260115:1200+%b'" % (syntax, reference)
    return una + unb + b"".join(messages) + b"UNZ+%d+%b'" % (len(messages), reference)


def signed(header: bytes = HEADER, body: bytes = BODY, trailer: bytes = TRAILER) -> bytes:
    """A message with one security group, all of whose parts may be others."""
    return message(header + body + trailer)


def own_signatures(inside: bytes, una: bytes = UNA_4, syntax: bytes = b"UNOC:4") -> InMessage:
    """What the security groups of a message with these segments say."""
    (opened,) = read_interchanges(interchange(message(inside), una=una, syntax=syntax), DEFAULT_LIMITS)
    return read_in_message(opened, opened.messages[0], DEFAULT_LIMITS)


def only_signature(inside: bytes, **frame: bytes) -> NamedSignature:
    """The one signature of a message in which nothing is wrong."""
    found = own_signatures(inside, **frame)
    assert found.problems == ()
    (signature,) = found.signatures
    return signature


def refused_signature(inside: bytes, **frame: bytes) -> tuple[type[MeterSignError], list[Code]]:
    """What is wrong with a message, all of one class."""
    problems = own_signatures(inside, **frame).problems
    (kind,) = {type(problem) for problem in problems}
    return kind, [problem.code for problem in problems]


def opened(raw: bytes, beside: Beside = NOTHING_BESIDE) -> tuple[OpenedMessage, ...]:
    """The messages of a file."""
    return open_file(raw, beside, DEFAULT_LIMITS)


def codes(raw: bytes, beside: Beside = NOTHING_BESIDE) -> list[list[str]]:
    """What is wrong with each of the messages of a file."""
    return [[problem.code.value for problem in one.problems] for one in opened(raw, beside)]
