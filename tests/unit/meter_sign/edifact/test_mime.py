"""S/MIME mails around an EDIFACT file: cut to the byte, decoded strictly, and never read in two ways."""

from __future__ import annotations

import quopri
import time
from base64 import encodebytes
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.errors import (
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats.edifact.cms import Wrapped, is_wrapper, open_wrapper
from meter_sign.model import SignatureContainer
from tests.unit.meter_sign.edifact.cms_signing import (
    CONTENT_TYPE,
    DATA,
    EDI,
    LIMITS,
    MESSAGE_DIGEST,
    OTHER_EDI,
    assert_holds,
    attribute,
    cms_sign,
    content_info,
    octets,
    openssl,
    signer,
    signer_info,
)

if TYPE_CHECKING:
    from pathlib import Path

NOT_EDIFACT = (MalformedPayloadError, Code.NOT_EDIFACT)
INVALID = (MalformedPayloadError, Code.CONTAINER_INVALID)
UNSUPPORTED = (UnsupportedPayloadError, Code.FORMAT_UNSUPPORTED)
MISMATCH = (InvalidSignatureError, Code.DIGEST_MISMATCH)


def opened(raw: bytes) -> Wrapped:
    """Open a mail that has to be recognised as one."""
    assert is_wrapper(raw)
    return open_wrapper(raw, (), LIMITS)


def problem(raw: bytes) -> tuple[type[MeterSignError], Code]:
    """Class and code of the one thing that is wrong, told or raised."""
    try:
        (found,) = opened(raw).problems
    except MeterSignError as error:
        return type(error), error.code
    return type(found), found.code


def part(content: bytes = EDI, *, encoding: str = "base64", kind: str = "application/octet-stream") -> bytes:
    """One MIME entity around content, with CR LF."""
    encode = {"base64": lambda text: encodebytes(text).replace(b"\n", b"\r\n"), "quoted-printable": quopri.encodestring}
    body = encode.get(encoding, bytes)(content).replace(b"=\n", b"=\r\n")
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


def beside(signed: bytes) -> bytes:
    """A structure that states the digest of what lies beside it; its signature is none."""
    type_ = attribute(CONTENT_TYPE, der.encode_oid(DATA))
    return content_info(signer_info(type_, attribute(MESSAGE_DIGEST, octets(sha256(signed).digest()))), content=b"")


SIGNATURE = "application/pkcs7-signature"


def mail(
    signed: bytes, *more: bytes, structure: bytes | None = None, protocol: str = SIGNATURE, boundary: str = "=_b"
) -> bytes:
    """A multipart/signed mail; further parts behind what is signed and its signature."""
    parts = (signed, part(beside(signed) if structure is None else structure, kind=SIGNATURE), *more)
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/signed; protocol="{protocol}"; boundary="{boundary}"\r\n\r\n'
    line = f"--{boundary}".encode()
    return head.encode() + b"".join(line + b"\r\n" + one + b"\r\n" for one in parts) + line + b"--\r\n"


def mixed(*parts: bytes, boundary: str = "=_m") -> bytes:
    """A multipart/mixed entity."""
    line = f"--{boundary}".encode()
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(line + b"\r\n" + one + b"\r\n" for one in parts) + line + b"--"


# As others write it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("-binary",), ("-noattr",), ("-text",), ("-crlfeol",), ("-md", "sha512")])
@pytest.mark.parametrize("command", ["smime", "cms"])
def test_a_mail_of_openssl_holds(tmp_path: Path, command: str, options: tuple[str, ...]) -> None:
    """multipart/signed as OpenSSL writes it, with LF or CR LF at its line ends, holds over the signed part."""
    content = EDI if "-text" in options else part()
    wrapped = opened(openssl(tmp_path, command, "-sign", *options, *signer().files(tmp_path), content=content))
    assert EDI == wrapped.content.rstrip(b"\r\n")
    assert SignatureContainer.SMIME is assert_holds(wrapped).container


@pytest.mark.parametrize("options", [("-nodetach",), ("-nodetach", "-stream"), ("-nodetach", "-binary")])
@pytest.mark.parametrize("command", ["smime", "cms"])
def test_an_opaque_mail_of_openssl_holds(tmp_path: Path, command: str, options: tuple[str, ...]) -> None:
    """application/pkcs7-mime as OpenSSL writes it has the file inside the structure."""
    wrapped = opened(openssl(tmp_path, command, "-sign", *options, *signer().files(tmp_path)))
    assert EDI == wrapped.content
    assert SignatureContainer.CMS is assert_holds(wrapped).container


@pytest.mark.parametrize("options", [[], [pkcs7.PKCS7Options.Text]], ids=["plain", "text"])
def test_a_mail_of_cryptography_holds(options: list[pkcs7.PKCS7Options]) -> None:
    """multipart/signed as `cryptography` writes it."""
    by = signer("rsa")
    builder = pkcs7.PKCS7SignatureBuilder().set_data(EDI if options else part())
    builder = builder.add_signer(by.certificate, by.key, hashes.SHA256())
    raw = builder.sign(serialization.Encoding.SMIME, [*options, pkcs7.PKCS7Options.DetachedSignature])
    wrapped = opened(raw)
    assert EDI == wrapped.content
    assert_holds(wrapped, "rsa")


def test_an_opaque_mail_may_hold_a_mime_entity(tmp_path: Path) -> None:
    """What is inside the structure may be the file with a header around it, as mail programs sign it."""
    raw = cms_sign(tmp_path, "-nodetach", content=part())
    assert EDI == open_wrapper(raw, (), LIMITS).content


# The signed part ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "7bit", "8bit", "binary", " BASE64 "])
def test_every_encoding_is_decoded(encoding: str) -> None:
    """Base64, quoted-printable and the three that change nothing, in any case."""
    header_and_body = part(encoding=encoding.strip().lower()).replace(
        encoding.strip().lower().encode(), encoding.encode()
    )
    wrapped = opened(mail(header_and_body))
    assert (EDI, ()) == (wrapped.content, wrapped.problems)


def test_the_header_of_the_part_is_signed() -> None:
    """A changed header field of the signed part is a changed part."""
    raw = mail(part(kind="application/octet-stream")).replace(b"octet-stream", b"octet-string")
    assert MISMATCH == problem(raw)


def test_the_line_end_in_front_of_a_boundary_is_not_signed() -> None:
    """The signed part ends in front of the line end that belongs to the boundary, and not one byte later."""
    signed = part() + b"\r\n"
    assert () == opened(mail(signed)).problems
    assert MISMATCH == problem(mail(part(), structure=beside(signed)))


def test_a_mail_with_bare_line_feeds_is_read_with_line_ends_as_signed() -> None:
    """A mail that a store keeps with LF was signed with CR LF; both the digest and the content are the signed ones."""
    content = EDI.replace(b"'", b"'\r\n")
    wrapped = opened(mail(part(content, encoding="7bit")).replace(b"\r\n", b"\n"))
    assert (content, ()) == (wrapped.content, wrapped.problems)


def test_received_line_ends_come_first() -> None:
    """A part that was signed with LF is taken as it is."""
    signed = part(EDI.replace(b"'", b"'\n"), encoding="7bit").replace(b"\r\n", b"\n")
    assert EDI.replace(b"'", b"'\n") == opened(mail(signed)).content


def test_nothing_else_is_normalised() -> None:
    """A blank at a line end makes it another part."""
    assert MISMATCH == problem(mail(part()).replace(b"Encoding: base64", b"Encoding: base64 ", 1))


def test_the_one_edifact_part_is_found() -> None:
    """Beside a text for people the one part that is an EDIFACT file counts, however deep it lies."""
    greeting = part(b"Please find attached", encoding="7bit", kind="text/plain")
    assert EDI == opened(mail(mixed(greeting, mixed(part(), boundary="=_n")))).content


OTHER_CONTENTS = {
    "two files": (mixed(part(), part(OTHER_EDI)), UNSUPPORTED),
    "the same file twice": (mixed(part(), part()), UNSUPPORTED),
    "no file": (mixed(part(b"a"), part(b"b")), NOT_EDIFACT),
    "a PDF": (part(b"%PDF-1.7"), NOT_EDIFACT),
    "nothing": (b"\r\n", NOT_EDIFACT),
    "signed once more": (part(kind="application/pkcs7-mime"), UNSUPPORTED),
    "multipart/signed inside": (mixed(mail(part(), boundary="=_i")), UNSUPPORTED),
    "an unknown encoding": (part().replace(b"base64", b"uuencode"), INVALID),
    "broken base64": (part().replace(b"\r\n\r\n", b"\r\n\r\n*"), INVALID),
    "broken quoted-printable": (part(b"=ZZ", encoding="7bit").replace(b"7bit", b"quoted-printable"), INVALID),
    "blanks at line ends": (part(EDI + b" \r\n", encoding="7bit").replace(b"7bit", b"quoted-printable"), INVALID),
    "the type twice": (b"Content-Type: text/plain\r\n" + part(), INVALID),
    "the encoding twice": (b"Content-Transfer-Encoding: 7bit\r\n" + part(), INVALID),
    "CR alone in the header": (b"Subject: a\rContent-Type: text/plain\r\n" + part(), INVALID),
    "no boundary": (b"Content-Type: multipart/mixed\r\n\r\n--a\r\n--a--", INVALID),
    "a boundary that is none": (b'Content-Type: multipart/mixed; boundary="{}"\r\n\r\n--{}--', INVALID),
    "deep": (
        mixed(mixed(mixed(mixed(mixed(part(), boundary="a1"), boundary="a2"), boundary="a3"), boundary="a4")),
        (LimitExceededError, Code.LIMIT_EXCEEDED),
    ),
    "cut": (mixed(part())[:-2], (MalformedPayloadError, Code.TRUNCATED)),
}


@pytest.mark.parametrize("case", OTHER_CONTENTS)
def test_what_is_signed_has_to_be_one_file(case: str) -> None:
    """Anything but one EDIFACT file in one reading is refused by name."""
    signed, expected = OTHER_CONTENTS[case]
    assert expected == problem(mail(signed))


# The mail -----------------------------------------------------------------------------------------------------------

GOOD = mail(part())
HEAD = b"Content-Type: multipart/signed; protocol=application/pkcs7-signature; "
MAILS = {
    "OpenPGP": (mail(part(), protocol="application/pgp-signature"), UNSUPPORTED),
    "three parts": (mail(part(), part(OTHER_EDI)), INVALID),
    "one part": (GOOD[: GOOD.rindex(b"--=_b\r\n")] + b"--=_b--\r\n", INVALID),
    "no signature part": (
        GOOD.replace(b"Content-Type: application/pkcs7-signature", b"Content-Type: text/plain"),
        INVALID,
    ),
    "a signature that is none": (mail(part(), structure=b"\x04\x00"), INVALID),
    "a signature of nothing": (
        mail(part(), structure=content_info(content=b"")),
        (UnsignedPayloadError, Code.NO_SIGNER),
    ),
    "a signature with content": (mail(part(), structure=content_info(signer_info())), INVALID),
    "cut": (GOOD[:-6], (MalformedPayloadError, Code.TRUNCATED)),
    "more behind": (GOOD + b"UNB+UNOC:3", (MalformedPayloadError, Code.TRAILING_DATA)),
    "a header without end": (HEAD + b'boundary="b"', INVALID),
    "a part without anything": (HEAD + b"boundary=b\r\n\r\n--b\r\n--b\r\n--b--", INVALID),
    "a boundary in numberless parts": (HEAD + b"boundary*" + b"9" * 5000 + b"=b\r\n\r\n--b--", INVALID),
    "a boundary in another alphabet": (HEAD + b"boundary*=utf-8''%C3%A4\r\n\r\n--b--", INVALID),
    "many parts": (HEAD + b"boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 200, (LimitExceededError, Code.LIMIT_EXCEEDED)),
}


@pytest.mark.parametrize("case", MAILS)
def test_a_mail_that_is_none_is_told(case: str) -> None:
    """Whatever multipart/signed does not allow is refused by name."""
    raw, expected = MAILS[case]
    assert expected == problem(raw)


def test_blank_lines_around_do_no_harm() -> None:
    """A text for old programs in front of the first boundary, and blank lines behind the last, are usual."""
    first = GOOD.index(b"--=_b\r\n")
    wrapped = opened(GOOD[:first] + b"This is an S/MIME signed message\r\n" + GOOD[first:] + b"\r\n\n")
    assert (EDI, ()) == (wrapped.content, wrapped.problems)


def test_a_longer_boundary_is_another_one() -> None:
    """A line that begins like the boundary and goes on is part of the content."""
    signed = part(EDI + b"\r\n--=_bc\r\n", encoding="7bit")
    assert EDI + b"\r\n--=_bc\r\n" == opened(mail(signed)).content


def test_a_tampered_mail_tells_the_file_all_the_same() -> None:
    """The file in a part that was changed is found, so that each of its messages gets its answer."""
    wrapped = opened(mail(part(OTHER_EDI), structure=beside(part())))
    assert (OTHER_EDI, ()) == (wrapped.content, wrapped.signatures)
    assert [Code.DIGEST_MISMATCH] == [error.code for error in wrapped.problems]


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain\r\n\r\nContent-Type: multipart/signed",
        b"Subject: multipart/signed\r\n\r\n",
        b'{"a": 1}\nContent-Type: multipart/signed',
        b"X: y\r\n" * 10_000 + b"Content-Type: multipart/signed\r\n\r\n",
    ],
    ids=["in the body", "in another field", "JSON", "far behind"],
)
def test_other_texts_are_no_mails(raw: bytes) -> None:
    """The mark is a header field at the beginning of the file."""
    assert not is_wrapper(raw)


