"""Public keys: every published encoding gives the same key, and what is no key of a known curve is refused."""

from __future__ import annotations

from base64 import b32encode, b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import PublicKey, TrustedKey, decode_public_key
from meter_sign.errors import KeyMaterialError
from meter_sign.model import KeySource, SignerKind
from tests.unit.meter_sign.crypto.signers import NINE_CURVES, OPENSSL_CURVES, Signer, signer

if TYPE_CHECKING:
    from collections.abc import Callable

P256 = CURVES["secp256r1"]
P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
EC_KEY_OID = bytes.fromhex("06072a8648ce3d0201")
P256_OID = bytes.fromhex("06082a8648ce3d030107")
METER = signer("secp256r1")


def pem(label: str, binary: bytes) -> str:
    """A PEM block, 64 characters a line."""
    text = b64encode(binary).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def spki(point: bytes, *, algorithm: bytes = EC_KEY_OID + P256_OID) -> bytes:
    """A SubjectPublicKeyInfo around any point and algorithm."""
    key = der.encode(der.BIT_STRING, b"\0" + point)
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, algorithm) + key)


def certificate(public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, *, serial: int = 1) -> x509.Certificate:
    """A certificate for any key, signed by somebody."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "meter")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, public_key, serial, begin, begin + timedelta(days=1))
    return builder.sign(ec.derive_private_key(7, ec.SECP256R1()), SHA256())


def refused(text: bytes | str, *, curve_name: str | None = None) -> str:
    """Decode what must be refused, and give what the error says."""
    with pytest.raises(KeyMaterialError) as caught:
        decode_public_key(text, curve=CURVES[curve_name] if curve_name else None)
    assert Code.KEY_INVALID is caught.value.code
    return caught.value.detail


#: Encodings of a SubjectPublicKeyInfo that deviate from nothing.
SPKI_SPELLINGS: dict[str, Callable[[bytes], bytes | str]] = {
    "DER": lambda binary: binary,
    "PEM": lambda binary: pem("PUBLIC KEY", binary),
    "PEM as bytes": lambda binary: pem("PUBLIC KEY", binary).encode(),
    "PEM with CRLF": lambda binary: pem("PUBLIC KEY", binary).replace("\n", "\r\n"),
    "hex": lambda binary: binary.hex(),
    "upper-case hex": lambda binary: binary.hex().upper(),
    "hex as bytes with line end": lambda binary: binary.hex().encode() + b"\n",
    "hex in groups": lambda binary: binary.hex(" ", 2).upper(),
    "hex over lines": lambda binary: "\n\t ".join(binary.hex()[at : at + 32] for at in range(0, len(binary.hex()), 32)),
    "base64": lambda binary: b64encode(binary).decode(),
    "base64 over lines": lambda binary: "\n ".join(pem("", binary).splitlines()[1:-1]),
    "base32": lambda binary: b32encode(binary).decode(),
}
#: Encodings of a raw point, with what they deviate in.
RAW_SPELLINGS: dict[str, tuple[Callable[[Signer], bytes | str], tuple[Code, ...]]] = {
    "04 X Y": (lambda meter: meter.point.hex(), (Code.KEY_RAW_POINT,)),
    "X Y": (lambda meter: meter.point[1:].hex(), (Code.KEY_RAW_POINT,)),
    "04 X Y in base64": (lambda meter: b64encode(meter.point).decode(), (Code.KEY_RAW_POINT,)),
    "04 X Y as bytes": (lambda meter: meter.point, (Code.KEY_RAW_POINT,)),
    "compressed": (lambda meter: meter.compressed.hex(), (Code.KEY_RAW_POINT, Code.KEY_COMPRESSED)),
    "compressed in base32": (
        lambda meter: b32encode(meter.compressed).decode(),
        (Code.KEY_RAW_POINT, Code.KEY_COMPRESSED),
    ),
    "oca prefix before 04 X Y": (
        lambda meter: "oca:base16:asn1:" + meter.point.hex(),
        (Code.KEY_OCA_PREFIX, Code.KEY_RAW_POINT),
    ),
}


@pytest.mark.parametrize("name", NINE_CURVES)
@pytest.mark.parametrize("spelling", SPKI_SPELLINGS)
def test_every_spelling_of_a_public_key_info(name: str, spelling: str) -> None:
    """A SubjectPublicKeyInfo gives its point and no deviation, in whatever text encoding, with or without a curve."""
    text = SPKI_SPELLINGS[spelling](signer(name).spki)
    for curve in (None, CURVES[name]):
        key = decode_public_key(text, curve=curve)
        assert (CURVES[name], signer(name).point, ()) == (key.curve, key.point, key.deviations)


@pytest.mark.parametrize("name", NINE_CURVES)
@pytest.mark.parametrize("spelling", RAW_SPELLINGS)
def test_every_spelling_of_a_raw_point(name: str, spelling: str) -> None:
    """A raw point on the expected curve gives the same key as its SubjectPublicKeyInfo, and names its deviations."""
    write, deviations = RAW_SPELLINGS[spelling]
    key = decode_public_key(write(signer(name)), curve=CURVES[name])
    assert (decode_public_key(signer(name).spki), deviations) == (key, key.deviations)


@pytest.mark.parametrize("name", NINE_CURVES)
def test_oca_prefix_is_a_deviation(name: str) -> None:
    """A SubjectPublicKeyInfo behind `oca:base16:asn1:` is the same key, with KEY_OCA_PREFIX."""
    key = decode_public_key("oca:base16:asn1:" + signer(name).spki.hex())
    assert (signer(name).point, (Code.KEY_OCA_PREFIX,)) == (key.point, key.deviations)


@pytest.mark.parametrize("name", NINE_CURVES)
def test_compressed_point_in_public_key_info_is_a_deviation(name: str) -> None:
    """A SubjectPublicKeyInfo with a compressed point is the same key, with KEY_COMPRESSED."""
    algorithm = EC_KEY_OID + der.encode_oid(CURVES[name].oid)
    key = decode_public_key(spki(signer(name).compressed, algorithm=algorithm))
    assert (signer(name).point, (Code.KEY_COMPRESSED,)) == (key.point, key.deviations)


@pytest.mark.parametrize("name", NINE_CURVES)
def test_uncompressed_raw_point_finds_its_curve(name: str) -> None:
    """Without an expected curve an uncompressed raw point is on the one curve of its size that it lies on."""
    assert CURVES[name] == decode_public_key(signer(name).point.hex()).curve


@pytest.mark.parametrize("name", OPENSSL_CURVES)
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_certificate_gives_its_public_key(name: str, encoding: Encoding) -> None:
    """Of a certificate the public key counts, and it is no deviation."""
    text = certificate(signer(name).private_key.public_key()).public_bytes(encoding)
    key = decode_public_key(text, curve=CURVES[name])
    assert (signer(name).point, ()) == (key.point, key.deviations)


def test_certificate_of_version_1_gives_its_public_key() -> None:
    """A certificate without the version field is read as well (RFC 5280, 4.1.2.1)."""
    whole, _, _ = der.read_all(der.read(certificate(METER.private_key.public_key()).public_bytes(Encoding.DER)).content)
    parts = [der.encode(part.tag, part.content) for part in der.read_all(whole.content)]
    unsigned = der.encode(der.SEQUENCE, b"".join(parts[1:7]))
    signed = unsigned + parts[2] + der.encode(der.BIT_STRING, b"\0")
    assert METER.point == decode_public_key(der.encode(der.SEQUENCE, signed)).point


@pytest.mark.parametrize("name", NINE_CURVES)
def test_public_key_info_is_that_of_the_libraries(name: str) -> None:
    """`spki_der` is what independent libraries write for the key, and the fingerprint is its SHA-256."""
    key = decode_public_key(signer(name).compressed, curve=CURVES[name])
    assert signer(name).spki == key.spki_der
    assert f"sha256:{sha256(signer(name).spki).hexdigest()}" == key.fingerprint


def test_equality_is_of_the_key_and_not_of_its_spelling() -> None:
    """One key written in two ways is equal and has one hash; another key is not equal."""
    keys = {decode_public_key(METER.spki), decode_public_key(METER.compressed, curve=P256)}
    assert {decode_public_key(METER.point)} == keys
    assert decode_public_key(signer("secp256r1", 4711).spki) not in keys


def test_trusted_key_is_a_meter_key_unless_said_otherwise() -> None:
    """A trusted key carries its source, and its signer is a meter by default."""
    trusted = TrustedKey(key=decode_public_key(METER.spki), source=KeySource.REGISTRY)
    assert (KeySource.REGISTRY, SignerKind.METER) == (trusted.source, trusted.signer_kind)


def off_curve(point: bytes) -> bytes:
    """The same point with a Y that is one more."""
    return point[:-1] + bytes((point[-1] ^ 1,))


@pytest.mark.parametrize("name", NINE_CURVES)
def test_point_off_its_curve_is_refused(name: str) -> None:
    """A point that does not satisfy the curve's equation is no key, raw or in a SubjectPublicKeyInfo."""
    algorithm = EC_KEY_OID + der.encode_oid(CURVES[name].oid)
    assert "no point of" in refused(spki(off_curve(signer(name).point), algorithm=algorithm))
    assert "no point of" in refused(off_curve(signer(name).point), curve_name=name)


