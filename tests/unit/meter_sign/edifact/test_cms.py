"""CMS around and beside an EDIFACT file, as OpenSSL and `cryptography` write it and as attackers do."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import pkcs7

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.errors import (
    InvalidSignatureError,
    MalformedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats.edifact.cms import Wrapped, is_wrapper
from meter_sign.model import HashAlgorithm, SignatureContainer, SignatureScheme
from tests.unit.meter_sign.edifact.cms_signing import (
    CONTENT_TYPE,
    DIGEST,
    EDI,
    MESSAGE_DIGEST,
    OTHER_EDI,
    SERIAL,
    SHA_256,
    SIGNING_TIME,
    SUBJECT_KEY_ID,
    TYPE,
    algorithm,
    assert_holds,
    attribute,
    cms_sign,
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


# As OpenSSL writes it -----------------------------------------------------------------------------------------------

METHODS = {
    "ECDSA P-256": ("p256", (), HashAlgorithm.SHA_256, SignatureScheme.ECDSA),
    "ECDSA P-384": ("p384", ("-md", "sha384"), HashAlgorithm.SHA_384, SignatureScheme.ECDSA),
    "ECDSA brainpool": ("brainpool", ("-md", "sha512"), HashAlgorithm.SHA_512, SignatureScheme.ECDSA),
    "RSA PKCS1": ("rsa", (), HashAlgorithm.SHA_256, SignatureScheme.RSA_PKCS1),
    "RSA PSS": (
        "rsa",
        ("-keyopt", "rsa_padding_mode:pss", "-md", "sha512"),
        HashAlgorithm.SHA_512,
        SignatureScheme.RSA_PSS,
    ),
    "SHA-1": ("rsa", ("-md", "sha1"), HashAlgorithm.SHA_1, SignatureScheme.RSA_PKCS1),
}
FORMS = {
    "DER": ("-nodetach",),
    "BER in chunks": ("-nodetach", "-stream"),
    "without attributes": ("-nodetach", "-noattr"),
    "without certificates": ("-nodetach", "-nocerts"),
    "by key identifier": ("-nodetach", "-keyid"),
}


#: All of them, but for what OpenSSL 3.0 cannot write: it fails itself to stream with PSS.
WRITTEN = [(form, method) for form in FORMS for method in METHODS if (form, method) != ("BER in chunks", "RSA PSS")]


@pytest.mark.parametrize(("form", "method"), WRITTEN)
def test_what_openssl_signs_holds(tmp_path: Path, form: str, method: str) -> None:
    """The digest that is found is the one that OpenSSL signed, and hash and method are OpenSSL's."""
    kind, options, hash_algorithm, scheme = METHODS[method]
    wrapped = opened(cms_sign(tmp_path, *FORMS[form], *options, kind=kind))
    signature = assert_holds(wrapped, kind)
    assert (EDI, hash_algorithm, scheme) == (wrapped.content, signature.hash, signature.scheme)
    assert (SignatureContainer.CMS, "SignerInfo 0") == (signature.container, signature.name)


def test_what_is_signed_twice_over_is_not_judged(tmp_path: Path) -> None:
    """A CMS structure in another one: which of the two signers counts would be a guess."""
    inner = cms_sign(tmp_path, "-nodetach")
    with pytest.raises(UnsupportedPayloadError, match="FORMAT_UNSUPPORTED"):
        opened(cms_sign(tmp_path, "-nodetach", content=inner))


def test_chunks_are_really_chunks(tmp_path: Path) -> None:
    """A long file that OpenSSL streams comes in several chunks, of indefinite length, and is put together."""
    long = EDI * 200
    raw = cms_sign(tmp_path, "-nodetach", "-stream", content=long)
    assert raw.startswith(b"\x30\x80")
    assert long not in raw
    wrapped = opened(raw)
    assert long == wrapped.content
    assert_holds(wrapped)


def test_a_certificate_is_named_by_issuer_and_serial(tmp_path: Path) -> None:
    """Without further options the signer is named by the issuer's DER and the serial number."""
    key = assert_holds(opened(cms_sign(tmp_path, "-nodetach"))).key
    assert (signer().issuer, SERIAL, None) == (key.issuer, key.serial, key.subject_key_id)


def test_a_certificate_is_named_by_its_key_identifier(tmp_path: Path) -> None:
    """With -keyid it is the subject key identifier, and nothing else."""
    key = assert_holds(opened(cms_sign(tmp_path, "-nodetach", "-keyid"))).key
    assert (None, None, SUBJECT_KEY_ID) == (key.issuer, key.serial, key.subject_key_id)


