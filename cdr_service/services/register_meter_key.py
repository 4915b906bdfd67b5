"""Register a meter's public key, independently of any record, and show what is registered: only these make CDRs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdr_service.domain.errors import NotFoundError, RequestError
from cdr_service.persistence.codes import StoreCode
from cdr_service.persistence.records import KeyHolder, KeyProvenance, MeterKeyRevision, StoredMeterKey, TimeTariff
from cdr_service.services.evidence import meter_key_of
from meter_sign import (
    RsaPublicKey,
    decode_any_public_key,
    decode_public_key,
    holds_certificate,
    normal_meter_id,
    read_certificate,
)

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.services.ports import Ports
    from meter_sign import PublicKey

#: Shorter RSA keys are weak in every format that has them (edifact.md, R15), so they would never verify anything.
RSA_BITS_MIN = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterKeyRegistration:
    """A key as the operator read it from the nameplate or the Bundesnetzagentur's register."""

    serial: str
    name: str
    #: In any published encoding.
    public_key: str
    source: KeyProvenance
    time_tariff: TimeTariff
    #: Name of the curve; needed where the text does not tell it, a compressed point.
    curve: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    evse_uid: str | None = None
    #: PARTY: not the meter signs with it but somebody who passes its values on.
    signer_kind: KeyHolder = KeyHolder.METER


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredKeys:
    """The keys of one meter: those that count, each with the time in which it does, and everything that was put."""

    serial: str
    counting: tuple[StoredMeterKey, ...]
    history: tuple[MeterKeyRevision, ...]


def registered_keys(ports: Ports, serial: str) -> RegisteredKeys:
    """Everything that is registered for a meter.

    Raises:
        NotFoundError: METER_UNKNOWN, when nothing ever was.
    """
    known_as = normal_meter_id(serial)
    with ports.transaction() as store:
        history = store.list_meter_key_revisions(known_as)
        if not history:
            raise NotFoundError(StoreCode.METER_UNKNOWN, "no key was ever registered for this meter", where=known_as)
        return RegisteredKeys(serial=known_as, counting=store.list_meter_keys(known_as), history=history)


def _decoded(registration: MeterKeyRegistration) -> tuple[PublicKey | RsaPublicKey, bytes | None]:
    """The key, and the certificate that it came in, which messages may call it by."""
    text, curve = registration.public_key, registration.curve
    key = decode_any_public_key(text) if curve is None else decode_public_key(text, curve_name=curve)
    if isinstance(key, RsaPublicKey) and key.bits < RSA_BITS_MIN:
        message = f"an RSA key of {key.bits} bits verifies no value: it needs {RSA_BITS_MIN} at least"
        raise RequestError("KEY_INVALID", message, where="/public_key")
    return key, read_certificate(text).der if holds_certificate(text) else None


def register_meter_key(ports: Ports, registration: MeterKeyRegistration) -> StoredMeterKey:
    """Decode and keep a meter's key, or a party's under the meter whose values it signs.

    A certificate is kept whole, because EDIFACT messages and CMS call a key by issuer and serial number. Under one name
    the newest certificate of a key is the one that counts: a renewed one, whose forerunner must still be found, gets a
    name of its own. One that has run out is kept too: what was signed in its time stays verifiable.

    Returns:
        The key as kept, with its fingerprint for comparison with the nameplate.

    Raises:
        RequestError: KEY_INVALID, when it is an RSA key that is too short to prove anything.
        MeterSignError: KEY_INVALID, when it is no public key of a curve that meters use, or of the curve that is named,
            and no RSA key, a certificate that cannot be read, or its validity ends before it begins.
        RequestError: FIELD_INVALID, when the serial is blank: no key counts for whatever meter.
        ConflictError: METER_KEY_NEEDS_VALID_FROM, when another key stands under this name and it is open from when on
            the new one signs; METER_KEY_IN_USE, when the other key would end before a session that it has billed;
            METER_KEY_KIND_DIFFERS, when it is registered elsewhere as another kind of signer's.
    """
    if not normal_meter_id(registration.serial):
        raise RequestError("FIELD_INVALID", "a key is registered for one meter or location", where="serial")
    key, certificate_der = _decoded(registration)
    stored = StoredMeterKey(
        serial=normal_meter_id(registration.serial),
        name=registration.name,
        spki_der=key.spki_der,
        fingerprint=key.fingerprint,
        valid_from=registration.valid_from,
        valid_until=registration.valid_until,
        evse_uid=registration.evse_uid,
        source=registration.source,
        time_tariff=registration.time_tariff,
        signer_kind=registration.signer_kind,
        certificate_der=certificate_der,
    )
    # What is kept must be usable: a key that cannot be read later would stop every record of its meter.
    meter_key_of(stored)
    with ports.transaction() as store:
        store.put_meter_key(stored, now=ports.clock())
    return stored
