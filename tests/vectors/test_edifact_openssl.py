"""OpenSSL's opinion of the fixtures: of every CMS and S/MIME file, and of every raw signature inside a message.

OpenSSL knows nothing of EDIFACT. Of CMS it is asked as it stands; of a signature in a message, the slice that rule R2
says and the value that USR states are handed to it, found here by a search of their own.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.judgement import Status
from tests.support.fixture_files import ALL, FIXTURES, VALID, FixtureFile
from tests.support.openssl import needs_openssl, openssl

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_openssl

ROOT = FIXTURES / "edifact" / "keys" / "root.crt.pem"
_WRAPPED = (".p7m", ".eml")
_KIND = {".p7m": "DER", ".eml": "SMIME"}

#: What OpenSSL does not judge by our rules, and why.
NOT_ASKED = {
    "edifact/attacked/cms_trailing_data.p7m": "it reads one structure and does not look behind it",
    "edifact/attacked/cms_around_forged.p7m": "the CMS holds; the signature inside of the message is ours to check",
    "edifact/attacked/cms_of_mail.p7m": "the signature holds; that the content is no EDIFACT is ours to say",
    "edifact/attacked/weak_sha1_cms.p7m": "what is weak is a matter of its build's security level",
    "edifact/attacked/cms_content_type.p7m": "it does not compare the content type with the signed one",
    "edifact/attacked/cms_digest_twice.p7m": "it takes the first of two attributes",
    "edifact/attacked/smime_no_signer.eml": "no signer is an error of its own there, of no meaning for content",
    "edifact/undecidable/cms_brings_certificates.p7m": "it believes certificates that the file brings, we do not",
    "edifact/undecidable/cms_encrypted.p7m": "it is not signed",
    "edifact/undecidable/smime_encrypted.eml": "it is not signed",
    "edifact/valid/cms_base64.p7m": "base64 without any header is no form that it reads",
    "edifact/valid/smime_binary.eml": "its command line takes a part in binary for text and changes its line ends",
}
CMS = [
    one for one in ALL if one.path.startswith("edifact/") and one.path.endswith(_WRAPPED) and one.path not in NOT_ASKED
]


def _verified(file: FixtureFile) -> bool:
    return all(value.status is Status.VERIFIED for value in file.judged().values)


def _form(file: FixtureFile) -> str:
    return "PEM" if file.raw.startswith(b"-----") else _KIND[file.path[-4:]]


def _signers(file: FixtureFile, folder: Path) -> Path:
    """The certificates that the caller knows, in one file."""
    known = [*file.entry.get("certificates", []), "edifact/keys/meter.crt.pem", "edifact/keys/party.crt.pem"]
    target = folder / "known.pem"
    target.write_bytes(b"".join(FIXTURES.joinpath(path).read_bytes() for path in known))
    return target


@pytest.mark.parametrize("file", CMS, ids=lambda file: file.path)
def test_openssl_agrees_on_cms_and_smime(file: FixtureFile, tmp_path: Path) -> None:
    """What we verify OpenSSL verifies, and what it refuses we refuse."""
    form = _form(file)
    status, told = openssl(
        "cms", "-verify", *(("-binary",) if form != "SMIME" else ()), "-inform", form, "-in", FIXTURES / file.path,
        "-CAfile", ROOT, "-certfile", _signers(file, tmp_path), "-purpose", "any", "-attime", "1769904000",
        "-out", tmp_path / "content",
    )  # fmt: skip
    assert _verified(file) == (status == 0), told


@pytest.mark.parametrize("name", ["detached", "detached_of_another"])
def test_openssl_agrees_on_detached_signatures(name: str, tmp_path: Path) -> None:
    """A signature beside the file: the true one holds, that of another file does not."""
    folder = FIXTURES / "edifact" / ("valid" if name == "detached" else "attacked")
    status, told = openssl(
        "cms", "-verify", "-binary", "-inform", "DER", "-in", folder / f"{name}.p7s", "-content",
        folder / f"{name}.edi", "-CAfile", ROOT, "-purpose", "any", "-attime", "1769904000", "-out", tmp_path / "out",
    )  # fmt: skip
    assert (name == "detached") == (status == 0), told


# Signatures inside a message ---------------------------------------------------------------------------------------

_HASHES = {"48": "sha256", "50": "sha384", "49": "sha512"}
_GROUP = re.compile(rb"USH\+.*?(?=UST\+)", re.DOTALL)
_PARAMETER = re.compile(rb"(?:USR\+|[*+])([123]):((?:\?.|[^*+'?])*)")


def _one_group(file: FixtureFile) -> bool:
    raw = file.raw
    return raw.startswith((b"UN", b"\r\n")) and raw.count(b"USH+") == raw.count(b"UNH+") == 1 == raw.count(b"USR+")


#: Valid files whose one message has one signature of its own, over the bytes as they stand.
IN_MESSAGE = [
    one
    for one in VALID
    if one.path.startswith("edifact/") and one.path.endswith(".edi") and _one_group(one)
    and not one.path.endswith("line_breaks_stripped.edi")
]  # fmt: skip


def _integer(number: bytes) -> bytes:
    content = number.lstrip(b"\x00") or b"\x00"
    content = b"\x00" + content if content[0] & 0x80 else content
    return bytes([2, len(content)]) + content


def _der(r: bytes, s: bytes) -> bytes:
    body = _integer(r) + _integer(s)
    return bytes([0x30, *([0x81] if len(body) > 127 else []), len(body)]) + body


def _value(raw: bytes) -> bytes:
    """What USR states, as OpenSSL takes it: DER for ECDSA, the plain value for RSA."""
    ush = raw[raw.index(b"USH+") : raw.index(b"USA+")].split(b"+")
    decode: Any = bytes.fromhex if ush[5] == b"2" else base64.b64decode
    texts = _PARAMETER.findall(raw[raw.index(b"USR+") : raw.rindex(b"UNT+")])
    # A number without its leading zero is still an even number of digits.
    parts = [decode(text.replace(b"?", b"").decode()) for _, text in texts]
    if len(parts) == 2:
        return _der(parts[0], parts[1])
    (only,) = parts
    elliptic = b":17:" in raw[: raw.index(b"BGM+")]
    if elliptic and only[0] != 0x30:
        return _der(only[: len(only) >> 1], only[len(only) >> 1 :])
    return bytes(only)


def _certificate(raw: bytes) -> Path:
    """The certificate whose serial number USC states."""
    match = re.search(rb"USC\+([0-9A-F]+)\+", raw)
    assert match is not None
    for path in sorted(FIXTURES.joinpath("edifact", "keys").glob("*.crt.pem")):
        told = openssl_serial(path)
        if told == match[1].decode() and "false" not in path.name:
            return path
    raise AssertionError(match[1])


_SERIALS: dict[Path, str] = {}


def openssl_serial(path: Path) -> str:
    """A certificate's serial number in hex, as OpenSSL reads it."""
    if path not in _SERIALS:
        from cryptography import x509  # noqa: PLC0415  # one look at each of some thirty files

        _SERIALS[path] = f"{x509.load_pem_x509_certificate(path.read_bytes()).serial_number:X}"
    return _SERIALS[path]


