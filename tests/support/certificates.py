"""Certificates and signatures that name their key, made by `cryptography` and never by our own code.

ROOT = authority("root")                         an authority that issued itself
signer = issued("meter", METER, by=ROOT)         a certificate under it, with its private key
named(b"...", METER, key=reference(signer))      a signature over bytes, as a parser would hand it on
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import new
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign.crypto.certificates import KnownCertificate, read_certificate
from meter_sign.model import (
    HashAlgorithm,
    KeyReference,
    NamedSignature,
    SignatureContainer,
    SignatureScheme,
    SignedDigest,
)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
METER = ec.derive_private_key(0xE1C6, ec.SECP256R1())
STRANGER = ec.derive_private_key(0xE1C7, ec.SECP256R1())
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2035, 1, 1, tzinfo=UTC)
HASHES: dict[HashAlgorithm, hashes.HashAlgorithm] = {
    HashAlgorithm.SHA_256: hashes.SHA256(),
    HashAlgorithm.SHA_384: hashes.SHA384(),
    HashAlgorithm.SHA_512: hashes.SHA512(),
    HashAlgorithm.SHA_224: hashes.SHA224(),
    HashAlgorithm.SHA_1: hashes.SHA1(),  # noqa: S303 - weak on purpose
    HashAlgorithm.MD5: hashes.MD5(),  # noqa: S303 - weak on purpose
}
_ALL_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


@dataclass(frozen=True)
class Holder:
    """A certificate and the private key of its holder."""

    certificate: x509.Certificate
    private_key: PrivateKey

    @property
    def der(self) -> bytes:
        """The certificate as it is stored."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The same in PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def known(self) -> KnownCertificate:
        """The certificate as our code reads it."""
        return read_certificate(self.der)


@lru_cache(maxsize=8)
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """One RSA key of a size for the whole run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def usage(*names: str) -> x509.KeyUsage:
    """The keyUsage extension with these uses."""
    return x509.KeyUsage(**{name: name in names for name in _ALL_USAGES})


def is_authority(path_length: int | None = None) -> x509.BasicConstraints:
    """The basicConstraints extension of an authority."""
    return x509.BasicConstraints(ca=True, path_length=path_length)


#: Extensions of an authority, each with whether it is critical.
AUTHORITY: tuple[tuple[x509.ExtensionType, bool], ...] = ((is_authority(), True), (usage("key_cert_sign"), True))


def issued(
    name: str,
    key: PrivateKey,
    *,
    by: Holder | None = None,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    begin: datetime = BEGIN,
    end: datetime = END,
    serial: int = 1,
    algorithm: hashes.HashAlgorithm | None = None,
) -> Holder:
    """A certificate for a key, issued by somebody, or by its own holder."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer, signer = (subject, key) if by is None else (by.certificate.subject, by.private_key)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), serial, begin, end)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    # The same certificate in every process, so that tests may be named by its bytes.
    deterministic = True if isinstance(signer, ec.EllipticCurvePrivateKey) else None
    made = builder.sign(signer, algorithm or hashes.SHA256(), ecdsa_deterministic=deterministic)  # type: ignore[arg-type]
    return Holder(made, key)


def authority(name: str, secret: int, *, by: Holder | None = None, **fields: Any) -> Holder:
    """An authority; without `by` one that issued itself."""
    extensions = fields.pop("extensions", AUTHORITY)
    return issued(name, ec.derive_private_key(secret, ec.SECP384R1()), by=by, extensions=extensions, **fields)


def reference(holder: Holder) -> KeyReference:
    """How a message names a certificate: by issuer and serial."""
    known = holder.known
    return KeyReference(issuer=known.issuer, serial=known.serial)


def spki(key: PrivateKey) -> bytes:
    """DER SubjectPublicKeyInfo of a key."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed_value(
    data: bytes, key: PrivateKey, hash_: HashAlgorithm = HashAlgorithm.SHA_256, *, is_pss: bool = False
) -> bytes:
    """A signature over bytes: DER for ECDSA."""
    digest, algorithm = digest_of(data, hash_), HASHES[hash_]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(digest, ec.ECDSA(Prehashed(algorithm), deterministic_signing=True))
    pad = padding.PSS(padding.MGF1(algorithm), 20) if is_pss else padding.PKCS1v15()
    return key.sign(digest, pad, Prehashed(algorithm))


def digest_of(data: bytes, hash_: HashAlgorithm = HashAlgorithm.SHA_256) -> bytes:
    """The digest of bytes."""
    return new(hash_.value.replace("-", "").lower(), data, usedforsecurity=False).digest()


def named(
    data: bytes,
    signer: PrivateKey,
    *,
    value: tuple[int, int] | bytes | None = None,
    hash_: HashAlgorithm = HashAlgorithm.SHA_256,
    scheme: SignatureScheme | None = None,
    container: SignatureContainer = SignatureContainer.IN_MESSAGE,
    key: KeyReference | None = None,
    signed_at: datetime | None = None,
) -> NamedSignature:
    """A signature over bytes, as a parser hands it on; the value is made with the key unless one is given."""
    usual = SignatureScheme.ECDSA if isinstance(signer, ec.EllipticCurvePrivateKey) else SignatureScheme.RSA_PKCS1
    made = value if value is not None else signed_value(data, signer, hash_, is_pss=scheme is SignatureScheme.RSA_PSS)
    return NamedSignature(
        container=container,
        signed=(SignedDigest(digest_of(data, hash_)),),
        hash=hash_,
        scheme=scheme or usual,
        value=made,
        key=key or KeyReference(),
        signed_at=signed_at,
        name="signature of a test",
    )


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)