@pytest.mark.parametrize("name", NINE_CURVES)
def test_infinite_point_is_refused(name: str) -> None:
    """The point at infinity is no key, in its own encoding or as zeros."""
    algorithm = EC_KEY_OID + der.encode_oid(CURVES[name].oid)
    assert "infinite" in refused(spki(b"\0", algorithm=algorithm))
    refused(spki(b"\x04" + bytes(2 * CURVES[name].field_bytes), algorithm=algorithm))
    refused("00", curve_name=name)


@pytest.mark.parametrize("name", NINE_CURVES)
def test_point_on_another_curve_is_refused(name: str) -> None:
    """A SubjectPublicKeyInfo that names another curve than the expected one is refused, whatever its point."""
    other = "secp384r1" if name != "secp384r1" else "secp256r1"
    assert f"a key on {name} where {other} is wanted" in refused(signer(name).spki, curve_name=other)


def test_public_key_info_with_the_wrong_curve_name_is_refused() -> None:
    """A secp256k1 point under the identifier of secp256r1 lies on the wrong curve (the official tool accepts it)."""
    refused(spki(signer("secp256k1").point))
    refused(signer("secp256k1").point.hex(), curve_name="secp256r1")


@pytest.mark.parametrize("name", NINE_CURVES)
def test_compressed_point_without_a_curve_is_refused(name: str) -> None:
    """About every second X lies on any curve, so a compressed raw point without a curve is not guessed."""
    refused(signer(name).compressed.hex())


