"""Signatures in the message itself: which bytes are signed, by which value, and in which frame."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha1, sha256, sha384, sha512

import pytest

from meter_sign.codes import Code
from meter_sign.errors import (
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.model import HashAlgorithm, SignedDigest
from tests.support.edifact_files import (
    BODY,
    CERTIFICATE,
    HASHING,
    HEADER,
    ISSUER,
    R_AND_S,
    SIGNING,
    TRAILER,
    UNA_3,
    own_signatures,
    ush,
)
from tests.support.edifact_files import (
    only_signature as only,
)
from tests.support.edifact_files import (
    refused_signature as refusal,
)

OUTER = ush(b"S1") + HASHING + CERTIFICATE + SIGNING
INNER = ush(b"S2") + HASHING + CERTIFICATE + SIGNING
INNER_TRAILER = b"UST+S2+6'" + R_AND_S


# What is signed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [b"", b"1", b"2"])
def test_one_group_signs_from_ush_to_ust(scope: bytes) -> None:
    """With one group, scopes 1 and 2 and none are the same bytes (R2, R3)."""
    header = HEADER.replace(ush(), ush(scope=scope))
    assert only(header + BODY + TRAILER).signed == (SignedDigest(sha256(header + BODY).digest()),)


def test_outer_group_of_scope_1_leaves_the_inner_one_out() -> None:
    """Its own group and the body, put together (R2); the inner group is contiguous."""
    outer, inner = own_signatures(OUTER + INNER + BODY + INNER_TRAILER + TRAILER).signatures
    assert outer.signed == (SignedDigest(sha256(OUTER + BODY).digest()),)
    assert inner.signed == (SignedDigest(sha256(INNER + BODY).digest()),)


def test_outer_group_of_scope_2_signs_the_inner_one_with_its_trailer() -> None:
    """From its USH to its own UST (R3)."""
    wide = OUTER.replace(ush(), ush(scope=b"2"))
    outer, _ = own_signatures(wide + INNER + BODY + INNER_TRAILER + TRAILER).signatures
    assert outer.signed == (SignedDigest(sha256(wide + INNER + BODY + INNER_TRAILER).digest()),)


def test_line_breaks_are_signed_or_else_told() -> None:
    """First as received, breaks up to UST included; then without them, with a warning (R7)."""
    broken = (HEADER + BODY).replace(b"'", b"'\r\n")
    signature = only(broken + TRAILER)
    exact, stripped = sha256(broken).digest(), sha256(HEADER + BODY).digest()
    assert signature.signed == (SignedDigest(exact), SignedDigest(stripped, Code.CRLF_STRIPPED))


def test_line_breaks_are_stripped_from_an_embedded_trailer() -> None:
    """Scope 2 has three parts, and breaks count in none of them."""
    wide = OUTER.replace(ush(), ush(scope=b"2"))
    received = (wide + INNER + BODY + INNER_TRAILER + TRAILER).replace(b"'", b"'\n")
    outer, _ = own_signatures(received).signatures
    assert outer.signed[1].digest == sha256(wide + INNER + BODY + INNER_TRAILER).digest()


def test_released_terminator_keeps_its_line_break() -> None:
    """A break behind a released terminator is inside of a segment, and data."""
    body = BODY + b"FTX+AAA+++it?'\r\nis'"
    assert len(only(HEADER + body + TRAILER).signed) == 1


@pytest.mark.parametrize(
    ("code", "algorithm", "function"),
    [
        (b"48", HashAlgorithm.SHA_256, sha256),
        (b"49", HashAlgorithm.SHA_512, sha512),
        (b"50", HashAlgorithm.SHA_384, sha384),
        (b"16", HashAlgorithm.SHA_1, sha1),
    ],
)
def test_hash_is_what_usa_states(code: bytes, algorithm: HashAlgorithm, function: object) -> None:
    """By code list 40210; a weak one is computed too, to tell broken from weak."""
    assert callable(function)
    header = HEADER.replace(HASHING, b"USA+1:16:1:%b:1'" % code)
    signature = only(header + BODY + TRAILER)
    assert signature.hash is algorithm
    assert signature.signed[0].digest == function(header + BODY).digest()


@pytest.mark.parametrize(("code", "algorithm"), [(b"5", HashAlgorithm.MD4), (b"14", HashAlgorithm.RIPEMD_160)])
def test_hash_that_nobody_computes_is_named(code: bytes, algorithm: HashAlgorithm) -> None:
    """Known to be weak, and no digest is made up."""
    signature = only(HEADER.replace(HASHING, b"USA+1:16:1:%b:1'" % code) + BODY + TRAILER)
    assert (signature.hash, signature.signed) == (algorithm, ())


# The value -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usr", "value"),
    [
        (b"USR+2:0aFF*3:02'", (0x0AFF, 2)),
        (b"USR+3:02*2:0001'", (1, 2)),
        (b"USR+1:0102'", b"\x01\x02"),
    ],
)
def test_value_in_hexadecimal(usr: bytes, value: tuple[int, int] | bytes) -> None:
    """Both numbers of any length and in any order, or the whole."""
    assert only(HEADER + BODY + b"UST+S1+6'" + usr).value == value


def test_value_in_base64_is_freed_of_release_characters_first() -> None:
    """A plus is written with a release character (R10)."""
    header = HEADER.replace(ush(), ush(filter_code=b"7"))
    assert only(header + BODY + b"UST+S1+6'USR+1:?+/8='").value == b"\xfb\xff"


@pytest.mark.parametrize("usr", [b"", b"USR'", b"USR+1:'", b"USR+2:01*3:'", b"USR+2:01*3'"])
def test_empty_value_is_a_missing_signature(usr: bytes) -> None:
    """The group says that it signs, and does not."""
    trailer = b"UST+S1+%d'" % (6 if usr else 5)
    assert refusal(HEADER + BODY + trailer + usr) == (InvalidSignatureError, [Code.SIGNATURE_MISSING])


@pytest.mark.parametrize("text", [b"0", b"0x01", b"XY", b"01 02"])
def test_text_that_is_no_hexadecimal_is_refused(text: bytes) -> None:
    """FILTER_DECODE, whatever else it could be."""
    refused = refusal(HEADER + BODY + b"UST+S1+6'USR+1:" + text + b"'")
    assert refused == (InvalidSignatureError, [Code.FILTER_DECODE])


@pytest.mark.parametrize("text", [b"AQ", b"A", b"AQ==AQ==", b"A_-="])
def test_text_that_is_no_base64_is_refused(text: bytes) -> None:
    """With padding and of the usual alphabet (R10)."""
    header = HEADER.replace(ush(), ush(filter_code=b"7"))
    refused = refusal(header + BODY + b"UST+S1+6'USR+1:" + text + b"'")
    assert refused == (InvalidSignatureError, [Code.FILTER_DECODE])


@pytest.mark.parametrize("usr", [b"USR+2:01'", b"USR+1:01*1:02'", b"USR+2:01*2:02'", b"USR+1:01*3:02'", b"USR+9:01'"])
def test_parts_that_make_no_signature_do_not_match(usr: bytes) -> None:
    """Half of a pair, two wholes, unknown parts."""
    refused = refusal(HEADER + BODY + b"UST+S1+6'" + usr)
    assert refused == (InvalidSignatureError, [Code.SIGNATURE_MISMATCH])


def test_pair_is_no_rsa_signature() -> None:
    """RSA has one value."""
    header = HEADER.replace(SIGNING, b"USA+6:16:1:10:1:16:1'")
    assert refusal(header + BODY + TRAILER) == (InvalidSignatureError, [Code.SIGNATURE_MISMATCH])


@pytest.mark.parametrize("code", [b"", b"1", b"3", b"5", b"6", b"ZZZ"])
def test_other_filters_are_unsupported(code: bytes) -> None:
    """Neither hexadecimal nor base64 (R10)."""
    header = HEADER.replace(ush(), ush(filter_code=code))
    assert refusal(header + BODY + TRAILER) == (UnsupportedPayloadError, [Code.FILTER_UNSUPPORTED])


# The frame -----------------------------------------------------------------------------------------------------------


def test_message_without_groups_has_no_signature() -> None:
    """And nothing is wrong with that here: others may sign it."""
    found = own_signatures(BODY)
    assert (found.present, found.signatures, found.problems, found.signed) == (False, (), (), None)


@pytest.mark.parametrize("service", [b"2", b"3", b"5", b"7", b"9", b"", b"94W"])
def test_other_services_are_unsupported(service: bytes) -> None:
    """Only non-repudiation of origin signs a message in itself (R14)."""
    header = HEADER.replace(ush(), ush(service=service))
    assert refusal(header + BODY + TRAILER) == (UnsupportedPayloadError, [Code.SERVICE_UNSUPPORTED])


@pytest.mark.parametrize("scope", [b"3", b"4", b"6", b"ZZZ"])
def test_other_scopes_are_unsupported(scope: bytes) -> None:
    """A whole message would sign its own signature (R5)."""
    header = HEADER.replace(ush(), ush(scope=scope))
    assert refusal(header + BODY + TRAILER) == (UnsupportedPayloadError, [Code.SCOPE_UNSUPPORTED])


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (b"LIN+9'" + HEADER + BODY + TRAILER, Code.UNSIGNED_SEGMENTS),
        (OUTER + b"LIN+9'" + INNER + BODY + INNER_TRAILER + TRAILER, Code.UNSIGNED_SEGMENTS),
        (HEADER + BODY + TRAILER + b"LIN+9'", Code.UNSIGNED_SEGMENTS),
        (HEADER + BODY + b"UST+S1+6'LIN+9'" + R_AND_S, Code.UNSIGNED_SEGMENTS),
        (OUTER + INNER + BODY + INNER_TRAILER + b"LIN+9'" + TRAILER, Code.UNSIGNED_SEGMENTS),
        (HEADER + BODY, Code.SECURITY_TRAILER_MISSING),
        (HEADER + BODY + R_AND_S, Code.SECURITY_TRAILER_MISSING),
        (OUTER + INNER + BODY + INNER_TRAILER, Code.SECURITY_TRAILER_MISSING),
        (BODY + TRAILER, Code.UST_REF),
        (HEADER + BODY + INNER_TRAILER, Code.UST_REF),
        (HEADER + BODY + b"UST+S1+5'" + R_AND_S, Code.UST_COUNT),
        (HEADER + BODY + b"UST+S1'" + R_AND_S, Code.UST_COUNT),
        (HEADER + BODY + b"UST+S1+7'" + R_AND_S + R_AND_S, Code.FRAME_INVALID),
        (OUTER + OUTER + BODY + TRAILER + TRAILER, Code.SECURITY_REF_DUPLICATE),
        (HASHING + HEADER + BODY + TRAILER, Code.FRAME_INVALID),
    ],
)
def test_frame_that_is_wrong_is_refused(inside: bytes, code: Code) -> None:
    """Segments that nobody signs, missing trailers, counts and references that differ (R4, R16)."""
    assert refusal(inside) == (MalformedPayloadError, [code])


def test_trailers_close_the_last_group_first() -> None:
    """Pairs are nested; in the other order both are wrong."""
    refused = refusal(OUTER + INNER + BODY + TRAILER + INNER_TRAILER)
    assert refused == (MalformedPayloadError, [Code.UST_REF, Code.UST_REF])


def test_ninety_nine_groups_are_read_and_no_more() -> None:
    """The standard's number."""
    references = [b"G%d" % number for number in range(100)]
    header = [ush(one) + HASHING + SIGNING for one in references]
    trailer = [b"UST+%b+5'" % one + R_AND_S for one in reversed(references)]
    assert refusal(b"".join(header) + BODY + b"".join(trailer)) == (LimitExceededError, [Code.LIMIT_EXCEEDED])
    found = own_signatures(b"".join(header[1:]) + BODY + b"".join(trailer[:-1]))
    assert (len(found.signatures), found.problems) == (99, ())


