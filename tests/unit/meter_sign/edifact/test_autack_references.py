"""What the USX of an AUTACK refers to: one structure of those at hand, or nothing."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError, UnsupportedPayloadError
from meter_sign.formats.edifact.autack import cover
from meter_sign.limits import DEFAULT_LIMITS
from tests.support.autack import (
    BODY,
    DIRECT_HEADER,
    DIRECT_TRAILER,
    FILE,
    FIRST,
    R_AND_S,
    SECOND,
    USB,
    answer,
    autack,
    direct,
    interchanges_of,
    refusals,
)  # fmt: skip


def test_autack_may_stand_in_the_same_file() -> None:
    """Its interchange follows the one that it signs."""
    assert [sha256(BODY).digest()] == [one.digest for one in answer(FILE + b"\r\n" + direct())[0][0].signed]


def test_one_message_is_signed_from_unh_to_unt() -> None:
    """With 0062 the reference is to one message, and the others have no signature."""
    beside = direct(b"USX+IC1++++++2+MSCONS'USY+S1+2:01*3:02'")
    assert sha256(SECOND).digest() == answer(FILE, beside, message=1)[0][0].signed[0].digest
    assert ((), ()) == answer(FILE, beside, message=0)


def test_message_and_autack_may_stand_in_one_interchange() -> None:
    """A reference to a message of the AUTACK's own interchange leads to that message."""
    inner = DIRECT_HEADER + USB + b"USX+IC9++++++1'USY+S1+" + R_AND_S + b"'" + DIRECT_TRAILER
    file = autack(inner).replace(b"UNH+A1", FIRST + b"UNH+A1").replace(b"UNZ+1", b"UNZ+2")
    signatures, errors = answer(file)
    assert () == errors
    assert sha256(FIRST).digest() == signatures[0].signed[0].digest


def test_several_references_cover_several_messages() -> None:
    """Each message has the signature that stands behind its own USX."""
    references = b"USX+IC1++++++1'USY+S1+2:01*3:02'USX+IC1++++++2'USY+S1+2:03*3:04'"
    assert [(1, 2), (3, 4)] == [answer(FILE, direct(references), message=one)[0][0].value for one in (0, 1)]


@pytest.mark.parametrize("usx", [
    b"USX+IC1'", b"USX+IC1+SENDER'", b"USX+IC1+SENDER:500'", b"USX+IC1++RECIPIENT:500'", b"USX+IC1+SENDER::+'",
])  # fmt: skip
def test_what_a_reference_leaves_open_may_be_anything(usx: bytes) -> None:
    """Sender, recipient and their parts count where they are stated."""
    assert (1, 0) == tuple(map(len, answer(FILE, direct(usx + b"USY+S1+" + R_AND_S + b"'"))))


@pytest.mark.parametrize("usx", [
    b"USX+IC2'", b"USX+ic1'", b"USX+IC1+OTHER:500'", b"USX+IC1+SENDER:14'", b"USX+IC1++OTHER:500'",
    b"USX+IC1+SENDER:500:X'", b"USX+IC1++++++3'", b"USX+IC1++++++1+INVOIC'", b"USX'",
])  # fmt: skip
def test_reference_to_something_else_leads_nowhere(usx: bytes) -> None:
    """What is stated must be so: reference, sender, recipient, message, type."""
    expected = [(MalformedPayloadError, Code.REFERENCE_NOT_FOUND)]
    assert expected == refusals(FILE, direct(usx + b"USY+S1+" + R_AND_S + b"'"))


def test_reference_to_one_of_two_leads_nowhere() -> None:
    """Of two interchanges that fit nobody can say which was meant, be they alike or not."""
    other = FILE.replace(b"DOC1", b"DOC7")
    assert [(MalformedPayloadError, Code.REFERENCE_NOT_FOUND)] == refusals(FILE, other, direct())
    assert [(MalformedPayloadError, Code.REFERENCE_NOT_FOUND)] == refusals(FILE + BODY, direct())


