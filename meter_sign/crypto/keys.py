"""Public keys in every published encoding, decoded into a checked point on a known curve.

    text -> binary (PEM, oca:, hex, base32, base64) -> SubjectPublicKeyInfo | certificate | raw point -> PublicKey

One text never means two keys. Whether it is PEM, hex, base32 or base64 is decided by its alphabet alone, in this
order, and the first that fits is the only one tried. OCPP wraps such a text in base64 once more: what comes out of an
encoding and is nothing but printable characters is such a text (48 bytes of a key are that once in 10^20). Binary that
is one whole DER SEQUENCE beginning with a SEQUENCE is DER (an X of that shape occurs once in 16 million keys, and is
then refused, not misread); all else is a raw point, of which the length tells the form.

A decoded key is not a trusted one: `TrustedKey` says where it came from, and the caller decides what counts.

Source: OCMF 1.4.1 table 23 (key types); RFC 5280 and RFC 5480 (SubjectPublicKeyInfo); SEC 1 version 2.0, 2.3.3 and
2.3.4 (points); RFC 7468 (PEM); OCA application note "Signed Meter Values" 1.0, 3.2.2 and 5.2
(`oca:base16:asn1:` in base64, hex in base64).
"""

from __future__ import annotations

from base64 import b32decode, b64decode
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache, partial
from hashlib import sha256
from re import DOTALL, IGNORECASE
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.crypto.curves import CURVES, Curve, find_curve
from meter_sign.crypto.points import checked_point
from meter_sign.errors import KeyMaterialError
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import KeySource, SignerKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from meter_sign.crypto.rsa_keys import RsaPublicKey

#: Decoded keys kept: a gateway sees the same few thousand meters again and again.
_KEYS_KEPT = 1024
_EC_PUBLIC_KEY = der.encode_oid("1.2.840.10045.2.1")
_OTHER_ALGORITHMS = {
    der.encode_oid("1.2.840.113549.1.1.1"): "RSA",
    der.encode_oid("1.3.101.112"): "Ed25519",
}
_CURVE_BY_OID = {der.encode_oid(curve.oid): curve for curve in CURVES.values()}
#: Tags of a certificate, and of what is signed in it from the serial number to the key (RFC 5280, 4.1).
_CERTIFICATE = [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]
_UP_TO_KEY = [der.INTEGER, *[der.SEQUENCE] * 5]

_PRINTABLE = pattern(rb"[\t\n\r\x20-\x7e]*")
_PEM = pattern(r"-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\s]*)-----END \1-----")
_OCA = pattern(r"oca:(base16|base64):asn1:(.*)", IGNORECASE | DOTALL)
#: What the note tells readers to ignore in base16: a prefix, and whatever is no hexadecimal digit.
_NO_DIGIT = pattern(r"0[xX]|[^0-9A-Fa-f]")
_from_base64 = partial(b64decode, validate=True)
_ENCODINGS: tuple[tuple[str, Callable[[str], object], Callable[[str], bytes]], ...] = (
    ("hex", pattern("[0-9A-Fa-f]+").fullmatch, bytes.fromhex),
    ("base32", pattern("[A-Z2-7]+=*").fullmatch, b32decode),
    ("base64", pattern("[A-Za-z0-9+/]+={0,2}").fullmatch, _from_base64),
)