# Syntax 3 ------------------------------------------------------------------------------------------------------------

#: S500 takes two places in USH and USC, so that what follows comes one later (R12).
HEADER_3 = (
    b"USH+1+S1+1+1+2+2+1++++1:20260115:120000:0000'"
    + HASHING
    + b"USC+1AB+4::" + ISSUER + b":ZZZ++3'"
    + SIGNING
)  # fmt: skip
TRAILER_3 = b"UST+S1+6'USR+2:01+3:02'"


def test_syntax_3_has_repetitions_in_elements_of_their_own() -> None:
    """The two numbers, the key and the time stand where version 3 would put them."""
    signature = only(HEADER_3 + BODY + TRAILER_3, una=UNA_3, syntax=b"UNOC:3")
    assert signature.value == (1, 2)
    assert signature.key.serial == 0x1AB
    assert signature.signed_at == datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_syntax_3_names_owner_and_issuer_in_two_elements() -> None:
    """S500 twice, one behind the other."""
    header = HEADER_3.replace(b":ZZZ++3'", b":ZZZ+3:KEY+3'")
    key = only(header + BODY + TRAILER_3, una=UNA_3, syntax=b"UNOC:3").key
    assert (key.serial, key.key_name) == (0x1AB, "KEY")


@pytest.mark.parametrize("reference", [b"S1", b"01"])
def test_groups_of_a_draft_are_unsupported(reference: bytes) -> None:
    """A USH that begins with a version has other elements, so nothing is concluded from where they would stand."""
    header = HEADER_3.replace(b"USH+1+S1", b"USH+94W+1+" + reference)
    refused = refusal(header + BODY + TRAILER_3, una=UNA_3, syntax=b"UNOC:3")
    assert refused == (UnsupportedPayloadError, [Code.SERVICE_UNSUPPORTED])


def test_asterisk_separates_nothing_in_syntax_3() -> None:
    """It is a character like others, so the value is no hexadecimal."""
    refused = refusal(HEADER_3 + BODY + TRAILER, una=UNA_3, syntax=b"UNOC:3")
    assert refused == (InvalidSignatureError, [Code.FILTER_DECODE])
