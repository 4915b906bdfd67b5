"""AUTACK: what it covers, with which signatures, and what keeps it from covering anything.

What is hashed is written down by hand here; nothing is signed, for `cover` verifies nothing.
"""

from __future__ import annotations

from hashlib import sha1, sha256, sha512

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from meter_sign.codes import Code
from meter_sign.errors import (
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
    WeakAlgorithmError,
)
from meter_sign.formats.edifact.autack import cover
from meter_sign.formats.edifact.interchange import read_interchanges
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import HashAlgorithm, SignatureContainer, SignatureScheme
from tests.support.autack import (
    BODY,
    DIGEST_HEADER,
    DIRECT_HEADER,
    DIRECT_TRAILER,
    FILE,
    FIRST,
    HASHING,
    OWN_HEADER,
    R_AND_S,
    SIGNING,
    USB,
    USX,
    answer,
    autack,
    digest_form,
    direct,
    refusals,
)  # fmt: skip
from tests.support.ocmf import VECTORS, needs_shared


def test_direct_form_signs_the_interchange() -> None:
    """USY has the signature over all bytes from UNB to the terminator of UNZ, without UNA, for each message."""
    for message in (0, 1):
        (signature,), errors = answer(FILE, direct(), message=message)
        assert () == errors
        assert [(sha256(BODY).digest(), None)] == list(signature.signed)
        assert (1, 2) == signature.value
        assert SignatureContainer.AUTACK is signature.container
        assert (HashAlgorithm.SHA_256, SignatureScheme.ECDSA) == (signature.hash, signature.scheme)
        assert "METER-KEY" == signature.key.key_name


def test_time_of_a_direct_autack_is_nobodys_word() -> None:
    """S501 of the AUTACK is not covered by the signature in USY, so it dates nothing."""
    assert answer(FILE, direct())[0][0].signed_at is None


def test_all_usy_of_a_usx_count() -> None:
    """Two signatures over one structure are both to be verified."""
    signatures, errors = answer(FILE, direct(USX + b"USY+S1+2:01*3:02'USY+S1+2:03*3:04'"))
    assert () == errors
    assert [(1, 2), (3, 4)] == [one.value for one in signatures]


def test_signatures_of_several_autacks_count() -> None:
    """Two AUTACKs that refer to one interchange give two signatures, and the same one twice gives one."""
    other = direct(USX + b"USY+S1+2:03*3:04'")
    assert [(1, 2), (3, 4)] == [one.value for one in answer(FILE, direct(), other, direct())[0]]


def test_line_breaks_are_tried_away() -> None:
    """The bytes as received come first; without the breaks between segments only with CRLF_STRIPPED (R7)."""
    broken = BODY.replace(b"'", b"'\r\n")
    ((signature,), errors) = answer(b"UNA:+.? '\r\n" + broken, direct())
    assert () == errors
    received = broken.removesuffix(b"\r\n")
    assert [(sha256(received).digest(), None), (sha256(BODY).digest(), Code.CRLF_STRIPPED)] == list(signature.signed)


def test_digest_form_gives_the_autacks_own_signature() -> None:
    """The digest is right, so what remains to be verified is the signature over the AUTACK; its time is signed."""
    beside = digest_form(sha256(BODY).hexdigest())
    (signature,), errors = answer(FILE, beside)
    assert () == errors
    signed = beside[beside.index(b"USH+1") : beside.index(b"UST+S1")]
    assert sha256(signed).digest() == signature.signed[0].digest
    assert "2026-01-15T11:00:00+00:00" == (signature.signed_at and signature.signed_at.isoformat())


def test_digest_of_one_message() -> None:
    """The digest form, too, may refer to a single message."""
    beside = digest_form(sha256(FIRST).hexdigest(), b"USX+IC1++++++1'")
    assert (1, 0) == tuple(map(len, answer(FILE, beside)))


