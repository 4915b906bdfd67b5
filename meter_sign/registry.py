"""Meter keys by meter, place and time: a pure look-up over what the caller loaded.

A key that travels with a record proves only that the file agrees with itself; what makes a record evidence is a key
that was registered for this meter beforehand, independently. Old keys stay registered with their validity after a
meter or a key was changed, so that old sessions can still be proven; several may count at once.

Market parties' keys stand here as well: they sign EDIFACT messages and S/MIME, which prove an origin. No record of a
meter format is ever looked up among them. EDIFACT and CMS name their key themselves, by the issuer and serial of a
certificate, by its key identifier, or by a name; for them there are finders of their own, and what they find is to be
asked for its meter and its validity.

A record that states no serial of its meter (many state their gateway's only) may be looked up by the EVSE for which a
key was registered. A record that states a serial never is: another meter's key must not count for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import KeyMaterialError
from meter_sign.model import SignerKind, normal_meter_id

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping
    from datetime import datetime

    from meter_sign.crypto.certificates import KnownCertificate
    from meter_sign.crypto.keys import PublicKey
    from meter_sign.crypto.rsa_keys import RsaPublicKey
    from meter_sign.model import KeyReference


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterKey:
    """One registered key of one meter, or of a market party, with the time in which it counts."""

    #: The id that records of this meter state: its serial, else its gateway's. Empty only for a party: any meter's.
    meter_id: str
    #: The operator's name for this key of this meter; the name under which EDIFACT messages may call it (USC 0538).
    name: str
    key: PublicKey | RsaPublicKey
    #: The certificate it was registered as, if it was; its validity counts as well, its issuer does not.
    certificate: KnownCertificate | None = None
    signer_kind: SignerKind = SignerKind.METER
    #: The code by which the market knows the party whose key it is; None for a meter's key.
    party: str | None = None
    #: First instant at which it counts; None for always before `valid_until`.
    valid_from: datetime | None = None
    #: First instant at which it counts no more; None for without end.
    valid_until: datetime | None = None
    evse_uid: str | None = None
    #: Where the operator has it from: nameplate, bnetza, ocpp, other.
    provenance: str
    #: Whether the type examination of this meter lets its time be billed.
    time_tariff_allowed: bool = False

    def __post_init__(self) -> None:
        if any(at is not None and at.tzinfo is None for at in (self.valid_from, self.valid_until)):
            raise ValueError("valid_from and valid_until must carry a time zone")
        if self.signer_kind is SignerKind.UNKNOWN or (self.party and self.signer_kind is SignerKind.METER):
            raise ValueError("a registered key is a meter's or a party's")
        if self.certificate is not None and self.certificate.key != self.key:
            raise KeyMaterialError(Code.KEY_INVALID, f"key {self.name!r} is not the one in its certificate")
        if self.signer_kind is SignerKind.METER and not self.meter_id.strip():
            raise KeyMaterialError(Code.KEY_INVALID, "a meter key needs the id of its meter")
        if self.valid_from is not None and self.valid_until is not None and self.valid_from >= self.valid_until:
            raise KeyMaterialError(Code.KEY_INVALID, f"key {self.name!r} ends to be valid before it begins")

    def valid_at(self, at: datetime) -> bool:
        """Whether the key counts at an instant: from `valid_from` on, until just before `valid_until`."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or at < self.valid_until)

    def has_ended(self, at: datetime) -> bool:
        """Whether the key counts no more at an instant, though it may have before."""
        return self.valid_until is not None and self.valid_until <= at


