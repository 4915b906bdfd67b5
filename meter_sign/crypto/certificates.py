"""X.509 certificates that somebody gave beforehand: read, and followed to a trust anchor.

A certificate that travels with a message is never one of these. Serial, issuer and key are taken from the bytes as they
are, so that the issuer's name is compared as received; the rest is read by `cryptography`.

Source: RFC 5280, 4.1, 4.2.1 and 6.1; RFC 7468 (PEM); edifact.md 2.4 ("Certificate path") and 5.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha1
from re import compile as pattern
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.crypto.keys import certified_parts, key_binary, read_key_info
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.errors import KeyMaterialError

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from meter_sign.crypto.keys import PublicKey
    from meter_sign.crypto.rsa_keys import RsaPublicKey
    from meter_sign.model import CertificateName

#: Certificates in one file: a market's certificate authorities and partners.
MOST_CERTIFICATES = 1_000
_CERTIFICATES_KEPT = 256
_PEM = pattern(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----")
_PEM_MARK = "-----BEGIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCertificate:
    """A certificate that the operator gave; two are equal when their bytes are."""

    #: The whole certificate, as given.
    der: bytes = field(repr=False)
    #: DER of the issuer's and of the subject's distinguished name, as in the certificate.
    issuer: bytes = field(repr=False, compare=False)
    subject: bytes = field(repr=False, compare=False)
    #: For people: RFC 4514.
    subject_text: str = field(compare=False)
    serial: int = field(compare=False)
    #: From its extension, else SHA-1 of the key's bits (RFC 5280, 4.2.1.2, method 1).
    subject_key_id: bytes = field(compare=False)
    #: Both included.
    valid_from: datetime = field(compare=False)
    valid_until: datetime = field(compare=False)
    key: PublicKey | RsaPublicKey = field(compare=False)

    @property
    def names(self) -> tuple[CertificateName, ...]:
        """What signatures may call it; see `KeyReference.certificate_names`."""
        return (self.issuer, self.serial), self.subject_key_id

    def valid_at(self, at: datetime) -> bool:
        """Whether an instant lies in its validity (RFC 5280, 4.1.2.5: both ends included)."""
        return self.valid_from <= at <= self.valid_until


def read_certificates(text: bytes | str) -> tuple[KnownCertificate, ...]:
    """Read a file of certificates: one or several in PEM, with any text between, or a single one in any encoding.

    Args:
        text: the file.

    Returns:
        At least one.

    Raises:
        KeyMaterialError: KEY_INVALID: none, more than `MOST_CERTIFICATES`, or one that cannot be read.
    """
    if isinstance(text, bytes) and text.isascii():
        text = text.decode("ascii")
    if isinstance(text, bytes) or _PEM_MARK not in text:
        return (read_certificate(text),)
    blocks = _PEM.findall(text)
    if not 1 <= len(blocks) <= MOST_CERTIFICATES or len(blocks) != text.count(_PEM_MARK):
        raise _invalid(f"a PEM file must hold 1 to {MOST_CERTIFICATES} certificates and nothing else in PEM")
    return tuple(read_certificate(block) for block in blocks)


def read_certificate(text: bytes | str) -> KnownCertificate:
    """Read one certificate in PEM, DER, hex or base64. Its signature, dates and issuer are not judged here.

    Args:
        text: as given, at most `Limits.key_characters` long.

    Raises:
        KeyMaterialError: KEY_INVALID: no certificate, broken in a part that is needed, or of a key that is no
            elliptic-curve or RSA key.
    """
    return _read(key_binary(text))


def holds_certificate(text: bytes | str) -> bool:
    """Whether the text of a key is that of a certificate, readable or not.

    Args:
        text: as given.

    Raises:
        KeyMaterialError: KEY_INVALID: in no known encoding.
    """
    try:
        outer = der.read_all(key_binary(text))
        return [part.tag for part in der.read_all(outer[0].content)] == [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]
    except (der.DerError, IndexError):
        return False


@lru_cache(maxsize=_CERTIFICATES_KEPT)
def _read(encoded: bytes) -> KnownCertificate:
    # Half of what a command loads, and most commands see no certificate.
    from cryptography import x509  # noqa: PLC0415 - see above

    try:
        to_be_signed, *_ = der.read_all(der.read(encoded).content)
        serial, _, issuer, _, subject, spki = certified_parts(to_be_signed.content)
        number = int.from_bytes(serial.content, "big", signed=True)
        if number <= 0:
            raise _invalid("its serial number is not positive (RFC 5280, 4.1.2.2)")
        key_bits = read_key_info(der.encode(spki.tag, spki.content)).key_bits
        known = parsed(encoded)
        stated = [one.value.digest for one in known.extensions if isinstance(one.value, x509.SubjectKeyIdentifier)]
        return KnownCertificate(
            der=encoded,
            issuer=der.encode(issuer.tag, issuer.content),
            subject=der.encode(subject.tag, subject.content),
            subject_text=known.subject.rfc4514_string(),
            serial=number,
            # A name and no proof: that SHA-1 is weak does not matter.
            subject_key_id=stated[0] if stated else sha1(key_bits, usedforsecurity=False).digest(),
            valid_from=known.not_valid_before_utc,
            valid_until=known.not_valid_after_utc,
            key=decode_any_public_key(encoded),
        )
    except (der.DerError, ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension) as error:
        raise _invalid(f"it cannot be read: {error}") from error


@lru_cache(maxsize=_CERTIFICATES_KEPT)
def parsed(encoded: bytes) -> x509.Certificate:
    """The certificate as `cryptography` reads it.

    Args:
        encoded: its DER.

    Raises:
        ValueError: it is no certificate.
    """
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - see `_read`

    return load_der_x509_certificate(encoded)


def _invalid(detail: str) -> KeyMaterialError:
    return KeyMaterialError(Code.KEY_INVALID, f"no usable certificate: {detail}")
