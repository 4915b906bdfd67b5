"""Certificates, anchors and signatures beside a file: what is read of them, and what is said of the signer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.catalogue import Language
from meter_sign.cli import UsageError, files_beside, main
from meter_sign.cli.judging import judging_parser, key_policy
from meter_sign.cli.verdict_json import to_json_line
from meter_sign.cli.verdict_text import to_text
from meter_sign.judgement import Judgement, KeyPolicy, Status, ValueJudgement, Verdict
from meter_sign.model import Beside, KeySource, SignerKind
from tests.support import autack
from tests.support.certificates import METER, authority, issued, spki
from tests.support.named_messages import message
from tests.support.ocmf import SESSION, spki_hex, value, xml
from tests.unit.meter_sign.edifact.cms_signing import content_info, octets, signer_info

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

ROOT = authority("root", 3)
SIGNER = issued("meter", METER, by=ROOT)
DETACHED = content_info(signer_info(), content=b"")
FILES = {
    "root.pem": ROOT.pem,
    "meter.pem": SIGNER.pem,
    "meter.der": SIGNER.der,
    "both.pem": ROOT.pem + SIGNER.pem,
    "key.hex": spki(METER).hex().encode(),
    "prose.txt": b"kWh",
    "one.edi": autack.direct(),
    "two.edi": autack.direct(reference=b"IC8"),
    "cut.edi": autack.direct()[:-20],
    "other.edi": autack.FILE,
    "empty": b"",
    "signature.p7s": DETACHED,
    "cut.p7s": DETACHED[:-20],
    "whole.p7m": content_info(signer_info(), content=octets(b"UNB")),
    "session.xml": xml(value(SESSION, key=spki_hex())),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with all the files, to work in."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def options(words: str) -> Namespace:
    """The options of a command that judges."""
    return judging_parser("verify", "Judge.").parse_args(words.split())


@pytest.mark.usefixtures("here")
def test_certificates_and_anchors_are_read() -> None:
    """PEM with one or several, and DER; one that is named twice counts once."""
    policy = key_policy(options("--certificate both.pem --certificate meter.der --trust-anchor root.pem"))
    assert ((ROOT.known, SIGNER.known), (ROOT.known,)) == (policy.certificates, policy.trust_anchors)


@pytest.mark.parametrize(("words", "expected"), [("", False), ("--allow-secp256k1", True)])
def test_secp256k1_is_an_option(words: str, *, expected: bool) -> None:
    """It counts only where somebody asks for it."""
    assert expected is key_policy(options(words)).allow_secp256k1


@pytest.mark.usefixtures("here")
def test_signatures_beside_are_read() -> None:
    """In the order in which they were named."""
    words = "--autack one.edi --autack two.edi --autack cut.edi --detached-signature signature.p7s"
    autacks = tuple(FILES[name] for name in ("one.edi", "two.edi", "cut.edi"))
    expected = Beside(autacks=autacks, detached_signatures=(DETACHED,))
    assert expected == files_beside.signatures_beside(options(words))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "words",
    [
        "--certificate missing.pem",
        "--certificate .",
        "--certificate key.hex",
        "--certificate prose.txt",
        "--trust-anchor prose.txt",
        "--autack missing.edi",
        "--detached-signature missing.p7s",
        "--autack one.edi " * (files_beside.MOST_FILES + 1),
    ],
)
@pytest.mark.parametrize("command", ["verify", "explain", "periods", "convert --to ocpi"])
def test_what_cannot_be_read_is_a_usage_error(words: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is judged without a file that was meant to count."""
    assert 1 == main([*command.split(), *words.split(), "session.xml"])
    assert "" == capsys.readouterr().out


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--autack empty", "it is empty"),
        ("--autack prose.txt", "neither UNA nor UNB"),
        ("--autack other.edi", "no AUTACK message is in it"),
        ("--autack signature.p7s", "neither UNA nor UNB"),
        ("--detached-signature empty", "it is empty"),
        ("--detached-signature prose.txt", "base64"),
        ("--detached-signature whole.p7m", "it holds what it signs"),
    ],
)
def test_file_beside_of_another_kind_is_a_usage_error(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The option and the file are named, and why it is none: a signature that is passed over would be missed."""
    assert 1 == main(["verify", *words.split(), "session.xml"])
    told = capsys.readouterr().err
    assert f"{words}: " in told
    assert said in told


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("words", ["--autack cut.edi", "--detached-signature cut.p7s"])
def test_what_is_cut_beside_a_file_is_judged_with_it(words: str) -> None:
    """It was a signature, so what it should sign is not well-formed: 2, and no mistake of the caller."""
    assert 2 == main(["verify", *words.split(), "other.edi"])


@pytest.mark.usefixtures("here")
def test_files_have_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of certificates that is larger than any is not read."""
    monkeypatch.setattr(files_beside, "CERTIFICATE_FILE_BYTES", 10)
    with pytest.raises(UsageError, match="cap"):
        key_policy(options("--certificate meter.pem"))


@pytest.mark.usefixtures("here")
def test_certificates_have_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many certificates are none of a market partner's."""
    monkeypatch.setattr(files_beside, "MOST_CERTIFICATES", 1)
    with pytest.raises(UsageError, match="at most 1"):
        key_policy(options("--certificate root.pem --certificate meter.pem"))


@pytest.mark.usefixtures("here")
def test_records_of_meter_formats_are_judged_as_before() -> None:
    """Certificates beside change nothing for them."""
    assert 0 == main(["verify", "--certificate", "meter.pem", "--trust-anchor", "root.pem", "session.xml"])


# What is said of the signer -----------------------------------------------------------------------------------------


def judgement(kind: SignerKind, status: Status = Status.VERIFIED, source: KeySource = KeySource.REGISTRY) -> Judgement:
    """A file with one value, signed by this kind of signer."""
    one = ValueJudgement(payload=message().payload, status=status, key_source=source, signer_kind=kind)
    verdict = Verdict.VALID if status is Status.VERIFIED else Verdict.INVALID
    return Judgement(verdict=verdict, values=(one,))


ENGLISH = {
    SignerKind.PARTY: "signed by a market party: proves origin, not the measurement",
    SignerKind.UNKNOWN: "nobody vouches that a meter signed it: proves no measurement",
}
GERMAN = {
    SignerKind.PARTY: "von einem Marktpartner signiert: beweist die Herkunft, nicht die Messung",
    SignerKind.UNKNOWN: "niemand bürgt dafür, dass ein Zähler signiert hat: beweist keine Messung",
}


@pytest.mark.parametrize(("language", "words"), [(Language.ENGLISH, ENGLISH), (Language.GERMAN, GERMAN)])
@pytest.mark.parametrize("kind", [SignerKind.PARTY, SignerKind.UNKNOWN])
def test_whoever_is_no_meter_never_looks_like_one(
    kind: SignerKind, language: Language, words: dict[SignerKind, str]
) -> None:
    """Beside the file's verdict and beside the value's status stands who signed."""
    verdict, one, *_ = to_text("file", judgement(kind), language).lower().splitlines()
    assert [True, True] == [words[kind].lower() in line for line in (verdict, one)]


@pytest.mark.parametrize("language", Language)
def test_meter_looks_as_it_always_did(language: Language) -> None:
    """Nothing is added to what a meter signed."""
    text = to_text("file", judgement(SignerKind.METER), language)
    assert not any(said in text for said in (*ENGLISH.values(), *GERMAN.values()))


def test_registered_party_is_not_called_a_meter() -> None:
    """Its key is registered for it, and for no meter."""
    text = to_text("file", judgement(SignerKind.PARTY), Language.ENGLISH)
    assert "registered for this party" in text
    assert "registered for this meter" not in text


def test_signer_of_what_is_not_verified_is_not_told() -> None:
    """Whose signature is wrong signed nothing."""
    text = to_text("file", judgement(SignerKind.UNKNOWN, Status.SIGNATURE_INVALID), Language.ENGLISH)
    assert ENGLISH[SignerKind.UNKNOWN] not in text


@pytest.mark.parametrize("kind", SignerKind)
def test_json_says_who_signed(kind: SignerKind) -> None:
    """In the contract's words."""
    assert f'"signer_kind": "{kind.value}"' in to_json_line("file", judgement(kind))


def test_policy_without_files_is_the_one_it_always_was() -> None:
    """No option, no certificate, no anchor."""
    policy: Any = key_policy(options(""))
    assert KeyPolicy() == replace(policy, require_registry=False)
