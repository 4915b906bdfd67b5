"""Alfen and PCDF: any bytes give a record or one of our errors, and not one bit of what was signed can change."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign import formats
from meter_sign.catalogue import Language
from meter_sign.cli.verdict_json import to_json_line
from meter_sign.cli.verdict_text import to_text
from meter_sign.errors import MeterSignError
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, Status, Verdict, judge
from meter_sign.model import PayloadFormat, SignedPayload
from tests.support import alfen, pcdf
from tests.support.ocmf import spki_hex

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 1, 1, tzinfo=UTC)
fast = settings(max_examples=150, deadline=None)


class Line(NamedTuple):
    """A line of a format, taken apart."""

    format: PayloadFormat
    signed: bytes
    signature: bytes
    key: bytes
    #: Writes a line of the three.
    write: Callable[[bytes, bytes, bytes], bytes]
    true_key: KeyPolicy


def _given(key: object) -> KeyPolicy:
    return KeyPolicy(arguments=(NamedKey(name=None, text=spki_hex(key)),))  # type: ignore[arg-type]


def _write_alfen(signed: bytes, signature: bytes, key: bytes) -> bytes:
    return f"AP;0;3;{alfen.base32(key)};{alfen.base32(signed)};{alfen.base32(signature)};".encode()


_PCDF_SIGNED = pcdf.signed_part().encode()


def _write_pcdf(signed: bytes, signature: bytes, _: bytes) -> bytes:
    return signed + b"(SG:" + signature.hex().encode() + b")"


LINES = (
    Line(
        PayloadFormat.ALFEN, alfen.block(), alfen.sign(alfen.block()), alfen.compressed(), _write_alfen,
        _given(alfen.KEY),
    ),
    Line(
        PayloadFormat.PCDF, _PCDF_SIGNED, bytes.fromhex(pcdf.line().split("(SG:")[1][:-1]),
        bytes.fromhex(pcdf.point()), _write_pcdf, _given(pcdf.KEY),
    ),
)  # fmt: skip
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: line.format)


def flipped(octets: bytes, bit: int) -> bytes:
    """The same bytes with one bit the other way round."""
    return (int.from_bytes(octets, "big") ^ (1 << bit)).to_bytes(len(octets), "big")


def verified(raw: bytes, keys: KeyPolicy) -> list[bool]:
    """Whether each value of a file verifies; every output is written, so that none of them breaks."""
    judgement = judge(raw, keys, at=AT)
    shown(judgement)
    return [one.record is not None for one in judgement.values]


def shown(judgement: Judgement) -> None:
    """Write a judgement in every form."""
    to_json_line("file", judgement)
    for language in Language:
        to_text("file", judgement, language)


@each_line
def test_line_verifies_before_it_is_attacked(line: Line) -> None:
    """The attacks below start from a line that verifies with the true key."""
    assert [True] == verified(line.write(line.signed, line.signature, line.key), line.true_key)


@each_line
@pytest.mark.parametrize("part", ["signed", "signature"])
def test_no_bit_can_be_flipped(line: Line, part: str) -> None:
    """With any one bit of the signed bytes or of the signature flipped, nothing verifies (every bit)."""
    for bit in range(8 * len(getattr(line, part))):
        changed = line._replace(**{part: flipped(getattr(line, part), bit)})
        raw = changed.write(changed.signed, changed.signature, changed.key)
        assert True not in verified(raw, line.true_key), bit


@each_line
def test_no_other_key_verifies(line: Line) -> None:
    """With any one bit of the key flipped, in the line or beside it, nothing verifies (every bit)."""
    raw = line.write(line.signed, line.signature, b"")
    for bit in range(8 * len(line.key)):
        other = KeyPolicy(arguments=(NamedKey(name=None, text=flipped(line.key, bit).hex()),))
        assert True not in verified(raw, other), bit


def test_flipped_key_in_an_alfen_line_does_not_verify() -> None:
    """The key that stands in the line is not signed; another one does not fit the signature (every bit)."""
    line = LINES[0]
    for bit in range(8 * len(line.key)):
        assert True not in verified(line.write(line.signed, line.signature, flipped(line.key, bit)), KeyPolicy()), bit


@fast
@given(st.sampled_from([PayloadFormat.ALFEN, PayloadFormat.PCDF]), st.binary(max_size=200))
def test_any_bytes_are_a_record_or_our_error(format_: PayloadFormat, raw: bytes) -> None:
    """A parser gives its type or a MeterSignError, also for bytes that only begin like a record."""
    for head in (b"", b"AP;", b"AP;0;3;", b"128.8.0", b"128.8.0(ST:", b"\x02128.8.0("):
        with contextlib.suppress(MeterSignError):
            formats.parse(SignedPayload(format=format_, index=0, raw=head + raw))


SEEDS = (
    alfen.begin().encode(),
    f"{alfen.begin()}\n{alfen.end()}\n".encode(),
    pcdf.line().encode(),
    f"\x02{pcdf.line()}\x03\r\n{alfen.end()}".encode(),
)
SIGNED = {alfen.block(), alfen.block(**alfen.END), _PCDF_SIGNED}
SNIPPETS = (b";", b";;", b"=", b"AP;", b"\n", b" ", b"(", b")", b":", b"(SG:", b"(RV:", b"128.8.0", b"\0", b"\xff")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Valid lines with a few stretches replaced, removed or repeated."""
    raw = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 40)))
        raw = raw[:start] + draw(st.one_of(st.binary(max_size=6), st.sampled_from(SNIPPETS))) + raw[end:]
    return raw