def test_wrong_digest_is_no_signature() -> None:
    """One changed byte of the structure, and the digest is not its own."""
    beside = digest_form(sha256(BODY).hexdigest())
    assert [(InvalidSignatureError, Code.DIGEST_MISMATCH)] == refusals(FILE.replace(b"DOC1", b"DOC7"), beside)


def test_cut_digest_is_no_digest() -> None:
    """The beginning of the right digest is not the digest."""
    assert [(InvalidSignatureError, Code.DIGEST_MISMATCH)] == refusals(FILE, digest_form(sha256(BODY).hexdigest()[:40]))


def test_digest_that_nobody_signed() -> None:
    """Anybody can write a digest."""
    beside = digest_form(sha256(BODY).hexdigest(), own=b"")
    assert [(UnsignedPayloadError, Code.AUTACK_UNSIGNED)] == refusals(FILE, beside)


def test_digest_without_line_breaks_is_told_with_the_signature() -> None:
    """That the digest is of the bare segments is a warning of the signature which then holds."""
    file = BODY.replace(b"'", b"'\r\n")
    (signature,), errors = answer(file, digest_form(sha256(BODY).hexdigest()))
    assert () == errors
    assert [Code.CRLF_STRIPPED] == [one.warning for one in signature.signed]


def test_digest_of_a_weak_hash_proves_too_little() -> None:
    """A right SHA-1 digest is weak, and a wrong one is wrong."""
    weak = DIGEST_HEADER.replace(b":48:", b":16:")
    right, wrong = sha1(BODY, usedforsecurity=False).hexdigest(), "00" * 20
    assert [(WeakAlgorithmError, Code.WEAK_HASH)] == refusals(FILE, digest_form(right, hashing=weak))
    assert [(InvalidSignatureError, Code.DIGEST_MISMATCH)] == refusals(FILE, digest_form(wrong, hashing=weak))


def test_digest_by_the_hash_of_its_own_group() -> None:
    """The reference's group says which hash, not the group that signs the AUTACK."""
    beside = digest_form(sha512(BODY).hexdigest(), hashing=DIGEST_HEADER.replace(b":48:", b":49:"))
    assert (1, 0) == tuple(map(len, answer(FILE, beside)))


@pytest.mark.parametrize("service", [b"2", b"3", b"4", b"5", b"6", b"8", b"94W"])
def test_other_services_are_not_judged(service: bytes) -> None:
    """Receipts, confidentiality and headers of older syntax are no signature over what they refer to (R14)."""
    beside = direct(header=DIRECT_HEADER.replace(b"USH+7", b"USH+" + service))
    assert {(UnsupportedPayloadError, Code.SERVICE_UNSUPPORTED)} == set(refusals(FILE, beside))


def test_usy_that_reports_an_error_secures_nothing() -> None:
    """0571 tells why somebody refused the structure; that is a receipt."""
    beside = direct(USX + b"USY+S1+" + R_AND_S + b"+1'")
    assert [(UnsupportedPayloadError, Code.SERVICE_UNSUPPORTED)] == refusals(FILE, beside)


@pytest.mark.parametrize("scope", [b"", b"1", b"2", b"6", b"ZZZ"])
def test_direct_form_has_scope_3(scope: bytes) -> None:
    """Another scope says that something else was signed."""
    beside = direct(header=DIRECT_HEADER.replace(b"+S1+3+", b"+S1+" + scope + b"+"))
    assert [(UnsupportedPayloadError, Code.SCOPE_UNSUPPORTED)] == refusals(FILE, beside)