class KeyForm(Enum):
    """How a meter format writes public keys."""

    #: DER SubjectPublicKeyInfo.
    SPKI = auto()
    #: 04, X, Y.
    POINT = auto()
    #: X, Y.
    COORDINATES = auto()
    #: 02 or 03, X.
    COMPRESSED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A finite point on a known curve; two keys are equal when they are the same key, however they were written."""

    curve: Curve
    #: The point uncompressed: 04, X, Y.
    point: bytes
    #: How its text was not a plain SubjectPublicKeyInfo: KEY_COMPRESSED, KEY_RAW_POINT, KEY_OCA_PREFIX.
    deviations: tuple[Code, ...] = field(default=(), compare=False)
    #: DER SubjectPublicKeyInfo with the named curve and the uncompressed point.
    spki_der: bytes = field(init=False, repr=False, compare=False)
    #: `sha256:` and the hex digits of SHA-256 over `spki_der`.
    fingerprint: str = field(init=False, repr=False, compare=False)

    def written(self, form: KeyForm) -> bytes:
        """The key in one of the forms in which meter formats publish theirs."""
        coordinates, size = self.point[1:], self.curve.field_bytes
        written = {
            KeyForm.SPKI: self.spki_der,
            KeyForm.POINT: self.point,
            KeyForm.COORDINATES: coordinates,
            KeyForm.COMPRESSED: bytes((2 + coordinates[-1] % 2,)) + coordinates[:size],
        }
        return written[form]

    def __post_init__(self) -> None:
        if checked_point(self.curve.name, self.point).uncompressed != self.point:
            raise _invalid("the point must be given uncompressed")
        algorithm = der.encode(der.SEQUENCE, _EC_PUBLIC_KEY + der.encode_oid(self.curve.oid))
        spki = der.encode(der.SEQUENCE, algorithm + der.encode(der.BIT_STRING, b"\0" + self.point))
        object.__setattr__(self, "spki_der", spki)
        object.__setattr__(self, "fingerprint", f"sha256:{sha256(spki).hexdigest()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key that the caller's policy lets count, with where it came from and whose it is."""

    #: RSA only for signatures that name their key (EDIFACT, S/MIME); no meter format has it.
    key: PublicKey | RsaPublicKey
    source: KeySource
    signer_kind: SignerKind = SignerKind.METER


def decode_public_key(text: bytes | str, *, curve: Curve | None = None, curve_name: str | None = None) -> PublicKey:
    """Decode a public key from any published encoding.

    Accepted: PEM (`PUBLIC KEY`, `CERTIFICATE`), DER, and hex, base32 or base64 (blanks and line ends inside ignored) of
    a SubjectPublicKeyInfo, of an X.509 certificate (its public key; chain, dates and signature are not looked at), or
    of a raw point: 04 X Y, X Y, or compressed; `oca:base16:asn1:` before hex, `oca:base64:asn1:` before base64; and the
    base64 of any of these texts.

    Args:
        text: the key as registered or received, at most `Limits.key_characters` long.
        curve: the curve the caller expects. A raw point needs it; without it an uncompressed raw point counts when it
            lies on exactly one curve of its size.
        curve_name: the same, by any of the curve's names.

    Returns:
        The key, its point checked, with the deviations of its encoding.

    Raises:
        KeyMaterialError: KEY_INVALID: unreadable, too long, more than one key, bytes left over, no elliptic-curve key
            (RSA), a curve given by explicit parameters or not known or other than `curve`, a point that is infinite,
            hybrid, of a wrong length or off its curve.
    """
    text = _capped(text)
    if curve_name is not None:
        found = find_curve(curve_name)
        if found is None:
            raise _invalid(f"{curve_name[:40]!r} is no curve that meters use")
        curve = found[0]
    return _decode(text, None if curve is None else curve.name)


def key_binary(text: bytes | str) -> bytes:
    """Take the text encoding off a key or a certificate, as `decode_public_key` does.

    Args:
        text: as registered or received, at most `Limits.key_characters` long.

    Returns:
        The bytes inside; what they are is not looked at.

    Raises:
        KeyMaterialError: KEY_INVALID, when it is too long or in no known encoding.
    """
    text = _capped(text)
    return text if isinstance(text, bytes) else _binary(text.strip())[0]


def _capped(text: bytes | str) -> bytes | str:
    if len(text) > DEFAULT_LIMITS.key_characters:
        raise _invalid(f"{len(text)} characters, at most {DEFAULT_LIMITS.key_characters}")
    if isinstance(text, bytes) and _PRINTABLE.fullmatch(text):
        return text.decode("ascii")
    return text


