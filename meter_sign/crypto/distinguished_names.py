"""Names of issuers and subjects in words, and those that a certificate has which came along with a message.

For people only: names are compared as bytes, and nothing is trusted because of what is read here.

Source: RFC 4514 (names as text); RFC 5280, 4.1.2.4 and A.1; ITU-T X.690, 8.19 (object identifiers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from meter_sign.crypto import der
from meter_sign.crypto.keys import certified_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509

#: Longer names are none that a person reads.
MOST_NAME_BYTES = 2_000
_SET = 0x31
#: DirectoryString and IA5String, by their tags (X.690); TeletexString is read as what everybody takes it for.
_ENCODINGS: Mapping[int, str] = {
    0x0C: "utf-8",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


class CertificateNames(NamedTuple):
    """What a certificate is called and whose it says it is; nobody has checked it."""

    issuer: bytes
    serial: int
    #: In words.
    subject: str


def name_in_words(encoded: bytes) -> str:
    """A distinguished name as RFC 4514 writes it: `CN=meter 17,O=Example AG,C=DE`.

    Args:
        encoded: its DER.

    Returns:
        The name; its bytes in hex where they are no name that can be read, cut where they are far too long.
    """
    if len(encoded) > MOST_NAME_BYTES:
        return f"{encoded[:MOST_NAME_BYTES].hex().upper()}…"
    try:
        return _name(der.read_all(encoded)[0]).rfc4514_string()
    except (der.DerError, ValueError, TypeError, LookupError):
        # `cryptography` refuses names that are too long for their kind, too; whoever wrote them, hex shows them.
        return encoded.hex().upper()


def names_of(certificate: bytes) -> CertificateNames | None:
    """What a certificate that came along is called, without looking at anything else in it.

    Args:
        certificate: its DER, as received.

    Returns:
        None where it is none.
    """
    try:
        to_be_signed = der.read(der.read(certificate).content)
        serial, _, issuer, _, subject, _ = certified_parts(to_be_signed.content)
    except (der.DerError, ValueError):
        return None
    return CertificateNames(
        issuer=der.encode(issuer.tag, issuer.content),
        serial=int.from_bytes(serial.content, "big", signed=True),
        subject=name_in_words(der.encode(subject.tag, subject.content)),
    )


def _name(sequence: der.Element) -> x509.Name:
    # Loads what reads X.509, which most commands do not need.
    from cryptography import x509  # noqa: PLC0415 - see above

    if sequence.tag != der.SEQUENCE:
        raise der.DerError("no name")
    return x509.Name([_relative(one) for one in der.read_all(sequence.content)])


def _relative(part: der.Element) -> x509.RelativeDistinguishedName:
    from cryptography import x509  # noqa: PLC0415 - see `_name`

    if part.tag != _SET:
        raise der.DerError("no part of a name")
    return x509.RelativeDistinguishedName([_attribute(one) for one in der.read_all(part.content)])


def _attribute(pair: der.Element) -> x509.NameAttribute[str]:
    from cryptography import x509  # noqa: PLC0415 - see `_name`

    kind, value = der.read_all(pair.content)
    if kind.tag != der.OBJECT_IDENTIFIER:
        raise der.DerError("no attribute of a name")
    return x509.NameAttribute(x509.ObjectIdentifier(_dotted(kind.content)), value.content.decode(_ENCODINGS[value.tag]))


def _dotted(content: bytes) -> str:
    """06 03 55 04 03 is 2.5.4.3."""
    arcs, arc = [], 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(one) for one in (first, arcs[0] - 40 * first, *arcs[1:]))
