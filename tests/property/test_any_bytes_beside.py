"""Any bytes as the signature that lies beside a file, and as the file: a judgement, and no other message verified."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign.judgement import Status, judge
from meter_sign.model import Beside
from tests.property.test_any_bytes import AT, EDIFACT, GIVEN, ROOT, SIGNERS, changed
from tests.property.test_any_bytes_commands import run

_KEYS = (*(word for path in SIGNERS for word in ("--certificate", str(path))), "--trust-anchor", str(ROOT))
AUTACK, DETACHED = "--autack", "--detached-signature"
#: Files of EDIFACT, what lies beside each, and the option that names it.
PAIRS = tuple(
    (EDIFACT.joinpath("valid", f"{name}.edi").read_bytes(), EDIFACT.joinpath("valid", beside).read_bytes(), option)
    for name, beside, option in (
        ("autack_direct", "autack_direct.autack.edi", AUTACK),
        ("autack_digest", "autack_digest.autack.edi", AUTACK),
        ("autack_by_message", "autack_by_message.autack.edi", AUTACK),
        ("autack_of_signed", "autack_of_signed.autack.edi", AUTACK),
        ("detached", "detached.p7s", DETACHED),
    )
)


def beside_of(signature: bytes, option: str) -> Beside:
    """The signature as the command hands it on."""
    return Beside(autacks=(signature,)) if option == AUTACK else Beside(detached_signatures=(signature,))


SPANS = frozenset(
    one.record.signed_bytes
    for raw, signature, option in PAIRS
    for one in judge(raw, GIVEN, at=AT, beside=beside_of(signature, option)).values
    if one.record
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, bytes, str]:
    """A file with its signature, one of the two damaged or made up."""
    raw, signature, option = draw(st.sampled_from(PAIRS))
    if draw(st.booleans()):
        return changed(draw, raw), signature, option
    return raw, draw(st.one_of(st.binary(max_size=200), st.just(changed(draw, signature)))), option


def test_the_files_are_verified_as_they_are() -> None:
    """Otherwise damage would show nothing."""
    assert len(SPANS) >= len(PAIRS) - 1


@settings(max_examples=300, deadline=None)
@given(damaged())
def test_whatever_lies_beside_only_what_was_signed_is_verified(case: tuple[bytes, bytes, str]) -> None:
    """A judgement comes out, and every verified message is one of those that were signed."""
    raw, signature, option = case
    for value in judge(raw, GIVEN, at=AT, beside=beside_of(signature, option)).values:
        assert (value.status is Status.VERIFIED) == (value.record is not None) == (not value.problems)
        assert value.record is None or value.record.signed_bytes in SPANS


@pytest.mark.parametrize(
    "words", [("verify", "--json"), ("verify",), ("explain",), ("periods", "--json")], ids=" ".join
)
@settings(max_examples=60, deadline=None)
@given(damaged())
def test_a_command_never_breaks(words: tuple[str, ...], case: tuple[bytes, bytes, str]) -> None:
    """An exit status of the contract and never a traceback; 1 for what is no longer of the option's kind."""
    raw, signature, option = case
    with TemporaryDirectory() as folder:
        path = Path(folder, "beside")
        path.write_bytes(signature)
        status, _ = run(raw, *words, *_KEYS, option, str(path))
    assert status in {0, 1, 2, 3, 4}