@fast
@given(mutated(), st.sampled_from(LINES))
def test_what_verifies_was_signed(raw: bytes, line: Line) -> None:
    """Whatever is changed around it: what verifies is a span that the meter signed."""
    judgement = judge(raw, line.true_key, at=AT)
    shown(judgement)
    for one in judgement.values:
        assert one.record is None or (one.parsed is not None and one.parsed.signed_bytes in SIGNED)


@fast
@given(st.binary(min_size=82, max_size=82), st.sampled_from("012"))
def test_any_signed_block_gets_a_judgement(signed: bytes, type_: str) -> None:
    """An adapter may sign any 82 bytes: they are judged without an exception, and never beyond what was signed."""
    raw = alfen.frame(signed, alfen.sign(signed), type_=type_).encode()
    judgement = judge(raw, KeyPolicy(), at=AT)
    shown(judgement)
    assert judgement.values[0].status in {Status.VERIFIED, Status.CONTENT_INVALID}
    assert not judgement.billable


fields = st.dictionaries(
    st.sampled_from(["ST", "CT", "CD", "TV", "BV", "CSC", "SP", "RV", "SI", "CS", "HW"]),
    st.text(st.characters(codec="ascii", exclude_characters="():", exclude_categories=["Cc"]), max_size=14),
    max_size=3,
)


@fast
@given(fields)
def test_any_signed_fields_get_a_judgement(changes: dict[str, str]) -> None:
    """A meter may sign any texts: they are judged without an exception."""
    judgement = judge(pcdf.line(**changes).encode(), KeyPolicy(), at=AT)
    shown(judgement)
    assert judgement.values[0].status in {Status.VERIFIED, Status.CONTENT_INVALID}


@pytest.mark.parametrize(("first", "second"), list(product(SEEDS, repeat=2)))
def test_lines_of_both_formats_stand_in_one_file(first: bytes, second: bytes) -> None:
    """Each line is a value of its own format; nothing is lost between them."""
    judgement = judge(first + b"\n" + second, KeyPolicy(), at=AT)
    assert Verdict.VALID is judgement.verdict
    assert sum(seed.count(b"AP;") + seed.count(b"128.8.0") for seed in (first, second)) == len(judgement.values)
