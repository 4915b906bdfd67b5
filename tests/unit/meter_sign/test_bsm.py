"""BSM_WS36A: the JSON of a snapshot, the bytes that were signed, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code
from meter_sign.formats import parse, recognise
from meter_sign.model import (
    ChargePoint,
    Identification,
    MeterIdentity,
    Pagination,
    PaginationKind,
    ParsedRecord,
    PayloadFormat,
    Phase,
    Reading,
    RecordContent,
    SignedPayload,
)
from meter_sign.obis import parse_obis
from meter_sign.quantity import Unit
from meter_sign.timestamps import SignedTime, TimeStatus
from tests.support.bsm import begin, container, sign, text
from tools.fixtures.chargeit_text import CONTROLLER, EVSE, FIRST, signed_bytes, snapshot
from tools.fixtures.meter_keys import METER
from tools.fixtures.ocmf_text import SERIAL, UID

if TYPE_CHECKING:
    from tools.fixtures.json_text import Json

#: What the usual turn-on snapshot signs, by hand.
SIGNED = b"".join(
    (
        bytes.fromhex("00000001 00 ff  00000000 01 1e  00002710 01 1e  00000000 01 1b"),
        bytes.fromhex("0000000e") + b"1EWK0012345678",
        bytes.fromhex("0000008c 00 ff  0007a120 00 07  6968ac90 00 07  0000003c 00 06"),
        bytes.fromhex("00000015 00 ff  00077a10 00 07  00000001 00 ff  00000000 00 ff"),
        bytes.fromhex("00000020") + b"contract-id: rfid:04A1B2C3D4E5F6",
        bytes.fromhex("00000017") + b"evse-id: DE*EWK*E0024*1",
        bytes.fromhex("00000016") + b"csc-sw-version: v2.1.0",
        bytes.fromhex("00000000 00 ff"),
    )
)
NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)


def parsed(value: Json | bytes) -> ParsedRecord:
    """Parse one snapshot, as the container hands it on."""
    raw = value if isinstance(value, bytes) else text(value)
    return parse(SignedPayload(format=PayloadFormat.BSM, index=0, raw=raw))


def content(**points: Any) -> RecordContent:
    """What a turn-on snapshot with these points says."""
    record = parsed(begin(**points))
    assert record.content is not None
    return record.content


def readings(**points: Any) -> tuple[Reading, Reading]:
    """Its readings: the session's and the total register."""
    session, total = content(**points).readings
    return session, total


# The signed bytes ----------------------------------------------------------------------------------------------------


def test_writer_of_the_tests_writes_the_published_layout() -> None:
    """The tests' own writer agrees with a snapshot laid out by hand."""
    assert SIGNED == signed_bytes(FIRST)


def test_what_was_signed_is_built_again() -> None:
    """The signed bytes are those that the meter laid out, and the signature is the one in the JSON."""
    record = parsed(begin())
    assert ((SIGNED, sign(SIGNED)),) == record.spans


@pytest.mark.parametrize(
    ("name", "usual", "missing"),
    [
        ("W", "00000000 01 1b", "ffff8000 01 1b"),
        ("RCnt", "0000008c 00 ff", "ffffffff 00 ff"),
        ("Epoch", "6968ac90 00 07", "ffffffff 00 07"),
        ("TZO", "0000003c 00 06", "ffff8000 00 06"),
        ("Meta3", "00000016" + b"csc-sw-version: v2.1.0".hex(), "00000000"),
    ],
)
def test_what_the_meter_does_not_have_is_signed_as_such(name: str, usual: str, missing: str) -> None:
    """A value that is left out was signed as "not available": product manual BSM 3.0, appendix D."""
    expected = SIGNED.replace(bytes.fromhex(usual), bytes.fromhex(missing), 1)
    assert expected == parsed(begin({name: None})).signed_bytes


@pytest.mark.parametrize(
    ("encoding", "octets"), [("UTF-8", b"B\xc3\xbcro"), ("ISO-8859-1", b"B\xfcro"), (None, b"B\xc3\xbcro")]
)
def test_texts_are_signed_in_their_encoding(encoding: str | None, octets: bytes) -> None:
    """The JSON names the encoding of a text; without one it is UTF-8."""
    record = parsed(snapshot(FIRST | {"Meta1": "B\xfcro"}, encoding=encoding))
    assert (b"\0\0\0" + bytes((len(octets),)) + octets) in record.signed_bytes


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_texts_are_read_from_their_bytes(encoding: str) -> None:
    """The encoding is not signed, so it does not decide what a text says."""
    record = parsed(snapshot(FIRST | {"Meta1": "B\xfcro"}, encoding=encoding))
    assert record.content is not None
    assert Identification(assigned=True, type=None, data="B\xfcro") == record.content.identification


def test_key_and_meter_are_for_the_look_up() -> None:
    """The key beside the points is the record's own; the signed meter id is what keys are looked up by."""
    record = parsed(begin())
    assert (SERIAL, METER.spki.hex(), "secp256r1", "1") == (
        record.claimed_meter_id, record.embedded_key, record.curve, record.format_version,
    )  # fmt: skip


def test_a_record_without_a_key_has_none() -> None:
    """A registered key may judge it all the same."""
    assert parsed(begin() | {"meterInfo": {"meterId": SERIAL}}).embedded_key is None


def test_nothing_deviates_in_the_usual_record() -> None:
    """A record as the documents show it has no deviation."""
    assert () == parsed(begin()).deviations


