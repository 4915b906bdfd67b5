"""What a CMS structure consists of, as bare facts: content and signers. Whether they agree is not asked here.

    ContentInfo { contentType, [0] SignedData { version, digestAlgorithms, encapContentInfo, [0] certificates,
                  [1] crls, signerInfos } }

Certificates that come along are kept as they are, and for people only: they are no keys, and nobody is believed for
having brought one.

Source: RFC 5652, 3, 5.1 to 5.3, 11; edifact.md 2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.formats.edifact.ber_shape import check_shape

if TYPE_CHECKING:
    from meter_sign.model import KeyReference

#: id-data: what is signed is bytes and nothing more.
DATA = "1.2.840.113549.1.7.1"
RSASSA_PSS = "1.2.840.113549.1.1.10"
MGF1 = "1.2.840.113549.1.1.8"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = (f"1.2.840.113549.1.9.{last}" for last in (3, 4, 5))


class Algorithm(NamedTuple):
    """An AlgorithmIdentifier."""

    #: Dotted.
    identifier: str
    #: Those of RSASSA-PSS and MGF1 taken apart, of others the content; None where they are absent or NULL.
    parameters: PssParameters | Algorithm | bytes | None


class PssParameters(NamedTuple):
    """RSASSA-PSS-params; None where the default is meant. The length of the salt is left out: any is right."""

    hash: Algorithm | None
    mask: Algorithm | None
    trailer: int | None


class Value(NamedTuple):
    """A value of a signed attribute."""

    #: The first octet.
    tag: int
    #: What is inside; of an OCTET STRING in chunks these joined.
    content: bytes


class SignerInfo(NamedTuple):
    """One SignerInfo; unsigned attributes, counter signatures among them, are left out."""

    key: KeyReference
    digest_algorithm: Algorithm
    #: What is signed where there are signed attributes: these as received, as a SET OF; None where there are none.
    signed_attributes: bytes | None
    #: The signed attributes one by one: dotted type, and the values where they are of one of the three types above.
    attributes: tuple[tuple[str, tuple[Value, ...]], ...]
    signature_algorithm: Algorithm
    signature: bytes


class SignedData(NamedTuple):
    """A SignedData of bytes (id-data)."""

    #: None when it lies beside (detached).
    content: bytes | None
    signers: tuple[SignerInfo, ...]
    #: As received; none where there are more than anybody would look at.
    certificates: tuple[bytes, ...] = ()


def read_signed_data(encoded: bytes) -> SignedData:
    """Take a CMS structure apart.

    Args:
        encoded: BER or DER, from its first to its last byte.

    Returns:
        Its content and its signers; there may be none of either.

    Raises:
        MalformedPayloadError: as `check_shape`, and CONTAINER_INVALID when it is no ContentInfo or no SignedData.
        UnsupportedPayloadError: ENCRYPTED; FORMAT_UNSUPPORTED, when it signs something else than bytes.
        UnsignedPayloadError: NO_SIGNER, when it is of a type that nobody signs.
        LimitExceededError: as `check_shape`, or more than 32 signers.
    """
    check_shape(encoded)
    # asn1crypto costs 8 ms, and most files have no such structure.
    from meter_sign.formats.edifact.cms_asn1 import read  # noqa: PLC0415 - see above

    try:
        return read(encoded)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        # asn1crypto says ValueError to most of what it cannot read; what else it may run into is the bytes' fault too.
        detail = f"not the ASN.1 of CMS: {' '.join(str(error).split())[:200]}"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail) from error