def test_reference_to_one_of_two_messages_leads_nowhere() -> None:
    """Two messages of one number in an interchange are not told apart."""
    twice = FILE.replace(b"UNH+2", b"UNH+1").replace(b"UNT+3+2", b"UNT+3+1")
    expected = [(MalformedPayloadError, Code.REFERENCE_NOT_FOUND)]
    assert expected == refusals(twice, direct(b"USX+IC1++++++1'USY+S1+" + R_AND_S + b"'"))


def test_file_given_twice_is_one_file() -> None:
    """The file that is judged may lie among the files beside it."""
    assert (1, 0) == tuple(map(len, answer(FILE, bytes(bytearray(FILE)), direct())))


def test_autack_of_another_interchange_is_ignored_where_one_covers() -> None:
    """Of several AUTACKs only those that refer to the message count for it."""
    stranger = direct(b"USX+IC5'USY+S1+2:09*3:09'")
    assert (1, 0) == tuple(map(len, answer(FILE, stranger, direct())))


def test_message_that_is_signed_otherwise_minds_no_lost_reference() -> None:
    """A stray AUTACK takes nothing from a message with a signature of its own."""
    stranger = direct(b"USX+IC5'USY+S1+2:09*3:09'")
    assert ((), ()) == answer(FILE, stranger, signed_otherwise=True)


def test_no_autack_is_no_error() -> None:
    """Whether a message without any signature is refused is not decided here."""
    assert ((), ()) == answer(FILE)


def test_autack_without_references_covers_nothing() -> None:
    """It refers to nothing, and the message that it should cover is not covered."""
    assert [(MalformedPayloadError, Code.REFERENCE_NOT_FOUND)] == refusals(FILE, direct(b""))


@pytest.mark.parametrize(("usx", "what"), [
    (b"USX+IC1+++GROUP'", "a group"), (b"USX+IC1++++A'", "a group"), (b"USX+IC1+++++B'", "a group"),
    (b"USX+IC1++++++++P'", "a package"),
])  # fmt: skip
def test_groups_and_packages_are_not_followed(usx: bytes, what: str) -> None:
    """A reference into a functional group or to a package cannot be judged."""
    errors = answer(FILE, direct(usx + b"USY+S1+" + R_AND_S + b"'"))[1]
    assert [(UnsupportedPayloadError, Code.SCOPE_UNSUPPORTED)] == [(type(one), one.code) for one in errors]
    assert what in errors[0].detail


def test_autack_cannot_sign_its_own_interchange() -> None:
    """The signature would be part of what it signs."""
    inner = DIRECT_HEADER + USB + b"USX+IC9'USY+S1+" + R_AND_S + b"'" + DIRECT_TRAILER
    file = autack(inner).replace(b"UNH+A1", FIRST + b"UNH+A1").replace(b"UNZ+1", b"UNZ+2")
    assert [(UnsupportedPayloadError, Code.SCOPE_UNSUPPORTED)] == refusals(file)


def test_more_references_than_messages_could_be() -> None:
    """References are counted over all AUTACKs."""
    limits = replace(DEFAULT_LIMITS, messages=2)
    one = direct(b"USX+IC5'USY+S1+2:01*3:02'")
    cover(interchanges_of(FILE, one, one.replace(b"IC9", b"IC8")), limits)
    with pytest.raises(LimitExceededError):
        cover(interchanges_of(FILE, one, one.replace(b"IC9", b"IC8"), one.replace(b"IC9", b"IC7")), limits)


def test_reference_that_leads_nowhere_is_told() -> None:
    """What is sought, and what is here."""
    (error, *_) = answer(FILE, direct(b"USX+IC7+SENDER:500'USY+S1+2:01*3:02'"))[1]
    assert "interchange 'IC7' from 'SENDER:500' is referred to, and 0 that fit are here" in error.detail
    assert "references that are here: 'IC1', 'IC9'" in error.detail


def test_message_that_leads_nowhere_is_told() -> None:
    """Of an interchange that is here, its messages."""
    (error, *_) = answer(FILE, direct(b"USX+IC1++++++7'USY+S1+2:01*3:02'"))[1]
    assert "message '7' of interchange 'IC1' is referred to" in error.detail
    assert "references that are here: '1', '2'" in error.detail
