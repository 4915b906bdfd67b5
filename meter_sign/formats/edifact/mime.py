"""MIME entities of S/MIME mails: cut at their boundaries to the byte, decoded strictly, searched for the EDIFACT file.

Header fields are parsed by `email` of the standard library; where a part begins and ends is found here, because what is
signed is the part as it lies in the mail, its header included.

    canonical form   RFC 8551, 3.1.1: text is signed with CR LF at its line ends. Mail stores on disk often keep LF
                     only, so the part is read as received first and with CR LF second. Nothing else is ever changed.

Source: RFC 2045 (encodings), 2046 5.1 (multipart), 8551 3.1.1, 3.5.2, 3.5.3; edifact.md 2.4.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from binascii import a2b_qp
from re import IGNORECASE, MULTILINE, escape
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError, UnsupportedPayloadError
from meter_sign.formats.edifact.interchange import BEGINNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message

#: Bytes of one header. Mails that went through several filters have 10 kB.
HEADER_BYTES = 32 * 1024
_HEADER_END = pattern(rb"\r?\n\r?\n")
_HEADER_BEGINNING = pattern(rb"[A-Za-z][A-Za-z0-9-]*:")
_SIGNED_TYPE = pattern(
    rb"^content-type[ \t]*:(?:[ \t]|\r?\n[ \t])*(?:multipart/signed|application/(?:x-)?pkcs7-mime)\b",
    IGNORECASE | MULTILINE,
)
_LONE_CR = pattern(rb"\r(?!\n)")
_LINE_END = pattern(rb"\r?\n")
#: RFC 2046, 5.1.1.
_BOUNDARY = pattern(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
#: Parts of one multipart, and levels of multiparts in each other.
_PARTS = 100
_DEPTH = 4
_MULTIPART = "multipart/"
_MULTIPART_SIGNED = "multipart/signed"
_CMS_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURE_TYPES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
#: What quoted-printable does not have: `=` before anything else than two digits or a line end, blanks at a line end.
_NOT_QUOTED_PRINTABLE = pattern(rb"=(?![0-9A-F]{2}|\r?\n)|[ \t](?:\r?\n|\Z)", IGNORECASE)


class SignedMail(NamedTuple):
    """What an S/MIME mail consists of."""

    #: The part that is signed: as received, then with canonical line ends where these differ. None where it is inside
    #: the CMS structure.
    readings: tuple[bytes, ...] | None
    #: The CMS structure, BER.
    structure: bytes


def is_signed_mail(raw: bytes) -> bool:
    """Whether a file begins with a header that announces S/MIME; looks at marks only and never raises.

    Args:
        raw: the file.
    """
    if _HEADER_BEGINNING.match(raw) is None:
        return False
    end = _HEADER_END.search(raw, 0, HEADER_BYTES)
    return _SIGNED_TYPE.search(raw, 0, HEADER_BYTES if end is None else end.end()) is not None


def read_signed_mail(raw: bytes) -> SignedMail:
    """Take an S/MIME mail apart.

    Args:
        raw: the mail as received, from its header on.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it is no such mail; TRUNCATED, when it ends before its last
            boundary; TRAILING_DATA, when more than blank lines follow that.
        UnsupportedPayloadError: FORMAT_UNSUPPORTED, when it is signed by another method than CMS (OpenPGP).
        LimitExceededError: a header or a number of parts above the caps.
    """
    mail = _Entity.read(raw)
    if mail.kind in _CMS_TYPES:
        return SignedMail(None, mail.decoded())
    if mail.kind != _MULTIPART_SIGNED:
        raise _invalid(f"a mail of type {mail.kind[:80]!r} is not signed")
    protocol = mail.parameter("protocol").lower()
    if protocol not in _SIGNATURE_TYPES:
        detail = f"signed by {protocol[:80]!r}, which is not CMS"
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, detail, where="Content-Type")
    parts = mail.parts()
    if len(parts) != 2:
        raise _invalid(f"multipart/signed with {len(parts)} parts, and not with what is signed and its signature")
    signature = _Entity.read(parts[1])
    if signature.kind not in _SIGNATURE_TYPES:
        raise _invalid(f"the second part is of type {signature.kind[:80]!r}, no signature")
    canonical = _LINE_END.sub(b"\r\n", parts[0])
    readings = (parts[0],) if canonical == parts[0] else (parts[0], canonical)
    return SignedMail(readings, signature.decoded())


def edifact_of(content: bytes) -> bytes:
    """The EDIFACT file in what was signed: the content itself, or the one leaf of a MIME entity that is such a file.

    Args:
        content: as signed.

    Raises:
        MalformedPayloadError: NOT_EDIFACT, when there is none; else as `read_signed_mail`.
        UnsupportedPayloadError: FORMAT_UNSUPPORTED, when there are several, or what is signed is signed or encrypted
            once more.
        LimitExceededError: as `read_signed_mail`, or multiparts in each other deeper than 4 levels.
    """
    if BEGINNING.match(content):
        return content
    if _HEADER_BEGINNING.match(content) is None and not content.startswith((b"\r\n", b"\n")):
        raise MalformedPayloadError(Code.NOT_EDIFACT, "what is signed is no EDIFACT file")
    found = [leaf for leaf in _leaves(content, 0) if BEGINNING.match(leaf)]
    if not found:
        raise MalformedPayloadError(Code.NOT_EDIFACT, "no part of the mail is an EDIFACT file")
    if len(found) > 1:
        detail = f"{len(found)} EDIFACT files in one mail; each has to be given by itself"
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, detail)
    return found[0]


def _leaves(data: bytes, depth: int) -> Iterator[bytes]:
    if depth > _DEPTH:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"parts in parts deeper than {_DEPTH} levels")
    entity = _Entity.read(data)
    if entity.kind in _CMS_TYPES or entity.kind == _MULTIPART_SIGNED:
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, "what is signed is signed or encrypted once more")
    if entity.kind.startswith(_MULTIPART):
        for part in entity.parts():
            yield from _leaves(part, depth + 1)
    else:
        yield entity.decoded()


class _Entity(NamedTuple):
    """One header with its body."""

    header: Message
    body: bytes
    #: Media type in lower case; text/plain where none is stated.
    kind: str

    @classmethod
    def read(cls, data: bytes) -> _Entity:
        # Importing `email` takes half the time that a short verification does.
        from email.parser import BytesHeaderParser  # noqa: PLC0415 - see above
        from email.policy import compat32  # noqa: PLC0415 - see above

        header, body = _cut_header(data)
        if _LONE_CR.search(header):
            raise _invalid("a line of the header ends with CR alone, which readers take differently")
        parsed = BytesHeaderParser(policy=compat32).parsebytes(header)
        for name in ("Content-Type", "Content-Transfer-Encoding"):
            if len(parsed.get_all(name, ())) > 1:
                raise _invalid(f"{name} stands twice")
        return cls(parsed, body, parsed.get_content_type())

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type; one in parts or in another character set (RFC 2231) counts as none."""
        try:
            value = self.header.get_param(name, "")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # `email` counts the parts of a parameter with `int`, which refuses numbers of many digits, and the like.
            raise _invalid("the parameters of Content-Type cannot be read") from error
        return value if isinstance(value, str) else ""

    def parts(self) -> tuple[bytes, ...]:
        boundary = self.parameter("boundary")
        if _BOUNDARY.fullmatch(boundary) is None:
            raise _invalid("a multipart without a proper boundary")
        return tuple(_parts(self.body, boundary.encode("ascii")))

    def decoded(self) -> bytes:
        encoding = str(self.header.get("Content-Transfer-Encoding", "7bit")).strip().lower()
        decode = _ENCODINGS.get(encoding)
        if decode is None:
            raise _invalid(f"no transfer encoding is called {encoding[:40]!r}")
        return decode(self.body)


