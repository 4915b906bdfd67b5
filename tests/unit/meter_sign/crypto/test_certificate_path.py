"""From a certificate to an anchor: every rule of RFC 5280 that is held, with a path that breaks it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from meter_sign.codes import Code
from meter_sign.crypto.certificate_path import check_chain
from meter_sign.crypto.certificates import read_certificates
from meter_sign.errors import KeyMaterialError
from tests.support.certificates import (
    AUTHORITY,
    BEGIN,
    END,
    METER,
    Holder,
    authority,
    days,
    is_authority,
    issued,
    rsa_key,
    usage,
)
from tests.support.ocmf import VECTORS, needs_shared

if TYPE_CHECKING:
    from collections.abc import Sequence

AT = datetime(2026, 1, 15, tzinfo=UTC)
ROOT = authority("root", 3)
MIDDLE = authority("middle", 5, by=ROOT)
SIGNER = issued("meter", METER, by=ROOT)
KEYS = VECTORS / "edifact" / "keys"


def refused(
    signer: Holder, *, pool: Sequence[Holder] = (), anchors: Sequence[Holder] = (ROOT,), at: datetime = AT
) -> Code | None:
    """The code with which a path is refused; None where it is not."""
    try:
        check_chain(signer.known, pool=[one.known for one in pool], anchors=[one.known for one in anchors], at=at)
    except KeyMaterialError as error:
        return error.code
    return None


def extended(extension: x509.ExtensionType, *, critical: bool = True) -> Holder:
    """A signer's certificate with one extension."""
    return issued("meter", METER, by=ROOT, extensions=((extension, critical),))


@pytest.mark.parametrize(
    ("signer", "pool"),
    [
        (SIGNER, ()),
        (issued("meter", METER, by=MIDDLE), (MIDDLE,)),
        (issued("party", rsa_key(), by=MIDDLE), (SIGNER, MIDDLE)),
        (extended(usage("digital_signature")), ()),
        (extended(usage("content_commitment")), ()),
        (extended(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])), ()),
        (extended(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False), ()),
        (extended(x509.SubjectAlternativeName([x509.DNSName("meter.example")])), ()),
    ],
)
def test_path_of_a_signer_is_followed(signer: Holder, pool: Sequence[Holder]) -> None:
    """With or without an authority between, and with extensions that allow signing a message."""
    assert refused(signer, pool=pool) is None


def test_signer_that_is_an_anchor_needs_no_issuer() -> None:
    """A partner's own certificate, trusted as it is."""
    own = issued("partner", METER)
    assert refused(own, anchors=[own]) is None


@pytest.mark.parametrize(
    ("signer", "pool", "anchors"),
    [
        (SIGNER, (), ()),
        (SIGNER, (ROOT,), ()),
        (SIGNER, (), (authority("root", 7),)),
        (SIGNER, (), (authority("other root", 3),)),
        (issued("meter", METER), (), (ROOT,)),
        (issued("meter", METER, by=MIDDLE), (), (ROOT,)),
    ],
    ids=["no anchor", "root known, not trusted", "same name, other key", "other name, same key", "self-signed",
         "authority between not known"],
)  # fmt: skip
def test_without_a_path_it_is_untrusted(signer: Holder, pool: Sequence[Holder], anchors: Sequence[Holder]) -> None:
    """Whoever is no anchor, and is issued by none, is CERT_UNTRUSTED."""
    assert Code.CERT_UNTRUSTED is refused(signer, pool=pool, anchors=anchors)


@pytest.mark.parametrize(
    "between",
    [
        authority("middle", 5, by=ROOT, extensions=()),
        authority("middle", 5, by=ROOT, extensions=((x509.BasicConstraints(ca=False, path_length=None), True),)),
        authority("middle", 5, by=ROOT, extensions=((is_authority(), True), (usage("digital_signature"), True))),
        authority("middle", 5, by=ROOT, algorithm=hashes.SHA224()),
        authority("middle", 5, by=ROOT, extensions=(*AUTHORITY, (x509.InhibitAnyPolicy(1), True))),
        authority(
            "middle", 5, by=ROOT,
            extensions=(*AUTHORITY, (x509.NameConstraints([x509.DNSName("example")], None), True)),
        ),
        issued("middle", ec.derive_private_key(5, ec.SECP192R1()), by=ROOT, extensions=AUTHORITY),
        issued("middle", rsa_key(1024), by=ROOT, extensions=AUTHORITY),
    ],
    ids=["no constraints", "no authority", "no keyCertSign", "SHA-224", "unknown critical", "name constraints", "P-192",
         "RSA-1024"],
)  # fmt: skip
def test_only_a_strong_authority_may_stand_between(between: Holder) -> None:
    """An issuer that is no authority, states what is not understood, or is weak, leads nowhere."""
    assert Code.CERT_UNTRUSTED is refused(issued("meter", METER, by=between), pool=[between])


