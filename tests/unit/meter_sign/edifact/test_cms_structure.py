"""The ASN.1 structure of CMS: other kinds of it, broken ones, and ones made to cost memory or time."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.errors import (
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats.edifact.cms import is_wrapper, open_wrapper
from meter_sign.limits import Limits
from meter_sign.model import KeyReference
from tests.unit.meter_sign.edifact.cms_signing import (
    DATA,
    DIGEST,
    ECDSA_SHA_256,
    EDI,
    GOOD,
    LIMITS,
    OTHER_EDI,
    SHA_256,
    SUBJECT_KEY_ID,
    TYPE,
    algorithm,
    attribute,
    content_info,
    octets,
    opened,
    openssl,
    problem,
    sequence,
    signer,
    signer_info,
)

if TYPE_CHECKING:
    from pathlib import Path

MALFORMED = (MalformedPayloadError, Code.CONTAINER_INVALID)
RSASSA_PSS = "1.2.840.113549.1.1.10"


# What is no signed file ---------------------------------------------------------------------------------------------

NO_SIGNER = (UnsignedPayloadError, Code.NO_SIGNER)
NOT_SIGNED = {
    "nobody signed": (content_info(), NO_SIGNER),
    "certificates only": (content_info(content=b""), NO_SIGNER),
    "digested data": (content_info(kind="1.2.840.113549.1.7.5"), NO_SIGNER),
    "data": (content_info(kind=DATA), NO_SIGNER),
    "a signature of nothing": (
        content_info(signer_info(TYPE, DIGEST), content=b""),
        (MalformedPayloadError, Code.SIGNED_FILE_MISSING),
    ),
    "something else": (
        content_info(signer_info(TYPE, DIGEST), content=octets(b"%PDF-1.7")),
        (MalformedPayloadError, Code.NOT_EDIFACT),
    ),
    "content of another type": (
        content_info(signer_info(TYPE, DIGEST), content_type="1.2.840.113549.1.9.16.1.4"),
        (UnsupportedPayloadError, Code.FORMAT_UNSUPPORTED),
    ),
    "compressed": (
        content_info(kind="1.2.840.113549.1.9.16.1.9"),
        (UnsupportedPayloadError, Code.FORMAT_UNSUPPORTED),
    ),
}


@pytest.mark.parametrize("case", NOT_SIGNED)
def test_what_is_no_signed_file_is_told(case: str) -> None:
    """A structure of another kind, or around something else, is recognised and refused by name."""
    raw, expected = NOT_SIGNED[case]
    assert is_wrapper(raw)
    assert expected == problem(raw)


def test_an_encrypted_file_is_undecided(tmp_path: Path) -> None:
    """What only the recipient can open is told in words."""
    signer("rsa").files(tmp_path)
    raw = openssl(tmp_path, "cms", "-encrypt", "-aes256", "-outform", "DER", "-recip", "certificate.pem")
    with pytest.raises(UnsupportedPayloadError, match="encrypted") as caught:
        opened(raw)
    assert Code.ENCRYPTED is caught.value.code


# The structure itself -----------------------------------------------------------------------------------------------


def test_more_bytes_behind_are_told() -> None:
    """The outermost length is exact."""
    assert (MalformedPayloadError, Code.TRAILING_DATA) == problem(GOOD + b"\n")


def test_every_cut_is_told() -> None:
    """Wherever the structure is cut, it is told to be cut."""
    for length in range(30, len(GOOD), 7):
        assert (MalformedPayloadError, Code.TRUNCATED) == problem(GOOD[:length])


def named_by(*names: bytes) -> bytes:
    """A SignerInfo in which everything agrees, named like this."""
    signed = der.encode(0xA0, TYPE + DIGEST)
    return sequence(b"\x02\x01\x03", *names, algorithm(SHA_256), signed, algorithm(ECDSA_SHA_256), octets(b"made up"))


def pss(*fields: bytes) -> bytes:
    """A structure signed by RSASSA-PSS with these parameters."""
    return content_info(signer_info(TYPE, DIGEST, method=algorithm(RSASSA_PSS, sequence(*fields))))


EXTRA = b"\x02\x01\x05"
ISSUER, SERIAL_NUMBER = sequence(), b"\x02\x01\x07"
BY_KEY_ID = der.encode(0x80, SUBJECT_KEY_ID)
HASH = algorithm(SHA_256)
KIND, INSIDE = (der.encode(one.tag, one.content) for one in der.read_all(der.read(GOOD).content))
PASSED_OVER = {
    "a field of SignedData": content_info(signer_info(TYPE, DIGEST), more=EXTRA),
    "a field of SignerInfo": content_info(signer_info(TYPE, DIGEST, more=EXTRA)),
    "a field of ContentInfo": sequence(der.read(GOOD).content, EXTRA),
    "a field of an algorithm": content_info(signer_info(TYPE, DIGEST, digest=algorithm(SHA_256, b"\x05\x00" + EXTRA))),
    "a field of an attribute": content_info(
        signer_info(TYPE, DIGEST, sequence(der.encode_oid("1.2.3"), der.encode(0x31, b""), EXTRA))
    ),
    "a field beside issuer and serial": content_info(named_by(sequence(ISSUER, SERIAL_NUMBER, EXTRA))),
    "a field of the parameters of PSS": pss(der.encode(0xA4, EXTRA)),
    "a second content": content_info(signer_info(TYPE, DIGEST), content=octets(EDI) + octets(OTHER_EDI)),
    "a second SignedData": sequence(KIND, der.encode(0xA0, der.read(INSIDE).content + EXTRA)),
    "a second hash of PSS": pss(der.encode(0xA0, HASH + HASH)),
    "a second trailer of PSS": pss(der.encode(0xA3, b"\x02\x01\x01" * 2)),
    "a salt of PSS that is no number": pss(der.encode(0xA2, octets(b"\x20"))),
    "a version that is no number": GOOD.replace(b"\x02\x01\x03\x31", b"\x04\x01\x03\x31"),
    "a set of hashes that is none": GOOD.replace(b"\x02\x01\x03\x31", b"\x02\x01\x03\x30"),
    "an unfinished arc": content_info(signer_info(TYPE, DIGEST, digest=sequence(der.encode(6, b"\x2a\x03\x81")))),
    "an arc with a zero in front": content_info(
        signer_info(TYPE, DIGEST, digest=sequence(der.encode(6, b"\x2a\x80\x03")))
    ),
    "an identifier of nothing": content_info(signer_info(TYPE, DIGEST, digest=sequence(der.encode(6, b"")))),
    "an identifier without end": content_info(signer_info(TYPE, DIGEST, digest=sequence(der.encode(6, b"\x2a" * 65)))),
    "a serial number of nothing": content_info(named_by(sequence(ISSUER, b"\x02\x00"))),
    "two names": content_info(named_by(sequence(ISSUER, SERIAL_NUMBER), BY_KEY_ID)),
    "no name": content_info(named_by()),
}


@pytest.mark.parametrize("case", PASSED_OVER)
def test_what_the_library_would_pass_over_is_refused(case: str) -> None:
    """What a structure does not have, and what is not written as it should be, is an error; asn1crypto takes most."""
    assert MALFORMED == problem(PASSED_OVER[case])


def test_names_of_both_kinds_are_read() -> None:
    """The same signer by hand: by issuer and serial number, also of indefinite length, and by key identifier."""
    by_issuer = KeyReference(issuer=ISSUER, serial=7)
    indefinite = b"\x30\x80" + ISSUER + SERIAL_NUMBER + b"\0\0"
    read = [
        opened(content_info(named_by(name))).signatures[0].key
        for name in (sequence(ISSUER, SERIAL_NUMBER), indefinite, BY_KEY_ID)
    ]
    assert [by_issuer, by_issuer, KeyReference(subject_key_id=SUBJECT_KEY_ID)] == read


def test_attributes_of_other_types_are_not_taken_apart() -> None:
    """Microsoft signs which key to encrypt with, a CHOICE whose tags no reader knows by themselves; it does no harm."""
    preference = attribute("1.2.840.113549.1.9.16.2.11", der.encode(0xA0, ISSUER + SERIAL_NUMBER))
    assert () == opened(content_info(signer_info(TYPE, DIGEST, preference))).problems


def test_classes_are_ready_before_two_threads_use_them() -> None:
    """What asn1crypto computes when it meets a class is there as soon as the module is loaded."""
    code = (
        "from meter_sign.formats.edifact import cms_asn1 as m; print(len(m._SignerInfo._field_ids), m._Pss._field_map)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "8 {'hash': 0, 'mask': 1, 'salt': 2, 'trailer': 3}" == done.stdout.strip()


def test_a_bare_file_does_not_load_the_library() -> None:
    """Where no structure is read, asn1crypto is not loaded, so that most runs start without it."""
    code = f"""
