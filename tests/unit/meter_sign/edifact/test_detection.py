"""EDIFACT, CMS and S/MIME in files and containers: byte for byte, and each message a value."""

from __future__ import annotations

import json
from base64 import b64encode, encodebytes

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.errors import MalformedPayloadError
from meter_sign.limits import Limits
from meter_sign.model import Beside, Context, PayloadFormat, SignedPayload
from tests.support.edifact_files import BODY, interchange, message, signed

FILE = interchange(signed())
TWO = interchange(signed(), message(BODY, b"2"))
#: The beginning of a DER SignedData; what follows is none.
CMS = bytes.fromhex("301006092a864886f70d010702a003020100")
MAIL = b"Content-Type: multipart/signed; protocol=application/pkcs7-signature; boundary=x\r\n\r\n--x"
PEM = b"-----BEGIN PKCS7-----\nMBAGCSqGSIb3DQEHAqADAgEA\n-----END PKCS7-----\n"


def only(raw: bytes, limits: Limits = Limits()) -> SignedPayload:  # noqa: B008 - frozen
    """The one value of a file."""
    (found,) = detect(raw, limits)
    return found


def signed_data(*entries: tuple[str, str], method: str = "EDIFACT") -> bytes:
    """An OCPI `SignedData` object with these natures and texts."""
    values = [{"nature": nature, "plain_data": "", "signed_data": text} for nature, text in entries]
    return json.dumps({"encoding_method": method, "signed_values": values}).encode()


def in_base64(raw: bytes) -> str:
    """As OCPI prescribes."""
    return b64encode(raw).decode()


@pytest.mark.parametrize(
    "raw",
    [
        FILE,
        FILE.removeprefix(b"UNA:+.?*'"),
        b"\r\n" + FILE + b"\r\n",
        b"\xef\xbb\xbf" + FILE,
        b" " + FILE,
        FILE[:60],
        FILE.replace(b"LOC+172", b"LOC+\xfc"),
        CMS,
        CMS + b"\r\n",
        MAIL,
        PEM,
    ],
)
def test_file_is_handed_on_byte_for_byte(raw: bytes) -> None:
    """Blanks, byte order mark and all: the format says what they mean."""
    found = only(raw)
    assert (found.format, found.raw, found.broken) == (PayloadFormat.EDIFACT, raw, None)


@pytest.mark.parametrize("encode", [b64encode, encodebytes, lambda raw: raw.hex().encode()])
@pytest.mark.parametrize("raw", [FILE + b"\r\n", CMS, MAIL])
def test_text_of_a_file_is_decoded_byte_for_byte(raw: bytes, encode: object) -> None:
    """Base64 in one line or in many, and hexadecimal."""
    assert callable(encode)
    found = only(encode(raw))
    assert (found.format, found.raw) == (PayloadFormat.EDIFACT, raw)


@pytest.mark.parametrize("raw", [b"UNABLE TO READ", b"UNB", b"Content-Type: text/plain\r\n\r\nUNB+", b"0" * 20])
def test_other_files_are_no_edifact(raw: bytes) -> None:
    """A mark has to be a whole one."""
    with pytest.raises(MalformedPayloadError) as caught:
        detect(raw)
    assert caught.value.code is Code.NOT_RECOGNISED


def test_each_message_is_a_value_with_the_whole_file() -> None:
    """What goes into OCPI is the file, and `message` says which of it is meant."""
    found = detect(TWO)
    assert [(one.index, one.message, one.raw) for one in found] == [(0, 0, TWO), (1, 1, TWO)]


def test_what_lies_beside_goes_along() -> None:
    """With every message of the file, and with no other format."""
    beside = Beside(autacks=(b"autack",), detached_signatures=(b"p7s",))
    assert [one.beside for one in detect(TWO, beside=beside)] == [beside, beside]
    assert detect(b'OCMF|{}|{"SD":"00"}', beside=beside)[0].beside == Beside()


def test_ocpi_values_are_files() -> None:
    """Begin and end, one file each, in base64 as OCPI prescribes."""
    found = detect(signed_data(("Start", in_base64(FILE)), ("End", in_base64(FILE))))
    assert [(one.context, one.raw, one.deviations) for one in found] == [
        (Context.BEGIN, FILE, ()), (Context.END, FILE, ()),
    ]  # fmt: skip


def test_messages_of_one_ocpi_value_share_its_place() -> None:
    """Each is a value of that entry, in the entry's transaction."""
    found = detect(signed_data(("Start", in_base64(FILE)), ("End", in_base64(TWO))))
    assert [(one.index, one.message, one.context) for one in found] == [
        (0, 0, Context.BEGIN), (1, 0, Context.END), (2, 1, Context.END),
    ]  # fmt: skip
    assert len({one.bundle for one in found}) == 1


def test_ocpi_value_that_is_not_in_base64_is_told() -> None:
    """It is read all the same."""
    found = only(signed_data(("End", FILE.decode())))
    assert (found.raw, found.deviations) == (FILE, (Code.VALUE_ENCODING_SPELLING,))


def test_ocpi_value_that_is_only_called_edifact_is_one_value() -> None:
    """The format has the word, and there is nothing to count."""
    found = only(signed_data(("End", in_base64(b"no interchange"))))
    assert (found.format, found.raw) == (PayloadFormat.EDIFACT, b"no interchange")


def test_file_may_be_larger_than_a_record_of_other_formats() -> None:
    """Bare, in base64 and in OCPI; the format has a cap of its own."""
    large = interchange(*(message(BODY, b"%d" % number) for number in range(100)))
    limits = Limits(record_bytes=4096, edifact_bytes=len(large))
    for raw in (large, b64encode(large), signed_data(("End", in_base64(large)))):
        found = detect(raw, limits)
        assert (len(found), found[99].raw, found[99].broken) == (100, large, None)


@pytest.mark.parametrize("encode", [bytes, b64encode, lambda raw: signed_data(("End", in_base64(raw)))])
def test_file_above_its_cap_is_one_broken_value(encode: object) -> None:
    """It is not read, so nobody knows how many messages it has."""
    assert callable(encode)
    found = only(encode(TWO), Limits(edifact_bytes=len(TWO) - 1))
    assert found.raw == b""
    assert found.broken is not None
    assert found.broken[0] is Code.LIMIT_EXCEEDED


def test_long_text_of_nothing_is_not_decoded() -> None:
    """The usual cap holds for what does not begin like a file."""
    found = only(signed_data(("End", in_base64(b"x" * 40_000)), method="OCMF"), Limits(record_bytes=4096))
    assert found.broken is not None
    assert found.broken[0] is Code.LIMIT_EXCEEDED


def test_messages_count_as_values() -> None:
    """The cap on values is one on messages too."""
    with pytest.raises(MalformedPayloadError) as caught:
        detect(TWO, Limits(values=1))
    assert caught.value.code is Code.LIMIT_EXCEEDED
