"""Hash and method of a CMS signature, by object identifiers; whatever disagrees with itself is not judged.

Source: RFC 3370, 5754 (SHA-2), 5753 (ECDSA), 4056 and 8017 A.2.3 (RSASSA-PSS); edifact.md 2.4.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import UnsupportedPayloadError
from meter_sign.formats.edifact import ber
from meter_sign.formats.edifact.cms_structure import read_algorithm
from meter_sign.model import HashAlgorithm, SignatureScheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meter_sign.formats.edifact.ber import Element
    from meter_sign.formats.edifact.cms_structure import Algorithm, SignerInfo

_HASHES: Mapping[str, HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": HashAlgorithm.SHA_256,
    "2.16.840.1.101.3.4.2.2": HashAlgorithm.SHA_384,
    "2.16.840.1.101.3.4.2.3": HashAlgorithm.SHA_512,
    "2.16.840.1.101.3.4.2.4": HashAlgorithm.SHA_224,
    "1.3.14.3.2.26": HashAlgorithm.SHA_1,
    "1.2.840.113549.2.5": HashAlgorithm.MD5,
    "1.2.840.113549.2.4": HashAlgorithm.MD4,
    "1.3.36.3.2.1": HashAlgorithm.RIPEMD_160,
}
#: Hash functions that every Python computes; of MD4 and RIPEMD-160 only the name is known.
_COMPUTED: Mapping[HashAlgorithm, str] = {
    HashAlgorithm.SHA_256: "sha256",
    HashAlgorithm.SHA_384: "sha384",
    HashAlgorithm.SHA_512: "sha512",
    HashAlgorithm.SHA_224: "sha224",
    HashAlgorithm.SHA_1: "sha1",
    HashAlgorithm.MD5: "md5",
}
_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"
#: Method, and the hash that belongs to it; None where any hash may go with it.
_METHODS: Mapping[str, tuple[SignatureScheme, HashAlgorithm | None]] = {
    "1.2.840.113549.1.1.1": (SignatureScheme.RSA_PKCS1, None),
    "1.2.840.113549.1.1.11": (SignatureScheme.RSA_PKCS1, HashAlgorithm.SHA_256),
    "1.2.840.113549.1.1.12": (SignatureScheme.RSA_PKCS1, HashAlgorithm.SHA_384),
    "1.2.840.113549.1.1.13": (SignatureScheme.RSA_PKCS1, HashAlgorithm.SHA_512),
    "1.2.840.113549.1.1.14": (SignatureScheme.RSA_PKCS1, HashAlgorithm.SHA_224),
    "1.2.840.113549.1.1.5": (SignatureScheme.RSA_PKCS1, HashAlgorithm.SHA_1),
    "1.2.840.113549.1.1.4": (SignatureScheme.RSA_PKCS1, HashAlgorithm.MD5),
    "1.2.840.113549.1.1.3": (SignatureScheme.RSA_PKCS1, HashAlgorithm.MD4),
    "1.3.36.3.3.1.2": (SignatureScheme.RSA_PKCS1, HashAlgorithm.RIPEMD_160),
    _PSS: (SignatureScheme.RSA_PSS, None),
    "1.2.840.10045.4.3.2": (SignatureScheme.ECDSA, HashAlgorithm.SHA_256),
    "1.2.840.10045.4.3.3": (SignatureScheme.ECDSA, HashAlgorithm.SHA_384),
    "1.2.840.10045.4.3.4": (SignatureScheme.ECDSA, HashAlgorithm.SHA_512),
    "1.2.840.10045.4.3.1": (SignatureScheme.ECDSA, HashAlgorithm.SHA_224),
    "1.2.840.10045.4.1": (SignatureScheme.ECDSA, HashAlgorithm.SHA_1),
}
#: RSASSA-PSS-params are fields [0] hash, [1] mask generation, [2] salt length, [3] trailer field.
_PSS_HASH, _PSS_MASK, _PSS_SALT, _PSS_TRAILER = 0xA0, 0xA1, 0xA2, 0xA3
#: The only trailer there is: 0xBC.
_TRAILER_BC = 1


def method_of(signer: SignerInfo) -> tuple[HashAlgorithm, SignatureScheme]:
    """The hash and the method that a signer states, where both are known and agree.

    Args:
        signer: as received.

    Raises:
        UnsupportedPayloadError: ALGORITHM_UNSUPPORTED, one of them is not known, has parameters that it should not
            have, or the method belongs to another hash; PADDING_UNSUPPORTED, PSS with another hash, mask or trailer.
        MalformedPayloadError: CONTAINER_INVALID, the parameters of PSS are none.
    """
    hash_algorithm = _hash_of(signer.digest_algorithm)
    identifier, parameters = signer.signature_algorithm
    scheme, own = _METHODS.get(identifier, (None, None))
    if scheme is None:
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, f"no method of signing is known as {identifier}")
    if own not in {None, hash_algorithm}:
        detail = f"{identifier} signs {own}, and the digest is {hash_algorithm}"
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, detail)
    if scheme is SignatureScheme.RSA_PSS:
        _check_pss(parameters, hash_algorithm)
    elif parameters is not None:
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, f"{identifier} with parameters of its own")
    return hash_algorithm, scheme


def _hash_of(algorithm: Algorithm) -> HashAlgorithm:
    found = _HASHES.get(algorithm.identifier)
    if found is None or algorithm.parameters is not None:
        detail = f"no hash function is known as {algorithm.identifier}, or not with its parameters"
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, detail)
    return found


def _check_pss(parameters: Element | None, stated: HashAlgorithm) -> None:
    """Hash and MGF1 have to be the digest's; the salt may have any length, the verification finds it."""
    if parameters is None:
        # RFC 4056, 3: they have to be there.
        raise UnsupportedPayloadError(Code.PADDING_UNSUPPORTED, "RSASSA-PSS without parameters")
    fields = ber.Fields(parameters)
    own, mask, salt, trailer = (fields.maybe(tag) for tag in (_PSS_HASH, _PSS_MASK, _PSS_SALT, _PSS_TRAILER))
    fields.end()
    used = HashAlgorithm.SHA_1 if own is None else _hash_of(read_algorithm(ber.only(own, _PSS_HASH, ber.SEQUENCE)))
    if salt is not None:
        ber.integer(ber.only(salt, _PSS_SALT, ber.INTEGER))
    number = _TRAILER_BC if trailer is None else ber.integer(ber.only(trailer, _PSS_TRAILER, ber.INTEGER))
    if {used, _mask_hash(mask)} != {stated} or number != _TRAILER_BC:
        detail = f"RSASSA-PSS with another hash, mask or trailer than goes with {stated}"
        raise UnsupportedPayloadError(Code.PADDING_UNSUPPORTED, detail)


def _mask_hash(mask: Element | None) -> HashAlgorithm:
    if mask is None:
        return HashAlgorithm.SHA_1
    identifier, parameters = read_algorithm(ber.only(mask, _PSS_MASK, ber.SEQUENCE))
    if identifier != _MGF1 or parameters is None:
        raise UnsupportedPayloadError(Code.PADDING_UNSUPPORTED, f"RSASSA-PSS with a mask by {identifier}")
    return _hash_of(read_algorithm(parameters))


def digest_of(data: bytes, algorithm: HashAlgorithm) -> bytes | None:
    """The hash of bytes, or None where nobody computes it any more.

    Args:
        data: what is hashed.
        algorithm: weak ones too, so that a signature that does not hold is told from one that proves too little.
    """
    name = _COMPUTED.get(algorithm)
    return None if name is None else hashlib.new(name, data, usedforsecurity=False).digest()
