"""The eMSP's own reading of signed MSCONS: what it verifies, and what it does not judge."""

from __future__ import annotations

from base64 import b64encode
from fractions import Fraction

import pytest

from tools.counterparty.edifact import read_signed_message
from tools.counterparty.schema import Complaint, FaultError
from tools.fixtures.edifact import in_message, mscons
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


@pytest.mark.parametrize(
    "group", [in_message.Group(filter="7"), in_message.Group(form=in_message.DER), in_message.Group(key=RSA_2048)]
)
def test_other_forms_are_lawful_and_not_judged(group: in_message.Group) -> None:
    """Base64, DER, RSA: a receiver that does not know them says so and accepts nothing."""
    assert complaint(in_message.file_of(REGISTERS, group)) is Complaint.ALGORITHM_NOT_JUDGED


def test_unsigned_message_is_not_judged() -> None:
    """Nothing in it is a signature."""
    assert complaint(mscons.interchange(mscons.message(REGISTERS))) is Complaint.ALGORITHM_NOT_JUDGED


def test_what_is_no_interchange_is_unreadable() -> None:
    """A CMS structure, for one."""
    assert complaint(b"0\x80\x06\x09") is Complaint.SIGNED_DATA_UNREADABLE
