"""What no signature of the meter covers changes nothing of what the meter said: UNB, UNA, and who wraps its file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from meter_sign.crypto.certificates import read_certificate
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.judgement import KeyPolicy, judge
from meter_sign.model import SignerKind
from meter_sign.registry import KeyRegistry, MeterKey
from tools.fixtures.edifact import cms, in_message, mscons, people
from tools.fixtures.edifact.in_message import Group

if TYPE_CHECKING:
    from tools.fixtures.edifact.mscons import Body

AT = datetime(2026, 12, 31, tzinfo=UTC)
#: USC and USH without anything whose place depends on the syntax version.
BY_NAME = Group(key_name=people.KEY_NAME, key=people.NAMED_KEY, form="der", signed_at="")
PARTY = read_certificate(people.PARTY.der)
REGISTRY = KeyRegistry(
    (
        MeterKey(
            meter_id=people.METER_ID, name=people.KEY_NAME, key=decode_any_public_key(people.NAMED_KEY.spki),
            provenance="other",
        ),
        MeterKey(
            meter_id="", name="party", key=PARTY.key, certificate=PARTY, signer_kind=SignerKind.PARTY,
            provenance="other",
        ),
    )
)  # fmt: skip


def answer(raw: bytes) -> tuple[str, tuple[Code, ...]]:
    """Status and problems of the one value."""
    (value,) = judge(raw, KeyPolicy(registry=REGISTRY, require_registry=True), at=AT).values
    return str(value.status), value.problems


def two_readings(**place: str) -> Body:
    """A message with a begin and an end."""
    obis = place.pop("obis", mscons.IMPORT)
    line = mscons.line(mscons.point(*mscons.FIRST), mscons.point(*mscons.LAST), obis=obis)
    return mscons.document(mscons.place(line, **place))


@pytest.mark.parametrize(
    "stated",
    [{"obis": mscons.IMPORT + "*01"}, {"meter": people.METER_ID + "*X"}, {"session": "S1*A"}],
    ids=["historical register", "meter", "session"],
)
def test_another_syntax_version_does_not_cut_what_was_signed(stated: dict[str, str]) -> None:
    """UNB is not signed. Signed in syntax 3 `*` is part of a text; read in syntax 4 it would end it."""
    signed = in_message.file_of(two_readings(**stated), BY_NAME, envelope=mscons.V3)
    switched = signed.replace(b"UNA:+.? 'UNB+UNOC:3", b"UNA:+.?*'UNB+UNOC:4")
    assert ("content_invalid", (Code.CONTENT_INVALID,)) == answer(switched)


def test_who_wraps_a_meters_file_does_not_say_how_it_is_read() -> None:
    """CMS signs UNA, but another one made it: with a point that releases, 1000.500 kWh would be 1000500 kWh."""
    file = in_message.file_of(two_readings(), BY_NAME).replace(b"UNA:+.?*'", b"UNA:+,.*'")
    assert ("structure_invalid", (Code.UNA_UNSIGNED,)) == answer(cms.signed_data(file, cms.Signer()))


def test_party_may_wrap_a_meters_file() -> None:
    """As it is, both signatures hold."""
    file = in_message.file_of(two_readings(), BY_NAME)
    assert ("verified", ()) == answer(cms.signed_data(file, cms.Signer()))
