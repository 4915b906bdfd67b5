"""Market parties and certificates in the registry: found by their names, and never for a record of a meter format."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.cli import UsageError
from meter_sign.cli.key_file import read_registry
from meter_sign.codes import Code
from meter_sign.crypto.rsa_keys import RsaPublicKey, decode_any_public_key
from meter_sign.errors import KeyMaterialError
from meter_sign.judgement import KeyPolicy, Status, judge
from meter_sign.model import KeyReference, SignerKind
from meter_sign.registry import KeyRegistry, MeterKey
from tests.support.certificates import METER, STRANGER, Holder, authority, issued, reference, rsa_key, spki
from tests.support.ocmf import SESSION, value, xml
from tests.support.records import KEY

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 1, 1, tzinfo=UTC)
SIGNER = issued("meter", METER, by=authority("root", 3))
#: The meter that the records of the tests state.
OCMF_METER = "M1"


def entry(key: Any = METER, *, holder: Holder | None = None, **fields: Any) -> MeterKey:
    """A registration."""
    stated = {"meter_id": OCMF_METER, "name": "n", "provenance": "other"} | fields
    certificate = None if holder is None else holder.known
    return MeterKey(key=decode_any_public_key(spki(key)), certificate=certificate, **stated)


def party(key: Any = METER, **fields: Any) -> MeterKey:
    """A market party's registration, for any meter."""
    return entry(key, signer_kind=SignerKind.PARTY, **({"meter_id": ""} | fields))


def test_party_needs_no_meter() -> None:
    """A market party's key speaks for any meter."""
    assert "" == party().meter_id


def test_meter_needs_its_id() -> None:
    """A meter's key without meter would count for every one."""
    with pytest.raises(KeyMaterialError):
        entry(meter_id=" ")


def test_registration_is_a_meters_or_a_partys() -> None:
    """Nobody registers a key of whom it is unknown whose it is."""
    with pytest.raises(ValueError, match="party"):
        entry(signer_kind=SignerKind.UNKNOWN)


def test_certificate_must_hold_the_key() -> None:
    """A certificate of another key would let that one be found by its name."""
    with pytest.raises(KeyMaterialError):
        entry(STRANGER, holder=SIGNER)


def test_certificates_are_found_by_their_names() -> None:
    """By issuer and serial, and by key identifier; a bare key has neither name."""
    one, bare = entry(holder=SIGNER), entry(meter_id="M2")
    registry = KeyRegistry((one, bare))
    by_id = KeyReference(subject_key_id=SIGNER.known.subject_key_id)
    assert [(one,), (one,), ()] == [
        registry.find_named(named) for named in (reference(SIGNER), by_id, KeyReference(key_name="n"))
    ]


def test_keys_are_found_by_name_and_by_fingerprint() -> None:
    """Whatever meter or party they are registered for."""
    one, other = entry(name="p256"), party(STRANGER, name="party")
    registry = KeyRegistry((one, other))
    assert [(one,), (other,), ()] == [registry.find_by_name(name) for name in (" p256", "party", "P256")]
    assert [(one,), (other,)] == [registry.find_by_fingerprint(each.key.fingerprint) for each in (one, other)]


def test_party_is_never_found_by_meter_or_place() -> None:
    """The ways in which records of meter formats look for keys lead to no party."""
    registry = KeyRegistry((party(meter_id=OCMF_METER, evse_uid="E1"), party()))
    assert [(), (), ()] == [
        registry.find(OCMF_METER, AT), registry.find_at_evse("E1", AT), registry.find("", AT)
    ]  # fmt: skip
    assert [False, False] == [registry.knows(OCMF_METER), registry.knows_evse("E1")]


def judged(*entries: MeterKey) -> tuple[Status, tuple[Code, ...]]:
    """An OCMF record with its own key beside, judged as at the gateway."""
    policy = KeyPolicy(registry=KeyRegistry(entries), require_registry=True)
    (only,) = judge(xml(value(SESSION, key=spki(KEY).hex())), policy, at=AT).values
    return only.status, only.problems