def test_coordinate_beyond_the_field_is_refused() -> None:
    """An X of at least p is no coordinate, though it is one modulo p."""
    beyond = (5 + P256_PRIME).to_bytes(33, "big")[-32:]
    refused(b"\x02" + beyond, curve_name="secp256r1")
    refused(b"\x04" + P256_PRIME.to_bytes(32, "big") + bytes(32), curve_name="secp256r1")


@pytest.mark.parametrize("first", [0, 1, 5, 6, 7, 0xFF])
def test_other_point_forms_are_refused(first: int) -> None:
    """Only 02, 03 and 04 begin a point here; the hybrid forms 06 and 07 do not."""
    refused(spki(bytes((first,)) + METER.point[1:]))
    refused(bytes((first,)) + METER.point[1:], curve_name="secp256r1")


def test_coordinates_without_prefix_in_public_key_info_are_refused() -> None:
    """X Y without 04 is met as raw text only; in a SubjectPublicKeyInfo it is broken."""
    refused(spki(METER.point[1:]))


@pytest.mark.parametrize("cut", [1, 2, 10, 32, 64, 90])
def test_truncated_key_is_refused(cut: int) -> None:
    """A key that was cut off is refused, in any encoding."""
    refused(METER.spki[:-cut])
    refused(METER.spki[:-cut].hex())
    refused(METER.point[: -min(cut, 64)], curve_name="secp256r1")


