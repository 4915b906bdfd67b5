"""Messages with signatures that name their keys: all must hold, and the heaviest answer is given."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from meter_sign import errors
from meter_sign.codes import Code
from meter_sign.crypto.keys import TrustedKey
from meter_sign.crypto.named_signature import check
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.model import HashAlgorithm, KeySource, SignedDigest, SignerKind
from meter_sign.verify import FoundKey, verify, verify_named
from tests.support.certificates import METER, STRANGER, PrivateKey, digest_of, rsa_key, spki
from tests.support.named_messages import DATA, METER_ID, content, message, reading, signature
from tests.support.ocmf import SESSION
from tests.unit.meter_sign.test_verify import parsed

if TYPE_CHECKING:
    from meter_sign.model import ParsedRecord


def found(key: PrivateKey = METER, *objections: errors.MeterSignError, kind: SignerKind = SignerKind.METER) -> FoundKey:
    """A key that was found for a signature."""
    public = decode_any_public_key(spki(key))
    return FoundKey(TrustedKey(key=public, source=KeySource.REGISTRY, signer_kind=kind), objections)


def untrusted(code: Code = Code.CERT_UNTRUSTED) -> errors.MeterSignError:
    """An objection against a key."""
    return errors.KeyMaterialError(code, "for a test")


def refusal(record: ParsedRecord, *keys: FoundKey) -> tuple[type[errors.MeterSignError], tuple[Code, ...]]:
    """The error with its codes."""
    with pytest.raises(errors.MeterSignError) as caught:
        verify_named(record, keys)
    return type(caught.value), (caught.value.code, *caught.value.further)


WRONG = signature(STRANGER)
BAD_CONTENT = errors.ContentError(Code.UNIT, "kW is no energy")


def test_message_that_holds_becomes_evidence() -> None:
    """The result carries what was signed, who signed it and the message's own identity."""
    record = verify_named(message(), (found(),))
    key = decode_any_public_key(spki(METER))
    assert (sha256(DATA).hexdigest(), DATA) == (record.signed_sha256, record.signed_bytes)
    assert (SignerKind.METER, KeySource.REGISTRY) == (record.signer_kind, record.key_source)
    assert (key.fingerprint, key.spki_der) == (record.key_fingerprint, record.key_der)
    assert (METER_ID, ()) == (record.content.meter.meter_id, record.warnings)


def test_rsa_signs_messages() -> None:
    """An RSA key's fingerprint is that of its SubjectPublicKeyInfo, too."""
    record = verify_named(message(signature(rsa_key())), (found(rsa_key()),))
    assert f"sha256:{sha256(spki(rsa_key())).hexdigest()}" == record.key_fingerprint


def test_message_without_signatures_is_unsigned() -> None:
    """No signature at all is never nothing wrong."""
    record = message()
    assert record.named is not None
    unsigned = replace(record, named=replace(record.named, signatures=()))
    assert (errors.UnsignedPayloadError, (Code.MESSAGE_UNSIGNED,)) == refusal(unsigned)


def test_record_of_a_meter_format_does_not_pass_this_door() -> None:
    """A record whose signatures name no keys is judged by `verify`, and by nothing else."""
    assert (errors.UnsignedPayloadError, (Code.MESSAGE_UNSIGNED,)) == refusal(parsed(SESSION), found())


def test_message_does_not_pass_the_other_door() -> None:
    """A message is never verified as if it were a record of a meter format."""
    key = found().key
    assert key is not None
    with pytest.raises(errors.KeyMaterialError):
        verify(message(), key)


@pytest.mark.parametrize("keys", [(), (found(), found())])
def test_each_signature_needs_its_answer(keys: tuple[FoundKey, ...]) -> None:
    """That nobody looked for a key is a mistake of the program, and no answer to input."""
    with pytest.raises(ValueError, match="zip"):
        verify_named(message(), keys)