@pytest.mark.parametrize(("beside", "error", "code"), [
    (direct(USX + b"USY+S1+'"), InvalidSignatureError, Code.SIGNATURE_MISSING),
    (direct(USX), InvalidSignatureError, Code.SIGNATURE_MISSING),
    (direct(USX + b"USY+S1+2:0X*3:02'"), InvalidSignatureError, Code.FILTER_DECODE),
    (direct(USX + b"USY+S9+2:01*3:02'"), MalformedPayloadError, Code.UST_REF),
    (direct(trailer=b"UST+S1+6'"), MalformedPayloadError, Code.UST_COUNT),
    (direct(trailer=b"UST+S2+5'"), MalformedPayloadError, Code.UST_REF),
    (direct(trailer=b""), MalformedPayloadError, Code.SECURITY_TRAILER_MISSING),
    (direct(trailer=b"UST+S1+6'USR+2:01*3:02'"), UnsupportedPayloadError, Code.SERVICE_UNSUPPORTED),
    (direct(header=DIRECT_HEADER.replace(b":17:1", b":11:1")), UnsupportedPayloadError, Code.ALGORITHM_UNSUPPORTED),
    (direct(header=DIRECT_HEADER.replace(b"+3+1+2+", b"+3+1+5+")), UnsupportedPayloadError, Code.FILTER_UNSUPPORTED),
    (direct(header=b"", trailer=b""), UnsignedPayloadError, Code.AUTACK_UNSIGNED),
    (direct(usb=b""), MalformedPayloadError, Code.FRAME_INVALID),
    (direct(usb=USB + b"FTX+AAI'"), MalformedPayloadError, Code.UNSIGNED_SEGMENTS),
    (direct(header=b"FTX+AAI'" + DIRECT_HEADER), MalformedPayloadError, Code.UNSIGNED_SEGMENTS),
    (direct(header=DIRECT_HEADER * 2, trailer=DIRECT_TRAILER * 2), MalformedPayloadError, Code.SECURITY_REF_DUPLICATE),
    (direct().replace(b"UNT+10", b"UNT+11"), MalformedPayloadError, Code.UNT_COUNT),
    (direct().replace(b"UNT+10+A1", b"UNT+10+A2"), MalformedPayloadError, Code.UNT_REF),
    (direct().replace(b"UNZ+1+", b"UNZ+2+"), MalformedPayloadError, Code.UNZ_COUNT),
    (direct() + b"more", MalformedPayloadError, Code.TRAILING_DATA),
    (direct().partition(b"UNT")[0], MalformedPayloadError, Code.TRUNCATED),
    (digest_form("", own=OWN_HEADER), InvalidSignatureError, Code.SIGNATURE_MISSING),
    (digest_form(sha256(BODY).hexdigest(), own=OWN_HEADER.replace(b"+S1+2+", b"+S1+3+")),
     UnsupportedPayloadError, Code.SCOPE_UNSUPPORTED),
])  # fmt: skip
def test_what_is_wrong_with_an_autack_is_wrong_with_what_it_covers(
    beside: bytes, error: type[MeterSignError], code: Code
) -> None:
    """Structure, groups and values of the AUTACK are checked as those of the message itself."""
    assert {(error, code)} == set(refusals(FILE, beside))


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_line_breaks_in_an_autack_are_no_matter(line_end: bytes) -> None:
    """Between its segments, and in front of the trailer, too: nothing of a direct AUTACK is signed."""
    broken = direct().replace(b"'", b"'" + line_end)
    assert (1, ()) == (len(answer(FILE, broken)[0]), answer(FILE, broken)[1])


@pytest.mark.parametrize("last", [b"USA+6", b"USX", b"USY", b"UST", b"UNT"])
@pytest.mark.parametrize("into", [0, 4])
def test_cut_autack_is_cut_and_nothing_else(last: bytes, into: int) -> None:
    """What seems to be missing in the rest is no fault of its own."""
    whole = direct()
    assert {(MalformedPayloadError, Code.TRUNCATED)} == set(refusals(FILE, whole[: whole.index(last) + into]))


def test_autack_lends_its_signature_to_no_signature_of_others() -> None:
    """Who signs an AUTACK with another one's signature in it has not said that he means what that one signed."""
    inner = DIRECT_HEADER.replace(b"+S1+", b"+S2+")
    usy = USX + b"USY+S2+" + R_AND_S + b"'"
    both = autack(OWN_HEADER + inner + USB + usy + b"UST+S2+5'UST+S1+6'USR+" + R_AND_S + b"'")
    assert [(UnsupportedPayloadError, Code.SERVICE_UNSUPPORTED)] == refusals(FILE, both)


