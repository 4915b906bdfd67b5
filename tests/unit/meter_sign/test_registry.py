"""The registry of meter keys: which key counts for which meter at which instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from meter_sign.codes import Code
from meter_sign.crypto.keys import PublicKey, decode_public_key
from meter_sign.errors import KeyMaterialError
from meter_sign.model import normal_meter_id
from meter_sign.registry import KeyRegistry, MeterKey
from tests.unit.meter_sign.crypto.signers import signer

SPRING = datetime(2026, 3, 1, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
METER = "1EMH0012345678"


def public_key(secret: int = 3) -> PublicKey:
    """A key by its secret."""
    return decode_public_key(signer("secp256r1", secret).spki)


def meter_key(
    *,
    meter_id: str = METER,
    name: str = "first",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    secret: int = 3,
) -> MeterKey:
    """A registered key."""
    key = public_key(secret)
    return MeterKey(
        meter_id=meter_id, name=name, key=key, valid_from=valid_from, valid_until=valid_until, provenance="nameplate"
    )


def test_key_without_validity_always_counts() -> None:
    """A key registered without times counts at any instant."""
    key = meter_key()
    assert (key,) == KeyRegistry((key,)).find(METER, datetime.min.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (SPRING - MOMENT, False),
        (SPRING, True),
        (SUMMER, True),
        (AUTUMN - MOMENT, True),
        (AUTUMN, False),
        (AUTUMN + MOMENT, False),
    ],
)
def test_validity_includes_its_begin_and_not_its_end(at: datetime, counts: bool) -> None:  # noqa: FBT001 - a table row
    """A key counts from `valid_from` on, until just before `valid_until`."""
    key = meter_key(valid_from=SPRING, valid_until=AUTUMN)
    assert ((key,) if counts else ()) == KeyRegistry((key,)).find(METER, at)


def test_instants_are_compared_and_not_clock_faces() -> None:
    """The same instant in another zone is the same instant."""
    key = meter_key(valid_from=SPRING, valid_until=SUMMER)
    berlin = timezone(timedelta(hours=2))
    assert (key,) == KeyRegistry((key,)).find(METER, (SUMMER - MOMENT).astimezone(berlin))
    assert () == KeyRegistry((key,)).find(METER, SUMMER.astimezone(berlin))


def test_key_follows_key_at_one_instant() -> None:
    """When a key ends at the instant at which the next begins, there is exactly one at every instant."""
    old, new = meter_key(valid_until=SUMMER), meter_key(name="second", valid_from=SUMMER, secret=5)
    registry = KeyRegistry((old, new))
    assert [(old,), (new,)] == [registry.find(METER, SUMMER - MOMENT), registry.find(METER, SUMMER)]


def test_overlapping_keys_are_all_found() -> None:
    """While two keys overlap both are found, in the order they were registered."""
    second, first = meter_key(name="second", valid_from=SPRING, secret=5), meter_key()
    assert (second, first) == KeyRegistry((second, first)).find(METER, SUMMER)


def test_outside_validity_is_not_unknown() -> None:
    """A meter whose key is not valid yet is known; a meter without any key is not."""
    registry = KeyRegistry((meter_key(valid_from=SUMMER),))
    assert (True, ()) == (registry.knows(METER), registry.find(METER, SPRING))
    assert (False, ()) == (registry.knows("other"), registry.find("other", SUMMER))


def test_blanks_around_an_id_do_not_matter() -> None:
    """White space around an id, registered or asked, is no part of it."""
    registry = KeyRegistry((meter_key(meter_id=f"  {METER}\n"),))
    assert registry.knows(f"\t{METER} ")
    assert 1 == len(registry.find(METER, SUMMER))


@pytest.mark.parametrize(
    "asked",
    [METER.lower(), METER[1:], METER[:-1], f"0{METER}", METER.replace("0", "O"), METER.replace("1E", "1 E"), "", " "],
)
def test_ids_are_compared_exactly(asked: str) -> None:
    """Another case, a leading zero or a blank inside is another meter."""
    registry = KeyRegistry((meter_key(),))
    assert (False, ()) == (registry.knows(asked), registry.find(asked, SUMMER))


def test_meters_do_not_share_keys() -> None:
    """A key registered for one meter is not found for another."""
    mine, theirs = meter_key(), meter_key(meter_id="1EMH0087654321", secret=5)
    assert (mine,) == KeyRegistry((mine, theirs)).find(METER, SUMMER)


def test_empty_registry_knows_nothing() -> None:
    """Without keys no meter is known."""
    assert (False, ()) == (KeyRegistry().knows(METER), KeyRegistry().find(METER, SUMMER))


@pytest.mark.parametrize("meter_id", ["", " ", "\n"])
def test_key_without_meter_is_refused(meter_id: str) -> None:
    """A key for no meter cannot be registered, so an empty id in a record finds nothing."""
    with pytest.raises(KeyMaterialError) as caught:
        meter_key(meter_id=meter_id)
    assert Code.KEY_INVALID is caught.value.code


@pytest.mark.parametrize("valid_until", [SPRING, SPRING - MOMENT])
def test_validity_that_ends_before_it_begins_is_refused(valid_until: datetime) -> None:
    """A validity without an instant in it cannot be registered."""
    with pytest.raises(KeyMaterialError):
        meter_key(valid_from=SPRING, valid_until=valid_until)


def test_times_without_zone_are_a_programming_mistake() -> None:
    """A validity or a question without time zone never passes silently."""
    with pytest.raises(ValueError):
        meter_key(valid_from=SPRING.replace(tzinfo=None))
    with pytest.raises(ValueError):
        meter_key(valid_until=SPRING.replace(tzinfo=None))
    with pytest.raises(ValueError):
        KeyRegistry((meter_key(),)).find(METER, SUMMER.replace(tzinfo=None))


SERVER_ID = "0901454D4800007F87B0"


@pytest.mark.parametrize(
    "spelled",
    [SERVER_ID, SERVER_ID.lower(), "09 01 45 4D 48 00 00 7F 87 B0", "09-01-45-4d-48-00-00-7f-87-b0", f" {SERVER_ID}\n"],
)
def test_server_ids_are_bytes_however_they_are_spelled(spelled: str) -> None:
    """Ten bytes in hex, as EDL40 meters state them, have no letter case and no separators."""
    assert SERVER_ID == normal_meter_id(spelled)
    key = meter_key(meter_id=spelled)
    assert (key,) == KeyRegistry((key,)).find(SERVER_ID, SUMMER)


@pytest.mark.parametrize("text", [SERVER_ID.lower() + "0", SERVER_ID.lower()[:-2], "g" * 20, "1emh0012345678", "04 A1"])
def test_other_ids_are_texts(text: str) -> None:
    """What is not exactly ten bytes in hex keeps its letters and its blanks."""
    assert text == normal_meter_id(text)


def test_key_is_found_by_its_evse() -> None:
    """EVSE ids are compared as OCPI does, without case; a key without one is at none."""
    here = replace(meter_key(), evse_uid="DE*ABC*E1*1")
    registry = KeyRegistry((here, meter_key(meter_id="M2", secret=5)))
    assert (here,) == registry.find_at_evse(" de*abc*e1*1 ", SUMMER)
    assert (True, False, ()) == (
        registry.knows_evse("DE*ABC*E1*1"), registry.knows_evse("DE*ABC*E1"), registry.find_at_evse("", SUMMER),
    )  # fmt: skip


def test_key_at_an_evse_counts_in_its_time_only() -> None:
    """The meter that was exchanged yesterday proves nothing today."""
    registry = KeyRegistry((replace(meter_key(valid_until=SUMMER), evse_uid="E1"),))
    assert (True, ()) == (registry.knows_evse("E1"), registry.find_at_evse("E1", SUMMER))


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [((), False), ((False,), False), ((True,), True), ((True, False), False), ((True, True), True)],
)
def test_time_is_forbidden_unless_every_registration_allows_it(allowed: tuple[bool, ...], *, expected: bool) -> None:
    """One registration of the meter's key that says no is enough."""
    keys = tuple(replace(meter_key(name=str(n)), time_tariff_allowed=one) for n, one in enumerate(allowed))
    elsewhere = replace(meter_key(meter_id="M2"), time_tariff_allowed=not expected)
    fingerprint = public_key().fingerprint
    assert expected == KeyRegistry((*keys, *((elsewhere,) if keys else ()))).allows_time_tariff(METER, fingerprint)


def test_time_of_a_meter_found_by_its_evse_is_told_by_the_key() -> None:
    """A record that states another id than the registered one is judged by the registration of its key."""
    registry = KeyRegistry((replace(meter_key(), time_tariff_allowed=True),))
    assert registry.allows_time_tariff(None, public_key().fingerprint)