@pytest.mark.parametrize(
    ("record", "keys", "error", "codes"),
    [
        (message(WRONG), (found(),), errors.InvalidSignatureError, (Code.SIGNATURE_MISMATCH,)),
        (message(signature(), WRONG), (found(), found()), errors.InvalidSignatureError, (Code.SIGNATURE_MISMATCH,)),
        (message(WRONG, signature()), (found(), found()), errors.InvalidSignatureError, (Code.SIGNATURE_MISMATCH,)),
        (message(WRONG), (found(METER, untrusted()),), errors.InvalidSignatureError, (Code.SIGNATURE_MISMATCH,)),
        (message(), (found(METER, untrusted()),), errors.KeyMaterialError, (Code.CERT_UNTRUSTED,)),
        (
            message(),
            (found(METER, untrusted(), untrusted(Code.KEY_METER_MISMATCH)),),
            errors.KeyMaterialError,
            (Code.CERT_UNTRUSTED, Code.KEY_METER_MISMATCH),
        ),
        (
            message(signature(hash_=HashAlgorithm.SHA_1)),
            (found(METER, untrusted()),),
            errors.WeakAlgorithmError,
            (Code.WEAK_HASH,),
        ),
        (
            message(signature(hash_=HashAlgorithm.SHA_1)),
            (FoundKey(None, (untrusted(Code.KEY_UNKNOWN),)),),
            errors.WeakAlgorithmError,
            (Code.WEAK_HASH,),
        ),
        (message(), (FoundKey(None),), errors.KeyMaterialError, (Code.KEY_UNKNOWN,)),
        (
            message(signature(hash_=HashAlgorithm.SHA_1), WRONG),
            (found(), found()),
            errors.InvalidSignatureError,
            (Code.SIGNATURE_MISMATCH,),
        ),
        (message(content_error=BAD_CONTENT), (found(),), errors.ContentError, (Code.UNIT,)),
        (message(WRONG, content_error=BAD_CONTENT), (found(),), errors.InvalidSignatureError,
         (Code.SIGNATURE_MISMATCH,)),
        (message(content_error=BAD_CONTENT), (found(METER, untrusted()),), errors.KeyMaterialError,
         (Code.CERT_UNTRUSTED,)),
    ],
)  # fmt: skip
def test_heaviest_answer_is_given(
    record: ParsedRecord, keys: tuple[FoundKey, ...], error: type[errors.MeterSignError], codes: tuple[Code, ...]
) -> None:
    """A wrong signature weighs more than a weak one, that more than a key nobody trusts, that more than content."""
    assert (error, codes) == refusal(record, *keys)


@pytest.mark.parametrize(
    ("kinds", "strongest"),
    [
        ((SignerKind.PARTY, SignerKind.METER), SignerKind.METER),
        ((SignerKind.UNKNOWN, SignerKind.PARTY), SignerKind.PARTY),
        ((SignerKind.METER, SignerKind.UNKNOWN), SignerKind.METER),
    ],
)
def test_strongest_signer_counts(kinds: tuple[SignerKind, SignerKind], strongest: SignerKind) -> None:
    """A meter's signature inside a party's wrapper is still a meter's."""
    record = message(signature(METER), signature(STRANGER))
    keys = (found(METER, kind=kinds[0]), found(STRANGER, kind=kinds[1]))
    verified = verify_named(record, keys)
    used = next(key.key for key in keys if key.key is not None and key.key.signer_kind is strongest)
    assert (strongest, used.key.fingerprint) == (verified.signer_kind, verified.key_fingerprint)


def test_everything_that_must_be_told_is_told_once() -> None:
    """Warnings of the frame, of the bytes, of the key and of the values stand beside the verified record."""
    stripped = replace(signature(), signed=(SignedDigest(digest_of(DATA), Code.CRLF_STRIPPED),))
    says = content(reading(2, objection=Code.SUBSTITUTE_VALUE), reading(objection=Code.SUBSTITUTE_VALUE))
    key = found()._replace(warnings=(Code.CERT_EXPIRED_NOW,))
    record = message(stripped, stripped, says=says, warnings=(Code.SYNTAX3_SECURITY,))
    expected = (Code.SYNTAX3_SECURITY, Code.CRLF_STRIPPED, Code.CERT_EXPIRED_NOW, Code.SUBSTITUTE_VALUE)
    assert expected == verify_named(record, (key, key)).warnings


def test_rsa_key_verifies_no_record_of_a_meter_format() -> None:
    """OCMF, EDL40 and the others are signed on curves only."""
    key = found(rsa_key()).key
    assert key is not None
    with pytest.raises(errors.KeyMaterialError) as caught:
        verify(parsed(SESSION), key)
    assert Code.KEY_INVALID is caught.value.code


def test_one_wrong_signature_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are not computed any more: a file of 20 MB holds 50 000 of them."""
    computed = []
    monkeypatch.setattr("meter_sign.verify.check", lambda one, *_, **__: computed.append(one) or check(one, *_, **__))
    assert (errors.InvalidSignatureError, (Code.SIGNATURE_MISMATCH,)) == refusal(
        message(WRONG, signature(), WRONG), found(), found(), found()
    )
    assert [WRONG] == computed
