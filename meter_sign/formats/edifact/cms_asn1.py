"""CMS in asn1crypto's terms: the structures of RFC 5652 as far as they are read, and from them the bare facts.

asn1crypto reads BER and DER; what it passes over without a word is refused here (`_fields`, `_dotted`, `_integer`). Its
own classes for CMS are not used: they take PKCS #7 for CMS, drop what stands behind the content of an EXPLICIT tag, and
read no chunks of definite length. So an EXPLICIT tag is declared as what it is, a structure with one field; a CHOICE as
optional fields; and what may come in chunks, or is no field of ours, as Any.

Everything here says ValueError; `cms_structure`, which loads this module when it needs it, makes our errors of it.

Source: RFC 5652, 3, 5.1 to 5.3; RFC 5280, 4.1.1.2; RFC 8017, A.2.3; edifact.md 2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from asn1crypto import core

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.errors import LimitExceededError, UnsignedPayloadError, UnsupportedPayloadError
from meter_sign.formats.edifact.cms_structure import (
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    MGF1,
    RSASSA_PSS,
    SIGNING_TIME,
    Algorithm,
    PssParameters,
    SignedData,
    SignerInfo,
    Value,
)
from meter_sign.model import KeyReference

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_DIGESTED_DATA = "1.2.840.113549.1.7.5"
#: Content types that only the recipient can open.
_ENCRYPTED = frozenset(
    {
        "1.2.840.113549.1.7.3",
        "1.2.840.113549.1.7.4",
        "1.2.840.113549.1.7.6",
        "1.2.840.113549.1.9.16.1.2",
        "1.2.840.113549.1.9.16.1.23",
    }
)
#: Each signer costs a signature check; S/MIME has one, sometimes two.
_SIGNERS = 32
#: Of all certificates that came along; a path of four has some 6 kB.
_CERTIFICATE_BYTES = 64 * 1024
#: Nobody's object identifier has more octets.
_OID_OCTETS = 64
_READ_ATTRIBUTES = frozenset({CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME})
_OCTET_STRING, _NULL = (0, 4), (0, 5)
_SET = 0x31


def _tagged(number: int) -> dict[str, Any]:
    return {"implicit": number, "optional": True}


class _Structure(core.Sequence):
    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # asn1crypto prepares a class when its first object is made; two threads that do so at once disturb each other.
        cls()


def _explicit(inside: Any) -> Any:
    return type("_Explicit", (_Structure,), {"_fields": [("inside", inside)]})


class _Algorithm(_Structure):
    _fields: ClassVar = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class _Pss(_Structure):
    _fields: ClassVar = [
        ("hash", _explicit(_Algorithm), _tagged(0)),
        ("mask", _explicit(_Algorithm), _tagged(1)),
        ("salt", _explicit(core.Integer), _tagged(2)),
        ("trailer", _explicit(core.Integer), _tagged(3)),
    ]


class _IssuerAndSerial(_Structure):
    _fields: ClassVar = [("issuer", core.Sequence), ("serial", core.Integer)]


class _Values(core.SetOf):
    _child_spec = core.Any


class _Attribute(_Structure):
    _fields: ClassVar = [("type", core.ObjectIdentifier), ("values", _Values)]


class _Attributes(core.SetOf):
    _child_spec = _Attribute


class _SignerInfo(_Structure):
    _fields: ClassVar = [
        ("version", core.Integer),
        ("issuer_and_serial", _IssuerAndSerial, {"optional": True}),
        ("subject_key_id", core.OctetString, _tagged(0)),
        ("digest_algorithm", _Algorithm),
        ("signed_attributes", _Attributes, _tagged(0)),
        ("signature_algorithm", _Algorithm),
        ("signature", core.Any),
        ("unsigned_attributes", core.SetOf, _tagged(1)),
    ]


class _Signers(core.SetOf):
    _child_spec = _SignerInfo


class _EncapsulatedContentInfo(_Structure):
    _fields: ClassVar = [("content_type", core.ObjectIdentifier), ("content", _explicit(core.Any), _tagged(0))]


class _SignedData(_Structure):
    _fields: ClassVar = [
        ("version", core.Integer),
        ("digest_algorithms", core.SetOf),
        ("content", _EncapsulatedContentInfo),
        ("certificates", core.SetOf, _tagged(0)),
        ("crls", core.SetOf, _tagged(1)),
        ("signers", _Signers),
    ]


class _ContentInfo(_Structure):
    _fields: ClassVar = [("content_type", core.ObjectIdentifier), ("content", _explicit(_SignedData), _tagged(0))]


def read(encoded: bytes) -> SignedData:
    """Take a CMS structure apart whose shape has been checked.

    Args:
        encoded: BER or DER, from its first to its last byte.

    Raises:
        ValueError: it is no ContentInfo or no SignedData; now and then asn1crypto may raise other built-in errors.
        UnsupportedPayloadError: ENCRYPTED; FORMAT_UNSUPPORTED, when it signs something else than bytes.
        UnsignedPayloadError: NO_SIGNER, when it is of a type that nobody signs.
        LimitExceededError: more than 32 signers.
    """
    kind, inside = _fields(_ContentInfo.load(encoded, strict=True))
    content_type = _dotted(kind)
    if content_type in _ENCRYPTED:
        raise UnsupportedPayloadError(Code.ENCRYPTED, "encrypted: only its recipient can open it (CMS)")
    if content_type in {DATA, _DIGESTED_DATA}:
        raise UnsignedPayloadError(Code.NO_SIGNER, f"CMS of a type that carries no signature: {content_type}")
    if content_type != _SIGNED_DATA:
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, f"CMS of another type than signed data: {content_type}")
    if inside is None:
        raise ValueError("a ContentInfo without content")
    return _signed_data(_inside(inside))


def _signed_data(signed_data: Any) -> SignedData:
    _, _, encapsulated, certificates, _, signers = _fields(signed_data)
    kind, inside = _fields(encapsulated)
    content_type = _dotted(kind)
    if content_type != DATA:
        # What is inside would mean something to its own readers only; without signed attributes it even has to be data.
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, f"CMS signs content of type {content_type}, not data")
    if len(signers) > _SIGNERS:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"{len(signers)} signers, the cap is {_SIGNERS}")
    content = None if inside is None else _octets(_inside(inside).parsed)
    return SignedData(content, tuple(_signer(one) for one in signers), _brought(certificates))


def _brought(certificates: Any | None) -> tuple[bytes, ...]:
    """The certificates that came along, uncut; what cannot be told apart is left out, for nothing depends on it."""
    if certificates is None or len(certificates.contents) > _CERTIFICATE_BYTES:
        return ()
    try:
        return tuple(der.encode(one.tag, one.content) for one in der.read_all(certificates.contents))
    except der.DerError:
        return ()


def _signer(signer: Any) -> SignerInfo:
    _, by_issuer, by_key_id, digest_algorithm, attributes, signature_algorithm, signature, _ = _fields(signer)
    return SignerInfo(
        key=_key(by_issuer, by_key_id),
        digest_algorithm=_algorithm(digest_algorithm),
        # RFC 5652, 5.4: signed is the SET OF, not the [0]. Its elements stay as received, in the order received.
        signed_attributes=None if attributes is None else der.encode(_SET, attributes.contents),
        attributes=() if attributes is None else tuple(_attribute(one) for one in attributes),
        signature_algorithm=_algorithm(signature_algorithm),
        signature=_octets(signature.parsed),
    )


def _key(by_issuer: Any | None, by_key_id: Any | None) -> KeyReference:
    if by_issuer is None and by_key_id is not None and not by_key_id.method:
        return KeyReference(subject_key_id=by_key_id.contents)
    if by_issuer is None or by_key_id is not None:
        raise ValueError("a signer is named by issuer and serial number or by one key identifier")
    issuer, serial = _fields(by_issuer)
    return KeyReference(issuer=der.encode(der.SEQUENCE, issuer.contents), serial=_integer(serial))


def _attribute(attribute: Any) -> tuple[str, tuple[Value, ...]]:
    kind, values = _fields(attribute)
    identifier = _dotted(kind)
    return identifier, tuple(_value(one.parsed) for one in values) if identifier in _READ_ATTRIBUTES else ()


def _value(value: Any) -> Value:
    if (value.class_, value.tag) == _OCTET_STRING:
        return Value(value.tag, _octets(value))
    return Value(value.class_ << 6 | value.method << 5 | value.tag, value.contents)


def _algorithm(sequence: Any) -> Algorithm:
    identifier, given = _fields(sequence)
    kind = _dotted(identifier)
    if given is None or _is_null(given):
        return Algorithm(kind, None)
    if kind == MGF1:
        return Algorithm(kind, _algorithm(given.parse(_Algorithm)))
    return Algorithm(kind, _pss(given.parse(_Pss)) if kind == RSASSA_PSS else given.contents)


def _is_null(given: Any) -> bool:
    # Only what is empty is read as whatever it is: asn1crypto cannot do that with every tag.
    return not given.contents and (given.parsed.class_, given.parsed.tag) == _NULL


def _pss(sequence: Any) -> PssParameters:
    own, mask, salt, trailer = _fields(sequence)
    if salt is not None:
        _integer(_inside(salt))
    return PssParameters(
        hash=None if own is None else _algorithm(_inside(own)),
        mask=None if mask is None else _algorithm(_inside(mask)),
        trailer=None if trailer is None else _integer(_inside(trailer)),
    )


# What asn1crypto passes over -----------------------------------------------------------------------------------------


def _fields(sequence: Any) -> tuple[Any, ...]:
    """All fields of a structure, None for those left out: no more than it has, and each of its type.

    asn1crypto keeps further fields without a word, and looks at the type of a field only when somebody takes it.
    """
    names = list(sequence)
    if len(sequence) != len(names):
        raise ValueError("an ASN.1 structure has more fields than it should")
    found = (sequence[name] for name in names)
    return tuple(None if isinstance(field, core.Void) else field for field in found)


def _inside(explicit: Any) -> Any:
    (inside,) = _fields(explicit)
    return inside


def _dotted(identifier: Any) -> str:
    """An object identifier as people write it; asn1crypto takes one without octets, and one that ends within an arc."""
    content = identifier.contents
    if not 0 < len(content) <= _OID_OCTETS:
        raise ValueError(f"an object identifier of {len(content)} octets")
    dotted = str(identifier.dotted)
    if der.encode_oid(dotted) != der.encode(der.OBJECT_IDENTIFIER, content):
        raise ValueError(f"an object identifier that is not written like {dotted}")
    return dotted


def _integer(number: Any) -> int:
    if not number.contents:
        raise ValueError("an INTEGER without octets")
    return int(number.native)


def _octets(string: Any) -> bytes:
    """The bytes of an OCTET STRING; asn1crypto joins chunks in quadratic time, and only those of indefinite length."""
    return b"".join(_chunks(string))


def _chunks(string: Any) -> Iterator[bytes]:
    if (string.class_, string.tag) != _OCTET_STRING:
        raise ValueError("an OCTET STRING should stand where something else does")
    if not string.method:
        yield string.contents
    else:
        # Chunks of chunks are as deep as `check_shape` lets them be.
        for chunk in core.SequenceOf(contents=string.contents):
            yield from _chunks(chunk)
