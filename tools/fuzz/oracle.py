"""What must hold of every judgement, whatever came in: the promises of contracts.md, section 1.

1. No exception leaves `judge`, and what it says can be printed, as JSON and for people.
2. What is verified are bytes that were signed: those of the fixtures, or those that the caller has signed itself.
   Where a signature is of a digest (CMS, AUTACK), the text of that digest counts as signed.
3. What may be billed is authentic, and its energy a number that is not negative.

That the time for an input is bounded is left to who calls: the fuzzer and the replaying test both have a clock.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from hashlib import new
from typing import TYPE_CHECKING

from meter_sign.catalogue import Language
from meter_sign.cli.verdict_json import to_json_line
from meter_sign.cli.verdict_text import to_text
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, Status, Verdict, judge
from meter_sign.model import NOTHING_BESIDE, HashAlgorithm
from tools.fixtures.meter_keys import take_signed
from tools.make_fixtures import FIXTURES, all_cases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meter_sign.judgement import ValueJudgement
    from meter_sign.model import Beside, NamedSignature

AT = datetime(2026, 2, 1, tzinfo=UTC)
#: Of hashes that may verify.
_HASHES = {HashAlgorithm.SHA_256: "sha256", HashAlgorithm.SHA_384: "sha384", HashAlgorithm.SHA_512: "sha512"}


class BrokenPromiseError(Exception):
    """A judgement that must not be."""


@cache
def policy() -> KeyPolicy:
    """Keys for every format: a record without a key beside or inside it is judged with one of these."""
    names = ("secp256r1.pem", "edl_secp192r1.xy.hex", "edl_secp256r1.xy.hex", "isa_secp256r1.xy.hex")
    texts = (FIXTURES.joinpath("keys", name).read_bytes() for name in names)
    return KeyPolicy(arguments=tuple(NamedKey(name=None, text=text) for text in texts))


@cache
def known_signed() -> frozenset[bytes]:
    """Everything that the fixtures' keys sign, also where a fixture shows it changed: a fuzzer changes it back."""
    all_cases()
    return take_signed()


@cache
def _known_digests(algorithm: HashAlgorithm) -> frozenset[bytes]:
    return frozenset(_digests(known_signed(), algorithm))


@cache
def _known_text() -> bytes:
    return b"\0".join(_without_breaks(one) for one in known_signed())


def check(
    raw: bytes,
    *,
    signed: frozenset[bytes] = frozenset(),
    keys: KeyPolicy | None = None,
    beside: Beside = NOTHING_BESIDE,
) -> Judgement:
    """Judge and hold every promise.

    Args:
        raw: any bytes.
        signed: what was signed besides that of the fixtures.
        keys: which keys count, instead of those of `policy`.
        beside: signatures in other files.

    Returns:
        The judgement.

    Raises:
        BrokenPromiseError: a promise does not hold.
    """
    judgement = judge(raw, policy() if keys is None else keys, at=AT, beside=beside)
    _check_shape(judgement)
    _check_verified(judgement, signed)
    _check_billable(judgement)
    _check_output(judgement)
    return judgement


def _require(holds: bool, promise: str) -> None:  # noqa: FBT001 - reads as a sentence at the call
    if not holds:
        raise BrokenPromiseError(promise)


def _check_shape(judgement: Judgement) -> None:
    unreadable = judgement.verdict is Verdict.UNREADABLE
    _require(unreadable == (not judgement.values), "unreadable means that there is no value")
    _require(unreadable == (judgement.error is not None), "unreadable has a reason")
    indexes = [value.payload.index for value in judgement.values]
    _require(indexes == list(range(len(indexes))), "values are numbered in document order")


def _check_verified(judgement: Judgement, signed: frozenset[bytes]) -> None:
    for value in judgement.values:
        verified = value.status is Status.VERIFIED
        _require(verified == (value.record is not None), "a verified value has a record, and no other has")
        _require(verified == (not value.problems), "a verified value has no problem, every other has one")
        if value.parsed is not None and value.parsed.named is not None:
            _check_named(value, value.parsed.named.signatures, signed)
        elif value.record is not None:
            spans = value.parsed.spans if value.parsed else ()
            known = known_signed() | signed
            _require(bool(spans) and all(span.signed_bytes in known for span in spans), "what is verified was signed")


def _check_named(value: ValueJudgement, signatures: Iterable[NamedSignature], signed: frozenset[bytes]) -> None:
    """A message is part of what was signed, and each signature is over something that was."""
    if value.record is None:
        return
    _require(bool(signatures), "what is verified has a signature")
    for one in signatures:
        known = _known_digests(one.hash).union(_digests(signed, one.hash))
        _require(any(digest in known for digest, _ in one.signed), "each signature is over what was signed")
    message = _without_breaks(value.record.signed_bytes)
    _require(message.startswith((b"UNH", b"USH")), "what is verified is a message or its signed part")
    texts = (_known_text(), *(_without_breaks(one) for one in signed))
    _require(any(message in text for text in texts), "a message that is verified was signed")


def _digests(texts: Iterable[bytes], algorithm: HashAlgorithm) -> Iterable[bytes]:
    _require(algorithm in _HASHES, "what is verified was hashed by what is not weak")
    return (new(_HASHES[algorithm], text).digest() for text in texts)


def _without_breaks(text: bytes) -> bytes:
    # That line breaks are only left out between segments is told by the digests.
    return text.translate(None, b"\r\n")


def _check_billable(judgement: Judgement) -> None:
    for one in judgement.transactions:
        if one.billable:
            energy = one.transaction.energy_kwh
            _require(one.authentic, "what is billed is authentic")
            _require(energy is not None and energy.is_finite() and energy >= 0, "what is billed is an energy")


def _check_output(judgement: Judgement) -> None:
    json.loads(to_json_line("input", judgement))
    for language in Language:
        to_text("input", judgement, language)