@lru_cache(maxsize=_KEYS_KEPT)
def _decode(text: bytes | str, curve_name: str | None) -> PublicKey:
    expected = None if curve_name is None else CURVES[curve_name]
    binary, deviations = (text, ()) if isinstance(text, bytes) else _binary(text.strip())
    if not _is_der(binary):
        return _raw_key(binary, expected, deviations)
    try:
        return _spki_key(binary, expected, deviations)
    except der.DerError as error:
        raise _invalid(f"no DER SubjectPublicKeyInfo: {error}") from error


def _binary(text: str, *, opened: bool = False) -> tuple[bytes, tuple[Code, ...]]:
    """Take the text encoding off; the alphabet decides which it is."""
    if text.startswith("-----"):
        pem = _PEM.fullmatch(text)
        if pem is None:
            raise _invalid("a PEM text must hold exactly one PUBLIC KEY or CERTIFICATE and nothing else")
        return _unarmoured("base64", _from_base64, pem.group(2)), ()
    oca = _OCA.fullmatch(text)
    if oca is not None:
        return _printed(*oca.groups()), (Code.KEY_OCA_PREFIX,)
    solid = "".join(text.split())
    for name, fits, decode in _ENCODINGS:
        if fits(solid):
            return _unwrapped(_unarmoured(name, decode, text), opened=opened)
    raise _invalid("neither PEM, hex, base32 nor base64")


def _unwrapped(decoded: bytes, *, opened: bool) -> tuple[bytes, tuple[Code, ...]]:
    """Take a text out of its encoding, once; binary stays as it is."""
    if opened or not _PRINTABLE.fullmatch(decoded):
        return decoded, ()
    return _binary(decoded.decode("ascii").strip(), opened=True)


def _printed(encoding: str, key: str) -> bytes:
    """The key as it is printed on the meter (OCA note, tables 2 and 3)."""
    if encoding.lower() == "base64":
        return _unarmoured("base64", _from_base64, key)
    return _unarmoured("hex", bytes.fromhex, _NO_DIGIT.sub("", key))


def _unarmoured(name: str, decode: Callable[[str], bytes], text: str) -> bytes:
    try:
        return decode("".join(text.split()))
    except ValueError as error:
        raise _invalid(f"broken {name}: {error}") from error


def _is_der(binary: bytes) -> bool:
    try:
        (outer,) = der.read_all(binary)
    except (der.DerError, ValueError):  # ValueError: none or several elements
        return False
    return outer.tag == der.SEQUENCE and outer.content[:1] == bytes((der.SEQUENCE,))


class KeyInfo(NamedTuple):
    """The two parts of a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7)."""

    #: The content of the AlgorithmIdentifier.
    algorithm: bytes
    #: The key itself, as its algorithm writes it.
    key_bits: bytes


def read_key_info(encoded: bytes) -> KeyInfo:
    """Read the SubjectPublicKeyInfo that some DER is, or that a certificate holds.

    Args:
        encoded: one whole DER SEQUENCE.

    Raises:
        DerError: it is neither.
    """
    outer = der.read_all(encoded)
    parts = der.read_all(outer[0].content) if _tags(outer) == [der.SEQUENCE] else ()
    if _tags(parts) == _CERTIFICATE:
        parts = der.read_all(certified_parts(parts[0].content)[-1].content)
    if _tags(parts) != [der.SEQUENCE, der.BIT_STRING] or parts[1].content[:1] != b"\0":
        raise der.DerError("neither a SubjectPublicKeyInfo nor a certificate")
    return KeyInfo(parts[0].content, parts[1].content[1:])