import sys
from meter_sign.formats.edifact.cms import is_wrapper, open_wrapper
from meter_sign.limits import DEFAULT_LIMITS
assert open_wrapper({EDI!r}, (), DEFAULT_LIMITS).content == {EDI!r}
assert not is_wrapper({EDI!r})
print(sorted(name for name in sys.modules if name.startswith("asn1crypto")))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize("length", [b"\x80", None], ids=["indefinite", "definite"])
def test_chunks_of_chunks_are_one_content(length: bytes | None) -> None:
    """OCTET STRINGs in pieces are joined, whether their length is stated or not, also pieces of pieces."""
    inner = der.encode(0x24, octets(EDI[:10]) + octets(EDI[10:30]))
    pieces = inner + octets(b"") + octets(EDI[30:])
    chunked = der.encode(0x24, pieces) if length is None else b"\x24\x80" + pieces + b"\0\0"
    wrapped = opened(content_info(signer_info(TYPE, DIGEST), content=chunked))
    assert (EDI, ()) == (wrapped.content, wrapped.problems)


def test_a_chunk_of_another_type_is_refused() -> None:
    """Only OCTET STRINGs are chunks of one."""
    chunked = der.encode(0x24, octets(EDI[:10]) + der.encode(0x0C, EDI[10:]))
    assert MALFORMED == problem(content_info(signer_info(TYPE, DIGEST), content=chunked))