def test_a_folded_header_is_recognised() -> None:
    """Content-Type may go on in the next line, in any case."""
    assert is_wrapper(b"content-TYPE:\r\n\tMultipart/Signed; boundary=b\r\n\r\n")


def test_whatever_is_cut_or_changed_is_told_or_read() -> None:
    """Any cut, and any changed byte, gives a wrapper or one of our errors, nothing else."""
    for at in range(0, len(GOOD), 3):
        for changed in (GOOD[:at], GOOD[:at] + b"\xff" + GOOD[at + 1 :], GOOD[:at] + b"\n" + GOOD[at:]):
            with suppress(MeterSignError):
                open_wrapper(changed, (), LIMITS)


@pytest.mark.parametrize("filling", [b"\n", b"\r\n", b"\r", b"--", b"\n--=_b", b"=", b" "])
def test_a_large_mail_takes_linear_time(filling: bytes) -> None:
    """No filling of a mail makes its reading slow."""
    count = 4_000_000 // len(filling)
    raw = GOOD.replace(b"\r\n\r\n--=_b", b"\r\n\r\n" + filling * count + b"\r\n--=_b", 1)
    start = time.perf_counter()
    with suppress(MeterSignError):
        open_wrapper(raw, (), LIMITS)
    assert time.perf_counter() - start < 5
