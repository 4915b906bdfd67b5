"""Any bytes give a verdict or one of our errors, and nothing that is not signed is ever verified."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from meter_sign import formats
from meter_sign.cli import main
from meter_sign.container import detect
from meter_sign.crypto.certificates import read_certificates
from meter_sign.errors import MeterSignError
from meter_sign.judgement import KeyPolicy, NamedKey, Status, Verdict, judge
from tests.support.fixture_files import FIXTURES
from tests.support.messages import (
    begin,
    cdr,
    encoded,
    event,
    log,
    sample,
    sample_2,
    signed_meter_value,
    signed_value,
    spki_base64,
    text,
)
from tests.support.ocmf import BEGIN_RECORD, END_RECORD, SESSION, sign_text, spki_hex, value, xml
from tests.support.records import KEY

AT = datetime(2026, 2, 1, tzinfo=UTC)
EDIFACT = FIXTURES / "edifact"
#: Files for --certificate and --trust-anchor.
SIGNERS = tuple(EDIFACT / "keys" / f"{name}.crt.pem" for name in ("meter", "party", "ec_party"))
ROOT = EDIFACT / "keys" / "root.crt.pem"
GIVEN = KeyPolicy(
    arguments=(NamedKey(name=None, text=spki_hex(KEY)),),
    certificates=tuple(one for path in SIGNERS for one in read_certificates(path.read_bytes())),
    trust_anchors=read_certificates(ROOT.read_bytes()),
)
#: EDIFACT with its signature in the message, in the same file, in CMS, in a mail, and in OCPI.
EDIFACT_SEEDS = tuple(
    EDIFACT.joinpath("valid", name).read_bytes()
    for name in (
        "p256_pair_hex.edi", "two_messages.edi", "profile.edi", "autack_same_file.edi",
        "autack_digest_same_file.edi", "cms_ec.p7m", "cms_ber.p7m", "smime_ec.eml", "smime_quoted.eml",
        "ocpi_start_and_end.json",
    )
)  # fmt: skip
SEEDS = (
    SESSION.encode(),
    SESSION.encode().hex().encode(),
    f"{BEGIN_RECORD}\n{END_RECORD}|{spki_hex(KEY)}".encode(),
    xml(
        value(BEGIN_RECORD, key=spki_hex(KEY), context="Transaction.Begin", transactionId="7"),
        value(END_RECORD, key=spki_hex(KEY), context="Transaction.End", transactionId="7"),
    ),
    text(cdr(signed_value(BEGIN_RECORD, "Start"), signed_value(END_RECORD, signed=END_RECORD))),
    log(
        begin(sample(json.dumps(signed_meter_value(encoded(BEGIN_RECORD), spki_base64())), "Transaction.Begin")),
        event("Ended", sample_2(encoded(END_RECORD), key=spki_base64())),
    ),
    *EDIFACT_SEEDS,
)
#: What is signed in them: of OCMF the payload sections, of EDIFACT what is verified in the files as they are.
SPANS = frozenset(text.split("|")[1].encode() for text in (SESSION, BEGIN_RECORD, END_RECORD)) | {
    one.record.signed_bytes for raw in EDIFACT_SEEDS for one in judge(raw, GIVEN, at=AT).values if one.record
}
SIGNED = SESSION.split("|")[1].encode()
START = len("OCMF|")

fast = settings(max_examples=150, deadline=None)


def changed(draw: st.DrawFn, raw: bytes) -> bytes:
    """The file with a few stretches replaced, removed or repeated."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 40)))
        middle = draw(st.one_of(st.binary(max_size=6), st.just(raw[start:end] * 2), st.sampled_from(SNIPPETS)))
        raw = raw[:start] + middle + raw[end:]
    return raw


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid file, damaged."""
    return changed(draw, draw(st.sampled_from(SEEDS)))


#: What attackers and broken exporters write.
SNIPPETS = (
    b"|", b'"', b"\\", b"{", b"}", b"NaN", b"null", b"1e999", b"\\ud800", b"\xff", b"\0", b"<!DOCTYPE a>", b"&x;",
    b"]]>", b"<value/>", b"OCMF|", b'"SD":1,', b'"RD":[],', b'"RV":"x",', b'"TM":"",', b'"PG":7,', b"\n", b"[[[[[[[[",
    b"'", b"?", b"?'", b"+", b":", b"*", b"\r\n", b"UNA:+.?*'", b"UNT+3+1'", b"UNZ+1+EIW0001'", b"UST+S1+6'",
    b"USH+1+S1+3'", b"USA+1:16:1:16:1'", b"LIN+2'", b"QTY+67:9'", b"\x30\x80", b"\x00\x00", b"\x04\x02", b"=0A",
    b'"signed_values":', b'"signed_data":"",', b'"format":"SignedData",', b'"nature":1,', b"\\u0000", b"[]", b"{},",
)  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
#: Payload objects with the real fields and any values in them.
payloads = st.dictionaries(
    st.sampled_from(["FV", "PG", "MS", "GS", "IS", "IL", "IF", "IT", "ID", "TT", "MV"]), json_values, max_size=6
)
readings = st.lists(
    st.dictionaries(
        st.sampled_from(["TM", "TX", "RV", "RI", "RU", "RT", "CL", "EF", "ST"]),
        json_values
        | st.sampled_from(["2024-03-01T08:00:00,000+0100 S", "B", "E", "kWh", "1-0:1.8.0", "G", "5", "1-0:1.8", "t"]),
        max_size=9,
    ),
    max_size=4,
)


def check_answer(raw: bytes) -> None:
    """Judge and hold what is true of every judgement."""
    judgement = judge(raw, GIVEN, at=AT)
    assert (judgement.verdict is Verdict.UNREADABLE) == (not judgement.values) == (judgement.error is not None)
    assert list(range(len(judgement.values))) == [one.payload.index for one in judgement.values]
    for one in judgement.values:
        assert (one.status is Status.VERIFIED) == (one.record is not None) == (not one.problems)
    for transaction in judgement.transactions:
        assert transaction.authentic or not transaction.billable


@fast
@given(st.binary(max_size=300))
def test_any_bytes_get_a_judgement(raw: bytes) -> None:
    """Bytes from anywhere are judged without an exception."""
    check_answer(raw)


@fast
@given(mutated())
def test_any_mutation_gets_a_judgement(raw: bytes) -> None:
    """A valid file, damaged in any way, is judged without an exception."""
    check_answer(raw)


@fast
@given(mutated())
def test_mutation_is_verified_only_where_the_signed_span_is_untouched(raw: bytes) -> None:
    """Whatever is changed around it: what verifies is a span that the meter signed."""
    for one in judge(raw, GIVEN, at=AT).values:
        assert one.record is None or (one.parsed is not None and one.parsed.signed_bytes in SPANS)


@fast
@given(mutated())
def test_stages_raise_only_our_errors(raw: bytes) -> None:
    """Each stage alone gives its type or a MeterSignError."""
    with contextlib.suppress(MeterSignError):
        for payload in detect(raw):
            with contextlib.suppress(MeterSignError):
                formats.parse(payload)


@fast
@given(payloads, readings)
def test_any_signed_content_gets_a_judgement(payload: dict[str, object], rows: list[object]) -> None:
    """A meter may sign anything: its record is judged without an exception, and twice alike."""
    usual = {"FV": "1.0", "PG": "T1", "MS": "M1", "IS": True, "IT": "NONE"}
    text = sign_text(json.dumps({**usual, **payload, "RD": rows}))
    check_answer(text.encode())
    assert judge(text.encode(), GIVEN, at=AT).verdict is judge(text.encode(), GIVEN, at=AT).verdict


@fast
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_flipped_byte_in_the_signed_span_never_verifies(offset: int, flip: int) -> None:
    """Not one bit of what was signed can change."""
    raw = bytearray(SEEDS[0])
    raw[START + offset] ^= flip
    assert all(one.record is None for one in judge(bytes(raw), GIVEN, at=AT).values)


@fast
@given(st.binary(max_size=80))
def test_any_signature_bytes_never_verify(signature: bytes) -> None:
    """A signature that was not made by the key does not hold."""
    text = sign_text(SIGNED.decode(), sd=signature.hex())
    (only,) = judge(text.encode(), GIVEN, at=AT).values
    assert only.record is None


def run(raw: bytes, *options: str) -> tuple[int, str]:
    """The command line on standard input, and what it printed."""
    out, usual = io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(raw))
    try:
        with contextlib.redirect_stdout(out):
            return main(["verify", *options, "-"]), out.getvalue()
    finally:
        sys.stdin = usual


@pytest.mark.parametrize("options", [("--json",), ("--language", "de"), ("--strict", "--json")])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.one_of(st.binary(max_size=200), mutated()))
def test_command_line_never_breaks(options: tuple[str, ...], raw: bytes) -> None:
    """Any bytes give an exit status of the contract and an output, never a traceback."""
    status, shown = run(raw, *options)
    assert status in {0, 2, 3, 4}
    if "--json" in options:
        verdict = {0: "valid", 2: "invalid", 3: "unreadable", 4: "unverified"}[status]
        assert verdict == json.loads(shown)["verdict"]


@fast
@given(mutated())
def test_without_a_key_nothing_is_green(raw: bytes) -> None:
    """A file whose values bring no key is never verified and never exit 0."""
    parsed = [one.parsed for one in judge(raw, KeyPolicy(), at=AT).values if one.parsed]
    assume(all(one.payload.container_key is None and one.embedded_key is None for one in parsed))
    status, _ = run(raw, "--json")
    assert 0 != status