@pytest.mark.parametrize("tail", [b"\0", b"\x05\x00", b"0", METER.spki])
def test_trailing_bytes_are_refused(tail: bytes) -> None:
    """Bytes after the key, or a second key, are refused: one text means one key."""
    refused((METER.spki + tail).hex())
    refused(METER.point.hex() + tail.hex(), curve_name="secp256r1")
    refused(pem("PUBLIC KEY", METER.spki + tail))


def test_trailing_elements_inside_are_refused() -> None:
    """A third element in the key, or after the curve, is refused."""
    algorithm = der.encode(der.SEQUENCE, EC_KEY_OID + P256_OID)
    key = der.encode(der.BIT_STRING, b"\0" + METER.point)
    refused(der.encode(der.SEQUENCE, algorithm + key + b"\x05\x00"))
    refused(spki(METER.point, algorithm=EC_KEY_OID + P256_OID + b"\x05\x00"))


def test_lengths_in_long_form_are_refused() -> None:
    """Keys are read as strict DER: a length that could be shorter is refused."""
    refused(b"\x30\x81" + METER.spki[1:])
    refused(METER.spki.replace(b"\x30\x59\x30\x13", b"\x30\x5a\x30\x81\x13"))


def test_unused_bits_are_refused() -> None:
    """A BIT STRING of a point has no unused bits."""
    key = der.encode(der.BIT_STRING, b"\x01" + METER.point)
    refused(der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, EC_KEY_OID + P256_OID) + key))
    refused(der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, EC_KEY_OID + P256_OID) + b"\x03\x00"))


def test_rsa_key_is_refused_by_name() -> None:
    """An RSA key is told to be one, as key and as certificate."""
    key = rsa.generate_private_key(65537, 2048).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert "RSA key, an elliptic-curve key is wanted" in refused(info)
    assert "RSA" in refused(info.hex(), curve_name="secp256r1")
    assert "RSA" in refused(certificate(key).public_bytes(Encoding.PEM))