def test_altered_una_of_the_autack_outranks_everything() -> None:
    """UNA is signed by nobody, so an AUTACK with one that is not the default covers nothing (R8)."""
    altered = direct(trailer=b"UST+S1+6'").replace(b"UNA:+.?*'", b"UNA:+.?#'")
    assert [(MalformedPayloadError, Code.UNA_UNSIGNED)] == refusals(FILE, altered)


def test_altered_una_that_hides_the_autack() -> None:
    """With other separators the AUTACK is none any more; the message is then not simply called unsigned."""
    altered = direct().replace(b"UNA:+.?*'UNB+UNOC:4", b"UNA;+.?*'UNB+UNOC;4")
    assert [(MalformedPayloadError, Code.UNA_UNSIGNED)] == refusals(FILE, altered)


def test_una_under_cms_is_signed() -> None:
    """Where a CMS signature covers the AUTACK's interchange, any consistent UNA is signed with it."""
    interchanges = read_interchanges(
        FILE + direct().replace(b"UNA:+.?*'", b"UNA:+,?#'").replace(b"*", b"#"), DEFAULT_LIMITS
    )
    covered = cover(interchanges, DEFAULT_LIMITS, under_cms=interchanges)
    assert (1, 0) == tuple(map(len, covered.of(interchanges[0], interchanges[0].messages[0])))


def test_autack_in_syntax_3_is_told() -> None:
    """Where nothing repeats, r and s take an element each; that the security is of another version is a warning."""
    header = b"USH+7+S1+3+1+2+2+1++++1:20260115:120000'" + HASHING + SIGNING
    message = header + USB + USX + b"USY+S1+2:01+3:02'" + DIRECT_TRAILER
    (signature,), errors = answer(FILE, autack(message, una=b"UNA:+.? '", syntax=3))
    assert () == errors
    assert [((1, 2), Code.SYNTAX3_SECURITY)] == [(signature.value, one.warning) for one in signature.signed]


def test_more_signatures_than_anybody_needs() -> None:
    """Nine signatures over a structure are verified, ten are refused: each counts for every message of a file."""
    nine = tuple(direct(USX + b"USY+S1+2:01*3:%02d'" % number) for number in range(1, 10))
    assert (9, 0) == tuple(map(len, answer(FILE, *nine)))
    with pytest.raises(LimitExceededError):
        answer(FILE, *nine, direct(USX + b"USY+S1+2:01*3:10'"))
    with pytest.raises(LimitExceededError):
        answer(FILE, direct(USX + b"USY+S1+2:01*3:02'" * 10))


@pytest.mark.shared
@needs_shared
@pytest.mark.parametrize(("name", "holds"), [("a01_autack_p256", True), ("a04_autack_tampered", False)])
def test_worked_case_with_a_real_key(name: str, holds: bool) -> None:  # noqa: FBT001 - a case of the table
    """The signature of the given AUTACK holds over the digest found here, and over no other file's."""
    folder = VECTORS / "edifact"
    files = (folder / "msg" / f"{name}{end}" for end in (".edi", ".autack.edi"))
    (signature,), errors = answer(*(file.read_bytes() for file in files))
    assert () == errors
    assert 0x3053E29993FB == signature.key.serial
    key = load_pem_x509_certificate((folder / "keys" / "p256.crt.pem").read_bytes()).public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    assert isinstance(signature.value, tuple)
    try:
        key.verify(encode_dss_signature(*signature.value), signature.signed[0].digest, ECDSA(Prehashed(SHA256())))
    except Exception:  # noqa: BLE001 - InvalidSignature of the library, in either case of the table
        assert not holds
    else:
        assert holds
