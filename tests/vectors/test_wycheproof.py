"""Project Wycheproof's ECDSA cases: no signature it calls invalid holds here, unless only its encoding deviates.

The files are read in place from a checkout of the C2SP repository "wycheproof" (Apache-2.0): the environment variable
WYCHEPROOF_DIR names the checkout or its folder of test vectors. Strict mode takes no signature with a deviation.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from meter_sign.codes import Code
from meter_sign.crypto.keys import PublicKey, decode_public_key
from meter_sign.crypto.signature import verify_ecdsa
from meter_sign.crypto.signature_value import read_signature
from meter_sign.errors import InvalidSignatureError
from meter_sign.model import SignatureForm

#: Our curves for which there are cases with SHA-256 (for the other three there are none).
DER_CURVES = ("secp192k1", "secp256k1", "secp192r1", "secp256r1", "brainpoolP256r1", "secp384r1")
P1363_CURVES = DER_CURVES[:-1]
#: Wycheproof's names for cases whose r and s may be right and only their encoding is not DER.
ENCODING_FLAGS = frozenset({"BerEncodedSignature", "InvalidEncoding", "MissingZero"})


def load(name: str) -> dict[str, Any]:
    """Read one file of cases, or skip where there is no checkout."""
    checkout = os.environ.get("WYCHEPROOF_DIR")
    if not checkout:
        pytest.skip("WYCHEPROOF_DIR does not name a checkout of C2SP/wycheproof")
    inner = Path(checkout) / "testvectors_v1"
    folder = inner if inner.is_dir() else Path(checkout)
    cases: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return cases


def outcome(key: PublicKey, case: dict[str, Any], form: SignatureForm = SignatureForm.DER) -> tuple[Code, ...] | None:
    """The deviations with which the signature holds, or None when it does not."""
    try:
        return verify_ecdsa(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]), form)
    except InvalidSignatureError:
        return None


def valid_pairs(group: dict[str, Any]) -> set[tuple[str, int, int]]:
    """Message, r and s of all valid cases of a group, read by an independent strict decoder."""
    valid = [case for case in group["tests"] if case["result"] == "valid"]
    return {(case["msg"], *decode_dss_signature(bytes.fromhex(case["sig"]))) for case in valid}


def wrong_der_verdict(key: PublicKey, group: dict[str, Any], case: dict[str, Any]) -> str | None:
    """What is wrong with our verdict on one DER case, or None.

    A valid case must hold without deviation. An invalid one may hold only as an encoding that deviates: Wycheproof
    says so by its flags, we by NON_CANONICAL_DER, and r and s are those of a valid case of the same key and message.
    """
    deviations = outcome(key, case)
    if case["result"] == "valid":
        return None if deviations == () else f"valid, but {deviations}"
    if deviations is None:
        return None
    if deviations != (Code.NON_CANONICAL_DER,) or not set(case["flags"]) <= ENCODING_FLAGS:
        return f"invalid ({case['flags']}), but holds with {deviations}"
    value = read_signature(bytes.fromhex(case["sig"]), key.curve)
    known = (case["msg"], value.r, value.s) in valid_pairs(group)
    return None if known else "holds with an r and s that no valid case has"


@pytest.mark.parametrize("curve", DER_CURVES)
def test_der_verdicts(curve: str) -> None:
    """Every DER case is judged as Wycheproof says, but for the same r and s in a deviating encoding, which is named."""
    cases = load(f"ecdsa_{curve}_sha256_test.json")
    judged, wrong = 0, []
    for group in cases["testGroups"]:
        key = decode_public_key(bytes.fromhex(group["publicKeyDer"]))
        assert curve == key.curve.name
        for case in group["tests"]:
            judged += 1
            if problem := wrong_der_verdict(key, group, case):
                wrong.append(f"{case['tcId']} {case['comment']}: {problem}")
    assert (cases["numberOfTests"], []) == (judged, wrong)


@pytest.mark.parametrize("curve", DER_CURVES)
def test_strict_der_verdicts(curve: str) -> None:
    """In strict mode, where no deviation is taken, exactly the valid DER cases hold."""
    cases = load(f"ecdsa_{curve}_sha256_test.json")
    wrong = []
    for group in cases["testGroups"]:
        key = decode_public_key(bytes.fromhex(group["publicKeyDer"]))
        wrong += [case["tcId"] for case in group["tests"] if (case["result"] == "valid") != (outcome(key, case) == ())]
    assert [] == wrong


@pytest.mark.parametrize("curve", P1363_CURVES)
def test_p1363_verdicts(curve: str) -> None:
    """Every case with r and s side by side is judged as Wycheproof says, where a format prescribes that form."""
    cases = load(f"ecdsa_{curve}_sha256_p1363_test.json")
    judged, wrong = 0, []
    for group in cases["testGroups"]:
        key = decode_public_key(bytes.fromhex(group["publicKeyDer"]))
        for case in group["tests"]:
            judged += 1
            expected = () if case["result"] == "valid" else None
            told = outcome(key, case, SignatureForm.SIDE_BY_SIDE)
            if expected != told:
                wrong.append(f"{case['tcId']} {case['comment']}: {case['result']}, but {told}")
    assert (cases["numberOfTests"], []) == (judged, wrong)
