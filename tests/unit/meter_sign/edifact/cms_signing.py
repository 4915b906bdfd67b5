"""Signatures as others write them: keys made here, CMS and mails made by OpenSSL and `cryptography`, or by hand."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from shutil import which
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID

from meter_sign.crypto import der
from meter_sign.errors import MeterSignError
from meter_sign.formats.edifact.cms import Wrapped, open_wrapper
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import HashAlgorithm, NamedSignature, SignatureScheme

if TYPE_CHECKING:
    from pathlib import Path

    from meter_sign.codes import Code

#: A short interchange; what it says does not matter here.
EDI = (
    b"UNA:+.? 'UNB+UNOC:3+9900000000001:500+9900000000002:500+260115:1200+IC0001'UNH+1+MSCONS:D:04B:UN:2.4c'"
    b"BGM+7+DOC0001+9'UNT+3+1'UNZ+1+IC0001'"
)
OTHER_EDI = EDI.replace(b"DOC0001", b"DOC0002")
SERIAL = 0x3053E29993FB
SUBJECT_KEY_ID = bytes(range(20))
LIMITS = DEFAULT_LIMITS

_HASHES = {
    HashAlgorithm.SHA_256: hashes.SHA256(),
    HashAlgorithm.SHA_384: hashes.SHA384(),
    HashAlgorithm.SHA_512: hashes.SHA512(),
    HashAlgorithm.SHA_1: hashes.SHA1(),  # noqa: S303 - to see that a weak signature is read like any other
}


@dataclass(frozen=True)
class Signer:
    """A private key with its certificate."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def issuer(self) -> bytes:
        """DER of the issuer's name."""
        return self.certificate.issuer.public_bytes()

    def files(self, folder: Path) -> tuple[str, ...]:
        """OpenSSL's options for this signer, its files written into a folder."""
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        pem = serialization.Encoding.PEM
        key.write_bytes(
            self.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        )
        certificate.write_bytes(self.certificate.public_bytes(pem))
        return "-signer", str(certificate), "-inkey", str(key)


def signer(kind: str = "p256") -> Signer:
    """One of a few test signers, made once a run."""
    return _made(kind)


@cache
def _made(kind: str) -> Signer:
    key = _KEYS[kind]()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test {kind}")])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=SERIAL,
        not_valid_before=datetime(2025, 1, 1, tzinfo=UTC),
        not_valid_after=datetime(2045, 1, 1, tzinfo=UTC),
    ).add_extension(x509.SubjectKeyIdentifier(SUBJECT_KEY_ID), critical=False)
    return Signer(key, builder.sign(key, hashes.SHA256()))


_KEYS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}


def openssl(folder: Path, *words: str, content: bytes = EDI) -> bytes:
    """Run OpenSSL over content and return what it writes."""
    if which("openssl") is None:
        pytest.skip("openssl is not installed")
    given = folder / "content.edi"
    given.write_bytes(content)
    done = subprocess.run(["openssl", *words, "-in", str(given)], check=True, capture_output=True, cwd=folder)
    return done.stdout


def cms_sign(folder: Path, *options: str, kind: str = "p256", content: bytes = EDI) -> bytes:
    """`openssl cms -sign -binary -outform DER` with further options."""
    words = ("cms", "-sign", "-binary", "-outform", "DER", *signer(kind).files(folder), *options)
    return openssl(folder, *words, content=content)


def assert_holds(wrapped: Wrapped, kind: str = "p256") -> NamedSignature:
    """There is one signature, and it holds under the test signer's key over one of its digests."""
    assert () == wrapped.problems
    (signature,) = wrapped.signatures
    assert any(_holds(signature, digest, signer(kind)) for digest, _ in signature.signed)
    return signature


def _holds(signature: NamedSignature, digest: bytes, by: Signer) -> bool:
    assert isinstance(signature.value, bytes)
    algorithm, key = _HASHES[signature.hash], by.key.public_key()
    hashed = Prehashed(algorithm)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            assert signature.scheme is SignatureScheme.ECDSA
            key.verify(signature.value, digest, ec.ECDSA(hashed))
        elif signature.scheme is SignatureScheme.RSA_PSS:
            pss = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
            key.verify(signature.value, digest, pss, hashed)
        else:
            assert signature.scheme is SignatureScheme.RSA_PKCS1
            key.verify(signature.value, digest, padding.PKCS1v15(), hashed)
    except InvalidSignature:
        return False
    return True


# A structure by hand, for what no signing software writes -----------------------------------------------------------

DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = (f"1.2.840.113549.1.9.{last}" for last in (3, 4, 5))
SHA_256, ECDSA_SHA_256 = "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2"


def sequence(*fields: bytes) -> bytes:
    """A SEQUENCE."""
    return der.encode(0x30, b"".join(fields))


def attribute(kind: str, *values: bytes) -> bytes:
    """A signed attribute."""
    return sequence(der.encode_oid(kind), der.encode(0x31, b"".join(values)))


def algorithm(kind: str, parameters: bytes = b"") -> bytes:
    """An AlgorithmIdentifier."""
    return sequence(der.encode_oid(kind), parameters)


def octets(content: bytes) -> bytes:
    """An OCTET STRING."""
    return der.encode(0x04, content)


def signer_info(
    *attributes: bytes,
    digest: bytes = algorithm(SHA_256),
    method: bytes = algorithm(ECDSA_SHA_256),
    signature: bytes = b"\x30\x06\x02\x01\x01\x02\x01\x01",
    more: bytes = b"",
) -> bytes:
    """A SignerInfo by subject key identifier; its signature is none."""
    signed = der.encode(0xA0, b"".join(attributes)) if attributes else b""
    return sequence(b"\x02\x01\x03", der.encode(0x80, SUBJECT_KEY_ID), digest, signed, method, octets(signature), more)


def content_info(
    *signers: bytes, content: bytes = octets(EDI), content_type: str = DATA, kind: str = SIGNED_DATA, more: bytes = b""
) -> bytes:
    """A ContentInfo around a SignedData; `content` is the eContent, encoded, or nothing."""
    inside = der.encode(0xA0, content) if content else b""
    signed_data = sequence(
        b"\x02\x01\x03",
        der.encode(0x31, algorithm(SHA_256)),
        sequence(der.encode_oid(content_type), inside),
        der.encode(0x31, b"".join(signers)),
        more,
    )
    return sequence(der.encode_oid(kind), der.encode(0xA0, signed_data))


#: Signed attributes that fit `EDI`.
DIGEST = attribute(MESSAGE_DIGEST, octets(sha256(EDI).digest()))
TYPE = attribute(CONTENT_TYPE, der.encode_oid(DATA))
#: A structure in which everything agrees; only its signature is none.
GOOD = content_info(signer_info(TYPE, DIGEST))


# What becomes of it --------------------------------------------------------------------------------------------------


def opened(raw: bytes, *detached: bytes) -> Wrapped:
    """Open a wrapper, or a file with signatures beside it."""
    return open_wrapper(raw, detached, LIMITS)


def problem(raw: bytes, *detached: bytes) -> tuple[type[MeterSignError], Code]:
    """Class and code of the one thing that is wrong, told or raised; no signature is left then."""
    try:
        wrapped = opened(raw, *detached)
    except MeterSignError as error:
        return type(error), error.code
    assert () == wrapped.signatures
    (found,) = wrapped.problems
    return type(found), found.code
