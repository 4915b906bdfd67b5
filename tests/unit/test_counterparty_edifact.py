"""The eMSP's own reading of signed MSCONS: what it verifies, and what it does not judge."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from fractions import Fraction

import pytest

from tools.counterparty.edifact import read_signed_message
from tools.counterparty.schema import Complaint, FaultError, NotJudgedError
from tools.fixtures.edifact import autack, cms, in_message, mime, mscons
from tools.fixtures.edifact.people import METER, OTHER_METER, RSA_2048
from tools.fixtures.edifact.signing_keys import SHA_512

REGISTERS = mscons.document(mscons.place(mscons.registers()))
GENUINE = in_message.file_of(REGISTERS)
KEY = b64encode(METER.key.spki).decode()


def read(file: bytes, key: str = KEY) -> dict[str, list[Fraction]]:
    """Read a file as it stands in a CDR."""
    return read_signed_message(b64encode(file).decode(), key)


def complaint(file: bytes, key: str = KEY) -> Complaint:
    """Why a file is refused."""
    with pytest.raises(FaultError) as caught:
        read(file, key)
    return caught.value.code


def test_register_is_read_in_order() -> None:
    """1000.500 and 1023.750 kWh."""
    assert {"1-0:1.8.0": [Fraction("1000.5"), Fraction("1023.75")]} == read(GENUINE)


def test_load_profile_is_added_up() -> None:
    """Four intervals, 6.800 kWh."""
    file = in_message.file_of(mscons.document(mscons.place(mscons.profile())))
    assert {"1-0:1.29.0": [Fraction(0), Fraction("6.8")]} == read(file)


def test_other_hashes_of_the_family_are_verified() -> None:
    """SHA-512."""
    assert read(in_message.file_of(REGISTERS, in_message.Group(hashed=SHA_512)))


def test_changed_digit_does_not_verify() -> None:
    """Ten kWh more."""
    assert complaint(GENUINE.replace(b"1023.750", b"1033.750")) is Complaint.SIGNATURE_MISMATCH


def test_another_key_does_not_verify() -> None:
    """The key of another meter."""
    other = b64encode(OTHER_METER.key.spki).decode()
    assert complaint(GENUINE, other) is Complaint.SIGNATURE_MISMATCH


@pytest.mark.parametrize("key", ["", "no base64", b64encode(RSA_2048.spki).decode()])
def test_key_that_cannot_have_signed_is_unusable(key: str) -> None:
    """None, none that can be read, or none of an elliptic curve."""
    assert complaint(GENUINE, key) is Complaint.KEY_UNUSABLE


def not_judged(file: bytes) -> bool:
    """Whether a file is taken on trust."""
    with pytest.raises(NotJudgedError):
        read(file)
    return True


@pytest.mark.parametrize(
    "group", [in_message.Group(filter="7"), in_message.Group(form=in_message.DER), in_message.Group(key=RSA_2048)]
)
def test_other_forms_are_lawful_and_not_judged(group: in_message.Group) -> None:
    """Base64, DER, RSA: a receiver that does not know them says so, and calls nothing unreadable."""
    assert not_judged(in_message.file_of(REGISTERS, group))


def test_signatures_around_and_beside_messages_are_not_judged() -> None:
    """CMS, S/MIME in both forms, and an AUTACK behind the message."""
    ordinary = mscons.interchange(mscons.message(REGISTERS), envelope=mscons.V3)
    group = in_message.Group(certificate=METER, service="7", scope="3")
    behind = autack.file_of(autack.direct(autack.Reference(content=autack.without_una(ordinary)), group=group))
    signed = cms.signed_data(ordinary, cms.Signer(certificate=METER, key=None))
    mail = mime.multipart(mime.entity(ordinary), cms.Signer(certificate=METER, key=None))
    for file in (signed, mime.opaque(signed), mail, ordinary + behind):
        assert not_judged(file)


def test_several_messages_in_one_file_are_not_judged() -> None:
    """Each of them would need its own place in the comparison."""
    message = mscons.message(in_message.secured(REGISTERS))
    assert not_judged(mscons.interchange(message, message))


@pytest.mark.parametrize(("sign_breaks", "breaks"), [(True, "\r\n"), (False, "\r\n"), (False, "\n")])
def test_line_breaks_between_segments_are_no_data(*, sign_breaks: bool, breaks: str) -> None:
    """Signed with them or without: edifact.md, R7."""
    envelope = replace(mscons.V4, breaks=breaks)
    assert read(in_message.file_of(REGISTERS, envelope=envelope, sign_breaks=sign_breaks)) == read(GENUINE)


def test_unsigned_message_is_refused() -> None:
    """Nothing in it is a signature."""
    assert complaint(mscons.interchange(mscons.message(REGISTERS))) is Complaint.SIGNED_DATA_MISSING


@pytest.mark.parametrize("file", [b"", b"hello", b"OCMF|{}|{}", b"UNA:+.? 'UNB+UNOC:4'"])
def test_what_is_no_message_is_unreadable(file: bytes) -> None:
    """Nothing that could have been signed."""
    assert complaint(file) is Complaint.SIGNED_DATA_UNREADABLE