def test_the_signing_time_is_read(tmp_path: Path) -> None:
    """The time is when OpenSSL signed, a moment ago, in UTC."""
    signed_at = assert_holds(opened(cms_sign(tmp_path, "-nodetach"))).signed_at
    assert signed_at is not None
    assert abs(datetime.now(UTC) - signed_at) < timedelta(minutes=5)


def test_without_attributes_there_is_no_time(tmp_path: Path) -> None:
    """Nothing states a time where nothing but the content is signed."""
    assert assert_holds(opened(cms_sign(tmp_path, "-nodetach", "-noattr"))).signed_at is None


def test_two_signers_are_two_signatures(tmp_path: Path) -> None:
    """Every SignerInfo becomes a signature of its own."""
    first = tmp_path / "first"
    first.mkdir()
    raw = cms_sign(tmp_path, "-nodetach", *signer("rsa").files(first))
    names = [signature.name for signature in opened(raw).signatures]
    assert ["SignerInfo 0", "SignerInfo 1"] == names


@pytest.mark.parametrize(
    "padding_of_rsa",
    [padding.PKCS1v15(), padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)],
    ids=["PKCS1", "PSS"],
)
def test_what_cryptography_signs_holds(padding_of_rsa: padding.PKCS1v15 | padding.PSS) -> None:
    """The builder of `cryptography` writes the same structure."""
    by = signer("rsa")
    builder = pkcs7.PKCS7SignatureBuilder().set_data(EDI)
    builder = builder.add_signer(by.certificate, by.key, hashes.SHA256(), rsa_padding=padding_of_rsa)
    raw = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    wrapped = opened(raw)
    assert EDI == wrapped.content
    assert_holds(wrapped, "rsa")


@pytest.mark.parametrize("command", ["cms", "smime"])
def test_pem_is_opened(tmp_path: Path, command: str) -> None:
    """PEM with OpenSSL's two labels, CMS and PKCS7, is the same structure."""
    words = (command, "-sign", "-binary", "-nodetach", "-outform", "PEM", *signer().files(tmp_path))
    raw = openssl(tmp_path, *words)
    assert is_wrapper(raw)
    assert_holds(opened(raw))


# Beside the file ----------------------------------------------------------------------------------------------------


def test_a_detached_signature_covers_the_file(tmp_path: Path) -> None:
    """A .p7s beside the file is compared with the file as it is."""
    wrapped = opened(EDI, cms_sign(tmp_path))
    assert EDI == wrapped.content
    assert SignatureContainer.CMS_DETACHED is assert_holds(wrapped).container


@pytest.mark.parametrize("form", ["PEM", "base64"])
def test_a_detached_signature_may_be_text(tmp_path: Path, form: str) -> None:
    """PEM and bare base64 of the structure are read."""
    raw = cms_sign(tmp_path)
    text = b64encode(raw)
    if form == "PEM":
        text = b"-----BEGIN PKCS7-----\n" + text + b"\n-----END PKCS7-----\n"
    assert_holds(opened(EDI, text))


def test_of_several_detached_signatures_the_fitting_ones_count(tmp_path: Path) -> None:
    """Signatures of other files, and files that are none, do no harm beside one that fits."""
    other = cms_sign(tmp_path, content=OTHER_EDI)
    assert_holds(opened(EDI, other, b"nothing", cms_sign(tmp_path)))


def test_a_signature_without_digest_counts_where_none_states_it(tmp_path: Path) -> None:
    """Without signed attributes only a key can tell; such a signature counts unless another one fits for certain."""
    bare = cms_sign(tmp_path, "-noattr")
    other = cms_sign(tmp_path, content=OTHER_EDI)
    assert_holds(opened(EDI, other, bare))
    assert assert_holds(opened(EDI, bare, cms_sign(tmp_path))).signed_at is not None


def test_a_detached_signature_of_another_file_is_told(tmp_path: Path) -> None:
    """Where none fits, the file is told to be another than what was signed."""
    other = cms_sign(tmp_path, content=OTHER_EDI)
    assert (InvalidSignatureError, Code.DIGEST_MISMATCH) == problem(EDI, b"nothing", other)


def test_a_detached_signature_that_is_none_is_told() -> None:
    """A file beside that is no CMS at all is a broken container."""
    assert (MalformedPayloadError, Code.CONTAINER_INVALID) == problem(EDI, b"\xff nothing")


def test_a_detached_signature_holds_no_content(tmp_path: Path) -> None:
    """A structure with content of its own is not taken for one that lies beside."""
    raw = cms_sign(tmp_path, "-nodetach")
    assert (MalformedPayloadError, Code.CONTAINER_INVALID) == problem(EDI, raw)


