"""ALFEN: which lines form a transaction, what may be billed of it, which keys count, and what attackers try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from meter_sign import evidence_periods
from meter_sign.codes import Code, Severity
from meter_sign.crypto.keys import decode_public_key
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, Status, TransactionJudgement, Verdict, judge
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import KeySource, Place
from meter_sign.registry import KeyRegistry, MeterKey
from meter_sign.timestamps import BillableTime
from tests.support.alfen import (
    END,
    INTERMEDIATE,
    KEY,
    METER,
    OTHER_KEY,
    START,
    STOP,
    Signer,
    base32,
    begin,
    block,
    compressed,
    end,
    frame,
    line,
    sign,
)
from tests.support.ocmf import spki_hex, value, xml

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def judged(*lines: str, keys: KeyPolicy | None = None, **options: Any) -> Judgement:
    """Judge a text file of these lines."""
    return judge("\n".join(lines).encode(), keys or KeyPolicy(), at=AT, **options)


def transaction(*lines: str, **options: Any) -> TransactionJudgement:
    """The only transaction of a text file."""
    (only,) = judged(*lines, **options).transactions
    return only


def contained(*lines: str, contexts: tuple[str | None, ...] = ("Transaction.Begin", "Transaction.End")) -> bytes:
    """A transparency file that puts these lines under one transaction id."""
    return xml(*(value(one, context=context, transactionId="7") for one, context in zip(lines, contexts, strict=True)))


def errors(judgement: TransactionJudgement) -> set[Code]:
    return {one.code for one in judgement.transaction.findings if one.severity is Severity.ERROR}


# Good transactions ---------------------------------------------------------------------------------------------------

GOOD: dict[str, tuple[str, ...]] = {
    "start and stop": (begin(), end()),
    "stop first": (end(), begin()),
    "with an intermediate": (
        begin(),
        line(type_="2", **(END | {"status": INTERMEDIATE, "value": 105_000, "paging": 172})),
        end(paging=173),
    ),
    "no command signed: the count decides": (begin(status=0), end(status=0)),
    "no command signed, in another order": (end(status=0), begin(status=0)),
    "command signed at one end only": (begin(), end(status=0)),
    "harmless bits": (begin(status=START | 0b1111 << 8 | 1), end(status=STOP | 1 << 9)),
    "another scaler at the end": (begin(value=10_000_000, scaler=-2), end(value=110_500)),
    "user assigned at the end only": (begin(uid=b""), end()),
}


@pytest.mark.parametrize("name", GOOD)
def test_lines_of_one_session_are_billable(name: str) -> None:
    """Two lines of one session of one meter bill the exact signed difference."""
    only = transaction(*GOOD[name])
    assert (set(), True, Decimal("10.5")) == (errors(only), only.billable, only.transaction.energy_kwh)
    assert (f"{METER}/87", "1-0:1.8.0") == (only.transaction.transaction_id, str(only.transaction.register))


@pytest.mark.parametrize("encoded", [str, lambda text: text.encode().hex(), lambda text: base32(text.encode())])
def test_line_is_read_in_every_text_encoding(encoded: Any) -> None:
    """One line alone may come as it is, in hex or in base32."""
    (only,) = judge(encoded(begin()).encode(), KeyPolicy(), at=AT).values
    assert (Status.VERIFIED, "ALFEN") == (only.status, only.payload.format)


def test_container_of_the_official_tool() -> None:
    """In a transparency file the container's id names the transaction."""
    (only,) = judge(contained(begin(), end()), KeyPolicy(), at=AT).transactions
    assert ("7", True, True) == (only.transaction.transaction_id, only.billable, only.transparenzsoftware.would_verify)


def test_places_are_those_of_the_signed_commands() -> None:
    """Whatever the order of delivery, records stand in the meter's own."""
    places = transaction(*GOOD["stop first"]).transaction.places
    assert (Place.BEGIN, Place.END) == places


def test_sessions_of_two_meters_stay_apart() -> None:
    """Two meters count their sessions each for itself: one number never joins their lines."""
    other = {"meter_id": bytes.fromhex("0a0145574b0033000141"), "key": OTHER_KEY}
    judgement = judged(begin(), begin(**other), end(**other), end())
    assert [(True, (0, 3)), (True, (1, 2))] == [(one.billable, one.indexes) for one in judgement.transactions]