@pytest.mark.parametrize(
    "signer",
    [
        extended(usage("key_encipherment")),
        extended(usage("key_cert_sign")),
        extended(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
        extended(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")),
    ],
    ids=["enciphers", "issues", "serves", "unknown critical"],
)
def test_certificate_that_may_not_sign_is_untrusted(signer: Holder) -> None:
    """A certificate for something else signs no message."""
    assert Code.CERT_UNTRUSTED is refused(signer)


@pytest.mark.parametrize(("allowed", "expected"), [(0, Code.CERT_UNTRUSTED), (1, None), (None, None)])
def test_path_length_counts_the_authorities_below(allowed: int | None, expected: Code | None) -> None:
    """RFC 5280, 4.2.1.9: as many authorities may stand between an authority and the signer."""
    root = authority("root", 3, extensions=((is_authority(allowed), True), (usage("key_cert_sign"), True)))
    middle = authority("middle", 5, by=root)
    assert expected is refused(issued("meter", METER, by=middle), pool=[middle], anchors=[root])


@pytest.mark.parametrize(("length", "expected"), [(6, None), (7, Code.CERT_UNTRUSTED)])
def test_path_is_at_most_six_certificates_long(length: int, expected: Code | None) -> None:
    """Signer and anchor included."""
    above = [ROOT]
    for number in range(length - 2):
        above.append(authority(f"level {number}", 11 + number, by=above[-1]))
    assert expected is refused(issued("meter", METER, by=above[-1]), pool=above[1:])


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (BEGIN, None),
        (END, None),
        (BEGIN - days(1), Code.CERT_EXPIRED),
        (END + days(1), Code.CERT_EXPIRED),
    ],
)
def test_validity_counts_at_the_instant(at: datetime, expected: Code | None) -> None:
    """Neither before nor after the time that the certificates state, both ends included."""
    assert expected is refused(SIGNER, at=at)


@pytest.mark.parametrize("expired", ["signer", "middle", "root"])
def test_every_certificate_of_the_path_must_be_valid(expired: str) -> None:
    """One that has ended before the instant is enough."""
    ends = {name: AT - days(1) if name == expired else END for name in ("signer", "middle", "root")}
    root = authority("root", 3, end=ends["root"])
    middle = authority("middle", 5, by=root, end=ends["middle"])
    signer = issued("meter", METER, by=middle, end=ends["signer"])
    assert Code.CERT_EXPIRED is refused(signer, pool=[middle], anchors=[root])


def test_root_that_was_renewed_later_vouches_for_older_certificates() -> None:
    """An anchor is trusted for its key; when its present certificate began does not matter, when it ended does."""
    renewed = authority("root", 3, begin=AT + days(1))
    assert refused(SIGNER, anchors=[renewed]) is None
    itself = issued("meter", METER, by=ROOT, begin=AT + days(1))
    assert Code.CERT_EXPIRED is refused(itself, anchors=[itself])
    middle = authority("middle", 5, by=renewed, begin=AT + days(1))
    assert Code.CERT_EXPIRED is refused(issued("meter", METER, by=middle), pool=[middle], anchors=[renewed])


def test_another_valid_path_is_found() -> None:
    """An authority that was renewed under its own name leads on, whichever of the two is asked first."""
    old = authority("middle", 5, by=ROOT, end=AT - days(1))
    signer = issued("meter", METER, by=MIDDLE)
    assert [None, None] == [refused(signer, pool=pool) for pool in ([old, MIDDLE], [MIDDLE, old])]


def test_authorities_that_issued_each_other_do_not_loop() -> None:
    """A circle of certificates leads nowhere, and ends."""
    first = authority("first", 5)
    second = authority("second", 7, by=first)
    back = authority("first", 5, by=second)
    assert Code.CERT_UNTRUSTED is refused(issued("meter", METER, by=second), pool=[second, back])


@pytest.mark.shared
@needs_shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("p256", None), ("bp256", None), ("p384", None), ("rsa2048", None), ("rsa3072", None), ("p192", None),
        ("expired", Code.CERT_EXPIRED), ("roguemeter", Code.CERT_UNTRUSTED),
    ],
)  # fmt: skip
def test_certificates_of_others_are_followed(name: str, expected: Code | None) -> None:
    """Certificates that another program made, under its root."""
    (root,), (signer,) = (read_certificates((KEYS / f"{one}.crt.pem").read_bytes()) for one in ("root", name))
    found = None
    try:
        check_chain(signer, pool=[], anchors=[root], at=AT)
    except KeyMaterialError as error:
        found = error.code
    assert expected is found