def test_a_file_with_nothing_beside_has_no_signature() -> None:
    """A bare file comes back as it is, without signatures and without problems."""
    assert Wrapped(content=EDI, signatures=()) == opened(EDI)


# What does not agree ------------------------------------------------------------------------------------------------

MALFORMED = (MalformedPayloadError, Code.CONTAINER_INVALID)
UNSUPPORTED = (UnsupportedPayloadError, Code.ALGORITHM_UNSUPPORTED)
PADDING = (UnsupportedPayloadError, Code.PADDING_UNSUPPORTED)


def utc_time(text: str) -> bytes:
    """A signingTime with one UTCTime."""
    return attribute(SIGNING_TIME, der.encode(0x17, text.encode()))


def pss(*fields: bytes) -> bytes:
    """A SignerInfo by RSASSA-PSS with these parameters, over SHA-256."""
    return signer_info(TYPE, DIGEST, method=algorithm("1.2.840.113549.1.1.10", sequence(*fields)))


MGF1 = "1.2.840.113549.1.1.8"
SHA_384, SHA_1 = "2.16.840.1.101.3.4.2.2", "1.3.14.3.2.26"
HASH_FIELD = der.encode(0xA0, algorithm(SHA_256))
MASK_FIELD = der.encode(0xA1, algorithm(MGF1, algorithm(SHA_256)))
DISAGREEING = {
    "no contentType": (signer_info(DIGEST), MALFORMED),
    "no messageDigest": (signer_info(TYPE), MALFORMED),
    "contentType of another type": (
        signer_info(attribute(CONTENT_TYPE, der.encode_oid("1.2.840.113549.1.7.5")), DIGEST),
        MALFORMED,
    ),
    "another digest": (
        signer_info(TYPE, attribute(MESSAGE_DIGEST, octets(sha256(OTHER_EDI).digest()))),
        (InvalidSignatureError, Code.DIGEST_MISMATCH),
    ),
    "an empty digest": (
        signer_info(TYPE, attribute(MESSAGE_DIGEST, octets(b""))),
        (InvalidSignatureError, Code.DIGEST_MISMATCH),
    ),
    "messageDigest twice": (signer_info(TYPE, DIGEST, DIGEST), MALFORMED),
    "contentType twice": (signer_info(TYPE, TYPE, DIGEST), MALFORMED),
    "signingTime twice": (signer_info(TYPE, DIGEST, utc_time("260115120000Z"), utc_time("260115120000Z")), MALFORMED),
    "a digest with two values": (
        signer_info(TYPE, attribute(MESSAGE_DIGEST, octets(sha256(EDI).digest()), octets(b"x"))),
        MALFORMED,
    ),
    "signingTime without a value": (signer_info(TYPE, DIGEST, attribute(SIGNING_TIME)), MALFORMED),
    "signingTime without seconds": (signer_info(TYPE, DIGEST, utc_time("2601151200Z")), MALFORMED),
    "signingTime with an offset": (signer_info(TYPE, DIGEST, utc_time("260115120000+0100")), MALFORMED),
    "signingTime in month 13": (signer_info(TYPE, DIGEST, utc_time("261315120000Z")), MALFORMED),
    "signingTime as text": (
        signer_info(TYPE, DIGEST, attribute(SIGNING_TIME, der.encode(0x0C, b"260115120000Z"))),
        MALFORMED,
    ),
    "no signature value": (
        signer_info(TYPE, DIGEST, signature=b""),
        (InvalidSignatureError, Code.SIGNATURE_MISSING),
    ),
    "an unknown hash": (signer_info(TYPE, DIGEST, digest=algorithm("1.2.3.4")), UNSUPPORTED),
    "a hash with parameters": (signer_info(TYPE, DIGEST, digest=algorithm(SHA_256, b"\x05\x01\x00")), UNSUPPORTED),
    "an unknown method": (signer_info(TYPE, DIGEST, method=algorithm("1.3.101.112")), UNSUPPORTED),
    "a method of another hash": (signer_info(TYPE, DIGEST, method=algorithm("1.2.840.10045.4.3.3")), UNSUPPORTED),
    "RSA with another hash": (signer_info(TYPE, DIGEST, method=algorithm("1.2.840.113549.1.1.13")), UNSUPPORTED),
    "ECDSA with a curve beside": (
        signer_info(TYPE, DIGEST, method=algorithm("1.2.840.10045.4.3.2", der.encode_oid("1.2.840.10045.3.1.7"))),
        UNSUPPORTED,
    ),
    "PSS without parameters": (
        signer_info(TYPE, DIGEST, method=algorithm("1.2.840.113549.1.1.10")),
        PADDING,
    ),
    "PSS with its defaults, SHA-1": (pss(), PADDING),
    "PSS with another hash": (pss(der.encode(0xA0, algorithm(SHA_384)), MASK_FIELD), PADDING),
    "PSS with another hash of the mask": (
        pss(HASH_FIELD, der.encode(0xA1, algorithm(MGF1, algorithm(SHA_1)))),
        PADDING,
    ),
    "PSS with the default mask": (pss(HASH_FIELD), PADDING),
    "PSS with another mask": (pss(HASH_FIELD, der.encode(0xA1, algorithm("1.2.3", algorithm(SHA_256)))), PADDING),
    "PSS with another trailer": (pss(HASH_FIELD, MASK_FIELD, der.encode(0xA3, b"\x02\x01\x02")), PADDING),
}


