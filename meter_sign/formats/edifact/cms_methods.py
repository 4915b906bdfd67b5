"""Hash and method of a CMS signature, by object identifiers; whatever disagrees with itself is not judged.

Source: RFC 3370, 5754 (SHA-2), 5753 (ECDSA), 4056 and 8017 A.2.3 (RSASSA-PSS); edifact.md 2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import UnsupportedPayloadError
from meter_sign.formats.edifact.cms_structure import MGF1, RSASSA_PSS, Algorithm, PssParameters
from meter_sign.model import HashAlgorithm, SignatureScheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meter_sign.formats.edifact.cms_structure import SignerInfo

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
    RSASSA_PSS: (SignatureScheme.RSA_PSS, None),
    "1.2.840.10045.4.3.2": (SignatureScheme.ECDSA, HashAlgorithm.SHA_256),
    "1.2.840.10045.4.3.3": (SignatureScheme.ECDSA, HashAlgorithm.SHA_384),
    "1.2.840.10045.4.3.4": (SignatureScheme.ECDSA, HashAlgorithm.SHA_512),
    "1.2.840.10045.4.3.1": (SignatureScheme.ECDSA, HashAlgorithm.SHA_224),
    "1.2.840.10045.4.1": (SignatureScheme.ECDSA, HashAlgorithm.SHA_1),
}
#: The only trailer there is: 0xBC.
_TRAILER_BC = 1


def method_of(signer: SignerInfo) -> tuple[HashAlgorithm, SignatureScheme]:
    """The hash and the method that a signer states, where both are known and agree.

    Args:
        signer: as received.

    Raises:
        UnsupportedPayloadError: ALGORITHM_UNSUPPORTED, one of them is not known, has parameters that it should not
            have, or the method belongs to another hash; PADDING_UNSUPPORTED, PSS with another hash, mask or trailer.
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


def _check_pss(parameters: object, stated: HashAlgorithm) -> None:
    """Hash and MGF1 have to be the digest's; the salt may have any length, the verification finds it."""
    if not isinstance(parameters, PssParameters):
        # RFC 4056, 3: they have to be there.
        raise UnsupportedPayloadError(Code.PADDING_UNSUPPORTED, "RSASSA-PSS without parameters")
    used = HashAlgorithm.SHA_1 if parameters.hash is None else _hash_of(parameters.hash)
    if {used, _mask_hash(parameters.mask)} != {stated} or parameters.trailer not in {None, _TRAILER_BC}:
        detail = f"RSASSA-PSS with another hash, mask or trailer than goes with {stated}"
        raise UnsupportedPayloadError(Code.PADDING_UNSUPPORTED, detail)


def _mask_hash(mask: Algorithm | None) -> HashAlgorithm:
    if mask is None:
        return HashAlgorithm.SHA_1
    if mask.identifier != MGF1 or not isinstance(mask.parameters, Algorithm):
        raise UnsupportedPayloadError(Code.PADDING_UNSUPPORTED, f"RSASSA-PSS with a mask by {mask.identifier}")
    return _hash_of(mask.parameters)