def test_time_is_never_billable() -> None:
    """Nobody vouches for the clock: energy is billed, time is not."""
    assert BillableTime.NONE is transaction(begin(), end()).transaction.billable_time


def test_failed_clock_still_bills_energy_over_the_whole_session() -> None:
    """Readings of such a clock lie where the operator received them; no energy is lost."""
    charged = transaction(begin(status=START | 1), end(status=STOP | 1)).transaction
    received = {charged.records[0].signed_sha256: AT, charged.records[1].signed_sha256: AT + HOUR}
    outcome = evidence_periods(charged, starts_at=AT, ends_at=AT + HOUR, states=(), received_at=received)
    assert [(AT, AT + HOUR, Decimal("10.5"))] == [
        (one.starts_at, one.ends_at, one.energy_kwh) for one in outcome.periods
    ]


# What is authentic and not billable ----------------------------------------------------------------------------------

NOT_BILLABLE: dict[str, tuple[tuple[str, ...], set[Code]]] = {
    "only a start": ((begin(),), {Code.TRANSACTION_INCOMPLETE}),
    "only a stop": ((end(),), {Code.TRANSACTION_INCOMPLETE}),
    "only a line without a command": ((end(status=0),), {Code.TRANSACTION_INCOMPLETE}),
    "two starts": ((begin(), begin(paging=172)), {Code.TRANSACTION_INCOMPLETE, Code.BEGIN_AMBIGUOUS}),
    "start and intermediate": (
        (begin(), line(type_="2", **(END | {"status": INTERMEDIATE}))), {Code.TRANSACTION_INCOMPLETE},
    ),
    "two commands at once": ((begin(status=START | STOP), end()), {
        Code.QUALIFIER_UNKNOWN, Code.TRANSACTION_INCOMPLETE, Code.CONTEXT_CONTRADICTS,
    }),
    "the same line twice": ((begin(), begin(), end()), {
        Code.DUPLICATE_RECORD, Code.PAGINATION_REPEATS, Code.BEGIN_AMBIGUOUS,
    }),
    "value falls": ((begin(), end(value=99_999)), {Code.ENERGY_DECREASES}),
    "time falls": ((begin(), end(time=1_709_279_999)), {Code.BEGIN_AFTER_END}),
    "one number twice": ((begin(), end(paging=171)), {Code.PAGINATION_REPEATS}),
    "numbers run backwards": ((begin(paging=173), end()), {Code.PAGINATION_REPEATS}),
    "another user": ((begin(), end(uid=b"00000000000000")), {Code.IDENTIFICATION_DIFFERS}),
    "another adapter": ((begin(), end(adapter_id=b"\x0a\x0eEWK\0\0\0\0\x12")), {Code.METER_DIFFERS}),
    "another key": ((begin(), end(key=OTHER_KEY)), {Code.KEY_DIFFERS}),
    "another register": ((begin(), end(obis=bytes.fromhex("0100010801ff"))), {Code.REGISTER_DIFFERS}),
    "export": (
        (begin(obis=bytes.fromhex("0100020800ff")), end(obis=bytes.fromhex("0100020800ff"))),
        {Code.REGISTER_NOT_BILLABLE},
    ),
    "no energy": ((begin(unit=27), end(unit=27)), {Code.UNIT_NOT_ENERGY}),
    "no energy at the end": ((begin(), end(unit=255)), {Code.UNIT_NOT_ENERGY}),
    "no meter": (
        tuple(one(meter_id=bytes(10), adapter_id=bytes(10)) for one in (begin, end)), {Code.METER_DIFFERS},
    ),
    **{
        f"status bit {bit} at the {name}": ((begin(**at_begin), end(**at_end)), {Code.METER_STATUS_NOT_GOOD})
        for bit in (1, 2, 16, 26, 30, 31, 3, 20)
        for name, at_begin, at_end in (
            ("begin", {"status": START | 1 << bit}, {}),
            ("end", {}, {"status": STOP | 1 << bit}),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_BILLABLE)
def test_authentic_lines_that_may_not_be_billed(name: str) -> None:
    """Each line verifies, and the transaction shows why it is not billed."""
    lines, expected = NOT_BILLABLE[name]
    judgement = judged(*lines)
    assert {Status.VERIFIED} == {one.status for one in judgement.values}
    (only,) = judgement.transactions
    assert (expected, False) == (errors(only), only.billable)


def test_gap_in_the_count_is_told_and_billed() -> None:
    """Another outlet may share the adapter's count."""
    only = transaction(begin(), end(paging=175))
    assert only.billable
    assert Code.PAGINATION_GAP in {one.code for one in only.transaction.findings}


# The unsigned type ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [(START, STOP), (0, 0)])
@pytest.mark.parametrize(("first", "second"), [("1", "0"), ("0", "0"), ("1", "1"), ("2", "1"), ("0", "2"), ("2", "2")])
def test_changed_type_moves_nothing_and_is_seen(status: tuple[int, int], first: str, second: str) -> None:
    """Whoever relabels a line changes neither the readings nor their order, and stops the billing."""
    only = transaction(begin(type_=first, status=status[0]), end(type_=second, status=status[1]))
    assert ({Code.CONTEXT_CONTRADICTS}, False) == (errors(only), only.billable)
    assert Decimal("10.5") == only.transaction.energy_kwh


def test_intermediate_does_not_become_the_end_by_its_type() -> None:
    """A driver who hides the stop and relabels an intermediate pays nothing less: the command is signed."""
    relabelled = line(type_="1", **(END | {"status": INTERMEDIATE, "value": 101_000}))
    only = transaction(begin(), relabelled)
    assert ({Code.TRANSACTION_INCOMPLETE, Code.CONTEXT_CONTRADICTS}, None) == (
        errors(only), only.transaction.energy_kwh,
    )  # fmt: skip


def test_container_that_calls_a_stop_a_begin_is_seen() -> None:
    """What the container says is no more signed than the type."""
    (only,) = judge(
        contained(begin(), end(), contexts=("Transaction.End", "Transaction.Begin")), KeyPolicy(), at=AT
    ).transactions
    assert Code.CONTEXT_CONTRADICTS in errors(only)


# Attacks -------------------------------------------------------------------------------------------------------------


def test_records_of_two_sessions_in_one_container_are_no_transaction() -> None:
    """A start of one session and the stop of a later one hold other people's energy."""
    (only,) = judge(contained(begin(), end(session=88)), KeyPolicy(), at=AT).transactions
    assert ({Code.TRANSACTION_ID_DIFFERS}, False) == (errors(only), only.billable)


def test_records_of_two_meters_in_one_container_are_no_transaction() -> None:
    """Neither are records of two meters that count the same session number."""
    foreign = end(meter_id=bytes.fromhex("0a0145574b0033000141"))
    (only,) = judge(contained(begin(), foreign), KeyPolicy(), at=AT).transactions
    assert {Code.TRANSACTION_ID_DIFFERS, Code.METER_DIFFERS} == errors(only)


FIRST, SECOND = block(), block(**END)


@pytest.mark.parametrize(
    "text",
    [
        frame(SECOND, sign(FIRST)),
        frame(FIRST, sign(SECOND)),
        frame(FIRST, sign(FIRST)[24:] + sign(FIRST)[:24]),
        frame(FIRST, bytes(48)),
        frame(FIRST, b"\xff" * 48),
        frame(FIRST, sign(FIRST)[:47]),
        frame(FIRST, sign(FIRST) + b"\0"),
        frame(FIRST, sign(FIRST), key=OTHER_KEY),
        frame(FIRST, sign(FIRST, OTHER_KEY)),
    ],
    ids=["block swapped", "signature swapped", "r and s swapped", "zeros", "ones", "cut", "longer", "key", "signer"],
)
def test_parts_of_different_lines_never_verify(text: str) -> None:
    """Block, signature and key of a line belong together."""
    (only,) = judged(text).values
    assert (Status.SIGNATURE_INVALID, None) == (only.status, only.record)


def test_signature_in_der_is_none() -> None:
    """The format prescribes r and s side by side; nothing else is read."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - only here
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - only here

    (only,) = judged(frame(FIRST, KEY.sign(FIRST, ec.ECDSA(SHA256())))).values
    assert (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MALFORMED,)) == (only.status, only.problems)


def registered(key: Signer = KEY, **changes: Any) -> KeyPolicy:
    """The gateway's policy with one registered key."""
    public = decode_public_key(spki_hex(key))
    one = MeterKey(**({"meter_id": METER, "name": "meter", "key": public, "provenance": "nameplate"} | changes))
    return KeyPolicy(registry=KeyRegistry((one,)), require_registry=True)


def test_registered_key_makes_evidence() -> None:
    """The meter is found in the registry by its id in hex, and its own key counts."""
    judgement = judged(begin(), end(), keys=registered())
    assert (Verdict.VALID, True) == (judgement.verdict, judgement.billable)
    assert {KeySource.REGISTRY} == {one.key_source for one in judgement.values}


def test_key_in_the_line_is_not_enough_for_the_gateway() -> None:
    """A line agrees with itself whoever made it."""
    (only,) = judged(begin(), keys=KeyPolicy(require_registry=True)).values
    assert (Status.UNTRUSTED_KEY, (Code.KEY_SOURCE_UNTRUSTED,)) == (only.status, only.problems)


def test_line_of_a_forger_is_no_evidence() -> None:
    """A forger signs with a key of his own and puts it into the line: it is not the meter's."""
    (only,) = judged(begin(key=OTHER_KEY), keys=registered()).values
    assert (Status.UNTRUSTED_KEY, (Code.PUBLIC_KEY_MISMATCH,)) == (only.status, only.problems)


def test_foreign_key_in_the_container_is_an_alarm() -> None:
    """The meter's key verifies, and the container brings another one."""
    raw = xml(value(begin(), key=spki_hex(OTHER_KEY)))
    (only,) = judge(raw, registered(), at=AT).values
    assert (Status.UNTRUSTED_KEY, (Code.PUBLIC_KEY_MISMATCH,)) == (only.status, only.problems)


def test_key_of_another_meter_does_not_count() -> None:
    """A line that claims another meter is judged with that meter's keys."""
    foreign = registered(key=OTHER_KEY, meter_id="0A0145574B0033000141")
    (only,) = judged(begin(meter_id=bytes.fromhex("0a0145574b0033000141")), keys=foreign).values
    assert (Status.UNTRUSTED_KEY, (Code.PUBLIC_KEY_MISMATCH,)) == (only.status, only.problems)


@pytest.mark.parametrize("text", [base32(compressed()), compressed().hex(), spki_hex(KEY)])
def test_given_key_counts_in_every_spelling(text: str) -> None:
    """A key on the command line is that of the meter, however it was written."""
    (only,) = judged(begin(), keys=KeyPolicy(arguments=(NamedKey(name=METER, text=text),))).values
    assert (Status.VERIFIED, KeySource.ARGUMENT) == (only.status, only.key_source)


def test_key_that_is_none_is_no_key() -> None:
    """Words in the key's place leave the line without a key."""
    text = begin().replace(base32(compressed()), "NOKEY")
    (only,) = judged(text).values
    assert (Status.UNTRUSTED_KEY, (Code.KEY_INVALID,)) == (only.status, only.problems)


def test_line_without_a_key_needs_one() -> None:
    """An empty key field is no key; the registered one still counts."""
    text = begin().replace(base32(compressed()), "")
    assert [(Code.KEY_MISSING,), ()] == [judged(text, keys=keys).values[0].problems for keys in (None, registered())]


def test_strict_refuses_an_unusual_spelling() -> None:
    """Usual lines stand when strict; blanks inside the block do not."""
    assert Verdict.VALID is judged(begin(), end(), strict=True).verdict
    broken = begin()[:100] + " " + begin()[100:]
    (only,) = judged(broken, strict=True).values
    assert (Status.STRUCTURE_INVALID, (Code.FIELD_SPELLING,)) == (only.status, only.problems)


def test_line_of_1_mb_is_refused_unread() -> None:
    """The container's cap holds for this format too."""
    (only,) = judged("AP;0;3;" + "A" * 1_000_000).values
    assert (Status.STRUCTURE_INVALID, (Code.LIMIT_EXCEEDED,)) == (only.status, only.problems)
    assert DEFAULT_LIMITS.record_bytes < 1_000_000


def test_broken_line_does_not_hide_its_neighbours() -> None:
    """Every line is a value, and one bad value makes the file invalid."""
    judgement = judged(begin(), "AP;1;3;cut", end())
    assert [Status.VERIFIED, Status.STRUCTURE_INVALID, Status.VERIFIED] == [one.status for one in judgement.values]
    assert Verdict.INVALID is judgement.verdict


@pytest.mark.parametrize("text", ["Kunde\nAP;Strasse;Ort", "name;plz\nAP;1;2"])
def test_table_that_only_looks_like_it_is_not_read(text: str) -> None:
    """Three characters below other text prove no record."""
    assert Verdict.UNREADABLE is judged(text).verdict