def test_meter_key_verifies_the_record() -> None:
    """The key that signed it, registered for its meter."""
    assert (Status.VERIFIED, ()) == judged(entry(KEY))


@pytest.mark.parametrize("meter_id", ["", OCMF_METER])
def test_party_never_verifies_a_record_of_a_meter_format(meter_id: str) -> None:
    """The same key, registered as a party's, proves no measurement."""
    assert (Status.UNTRUSTED_KEY, (Code.KEY_SOURCE_UNTRUSTED,)) == judged(party(KEY, meter_id=meter_id))


def test_rsa_key_never_verifies_a_record_of_a_meter_format() -> None:
    """A meter with an RSA key is known, and this record is not by it."""
    assert (Status.UNTRUSTED_KEY, (Code.KEY_NOT_VALID_AT_TIME,)) == judged(entry(rsa_key()))


# The registry's file ------------------------------------------------------------------------------------------------


def read(tmp_path: Path, text: str) -> tuple[MeterKey, ...]:
    """Read a registry of this text."""
    file = tmp_path / "keys.toml"
    file.write_text(f"[[key]]\nsource = 'other'\n{text}", encoding="utf-8")
    return read_registry(str(file)).keys


def test_file_keeps_a_certificate_as_one(tmp_path: Path) -> None:
    """So that messages can name it."""
    (one,) = read(tmp_path, f"serial = 'M1'\npublic_key = '''{SIGNER.pem.decode()}'''")
    assert (SIGNER.known, SIGNER.known.key, SignerKind.METER) == (one.certificate, one.key, one.signer_kind)


def test_file_holds_parties(tmp_path: Path) -> None:
    """With their market code instead of a serial, which is their name as well."""
    (one,) = read(tmp_path, f"signer_kind = 'party'\nparty = '9900000000001'\npublic_key = '{spki(METER).hex()}'")
    assert ("", "9900000000001", SignerKind.PARTY, None) == (one.meter_id, one.name, one.signer_kind, one.certificate)


def test_file_holds_rsa_keys(tmp_path: Path) -> None:
    """In any encoding."""
    (one,) = read(tmp_path, f"serial = 'M1'\nname = 'rsa'\npublic_key = '{spki(rsa_key()).hex()}'")
    assert isinstance(one.key, RsaPublicKey)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("serial = 'M1'\nsigner_kind = 'unknown'", "signer_kind is one of meter, party"),
        ("serial = 'M1'\nsigner_kind = 1", "signer_kind: of the wrong type"),
        ("serial = 'M1'\nparty = '99'", "serial: only a meter's key has this"),
        ("signer_kind = 'party'\nparty = '99'\nserial = 'M1'", "serial: only a meter's key has this"),
        ("signer_kind = 'party'\nparty = '99'\nevse_uid = 'E1'", "evse_uid: only a meter's key has this"),
        ("signer_kind = 'party'\nparty = '99'\ntime_tariff = 'allowed'", "time_tariff: only a meter's key has this"),
        ("serial = 'M1'\nsigner_kind = 'meter'\nparty = '99'", "whose key is it"),
        ("signer_kind = 'party'", "party: missing"),
        ("signer_kind = 'party'\nparty = ' '", "party is empty"),
    ],
)
def test_file_with_a_contradiction_is_refused(tmp_path: Path, fields: str, said: str) -> None:
    """A registry that is half read would let the wrong key count."""
    with pytest.raises(UsageError, match=said):
        read(tmp_path, f"{fields}\npublic_key = '{spki(METER).hex()}'")


def test_file_with_a_broken_certificate_is_refused(tmp_path: Path) -> None:
    """Its key may be whole; its name is not."""
    broken = SIGNER.der.replace(b"250101000000Z", b"259901000000Z").hex()
    with pytest.raises(UsageError, match="KEY_INVALID"):
        read(tmp_path, f"serial = 'M1'\npublic_key = '{broken}'")
