"""A file to its messages: what signs each of them, what is wrong around it, and what comes of it as a record."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign.codes import Code
from meter_sign.errors import (
    ContentError,
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats import parse
from meter_sign.limits import Limits
from meter_sign.model import Beside, ParsedRecord, PayloadFormat, SignatureContainer, SignedPayload
from tests.support.edifact_files import (
    BODY,
    HEADER,
    R_AND_S,
    TRAILER,
    UNA_3,
    UNA_4,
    codes,
    interchange,
    message,
    opened,
    signed,
    ush,
)

SIGNED_FILE = interchange(signed())
UNSIGNED = message(BODY)
#: An AUTACK that signs the interchange IC1 of these parties.
AUTACK = interchange(
    message(
        ush(scope=b"3", service=b"7") + HEADER.removeprefix(ush()) + b"USB+1+1:20260115:120000:0000+1:500+2:500'"
        b"USX+IC1+1:500+2:500'USY+S1+2:01*3:02'UST+S1+5'",
        b"A1",
        b"AUTACK:4:1:UN",
    ),
    reference=b"IC9",
)


def record_of(raw: bytes, number: int = 0, beside: Beside = Beside()) -> ParsedRecord:  # noqa: B008 - frozen
    """One message of a file as a record."""
    return parse(SignedPayload(format=PayloadFormat.EDIFACT, index=0, raw=raw, message=number, beside=beside))


def refusal(raw: bytes, number: int = 0) -> tuple[type[MeterSignError], Code, tuple[Code, ...]]:
    """Why a message makes no record."""
    with pytest.raises(MeterSignError) as caught:
        record_of(raw, number)
    return type(caught.value), caught.value.code, caught.value.further


# Messages ------------------------------------------------------------------------------------------------------------


def test_each_message_is_judged_by_itself() -> None:
    """One of two is not signed, and says nothing of the other."""
    assert codes(interchange(signed(), message(BODY, b"2"))) == [[], ["MESSAGE_UNSIGNED"]]


def test_messages_of_several_interchanges_are_of_one_file() -> None:
    """In the file's order, line breaks between them or not."""
    raw = interchange(signed()) + b"\r\n" + interchange(UNSIGNED, reference=b"IC2")
    assert codes(raw) == [[], ["MESSAGE_UNSIGNED"]]


def test_autack_is_no_value() -> None:
    """It signs the message in front of it, which has two signatures then."""
    (one,) = opened(SIGNED_FILE + AUTACK)
    assert [signature.container for signature in one.signatures] == [
        SignatureContainer.AUTACK,
        SignatureContainer.IN_MESSAGE,
    ]
    assert one.problems == ()


def test_autack_beside_the_file_signs_it() -> None:
    """In a file of its own."""
    (one,) = opened(interchange(UNSIGNED), Beside(autacks=(AUTACK,)))
    assert [signature.container for signature in one.signatures] == [SignatureContainer.AUTACK]
    assert one.problems == ()


@pytest.mark.parametrize("length", [len(AUTACK), len(AUTACK) - 40])
def test_autack_beside_that_signs_something_else_is_told(length: int) -> None:
    """Who hands one in believes that it was checked; the message's own signature is, and the AUTACK is not."""
    stranger = AUTACK.replace(b"USX+IC1", b"USX+IC9")[:length]
    (one,) = opened(interchange(signed()), Beside(autacks=(stranger,)))
    assert ([SignatureContainer.IN_MESSAGE], (), (Code.AUTACK_UNUSED,)) == (
        [signature.container for signature in one.signatures],
        one.problems,
        one.warnings,
    )


def test_file_beside_that_is_no_edifact_is_told_for_every_message() -> None:
    """Who gives a signature wants it judged."""
    assert codes(interchange(signed(), signed()), Beside(autacks=(b"nothing",))) == [["NOT_EDIFACT"]] * 2


def test_autack_alone_refers_to_nothing() -> None:
    """A signature without what it signs is the one value of its file."""
    assert codes(AUTACK) == [["REFERENCE_NOT_FOUND"]]


