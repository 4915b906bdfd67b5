"""Messages of SML and the lists of values in them."""

from __future__ import annotations

import pytest

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.sml import ListEntry, ListResponse, SmlTime, TimeKind, read_lists
from tests.support import sml

SERVER = b"\x09\x01EMH\x00\x00\xc0\xff\xee"
NAME = bytes.fromhex("0100011100ff")


def only(response: bytes) -> ListResponse:
    """The only list of the usual file around it."""
    (found,) = read_lists(sml.usual_file(response))
    return found


def only_entry(**fields: bytes) -> ListEntry:
    """The only entry of a list, with these fields."""
    (found,) = only(sml.list_response(SERVER, (sml.entry(NAME, **fields),))).entries
    return found


def refused(raw: bytes) -> Code:
    """The code of the error."""
    with pytest.raises(MalformedPayloadError) as caught:
        read_lists(raw)
    assert (caught.value.where or "").startswith("byte ")
    return caught.value.code


def test_list_with_everything() -> None:
    """All fields of a list and of an entry are read as they were written."""
    entry = sml.entry(
        NAME, status=sml.u(0x80040104), time=sml.local(1_000, 60, 30), unit=sml.u(30), scaler=sml.i(-1),
        value=sml.u(211_966), signature=sml.octets(b"signed"),
    )  # fmt: skip
    response = only(
        sml.list_response(
            SERVER, (entry,), signature=b"whole", name=sml.octets(b"listed"), sensor_time=sml.seconds_index(7)
        )
    )
    assert (SERVER, b"listed", b"whole") == (response.server_id, response.name, response.signature)
    assert SmlTime(TimeKind.SECONDS_INDEX, 7) == response.sensor_time
    (found,) = response.entries
    assert (NAME, 0x80040104, 30, -1) == (found.name, found.status, found.unit, found.scaler)
    assert (211_966, b"signed") == (found.value, found.signature)
    assert SmlTime(TimeKind.LOCAL, 1_000, 90 * 60) == found.time


def test_everything_optional_may_be_left_out() -> None:
    """A list of no entries, without name, time and signature, is a list."""
    response = only(sml.list_response(SERVER, ()))
    assert (SERVER, None, None, (), None) == response[:-1]


def test_fields_that_are_left_out_are_none() -> None:
    """An entry of nothing but its name is an entry."""
    assert (NAME, None, None, None, None, None, None) == only_entry()[:-1]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (sml.i(-5, 8), -5),
        (sml.u(5, 3), 5),
        (sml.octets(b"text"), b"text"),
        (sml.listing(sml.u(1), sml.seconds_index(9)), SmlTime(TimeKind.SECONDS_INDEX, 9)),
        (sml.listing(sml.u(1), sml.local(9, -60, 0)), SmlTime(TimeKind.LOCAL, 9, -3_600)),
        (sml.listing(sml.u(2), sml.listing(sml.u(7))), None),
        (sml.boolean(True), None),
    ],
)
def test_values_of_every_type(written: bytes, value: object) -> None:
    """Numbers, texts and times are read; what nobody here knows is no value."""
    assert value == only_entry(value=written).value


@pytest.mark.parametrize("size", [1, 2])
def test_offsets_may_be_written_short(size: int) -> None:
    """Newer meters write the offsets of local time in one byte."""
    assert SmlTime(TimeKind.LOCAL, 1_000, 7_200) == only_entry(time=sml.local(1_000, 60, 60, size)).time


def test_plain_time_stamp() -> None:
    """A plain time stamp tells no offset."""
    assert SmlTime(TimeKind.TIMESTAMP, 1_000, 0) == only_entry(time=sml.timestamp(1_000)).time


def test_several_lists_in_their_order() -> None:
    """A file may hold several lists; whoever wants one must say so."""
    messages = [sml.message(sml.LIST, sml.list_response(SERVER, (), signature=bytes((n,)))) for n in (1, 2)]
    assert [b"\x01", b"\x02"] == [one.signature for one in read_lists(sml.sml_file(*messages))]


def test_other_messages_are_left_unread() -> None:
    """A message of another kind may hold anything."""
    assert () == read_lists(sml.sml_file(sml.message(0x0500, sml.listing(sml.ABSENT, sml.listing()))))


def test_escape_bytes_in_a_signature_are_read() -> None:
    """Four escape bytes inside a value are part of the value."""
    assert sml.ESCAPE * 3 == only(sml.list_response(SERVER, (), signature=sml.ESCAPE * 3)).signature


def test_wrong_check_sum_of_a_message_is_refused() -> None:
    """Each message has a check sum of its own."""
    assert Code.CRC_MISMATCH == refused(sml.sml_file(sml.message(sml.LIST, sml.list_response(SERVER, ()), crc=1)))


def test_check_sum_may_be_written_short() -> None:
    """A check sum whose first byte on the wire is zero may leave it out, as any number."""
    response = sml.list_response(SERVER, ())
    message = next(one for n in range(256) if (one := sml.message(sml.LIST, response, number=n))[-3] == 0)
    short = message[:-4] + b"\x62" + message[-2:]
    assert read_lists(sml.sml_file(message)) == read_lists(sml.sml_file(short))


RESPONSE = sml.list_response(SERVER, (sml.entry(NAME, value=sml.u(1)),))


def list_with(**fields: bytes) -> bytes:
    """A file with one list whose only entry has these fields."""
    return sml.sml_file(sml.message(sml.LIST, sml.list_response(SERVER, (sml.entry(NAME, **fields),))))


@pytest.mark.parametrize(
    "raw",
    [
        sml.sml_file(b"\x07" * 4),
        sml.sml_file(sml.message(sml.LIST, RESPONSE)[:-1] + b"\x01"),
        sml.sml_file(sml.message(sml.LIST, RESPONSE)[:-1]),
        sml.sml_file(sml.message(sml.LIST, RESPONSE), b"\x00" * 4),
        sml.sml_file(sml.message(sml.LIST, sml.ABSENT)),
        sml.sml_file(sml.message(sml.LIST, sml.listing(*[sml.ABSENT] * 6))),
        sml.sml_file(sml.message(sml.LIST, sml.listing(*[sml.ABSENT] * 7))),
        sml.sml_file(sml.message(sml.LIST, sml.list_response(SERVER, (sml.ABSENT,)))),
        sml.sml_file(sml.message(sml.LIST, sml.list_response(SERVER, (), name=sml.u(1)))),
        list_with(status=sml.i(1)),
        list_with(time=sml.u(1, 4)),
        list_with(time=sml.listing(sml.u(4), sml.u(1))),
        list_with(time=sml.listing(sml.u(3), sml.u(1))),
        list_with(time=sml.listing(sml.u(2), sml.local(1))),
        list_with(unit=sml.octets(b"Wh")),
        list_with(scaler=sml.u(1)),
        list_with(value=sml.listing(sml.u(1))),
        list_with(value=b"\x00"),
        list_with(signature=sml.u(1)),
    ],
)
def test_field_of_another_type_is_refused(raw: bytes) -> None:
    """Fields are taken by place and type; nothing is guessed."""
    assert refused(raw) in {Code.FIELD_INVALID, Code.FRAME_INVALID}