def _spki_key(spki: bytes, expected: Curve | None, deviations: tuple[Code, ...]) -> PublicKey:
    info = read_key_info(spki)
    curve = _named_curve(info.algorithm)
    if expected is not None and curve != expected:
        raise _invalid(f"a key on {curve.name} where {expected.name} is wanted")
    return _key(curve, info.key_bits, deviations)


def _tags(parts: tuple[der.Element, ...]) -> list[int]:
    return [part.tag for part in parts]


def certified_parts(to_be_signed: bytes) -> tuple[der.Element, ...]:
    """The first parts of what a certificate's issuer signed: serial, algorithm, issuer, validity, subject, key.

    Args:
        to_be_signed: the content of the certificate's first element.

    Returns:
        The six, as received.

    Raises:
        DerError: it is no X.509 certificate.
    """
    # Walked by hand: `cryptography` cannot give the key of a curve it lacks, and nothing else here is looked at.
    parts = der.read_all(to_be_signed)
    if parts and parts[0].tag == der.CONTEXT_0:
        parts = parts[1:]
    if _tags(parts[: len(_UP_TO_KEY)]) != _UP_TO_KEY:
        raise der.DerError("no X.509 certificate")
    return parts[: len(_UP_TO_KEY)]


def _named_curve(algorithm: bytes) -> Curve:
    parts = [der.encode(part.tag, part.content) for part in der.read_all(algorithm)]
    if parts[:1] != [_EC_PUBLIC_KEY]:
        name = _OTHER_ALGORITHMS.get(parts[0], "unknown") if parts else "unknown"
        raise _invalid(f"{name} key, an elliptic-curve key is wanted")
    if len(parts) != 2 or parts[1][0] != der.OBJECT_IDENTIFIER:
        raise _invalid("the curve must be named; explicit or missing parameters are refused")
    if parts[1] not in _CURVE_BY_OID:
        raise _invalid(f"a curve that no meter format uses (object identifier {parts[1].hex()[:40]})")
    return _CURVE_BY_OID[parts[1]]


def _raw_key(binary: bytes, expected: Curve | None, deviations: tuple[Code, ...]) -> PublicKey:
    deviations = (*deviations, Code.KEY_RAW_POINT)
    if expected is not None:
        return _key(expected, _with_prefix(binary, expected), deviations)
    fitting = [key for curve in CURVES.values() if (key := _try_uncompressed(binary, curve, deviations))]
    if len(fitting) != 1:
        raise _invalid(f"{len(binary)} bytes: neither DER nor an uncompressed point of exactly one curve")
    return fitting[0]


def _with_prefix(binary: bytes, curve: Curve) -> bytes:
    return b"\x04" + binary if len(binary) == 2 * curve.field_bytes else binary


def _try_uncompressed(binary: bytes, curve: Curve, deviations: tuple[Code, ...]) -> PublicKey | None:
    point = _with_prefix(binary, curve)
    if len(point) != 1 + 2 * curve.field_bytes:
        return None
    try:
        return _key(curve, point, deviations)
    except KeyMaterialError:
        return None


def _key(curve: Curve, encoded: bytes, deviations: tuple[Code, ...]) -> PublicKey:
    """Make the key of a point in SEC 1 encoding; length and first byte must fit before anybody computes."""
    size = curve.field_bytes
    if encoded == b"\0":
        raise _invalid("the infinite point is no key")
    if len(encoded) == 1 + size and encoded[0] in {2, 3}:
        point = checked_point(curve.name, encoded).uncompressed
        return PublicKey(curve=curve, point=point, deviations=(*deviations, Code.KEY_COMPRESSED))
    if len(encoded) != 1 + 2 * size or encoded[0] != 4:
        raise _invalid(f"{len(encoded)} bytes are no point of {curve.name}")
    return PublicKey(curve=curve, point=encoded, deviations=deviations)


def _invalid(detail: str) -> KeyMaterialError:
    return KeyMaterialError(Code.KEY_INVALID, f"no usable public key: {detail}")