def test_a_whole_number_may_be_written_in_any_way() -> None:
    """Nothing of the text is signed, so the spelling of a number is not either."""
    raw = text(begin()).replace(b'"value": 10000', b'"value": 1.0E+4')
    assert SIGNED == parsed(raw).signed_bytes


# What it says --------------------------------------------------------------------------------------------------------


def test_readings_of_a_snapshot() -> None:
    """The session register bills; the total register of the same instant controls it, within one last digit."""
    common: dict[str, Any] = {
        "time": SignedTime(at=NINE, status=TimeStatus.INFORMATIVE), "qualifier": "TURN_ON", "phase": Phase.BEGIN,
        "unit": Unit.WH, "meter_status": "00000000", "status_good": True, "event_counter": 21,
    }  # fmt: skip
    session = Reading(register=parse_obis("1-0:1.8.0*198"), value=Decimal(0), path="/additionalValues/1", **common)
    total = Reading(
        register=parse_obis("1-0:1.8.0"), value=Decimal(100_000), control_tolerance=Decimal(10),
        path="/additionalValues/2", **common,
    )  # fmt: skip
    assert (session, total) == readings()


def test_who_where_and_which_number() -> None:
    """Meter, count, customer and charge point are those that were signed."""
    said = content()
    assert (
        MeterIdentity(serial=SERIAL),
        Pagination(kind=PaginationKind.TRANSACTION, number=140),
        Identification(assigned=True, type="rfid", data=UID),
        ChargePoint(kind="EVSEID", id=EVSE, controller_firmware=CONTROLLER),
    ) == (said.meter, said.pagination, said.identification, said.charge_point)


@pytest.mark.parametrize(
    ("type_", "phase"),
    [
        (0, Phase.CHARGING), (1, Phase.BEGIN), (2, Phase.END), (3, Phase.BEGIN), (4, Phase.END), (5, Phase.UNKNOWN),
        (None, Phase.UNKNOWN),
    ],
)  # fmt: skip
def test_type_is_the_phase(type_: int | None, phase: Phase) -> None:
    """Turn-on and start begin, turn-off and end end, the current state lies between; anything else is unknown."""
    assert [phase, phase] == [reading.phase for reading in readings(Typ=type_)]


@pytest.mark.parametrize("bit", range(32))
def test_any_event_is_a_problem(bit: int) -> None:
    """The manual sees a problem in any value different from zero: no bit is known to be harmless."""
    session, _ = readings(Evt=1 << bit)
    assert (f"{1 << bit:08X}", False) == (session.meter_status, session.status_good)


def test_events_that_the_meter_does_not_have_say_nothing() -> None:
    """Where the meter has no event flags, nobody says that it worked."""
    session, _ = readings(Evt=None)
    assert (None, None) == (session.meter_status, session.status_good)


@pytest.mark.parametrize(("scale", "kwh"), [(0, "0.015"), (1, "0.15"), (3, "15"), (-1, "0.0015")])
def test_scale_is_part_of_the_value(scale: int, kwh: str) -> None:
    """15 with a scale of 1 are 150 Wh, with the digits that the meter signed."""
    record = parsed(begin(scale=scale, RCR=15))
    assert record.content is not None
    assert kwh == format(record.content.readings[0].value_kwh or 0, "f")


@pytest.mark.parametrize("name", ["Epoch", "TZO"])
def test_a_clock_that_was_not_set_tells_no_time(name: str) -> None:
    """Both numbers are "not available" until somebody sets the clock."""
    session, _ = readings(**{name: None})
    assert session.time is None


@pytest.mark.parametrize(
    ("meta", "identification"),
    [
        ("contract-id: sms:0170", Identification(assigned=True, type="sms", data="0170")),
        ("contract-id: other:0170", Identification(assigned=True, type=None, data="other:0170")),
        ("Anna Musterfrau", Identification(assigned=True, type=None, data="Anna Musterfrau")),
        (f"evse-id: {EVSE}", None),
        ("csc-sw-version: v2.1.0", None),
        ("contract-id: ", None),
        (None, None),
    ],
)
def test_customer_is_what_is_tagged_or_all_of_meta1(meta: str | None, identification: Identification | None) -> None:
    """Of a tagged text the rest after the tag; an untagged first text is the customer's, as in OCMF of this meter."""
    assert identification == content(Meta1=meta).identification


def test_tag_may_stand_in_any_text() -> None:
    """Which of the three texts holds which tag is the operator's choice."""
    said = content(Meta1=f"evse-id: {EVSE}", Meta2=None, Meta3="contract-id: rfid:0102")
    assert Identification(assigned=True, type="rfid", data="0102") == said.identification


def test_no_charge_point_without_tags() -> None:
    """Nobody signed where it was."""
    assert content(Meta2=None, Meta3=None).charge_point is None


def test_one_tag_with_two_meanings_is_no_measurement() -> None:
    """Two customers in one snapshot: nobody can say who is to pay."""
    record = parsed(begin(Meta2="contract-id: rfid:0102") | {"contract": None})
    assert record.content is None
    assert record.content_error is not None
    assert Code.CONTENT_INVALID is record.content_error.code


# Recognition ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "format_"),
    [
        (text(begin()), PayloadFormat.BSM),
        (text(begin()).replace(b"/", b"\\/"), PayloadFormat.BSM),
        (text(container(begin())), None),
        (text({"additionalValues": []}), None),
        (b'["bsm-ws36a-json-v1", "additionalValues"]', None),
    ],
)
def test_a_snapshot_tells_itself(raw: bytes, format_: PayloadFormat | None) -> None:
    """By its context and its points; a container of snapshots is none."""
    assert format_ == recognise(raw)
