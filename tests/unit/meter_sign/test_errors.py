"""Of several errors one decides."""

from __future__ import annotations

from meter_sign.codes import Code
from meter_sign.errors import KeyMaterialError, MalformedPayloadError, UnsignedPayloadError, heaviest


def test_heaviest_class_decides_whatever_the_order() -> None:
    """A broken structure outranks a missing signature, and that an unknown key."""
    unknown = KeyMaterialError(Code.KEY_UNKNOWN, "")
    unsigned = UnsignedPayloadError(Code.MESSAGE_UNSIGNED, "")
    broken = MalformedPayloadError(Code.UNT_COUNT, "it is 3", where="byte 7")
    found = heaviest([unknown, unsigned, broken])
    assert (Code.UNT_COUNT, "it is 3", "byte 7", ()) == (found.code, found.detail, found.where, found.further)
    assert Code.MESSAGE_UNSIGNED is heaviest([unknown, unsigned]).code


def test_codes_of_the_same_class_come_along() -> None:
    """The first of a class stands for it, and the others are named, each once."""
    errors = [MalformedPayloadError(code, "") for code in (Code.UNT_COUNT, Code.UNT_REF, Code.UNT_COUNT, Code.UST_REF)]
    assert (Code.UNT_REF, Code.UST_REF) == heaviest(errors).further


def test_error_of_two_messages_carries_nothing_over() -> None:
    """What is wrong with a file is told with each of its messages, without the other messages' own codes."""
    of_the_file = MalformedPayloadError(Code.UNZ_COUNT, "")
    assert (Code.UNT_REF,) == heaviest([of_the_file, MalformedPayloadError(Code.UNT_REF, "")]).further
    assert () == heaviest([of_the_file]).further