@pytest.mark.parametrize("case", DISAGREEING)
def test_a_signer_that_disagrees_is_told(case: str) -> None:
    """What contradicts itself gives no signature, and the file inside is found all the same."""
    info, expected = DISAGREEING[case]
    assert expected == problem(content_info(info))
    assert EDI == opened(content_info(info)).content


@pytest.mark.parametrize("salt", [0, 20, 32, 222])
def test_pss_may_have_any_salt(salt: int) -> None:
    """With the right hash and mask the length of the salt does not matter."""
    raw = content_info(pss(HASH_FIELD, MASK_FIELD, der.encode(0xA2, der.encode(2, salt.to_bytes(2, "big")))))
    assert SignatureScheme.RSA_PSS is opened(raw).signatures[0].scheme


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (0x17, "260115120000Z", datetime(2026, 1, 15, 12, tzinfo=UTC)),
        (0x17, "991231235959Z", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (0x18, "20500115120000Z", datetime(2050, 1, 15, 12, tzinfo=UTC)),
    ],
)
def test_signing_times_of_both_kinds(tag: int, text: str, expected: datetime) -> None:
    """UTCTime has two digits for 1950 to 2049, GeneralizedTime all four."""
    time = attribute(SIGNING_TIME, der.encode(tag, text.encode()))
    assert expected == opened(content_info(signer_info(TYPE, DIGEST, time))).signatures[0].signed_at


@pytest.mark.parametrize("order", [(TYPE, DIGEST), (DIGEST, TYPE)], ids=["sorted", "not sorted"])
def test_attributes_are_signed_as_received(order: tuple[bytes, ...]) -> None:
    """What is hashed is the SET OF with its elements in the order in which they came."""
    (signature,) = opened(content_info(signer_info(*order))).signatures
    assert sha256(der.encode(0x31, b"".join(order))).digest() == signature.signed[0].digest


def test_attributes_of_indefinite_length_are_signed_with_their_length() -> None:
    """RFC 5652 signs the DER of the SET; that the sender wrote an indefinite length around it changes nothing."""
    definite = signer_info(TYPE, DIGEST)
    stated, open_ended = der.encode(0xA0, TYPE + DIGEST), b"\xa0\x80" + TYPE + DIGEST + b"\0\0"
    indefinite = sequence(der.read(definite).content.replace(stated, open_ended))
    assert len(indefinite) > len(definite)
    assert opened(content_info(definite)).signatures == opened(content_info(indefinite)).signatures


@pytest.mark.parametrize("identifier", ["1.2.840.113549.2.4", "1.3.36.3.2.1"], ids=["MD4", "RIPEMD-160"])
def test_hashes_that_nobody_computes_are_named(identifier: str) -> None:
    """MD4 and RIPEMD-160 are read as what they are, without a digest, so that they are told to be weak."""
    info = signer_info(TYPE, DIGEST, digest=algorithm(identifier), method=algorithm("1.2.840.113549.1.1.1"))
    (signature,) = opened(content_info(info)).signatures
    assert () == signature.signed


def test_one_signer_that_does_not_fit_spoils_all() -> None:
    """Every signer has to hold, so that beside a bad one no signature is left."""
    good, bad = signer_info(TYPE, DIGEST), signer_info(TYPE)
    assert MALFORMED == problem(content_info(good, bad))


def test_unsigned_attributes_are_not_looked_at() -> None:
    """An unsigned signingTime is no time of signing."""
    info = signer_info(TYPE, DIGEST, more=der.encode(0xA1, utc_time("260115120000Z")))
    assert opened(content_info(info)).signatures[0].signed_at is None


def test_attributes_cannot_pose_as_content() -> None:
    """The signed attributes of one message, given as the content of another without attributes, are no EDIFACT."""
    attributes = der.encode(0x31, TYPE + DIGEST)
    raw = content_info(signer_info(), content=octets(attributes))
    assert (MalformedPayloadError, Code.NOT_EDIFACT) == problem(raw)