def test_edwards_key_is_refused_by_name() -> None:
    """An Ed25519 key is no key for ECDSA."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    assert "Ed25519" in refused(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def test_explicit_curve_parameters_are_refused() -> None:
    """A curve given by parameters and not by name is refused, even if they are those of a known curve."""
    field = der.encode(
        der.SEQUENCE,
        bytes.fromhex("06072a8648ce3d0101") + der.encode(der.INTEGER, b"\0" + P256_PRIME.to_bytes(32, "big")),
    )
    parameters = der.encode(der.SEQUENCE, b"\x02\x01\x01" + field)
    assert "explicit" in refused(spki(METER.point, algorithm=EC_KEY_OID + parameters))


@pytest.mark.parametrize("parameters", [b"", b"\x05\x00"])
def test_missing_curve_is_refused(parameters: bytes) -> None:
    """A key that leaves its curve to somebody else is refused."""
    assert "must be named" in refused(spki(METER.point, algorithm=EC_KEY_OID + parameters))


@pytest.mark.parametrize("oid", ["1.3.132.0.33", "1.3.36.3.3.2.8.1.1.8", "1.2.3"])
def test_other_curves_are_refused(oid: str) -> None:
    """A curve that no meter format names is refused, though a library may know it."""
    assert "no meter format uses" in refused(spki(METER.point, algorithm=EC_KEY_OID + der.encode_oid(oid)))


def test_empty_algorithm_is_refused() -> None:
    """An algorithm without identifier is no key."""
    refused(spki(METER.point, algorithm=b""))


def test_private_keys_are_refused_and_not_repeated() -> None:
    """A private key is no public key, and the error does not print it."""
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        text = METER.private_key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
        assert text.splitlines()[1] not in refused(text)
        refused(METER.private_key.private_bytes(Encoding.DER, form, NoEncryption()))


@pytest.mark.parametrize(
    "text",
    [
        pem("PUBLIC KEY", METER.spki) * 2,
        pem("PUBLIC KEY", METER.spki) + "text",
        pem("PUBLIC KEY", METER.spki).replace("END PUBLIC", "END PRIVATE"),
        pem("CERTIFICATE REQUEST", METER.spki),
        pem("PUBLIC KEY", METER.spki).replace("-----END PUBLIC KEY-----", ""),
        pem("PUBLIC KEY", METER.spki).replace("MFkw", "MF=w"),
        pem("PUBLIC KEY", METER.spki).replace("MFkw", "M*kw"),
        pem("PUBLIC KEY", METER.spki).replace("==", "==QUJD"),
        "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n" + "\n".join(pem("", METER.spki).splitlines()[1:]),
        pem("PUBLIC KEY", b""),
    ],
)
def test_bad_pem_is_refused(text: str) -> None:
    """A PEM text holds exactly one public key or certificate, whole, and nothing else."""
    refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n", b"", b"\0", "none", "null", "0", "30", "3059", METER.spki.hex()[:-1], METER.spki.hex() + "g",
        "0x" + METER.spki.hex(), METER.spki.hex(":"), b64encode(METER.spki).decode()[:-2], "oca:base16:asn1:",
        "oca:base32:asn1:" + b32encode(METER.spki).decode(), "oca:base16:asn1:" + b64encode(METER.spki).decode(),
        "oca:base16:asn1:oca:base16:asn1:" + METER.spki.hex(), "sch\xfcssel", "\ud800", "\uff13\uff10" * 40,
        b"\xff\xfe" + METER.spki.hex().encode("utf-16-le"), b"\x30\x80" + METER.spki[2:] + b"\0\0",
        b64encode(b64encode(METER.spki.hex().encode())).decode(), b32encode(METER.spki).decode().lower(),
        b"\x30\x02\x30\x00", b"\x30\x04\x30\x02\x30\x00", bytes(65), bytes(64), bytes(16_384),
    ],
)  # fmt: skip
def test_other_texts_are_refused(text: bytes | str) -> None:
    """What is no published encoding of one key is refused, with and without an expected curve."""
    refused(text)
    refused(text, curve_name="secp256r1")


@pytest.mark.parametrize("text", ["3" * 16_385, b"\x30" * 16_385, METER.spki.hex() + " " * 16_384])
def test_oversize_text_is_refused(text: bytes | str) -> None:
    """A key of more than 16384 characters is refused before it is looked at."""
    assert "at most 16384" in refused(text)


def test_nested_certificates_are_refused() -> None:
    """A certificate in the place of a certificate's key is refused, however deep."""
    inner = METER.spki
    null = der.encode(der.SEQUENCE, b"")
    for _ in range(300):
        inner = der.encode(der.SEQUENCE, b"\x02\x01\x01" + null * 4 + inner)
        inner = der.encode(der.SEQUENCE, inner + null + b"\x03\x00")
    refused(inner)


@pytest.mark.parametrize("tags", [b"", b"\x02\x01\x01", b"\x02\x01\x01" + b"\x30\x00" * 4])
def test_certificate_without_key_is_refused(tags: bytes) -> None:
    """Something of a certificate's outer shape without a key in its place is refused."""
    refused(der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, tags) + b"\x30\x00\x03\x01\x00"))


@pytest.mark.parametrize("point", [b"", b"\0", METER.compressed, off_curve(METER.point), METER.point + b"\0"])
def test_a_wrong_key_cannot_be_made_by_hand(point: bytes) -> None:
    """The type itself refuses a point that is not uncompressed and on its curve."""
    with pytest.raises(KeyMaterialError):
        PublicKey(curve=P256, point=point)