@dataclass(frozen=True, slots=True)
class KeyRegistry:
    """All registered keys, by meter id (see `normal_meter_id`) and by EVSE (without letter case, as OCPI compares).

    By these two, meters' own keys are found and no party's.
    """

    keys: tuple[MeterKey, ...] = ()
    _by_meter: Mapping[Hashable, tuple[MeterKey, ...]] = field(init=False, repr=False, compare=False)
    _by_evse: Mapping[Hashable, tuple[MeterKey, ...]] = field(init=False, repr=False, compare=False)
    _by_fingerprint: Mapping[Hashable, tuple[MeterKey, ...]] = field(init=False, repr=False, compare=False)
    _by_name: Mapping[Hashable, tuple[MeterKey, ...]] = field(init=False, repr=False, compare=False)
    _by_certificate: Mapping[Hashable, tuple[MeterKey, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = [key for key in self.keys if key.signer_kind is SignerKind.METER]
        by_meter = _grouped((normal_meter_id(key.meter_id), key) for key in own)
        by_evse = _grouped((key.evse_uid.strip().casefold(), key) for key in own if key.evse_uid is not None)
        by_certificate = _grouped(
            (name, key) for key in self.keys if key.certificate is not None for name in key.certificate.names
        )
        object.__setattr__(self, "_by_meter", by_meter)
        object.__setattr__(self, "_by_evse", by_evse)
        object.__setattr__(self, "_by_fingerprint", _grouped((key.key.fingerprint, key) for key in self.keys))
        object.__setattr__(self, "_by_name", _grouped((key.name.strip(), key) for key in self.keys))
        object.__setattr__(self, "_by_certificate", by_certificate)

    def knows(self, meter_id: str) -> bool:
        """Whether any key is registered for this meter, valid or not.

        A meter that is known but has no key at an instant is KEY_NOT_VALID_AT_TIME, whatever key the file brings.
        """
        return normal_meter_id(meter_id) in self._by_meter

    def find(self, meter_id: str, at: datetime) -> tuple[MeterKey, ...]:
        """Find the keys of a meter that count at an instant.

        Args:
            meter_id: as the record states it.
            at: the instant, with a time zone.

        Returns:
            The keys in the order they were registered; several while an old and a new one overlap, empty when none
            counts.
        """
        return _valid(self._by_meter.get(normal_meter_id(meter_id), ()), at)

    def knows_evse(self, evse_uid: str) -> bool:
        """Whether any key is registered for a meter at this EVSE, valid or not."""
        return evse_uid.strip().casefold() in self._by_evse

    def find_at_evse(self, evse_uid: str, at: datetime) -> tuple[MeterKey, ...]:
        """Find the keys of all meters at an EVSE that count at an instant; as `find`, for records without a serial.

        Args:
            evse_uid: as it was registered; letter case does not matter.
            at: the instant, with a time zone.
        """
        return _valid(self._by_evse.get(evse_uid.strip().casefold(), ()), at)

    def find_named(self, reference: KeyReference) -> tuple[MeterKey, ...]:
        """Every registration, of whatever meter and valid or not, of the certificate that a signature names.

        Args:
            reference: by issuer and serial, or by key identifier.

        Returns:
            Empty where no such certificate is registered, or none is named.
        """
        found = (self._by_certificate.get(name, ()) for name in reference.certificate_names)
        return next((keys for keys in found if keys), ())

    def find_by_name(self, name: str) -> tuple[MeterKey, ...]:
        """Every registration, of whatever meter and valid or not, under a key's name.

        Args:
            name: as a message states it (USC 0538).
        """
        return self._by_name.get(name.strip(), ())

    def find_by_fingerprint(self, fingerprint: str) -> tuple[MeterKey, ...]:
        """Every registration of a key, of whatever meter and valid or not.

        Args:
            fingerprint: of the key.
        """
        return self._by_fingerprint.get(fingerprint, ())

    def entries_of(self, meter_id: str | None, fingerprint: str) -> tuple[MeterKey, ...]:
        """Every registration of a key, valid or not: for this meter, or for whatever meter where there is none for it.

        Args:
            meter_id: as the record states it.
            fingerprint: of the key.
        """
        registered = self._by_fingerprint.get(fingerprint, ())
        id_ = normal_meter_id(meter_id or "")
        return tuple(key for key in registered if normal_meter_id(key.meter_id) == id_) or registered

    def allows_time_tariff(self, meter_id: str | None, fingerprint: str) -> bool:
        """Whether the time of a meter may be billed, by every registration of the key that verified its records.

        Args:
            meter_id: as the record states it; where no key is registered under it, the key alone tells.
            fingerprint: of that key.

        Returns:
            False also when the key is not registered at all: time is forbidden unless somebody allowed it.
        """
        entries = self.entries_of(meter_id, fingerprint)
        return bool(entries) and all(key.time_tariff_allowed for key in entries)


def _valid(keys: Iterable[MeterKey], at: datetime) -> tuple[MeterKey, ...]:
    if at.tzinfo is None:
        raise ValueError("the instant must carry a time zone")
    return tuple(key for key in keys if key.valid_at(at))


def _grouped(keys: Iterable[tuple[Hashable, MeterKey]]) -> dict[Hashable, tuple[MeterKey, ...]]:
    grouped: dict[Hashable, list[MeterKey]] = {}
    for name, key in keys:
        grouped.setdefault(name, []).append(key)
    return {name: tuple(found) for name, found in grouped.items()}
