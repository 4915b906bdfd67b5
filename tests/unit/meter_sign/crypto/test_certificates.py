"""Certificates that the operator gave: what is read of them, and what is none."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha1

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from meter_sign.codes import Code
from meter_sign.crypto.certificates import holds_certificate, read_certificate, read_certificates
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.errors import KeyMaterialError
from meter_sign.model import KeyReference
from tests.support.certificates import BEGIN, END, METER, authority, issued, rsa_key, spki
from tests.support.ocmf import VECTORS, needs_shared

ROOT = authority("root", 3)
SIGNER = issued("meter", METER, by=ROOT, serial=0x3053)
KEYS = VECTORS / "edifact" / "keys"


def test_certificate_is_read_as_it_is() -> None:
    """Issuer, serial, validity and key are those of `cryptography`."""
    known = read_certificate(SIGNER.der)
    assert (SIGNER.certificate.issuer.public_bytes(), 0x3053) == (known.issuer, known.serial)
    assert (BEGIN, END, "CN=meter") == (known.valid_from, known.valid_until, known.subject_text)
    assert decode_any_public_key(spki(METER)) == known.key


def test_validity_includes_both_ends() -> None:
    """RFC 5280, 4.1.2.5: from notBefore through notAfter, inclusive."""
    known = SIGNER.known
    assert [True, True] == [known.valid_at(BEGIN), known.valid_at(END)]


def test_key_identifier_is_the_extension() -> None:
    """Where the certificate states its own identifier, that counts."""
    stated = issued("meter", METER, by=ROOT, extensions=((x509.SubjectKeyIdentifier(b"own"), False),))
    assert b"own" == stated.known.subject_key_id


def test_key_identifier_without_extension_is_the_hash_of_the_key() -> None:
    """RFC 5280, 4.2.1.2, method 1: SHA-1 of the bits of the key."""
    point = spki(METER)[-65:]
    assert sha1(point, usedforsecurity=False).digest() == SIGNER.known.subject_key_id


def test_names_are_what_a_signature_may_call_it() -> None:
    """By issuer with serial, and by key identifier; half a name is none."""
    known = SIGNER.known
    by_serial = KeyReference(issuer=known.issuer, serial=known.serial)
    by_id = KeyReference(subject_key_id=known.subject_key_id)
    assert known.names == by_serial.certificate_names + by_id.certificate_names
    assert () == KeyReference(issuer=known.issuer).certificate_names


@pytest.mark.parametrize("key", [METER, rsa_key(), ec.derive_private_key(9, ec.BrainpoolP256R1())])
def test_pem_and_der_are_one_certificate(key: ec.EllipticCurvePrivateKey) -> None:
    """A certificate is its bytes, however they are written."""
    holder = issued("meter", key, by=ROOT)
    assert read_certificate(holder.pem) == read_certificate(holder.der)


def test_file_may_hold_several_with_text_between() -> None:
    """Bundles, as tools write them, with remarks between."""
    text = b"the root:\n" + ROOT.pem + b"\nand the meter:\n" + SIGNER.pem
    assert (ROOT.known, SIGNER.known) == read_certificates(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no certificate",
        spki(METER),
        SIGNER.pem + b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        SIGNER.pem.replace(b"-----END CERTIFICATE-----", b""),
        SIGNER.der[:-1],
        SIGNER.der + b"\0",
        SIGNER.der.replace(b"250101000000Z", b"259901000000Z"),
        SIGNER.der.replace(bytes.fromhex("02023053"), bytes.fromhex("0202b053")),
    ],
    ids=[
        "empty",
        "prose",
        "bare key",
        "key beside",
        "no end",
        "cut off",
        "trailing byte",
        "month 99",
        "serial below 0",
    ],
)
def test_what_is_no_certificate_is_refused(text: bytes) -> None:
    """Whatever is wrong with it, it is KEY_INVALID."""
    with pytest.raises(KeyMaterialError) as caught:
        read_certificates(text)
    assert Code.KEY_INVALID is caught.value.code


@pytest.mark.parametrize("at", range(0, len(SIGNER.der), 3))
def test_broken_certificate_never_crashes(at: int) -> None:
    """Any octet of it may be wrong: it is read, or refused."""
    broken = bytearray(SIGNER.der)
    broken[at] ^= 0xFF
    with suppress(KeyMaterialError):
        assert bytes(broken) == read_certificate(bytes(broken)).der


def test_key_of_another_kind_is_refused() -> None:
    """Ed25519 signs no EDIFACT, so its certificate is of no use."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    made = x509.CertificateBuilder(name, name, private.public_key(), 1, BEGIN, END).sign(private, None)
    with pytest.raises(KeyMaterialError):
        read_certificate(made.public_bytes(Encoding.DER))


def test_certificate_with_a_name_that_cryptography_does_not_read_is_refused() -> None:
    """An alternative name of EDI (RFC 5280, 4.2.1.6: ediPartyName) is legal, and the library has no class for it."""
    edi_party = bytes.fromhex("3007a505a1030c0178")
    name = (x509.UnrecognizedExtension(x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME, edi_party), False)
    with pytest.raises(KeyMaterialError) as caught:
        read_certificate(issued("meter", METER, by=ROOT, extensions=(name,)).der)
    assert Code.KEY_INVALID is caught.value.code


def test_key_is_told_from_a_certificate() -> None:
    """The registry keeps a certificate as one."""
    assert [True, True, False] == [holds_certificate(one) for one in (SIGNER.der, SIGNER.pem, spki(METER))]


@pytest.mark.shared
@needs_shared
@pytest.mark.parametrize("name", sorted(path.name for path in KEYS.glob("*.pem")) if KEYS.is_dir() else [])
def test_certificates_of_others_are_read(name: str) -> None:
    """Certificates of all key types that lie beside the repository, made by another program."""
    (known,) = read_certificates((KEYS / name).read_bytes())
    assert known.serial > 0