def test_interchange_without_message_is_one_value() -> None:
    """It was recognised, so it gets an answer."""
    assert codes(interchange()) == [["FRAME_INVALID"]]


def test_message_of_another_type_is_unsupported() -> None:
    """Signed or not."""
    raw = interchange(message(HEADER + BODY + TRAILER, kind=b"INVOIC:D:01B:UN"))
    assert refusal(raw) == (UnsupportedPayloadError, Code.MESSAGE_TYPE, ())


def test_further_interchange_that_cannot_be_read_breaks_the_one_in_front() -> None:
    """Its messages are found all the same."""
    assert codes(SIGNED_FILE + b"UNB+UNOC:9+1+2+20260115:1200+IC2'") == [["FORMAT_VERSION_UNSUPPORTED"]]


def test_message_that_is_cut_off_is_only_that() -> None:
    """Nothing is said of signatures that could have followed."""
    raw = SIGNED_FILE[: SIGNED_FILE.index(b"QTY")]
    assert refusal(raw) == (MalformedPayloadError, Code.TRUNCATED, ())


@pytest.mark.parametrize("length", range(25, len(SIGNED_FILE), 7))
def test_file_that_is_cut_anywhere_is_refused(length: int) -> None:
    """TRUNCATED decides, be it in a segment or between two."""
    kind, code, _ = refusal(SIGNED_FILE[:length])
    assert (kind, code) == (MalformedPayloadError, Code.TRUNCATED)


# UNA -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("una", [b"", b"UNA:+.?*'", b"UNA:+,?*'", b"\r\nUNA:+.?*'\r\n"])
def test_una_of_the_syntax_is_accepted(una: bytes) -> None:
    """Stated or not, with either decimal mark (R8)."""
    assert codes(interchange(signed(), una=una)) == [[]]


@pytest.mark.parametrize(
    "una",
    [b"UNA:+.!*'", b"UNA;+.?*'", b"UNA:|.?*'", b"UNA:+.?*~", b"UNA:+.?*\n", b"UNA:+;?*'", b"UNA:+.? '", b"UNA::.?*'",
     b"UNA:+.?'", b"UNA:+.?**'"],
)  # fmt: skip
def test_altered_una_is_all_that_is_told(una: bytes) -> None:
    """Whatever it makes of the rest: nobody has signed it."""
    assert codes(interchange(signed(), una=una)) == [["UNA_UNSIGNED"]]


def test_una_of_syntax_3_has_a_blank() -> None:
    """The syntax has no repetition, so nothing else is default there (R8)."""
    assert codes(interchange(UNSIGNED, una=UNA_3, syntax=b"UNOC:3")) == [["MESSAGE_UNSIGNED"]]
    assert codes(interchange(UNSIGNED, una=UNA_4, syntax=b"UNOC:3")) == [["UNA_UNSIGNED"]]


def test_byte_order_mark_is_refused() -> None:
    """UTF-8 is none of the repertoires."""
    assert codes(b"\xef\xbb\xbf" + SIGNED_FILE) == [["FRAME_INVALID"]]


# Records -------------------------------------------------------------------------------------------------------------


def test_record_says_what_was_signed_and_by_whom() -> None:
    """Claimed meter, version, time and signature."""
    record = record_of(SIGNED_FILE)
    assert record.named is not None
    assert (record.claimed_meter_id, record.format_version, record.curve) == ("1EMH1", "D.04B 2.4c", "")
    assert [one.name for one in record.named.signatures] == ["USH S1, scope 1"]
    assert record.content is not None


def test_identity_is_what_the_message_signs_itself() -> None:
    """The innermost group and the body, whatever lies around them."""
    record = record_of(SIGNED_FILE + AUTACK)
    assert record.signed_bytes == HEADER + BODY


def test_identity_is_the_whole_message_where_only_others_sign_it() -> None:
    """From UNH to UNT."""
    record = record_of(interchange(UNSIGNED), beside=Beside(autacks=(AUTACK,)))
    assert record.signed_bytes == UNSIGNED


