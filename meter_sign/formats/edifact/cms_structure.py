"""What a CMS structure consists of, as bare facts: content and signers. Whether they agree is not asked here.

    ContentInfo { contentType, [0] SignedData { version, digestAlgorithms, encapContentInfo, [0] certificates,
                  [1] crls, signerInfos } }

Certificates that come along are not read: they are no keys, and nobody is believed for having brought one.

Source: RFC 5652, 3, 5.1 to 5.3, 11; edifact.md 2.4.
"""

from __future__ import annotations

from typing import NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.errors import LimitExceededError, UnsignedPayloadError, UnsupportedPayloadError
from meter_sign.formats.edifact import ber
from meter_sign.formats.edifact.ber import Element, Fields
from meter_sign.model import KeyReference

#: id-data: what is signed is bytes and nothing more.
DATA = "1.2.840.113549.1.7.1"
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
_CONTEXT_0, _CONTEXT_1 = 0xA0, 0xA1
#: [0] IMPLICIT OCTET STRING.
_SUBJECT_KEY_ID = 0x80


class Algorithm(NamedTuple):
    """An AlgorithmIdentifier."""

    #: Dotted.
    identifier: str
    #: None where they are absent or NULL.
    parameters: Element | None


class SignerInfo(NamedTuple):
    """One SignerInfo; unsigned attributes, counter signatures among them, are left out."""

    key: KeyReference
    digest_algorithm: Algorithm
    #: What is signed where there are signed attributes: these as received, as a SET OF; None where there are none.
    signed_attributes: bytes | None
    #: The signed attributes one by one: dotted type, and the values as received.
    attributes: tuple[tuple[str, tuple[Element, ...]], ...]
    signature_algorithm: Algorithm
    signature: bytes


class SignedData(NamedTuple):
    """A SignedData of bytes (id-data)."""

    #: None when it lies beside (detached).
    content: bytes | None
    signers: tuple[SignerInfo, ...]


def read_signed_data(encoded: bytes) -> SignedData:
    """Take a CMS structure apart.

    Args:
        encoded: BER or DER, from its first to its last byte.

    Returns:
        Its content and its signers; there may be none of either.

    Raises:
        MalformedPayloadError: as `ber.read`, and CONTAINER_INVALID when it is no ContentInfo or no SignedData.
        UnsupportedPayloadError: FORMAT_UNSUPPORTED, when it is encrypted, or signs something else than bytes.
        UnsignedPayloadError: NO_SIGNER, when it is of a type that nobody signs.
        LimitExceededError: as `ber.read`, or more than 32 signers.
    """
    info = Fields(ber.read(encoded))
    content_type = ber.dotted(info.take())
    if content_type in _ENCRYPTED:
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, "encrypted: only its recipient can open it (CMS)")
    if content_type in {DATA, _DIGESTED_DATA}:
        raise UnsignedPayloadError(Code.NO_SIGNER, f"CMS of a type that carries no signature: {content_type}")
    if content_type != _SIGNED_DATA:
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, f"CMS of another type than signed data: {content_type}")
    inside = info.take(_CONTEXT_0)
    info.end()
    return _signed_data(ber.only(inside, _CONTEXT_0, ber.SEQUENCE))


def _signed_data(sequence: Element) -> SignedData:
    fields = Fields(sequence)
    fields.take(ber.INTEGER)
    fields.take(ber.SET)
    content = _content(fields.take(ber.SEQUENCE))
    fields.maybe(_CONTEXT_0)
    fields.maybe(_CONTEXT_1)
    signers = fields.take(ber.SET).children
    fields.end()
    if len(signers) > _SIGNERS:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"{len(signers)} signers, the cap is {_SIGNERS}")
    return SignedData(content, tuple(_signer(one) for one in signers))


def _content(encapsulated: Element) -> bytes | None:
    fields = Fields(encapsulated)
    content_type = ber.dotted(fields.take())
    inside = fields.maybe(_CONTEXT_0)
    fields.end()
    if content_type != DATA:
        # What is inside would mean something to its own readers only; without signed attributes it even has to be data.
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, f"CMS signs content of type {content_type}, not data")
    return None if inside is None else ber.octets(ber.only(inside, _CONTEXT_0, ber.OCTET_STRING))


def _signer(signer: Element) -> SignerInfo:
    fields = Fields(signer)
    fields.take(ber.INTEGER)
    key = _key(fields.take(ber.SEQUENCE, _SUBJECT_KEY_ID))
    digest_algorithm = read_algorithm(fields.take(ber.SEQUENCE))
    attributes = fields.maybe(_CONTEXT_0)
    signature_algorithm = read_algorithm(fields.take(ber.SEQUENCE))
    signature = ber.octets(fields.take(ber.OCTET_STRING, ber.OCTET_STRING_CHUNKS))
    fields.maybe(_CONTEXT_1)
    fields.end()
    return SignerInfo(
        key=key,
        digest_algorithm=digest_algorithm,
        # RFC 5652, 5.4: signed is the SET OF, not the [0]. Its elements stay as received, in the order received.
        signed_attributes=None if attributes is None else der.encode(ber.SET, attributes.content),
        attributes=() if attributes is None else tuple(_attribute(one) for one in attributes.children),
        signature_algorithm=signature_algorithm,
        signature=signature,
    )


def _key(identifier: Element) -> KeyReference:
    if identifier.tag == _SUBJECT_KEY_ID:
        return KeyReference(subject_key_id=identifier.content)
    fields = Fields(identifier)
    issuer = fields.take(ber.SEQUENCE).encoded
    serial = ber.integer(fields.take(ber.INTEGER))
    fields.end()
    return KeyReference(issuer=issuer, serial=serial)


def _attribute(attribute: Element) -> tuple[str, tuple[Element, ...]]:
    fields = Fields(attribute)
    kind = ber.dotted(fields.take())
    values = fields.take(ber.SET).children
    fields.end()
    return kind, values


def read_algorithm(sequence: Element) -> Algorithm:
    """Read an AlgorithmIdentifier.

    Args:
        sequence: as received.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it is none.

    Source: RFC 5280, 4.1.1.2.
    """
    fields = Fields(sequence)
    identifier = ber.dotted(fields.take())
    parameters = None if fields.maybe(ber.NULL) else _optional(fields)
    fields.end()
    return Algorithm(identifier, parameters)


def _optional(fields: Fields) -> Element | None:
    return None if fields.is_at_end() else fields.take()
