"""What a header group states of hash, method, key and time, by the code lists of ISO 9735."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meter_sign.codes import Code
from meter_sign.errors import ContentError, UnsupportedPayloadError
from meter_sign.model import KeyReference, SignatureScheme
from tests.support.edifact_files import (
    BODY,
    CERTIFICATE,
    HASHING,
    HEADER,
    ISSUER,
    R_AND_S,
    SIGNING,
    TRAILER,
    own_signatures,
    ush,
)
from tests.support.edifact_files import (
    only_signature as only,
)
from tests.support.edifact_files import (
    refused_signature as refusal,
)


def with_algorithms(*segments: bytes) -> bytes:
    """A message whose one group has these segments behind its USH."""
    return ush() + b"".join(segments) + BODY + b"UST+S1+%d'" % (len(segments) + 3) + R_AND_S


@pytest.mark.parametrize(
    ("usa", "scheme"),
    [
        (b"USA+6:16:1:17:1'", SignatureScheme.ECDSA),
        (b"USA+6:::17'", SignatureScheme.ECDSA),
        (b"USA+6:16:1:10:1:11:1'", SignatureScheme.RSA_PKCS1),
        (b"USA+6:16:1:10:1:16:1'", SignatureScheme.RSA_PKCS1),
        (b"USA+6:16:1:10:1:PSS:ZZZ'", SignatureScheme.RSA_PSS),
    ],
)
def test_scheme_is_what_usa_states(usa: bytes, scheme: SignatureScheme) -> None:
    """By rule R13."""
    assert only(HEADER.replace(SIGNING, usa) + BODY + b"UST+S1+6'USR+1:01'").scheme is scheme


@pytest.mark.parametrize(
    ("usa", "code"),
    [
        (b"USA+6:16:1:11:1'", Code.ALGORITHM_UNSUPPORTED),
        (b"USA+6:16:1:17:ZZZ'", Code.ALGORITHM_UNSUPPORTED),
        (b"USA+6:2:1:17:1'", Code.ALGORITHM_UNSUPPORTED),
        (b"USA+7:16:1:17:1'", Code.ALGORITHM_UNSUPPORTED),
        (b"USA+6:16:1:17:1:16:1'", Code.PADDING_UNSUPPORTED),
        (b"USA+6:16:1:10:1'", Code.PADDING_UNSUPPORTED),
        (b"USA+6:16:1:10:1:PSS:1'", Code.PADDING_UNSUPPORTED),
        (b"USA+6:16:1:10:1:6:1'", Code.PADDING_UNSUPPORTED),
    ],
)
def test_other_schemes_are_unsupported(usa: bytes, code: Code) -> None:
    """DSA, lists of others, a use that leaves it open, a padding with ECDSA, none or another with RSA."""
    assert refusal(HEADER.replace(SIGNING, usa) + BODY + TRAILER) == (UnsupportedPayloadError, [code])


@pytest.mark.parametrize("usa", [b"USA+1:16:1:51:1'", b"USA+1:16:1:8:1'", b"USA+1:16:1:48:ZZZ'"])
def test_other_hashes_are_unsupported(usa: bytes) -> None:
    """WHIRLPOOL, the SHA of 1993, and a code of another list."""
    refused = refusal(HEADER.replace(HASHING, usa) + BODY + TRAILER)
    assert refused == (UnsupportedPayloadError, [Code.ALGORITHM_UNSUPPORTED])


@pytest.mark.parametrize(
    "algorithms", [(HASHING, HASHING, SIGNING), (SIGNING,), (HASHING,), (HASHING, SIGNING, SIGNING)]
)
def test_each_algorithm_is_stated_once(algorithms: tuple[bytes, ...]) -> None:
    """With two of them, or none, nobody could say which one counts."""
    assert refusal(with_algorithms(*algorithms)) == (UnsupportedPayloadError, [Code.ALGORITHM_UNSUPPORTED])


def test_key_by_issuer_and_serial() -> None:
    """0536 is the serial in hexadecimal, 0511 the DER of the issuer's name in base64."""
    name = bytes.fromhex("300c310a300806035504030c0178")
    assert only(HEADER + BODY + TRAILER).key == KeyReference(issuer=name, serial=0x1AB)


def test_key_by_name() -> None:
    """S500 with 0577 = 3 names the certificate's owner, and the key with it."""
    header = HEADER.replace(CERTIFICATE, b"USC++3:METER?+1'")
    assert only(header + BODY + TRAILER).key == KeyReference(key_name="METER+1")


@pytest.mark.parametrize(
    "usc",
    [
        b"USC+1AB+4::" + ISSUER + b":ZZZ+4'",
        b"USC+1AB+4::" + ISSUER + b":ZZZ'",
        b"USC+XYZ+4::" + ISSUER + b":ZZZ+3'",
        b"USC++4::" + ISSUER + b":ZZZ+3'",
        b"USC+1AB+4::???:ZZZ+3'",
        b"USC+1AB+4::" + ISSUER + b"*4::AAAA+3'",
        b"USC+1AB++3'",
        b"USC++3:A*3:B'",
    ],
)
def test_key_that_is_not_named_clearly_is_not_named(usc: bytes) -> None:
    """No X.509, no serial, no base64, two issuers, two names: nothing is guessed."""
    assert only(HEADER.replace(CERTIFICATE, usc) + BODY + TRAILER).key == KeyReference()


def test_key_is_that_of_the_certificate_in_front_of_the_signing_algorithm() -> None:
    """A second USC is the recipient's, or anybody's."""
    recipient = b"USC++3:RECIPIENT'"
    assert only(with_algorithms(HASHING, recipient, b"USC++3:SIGNER'", SIGNING)).key.key_name == "SIGNER"
    assert only(with_algorithms(HASHING, SIGNING, recipient)).key == KeyReference()


@pytest.mark.parametrize(
    ("made", "hour"),
    [
        (b"1:20260115:120000:0000", 12),
        (b"5:20260115:120000", 12),
        (b"1:20260115:1200:0100", 11),
        (b"1:20260115:120000:-0100", 13),
    ],
)
def test_time_of_signing_is_taken_to_utc(made: bytes, hour: int) -> None:
    """0336 is the offset of the stated time from UTC."""
    signed_at = only(HEADER.replace(ush(), ush(made=made)) + BODY + TRAILER).signed_at
    assert signed_at == datetime(2026, 1, 15, hour, tzinfo=UTC)


def test_no_time_of_signing_is_none() -> None:
    """S501 may be absent, and then others say when."""
    assert only(HEADER.replace(ush(), ush(made=b"")) + BODY + TRAILER).signed_at is None


@pytest.mark.parametrize(
    "made",
    [b"1:20261315:120000", b"1:20260115:250000", b"1:20260115", b"1:2026011:120000", b"1:20260115:120000:9900",
     b"1:00010101:000000:0100", b"1:\xb2\xb2\xb2\xb2\xb2\xb2\xb2\xb2:120000"],
)  # fmt: skip
def test_time_of_signing_that_is_none_makes_no_measurement(made: bytes) -> None:
    """The signature is judged first; then what was signed has no possible date."""
    found = own_signatures(HEADER.replace(ush(), ush(made=made)) + BODY + TRAILER)
    assert [(type(one), one.code) for one in found.problems] == [(ContentError, Code.DATE_FORMAT)]
    assert [one.signed_at for one in found.signatures] == [None]