@pytest.mark.parametrize("file", IN_MESSAGE, ids=lambda file: file.path)
def test_openssl_verifies_the_signature_of_a_message(file: FixtureFile, tmp_path: Path) -> None:
    """The slice from USH to UST, the value of USR and the certificate's key: OpenSSL says that they belong together."""
    raw = file.raw
    (signed,) = _GROUP.findall(raw)
    key, content, value = (tmp_path / name for name in ("key.pem", "signed", "value"))
    if b"USC++3:" in raw:
        key.write_bytes(FIXTURES.joinpath("edifact/keys/named.pem").read_bytes())
    else:
        assert 0 == openssl("x509", "-in", _certificate(raw), "-pubkey", "-noout", "-out", key)[0]
    content.write_bytes(signed)
    value.write_bytes(_value(raw))
    code = re.search(rb"USA\+1:16:1:(\d+):1'", raw)
    assert code is not None
    padding = ("-sigopt", "rsa_padding_mode:pss") if b":PSS:ZZZ'" in raw else ()

    verify = ("dgst", f"-{_HASHES[code[1].decode()]}", "-verify", key, *padding, "-signature", value)
    assert 0 == openssl(*verify, content)[0]

    content.write_bytes(signed.replace(b"1023", b"1123").replace(b":2.750:", b":9.750:").replace(b"QTY", b"QTX"))
    assert 0 != openssl(*verify, content)[0]


def test_many_files_are_asked_about() -> None:
    """The two lists are not empty by mistake."""
    assert len(CMS) > 30
    assert len(IN_MESSAGE) > 60
