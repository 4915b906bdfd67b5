"""`python -m tools.sign_mscons`: what it signs for demonstrations is judged as it was meant, under the registry."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from meter_sign.cli.key_file import read_registry
from meter_sign.crypto.certificates import read_certificates
from meter_sign.judgement import KeyPolicy, Status, judge
from meter_sign.model import SignerKind
from tests.support.fixture_files import AT, FIXTURES
from tools import sign_mscons

if TYPE_CHECKING:
    from pathlib import Path

    from meter_sign.judgement import Judgement

#: RSA-2048 and P-256 of the meter; only the second is registered.
SIGNED = sorted(set(sign_mscons.FORMS) - {"unsigned"})


def _judged(tmp_path: Path, *words: str) -> Judgement:
    target = tmp_path / "signed"
    assert 0 == sign_mscons.main([*words, "--out", str(target)])
    certificates = read_certificates(FIXTURES.joinpath("edifact/keys/rsa2048.crt.pem").read_bytes())
    anchors = read_certificates(FIXTURES.joinpath("edifact/keys/root.crt.pem").read_bytes())
    policy = KeyPolicy(
        registry=read_registry(str(FIXTURES / "registry/keys.toml")), certificates=certificates, trust_anchors=anchors
    )
    return judge(target.read_bytes(), policy, at=AT)


@pytest.mark.parametrize("form", SIGNED)
def test_meter_signs_and_the_session_is_billable(form: str, tmp_path: Path) -> None:
    """Every form, signed with the registered key: verified, 29.500 kWh, billable."""
    judgement = _judged(tmp_path, form, "--end", "1030.000")
    (value,), (transaction,) = judgement.values, judgement.transactions
    assert (Status.VERIFIED, SignerKind.METER) == (value.status, value.signer_kind)
    assert (True, Decimal("29.500")) == (transaction.billable, transaction.transaction.energy_kwh)


@pytest.mark.parametrize("form", SIGNED)
def test_party_signs_and_nothing_is_billable(form: str, tmp_path: Path) -> None:
    """Every form, signed by a market party: verified as a party's word, and billed to nobody."""
    judgement = _judged(tmp_path, form, "--party")
    (value,), (transaction,) = judgement.values, judgement.transactions
    assert (Status.VERIFIED, SignerKind.PARTY) == (value.status, value.signer_kind)
    assert not transaction.billable


@pytest.mark.parametrize("form", SIGNED)
def test_rsa_is_verified(form: str, tmp_path: Path) -> None:
    """Every form, signed with RSA-2048 and SHA-512."""
    (value,) = _judged(tmp_path, form, "--rsa", "--hash", "sha512").values
    assert Status.VERIFIED == value.status


def test_what_is_not_signed_is_unsigned(tmp_path: Path) -> None:
    """The same message without any signature."""
    (value,) = _judged(tmp_path, "unsigned").values
    assert Status.UNSIGNED == value.status


def test_body_comes_from_a_file(tmp_path: Path) -> None:
    """Segments from a file, one a line, are what is signed."""
    body = tmp_path / "body"
    body.write_text(
        "BGM+7+D1+9'\nDTM+137:202601151200?+00:303'\nUNS+D'\nNAD+DP'\nLOC+172+X'\nRFF+MG:1EIW0000000017'\n"
        "LIN+1'\nPIA+5+1-0?:1.8.0:SRW'\nQTY+220:5.000:KWH'\nDTM+9:202601150900?+00:303'\n",
        encoding="latin-1",
    )
    (value,) = _judged(tmp_path, "in-message", "--body", str(body)).values
    assert value.record is not None
    assert [Decimal("5.000")] == [one.value_kwh for one in value.record.content.readings]


def test_missing_body_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, with the file's name."""
    assert 1 == sign_mscons.main(["in-message", "--body", str(tmp_path / "missing")])
    assert "missing: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        "unsigned --rsa",
        "cms --scope 2",
        "smime --filter 7",
        "autack --syntax 3",
        "smime-opaque --form der",
        "in-message --party --rsa",
        "in-message --party --filter 2",
        "in-message --rsa --form der",
        "in-message --body x --end 1",
    ],
)
def test_option_without_a_meaning_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It would be passed over without a word."""
    with pytest.raises(SystemExit):
        sign_mscons.main(words.split())
    assert "error: --" in capsys.readouterr().err