def test_identity_has_no_line_breaks() -> None:
    """A copy with broken lines is the same record."""
    assert record_of(SIGNED_FILE.replace(b"'", b"'\r\n")).signed_bytes == HEADER + BODY


def test_security_in_syntax_3_is_told() -> None:
    """It belongs to version 4; it is read, with a warning."""
    header = HEADER.replace(ush(), ush().replace(b"+1+++1:", b"+1++++1:")).replace(b":ZZZ+3'", b":ZZZ++3'")
    raw = interchange(signed(header, trailer=b"UST+S1+6'USR+2:01+3:02'"), una=UNA_3, syntax=b"UNOC:3")
    record = record_of(raw)
    assert record.named is not None
    assert record.named.warnings == (Code.SYNTAX3_SECURITY,)


def test_structure_outweighs_the_missing_signature() -> None:
    """The first answer of the contract's order, with the other codes of its class only."""
    raw = interchange(UNSIGNED).replace(b"UNT+14", b"UNT+15").replace(b"UNZ+1", b"UNZ+2")
    assert refusal(raw) == (MalformedPayloadError, Code.UNZ_COUNT, (Code.UNT_COUNT,))


def test_unsupported_outweighs_what_is_no_signature() -> None:
    """Of two groups one has an unknown hash, the other no value."""
    header = HEADER + HEADER.replace(b"+S1+", b"+S2+").replace(b":48:", b":51:")
    raw = interchange(message(header + BODY + b"UST+S2+6'" + R_AND_S + b"UST+S1+6'USR'"))
    assert refusal(raw) == (UnsupportedPayloadError, Code.ALGORITHM_UNSUPPORTED, ())


def test_empty_value_is_not_unsigned() -> None:
    """The message says that it is signed."""
    raw = interchange(signed(trailer=b"UST+S1+6'USR'"))
    assert refusal(raw) == (InvalidSignatureError, Code.SIGNATURE_MISSING, ())


def test_unsigned_message_is_no_record() -> None:
    """Nothing signs it."""
    assert refusal(interchange(UNSIGNED)) == (UnsignedPayloadError, Code.MESSAGE_UNSIGNED, ())


def test_impossible_time_of_signing_waits_for_the_signature() -> None:
    """What was signed has no date that can be, and only who signed it can be blamed."""
    header = HEADER.replace(b"20260115:120000", b"20261315:120000")
    record = record_of(interchange(signed(header)))
    assert isinstance(record.content_error, ContentError)
    assert (record.content, record.content_error.code) == (None, Code.DATE_FORMAT)


def test_error_is_a_new_one_each_time() -> None:
    """The open file is kept, and an error that is raised again would keep its past."""
    errors = []
    for _ in range(2):
        with pytest.raises(MeterSignError) as caught:
            record_of(interchange(UNSIGNED))
        errors.append(caught.value)
    assert errors[0] is not errors[1]


def test_message_that_is_not_there_is_refused() -> None:
    """Nobody is given another's values."""
    assert refusal(SIGNED_FILE, 1) == (MalformedPayloadError, Code.FRAME_INVALID, ())


def test_file_above_the_cap_is_refused() -> None:
    """In bytes of the file."""
    payload = SignedPayload(format=PayloadFormat.EDIFACT, index=0, raw=SIGNED_FILE)
    with pytest.raises(LimitExceededError):
        parse(payload, Limits(edifact_bytes=len(SIGNED_FILE) - 1))


@settings(max_examples=150)
@given(st.data())
def test_damaged_files_raise_nothing_but_our_errors(data: st.DataObject) -> None:
    """Any bytes in any place: each message makes a record, or is refused."""
    start = data.draw(st.integers(0, len(SIGNED_FILE)))
    end = data.draw(st.integers(start, min(len(SIGNED_FILE), start + 40)))
    piece = data.draw(st.one_of(st.binary(max_size=6), st.sampled_from([b"'", b"+", b"?", b"USH'", b"UST'", b"UNH'"])))
    raw = SIGNED_FILE[:start] + piece + SIGNED_FILE[end:] + AUTACK
    for number in range(len(opened(raw))):
        try:
            record_of(raw, number)
        except MeterSignError:
            continue