HEADER = b"\x30\x80" + der.encode_oid("1.2.840.113549.1.7.2")
BOMBS = {
    "deep, indefinite": HEADER + b"\xa0\x80" * 1_000_000,
    "deep, definite": HEADER + b"\xa0\x84\x00\x10\x00\x00" * 100_000,
    "many elements": HEADER + b"\xa0\x80" + b"\x04\x00" * 2_000_000,
    "many empty levels": HEADER + b"\xa0\x80" + b"\x30\x80\0\0" * 1_000_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_before_they_cost_anything(bomb: str) -> None:
    """Deep or endless structures end at a cap, with little memory for each element."""
    tracemalloc.start()
    try:
        with pytest.raises(MalformedPayloadError):
            opened(BOMBS[bomb])
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "inside",
    [
        b"\x04\x80\0\0",
        b"\x00\x00",
        b"\x1f\x81\x01\x00",
        b"\x04\x85\x00\x00\x00\x00\x00",
        b"\x04\xff",
        b"\x0c\x7f" + b"a",
    ],
    ids=[
        "indefinite primitive",
        "end of nothing",
        "long tag",
        "long length",
        "reserved length",
        "longer than around it",
    ],
)
def test_what_is_no_ber_is_refused(inside: bytes) -> None:
    """Encodings that BER does not have, or that CMS does not need, are a broken container."""
    assert MALFORMED == problem(sequence(der.encode_oid("1.2.840.113549.1.7.2"), der.encode(0xA0, inside)))


def test_caps_hold() -> None:
    """A file above the cap, and more signers than anybody has, are refused."""
    with pytest.raises(LimitExceededError):
        open_wrapper(GOOD, (), Limits(edifact_bytes=len(GOOD) - 1))
    with pytest.raises(LimitExceededError):
        opened(content_info(*[signer_info(TYPE, DIGEST)] * 33))
    assert Code.LIMIT_EXCEEDED is problem(EDI, GOOD * (LIMITS.edifact_bytes // len(GOOD) + 1))[1]


@pytest.mark.parametrize("text", [b"", b"AAAA", b"AAAA\n-", b"AAAA\n-----END", b"AAAA\n-----END CMS----"])
def test_pem_has_an_end(text: bytes) -> None:
    """A PEM text without its last line, or with a part of it, was cut."""
    assert (MalformedPayloadError, Code.TRUNCATED) == problem(b"-----BEGIN CMS-----\n" + text)


@pytest.mark.parametrize("text", [b"AA=A\n-----END CMS-----", b"AAAA\n-----END PKCS7-----", b"AA-A\n-----END CMS-----"])
def test_pem_of_something_else(text: bytes) -> None:
    """Base64 that is none, or the last line of something else, is a broken container."""
    assert MALFORMED == problem(b"-----BEGIN CMS-----\n" + text)


def test_nothing_stands_behind_pem() -> None:
    """Bytes behind the last line are as bytes behind the structure."""
    text = b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\nmore"
    assert (MalformedPayloadError, Code.TRAILING_DATA) == problem(text)


@pytest.mark.parametrize("raw", [b"", b"0", b"\x30\x80", EDI, b"\x30\x03\x02\x01\x01", b"-----BEGIN CERTIFICATE-----"])
def test_other_files_are_no_wrappers(raw: bytes) -> None:
    """Marks are exact: neither bare EDIFACT nor other ASN.1 nor other PEM is taken for CMS."""
    assert not is_wrapper(raw)


def test_whatever_is_changed_is_told_or_read() -> None:
    """Any byte of a structure set to another value gives a wrapper or one of our errors, nothing else."""
    for at in range(len(GOOD)):
        for value in (0x00, 0x80, 0xFF, GOOD[at] ^ 0x20):
            changed = GOOD[:at] + bytes((value,)) + GOOD[at + 1 :]
            try:
                wrapped = opened(changed)
            except MeterSignError:
                continue
            assert wrapped.signatures or wrapped.problems or wrapped.content == changed