def _cut_header(data: bytes) -> tuple[bytes, bytes]:
    """The header with its last line end, and the body behind the blank line."""
    blank = _LINE_END.match(data)
    if blank is not None:
        return b"", data[blank.end() :]
    end = _HEADER_END.search(data, 0, HEADER_BYTES)
    if end is None and len(data) > HEADER_BYTES:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"a header of more than {HEADER_BYTES} bytes")
    if end is None:
        raise _invalid("a header without a body")
    return data[: end.start()] + b"\n", data[end.end() :]


def _parts(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """The parts; the line end in front of a boundary belongs to it (RFC 2046, 5.1.1)."""
    delimiter = pattern(rb"(?:\A|\r?\n)--%b(--)?[ \t]*(?=(\r?\n)|\Z)" % escape(boundary))
    start: int | None = None
    for count, found in enumerate(delimiter.finditer(body)):
        if count > _PARTS:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {_PARTS} parts in one mail")
        if start is not None:
            if found.start() < start:
                raise _invalid("a part without a header and without a body")
            yield body[start : found.start()]
        if found.group(1):
            if body[found.end() :].strip():
                raise MalformedPayloadError(Code.TRAILING_DATA, "more follows behind the last part of the mail")
            return
        start = found.end(2) if found.group(2) else found.end()
    raise MalformedPayloadError(Code.TRUNCATED, "the mail ends before its last boundary")


def from_base64(text: bytes) -> bytes:
    """Decode base64 with line ends, strictly: nothing else than its alphabet and blanks.

    Args:
        text: of a mail, or of PEM.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID.
    """
    try:
        return b64decode(text.translate(None, b" \t\r\n"), validate=True)
    except Base64Error as error:
        raise _invalid("what should be base64 is none") from error


def _from_quoted_printable(text: bytes) -> bytes:
    if _NOT_QUOTED_PRINTABLE.search(text):
        raise _invalid("what should be quoted-printable is none")
    return a2b_qp(text)


def _as_it_is(body: bytes) -> bytes:
    return body


#: Content-Transfer-Encoding (RFC 2045, 6.1).
_ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "base64": from_base64,
    "quoted-printable": _from_quoted_printable,
    "7bit": _as_it_is,
    "8bit": _as_it_is,
    "binary": _as_it_is,
}


def _invalid(detail: str) -> MalformedPayloadError:
    return MalformedPayloadError(Code.CONTAINER_INVALID, detail)
