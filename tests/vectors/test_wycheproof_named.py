"""Project Wycheproof's cases for what EDIFACT and CMS may state: RSA by both methods, ECDSA by SHA-256, -384 and -512.

Read in place as `test_wycheproof.py` says. "Acceptable" are PKCS #1 signatures without the NULL behind the hash's
object identifier; RFC 8017 (8.2.2, note) leaves them open, and what is not the one encoding does not hold here.
"""

from __future__ import annotations

from hashlib import new
from typing import Any

import pytest

from meter_sign.crypto.named_signature import check
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.errors import InvalidSignatureError
from meter_sign.model import (
    HashAlgorithm,
    KeyReference,
    NamedSignature,
    SignatureContainer,
    SignatureScheme,
    SignedDigest,
)
from tests.vectors.test_wycheproof import load

_SIZES = ("2048", "3072", "4096", "8192")
#: How Wycheproof calls a PSS signature that is right but for the length of its salt, which R6 leaves open.
_OTHER_SALT = "s_len changed to "
_PKCS1 = [f"rsa_signature_{size}_{name}_test.json" for size in _SIZES for name in ("sha256", "sha384", "sha512")]
_PSS = [
    "rsa_pss_2048_sha256_mgf1_0_test.json", "rsa_pss_2048_sha256_mgf1_32_test.json",
    "rsa_pss_3072_sha256_mgf1_32_test.json", "rsa_pss_2048_sha384_mgf1_48_test.json",
    "rsa_pss_4096_sha256_mgf1_32_test.json", "rsa_pss_4096_sha384_mgf1_48_test.json",
    "rsa_pss_4096_sha512_mgf1_64_test.json",
]  # fmt: skip
_DER = [
    "secp256r1_sha256", "secp256r1_sha512", "secp384r1_sha256", "secp384r1_sha384", "secp384r1_sha512",
    "secp521r1_sha512", "brainpoolP256r1_sha256", "brainpoolP384r1_sha384", "brainpoolP512r1_sha512",
]  # fmt: skip
_SIDE_BY_SIDE = [name for name in _DER if name != "secp384r1_sha256"]


def holds(group: dict[str, Any], case: dict[str, Any], scheme: SignatureScheme, container: SignatureContainer) -> bool:
    """Whether our answer to a case is that the signature holds."""
    hash_ = HashAlgorithm(group["sha"])
    signature = NamedSignature(
        container=container,
        signed=(SignedDigest(new(group["sha"].replace("-", "").lower(), bytes.fromhex(case["msg"])).digest()),),
        hash=hash_,
        scheme=scheme,
        value=bytes.fromhex(case["sig"]),
        key=KeyReference(),
        signed_at=None,
        name="",
    )
    key = decode_any_public_key(bytes.fromhex(group.get("publicKeyDer") or group["publicKeyAsn"]))
    try:
        check(signature, key)
    except InvalidSignatureError:
        return False
    return True


def differences(name: str, scheme: SignatureScheme, container: SignatureContainer) -> tuple[int, list[str]]:
    """How many cases a file holds more than were judged, and those that are judged otherwise than it says."""
    cases, judged, wrong = load(name), 0, []
    for group in cases["testGroups"]:
        for case in group["tests"]:
            judged += 1
            salt_only = scheme is SignatureScheme.RSA_PSS and case["comment"].startswith(_OTHER_SALT)
            if holds(group, case, scheme, container) != (case["result"] == "valid" or salt_only):
                wrong.append(f"{case['tcId']} {case['comment']}: {case['result']}")
    return cases["numberOfTests"] - judged, wrong


@pytest.mark.parametrize("name", _PKCS1)
def test_rsa_pkcs1_verdicts(name: str) -> None:
    """RSASSA-PKCS1-v1_5: exactly the valid cases hold."""
    assert (0, []) == differences(name, SignatureScheme.RSA_PKCS1, SignatureContainer.IN_MESSAGE)


@pytest.mark.parametrize("name", _PSS)
def test_rsa_pss_verdicts(name: str) -> None:
    """RSASSA-PSS with MGF1 over the same hash: exactly the valid cases hold, and those with another salt's length."""
    assert (0, []) == differences(name, SignatureScheme.RSA_PSS, SignatureContainer.IN_MESSAGE)


@pytest.mark.parametrize("name", _DER)
def test_ecdsa_der_verdicts(name: str) -> None:
    """ECDSA as CMS writes it: exactly the valid cases hold, deviating encodings never."""
    file = f"ecdsa_{name}_test.json"
    assert (0, []) == differences(file, SignatureScheme.ECDSA, SignatureContainer.CMS)


@pytest.mark.parametrize("name", _SIDE_BY_SIDE)
def test_ecdsa_side_by_side_verdicts(name: str) -> None:
    """ECDSA with r and s side by side, as a USR may hold them: exactly the valid cases hold."""
    file = f"ecdsa_{name}_p1363_test.json"
    assert (0, []) == differences(file, SignatureScheme.ECDSA, SignatureContainer.IN_MESSAGE)
