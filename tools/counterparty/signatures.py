"""The eMSP checks the signed meter values itself, with nothing but the CDR in its hands.

The key is the one the CDR carries, so what is proven is that plain_data, signed_data and the energy of the CDR agree
with one key; whether that key belongs to the meter is for the operator, who registered it, to show.

EDIFACT messages are read by `edifact.py`.

Source: OCMF 1.4 (frame, signature section); OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs, SignedData.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tools.counterparty.edifact import read_signed_message
from tools.counterparty.recompute import show
from tools.counterparty.schema import Complaint, Fault, FaultError, NotJudgedError
from tools.counterparty.wire import Json, NotJsonError, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: OCMF's names of the algorithms judged here, and the curve each one means; secp192k1 is not judged.
ALGORITHMS: dict[str, type[ec.EllipticCurve]] = {
    "ECDSA-secp256r1-SHA256": ec.SECP256R1,
    "ECDSA-secp256k1-SHA256": ec.SECP256K1,
    "ECDSA-secp192r1-SHA256": ec.SECP192R1,
    "ECDSA-secp384r1-SHA256": ec.SECP384R1,
    "ECDSA-brainpool256r1-SHA256": ec.BrainpoolP256R1,
    "ECDSA-brainpoolP256r1-SHA256": ec.BrainpoolP256R1,
    "ECDSA-brainpool384r1-SHA256": ec.BrainpoolP384R1,
    "ECDSA-brainpoolP384r1-SHA256": ec.BrainpoolP384R1,
}
#: Used when the signature section names none (OCMF, SA).
DEFAULT_ALGORITHM = "ECDSA-secp256r1-SHA256"

_KWH_PER_UNIT = {"kWh": Fraction(1), "Wh": Fraction(1, 1000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    payload_text: str
    payload: Json
    signature: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedVerdict:
    """What was found about the signed values of a CDR."""

    faults: tuple[Fault, ...]
    #: Values in forms that this eMSP does not judge, in words; it compares no energy then.
    not_judged: tuple[str, ...] = ()


def judge_signed_data(cdr: Json) -> SignedVerdict:
    """Judge every signed value of a CDR, then compare the signed energy with total_energy.

    Args:
        cdr: a CDR that has passed the schema.

    Returns:
        All faults; none, and nothing that was not judged, means that each record was verified with the CDR's key and
        that they carry the billed energy.
    """
    signed = cdr.get("signed_data")
    if not signed:
        missing = Fault(Complaint.SIGNED_DATA_MISSING, "/signed_data", "a CDR of ours is proven by signed meter values")
        return SignedVerdict(faults=(missing,))
    read = _READERS.get(signed["encoding_method"], _read_ocmf)
    faults: list[Fault] = []
    not_judged: list[str] = []
    readings: dict[str, list[Fraction]] = {}
    for index, value in enumerate(signed["signed_values"]):
        try:
            for register, values in read(value, signed.get("public_key")).items():
                readings.setdefault(register, []).extend(values)
        except FaultError as error:
            faults.append(Fault(error.code, f"/signed_data/signed_values/{index}", str(error)))
        except NotJudgedError as error:
            not_judged.append(f"/signed_data/signed_values/{index}: {error}")
    if not (faults or not_judged):
        faults = _compare_energy(readings, cdr["total_energy"])
    return SignedVerdict(faults=tuple(faults), not_judged=tuple(not_judged))


def _read_ocmf(value: Json, public_key: str | None) -> dict[str, list[Fraction]]:
    return _readings([_judge(value, public_key)])


def _read_edifact(value: Json, public_key: str | None) -> dict[str, list[Fraction]]:
    return read_signed_message(value["signed_data"], public_key)


#: How the values of an encoding method are read; every other one is taken for OCMF, and complained about.
_READERS: dict[str, Callable[[Json, str | None], dict[str, list[Fraction]]]] = {"EDIFACT": _read_edifact}


def _judge(value: Json, public_key: str | None) -> Json:
    # 1. Base64 and frame.  2. plain_data is the payload section.  3. Algorithm and key.  4. Signature over the section.
    record = _read(value["signed_data"])
    if record.payload_text != value["plain_data"]:
        raise FaultError(Complaint.PLAIN_DATA_DIFFERS, "plain_data is not the payload section of signed_data")
    key = _key(public_key, record.signature.get("SA", DEFAULT_ALGORITHM))
    try:
        key.verify(_signature_bytes(record.signature), record.payload_text.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise FaultError(Complaint.SIGNATURE_MISMATCH, "public_key did not sign this payload section") from error
    return record.payload


def _read(signed_data: str) -> _Record:
    try:
        text = base64.b64decode(signed_data, validate=True).decode("utf-8")
        if not text.startswith("OCMF|"):
            raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, "signed_data is no OCMF record")
        # A pipe may stand inside a JSON string, so the section ends where its JSON value ends.
        _, end = json.JSONDecoder().raw_decode(text, text.find("{"))
        pipe = end + len(text[end:]) - len(text[end:].lstrip())
        if text[pipe : pipe + 1] != "|":
            raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, "no signature section follows the payload section")
        section = text[len("OCMF|") : pipe]
        return _Record(payload_text=section, payload=_object(section), signature=_object(text[pipe + 1 :]))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, f"signed_data is no OCMF record: {error}") from error


def _object(section: str) -> Json:
    value = parse_json(section.encode())
    if not isinstance(value, dict):
        raise NotJsonError("an OCMF section must be a JSON object")
    return value


def _key(public_key: str | None, algorithm: Any) -> ec.EllipticCurvePublicKey:
    curve = ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    if curve is None:
        raise FaultError(Complaint.ALGORITHM_NOT_JUDGED, f"algorithm {algorithm!r}")
    try:
        key = load_der_public_key(base64.b64decode(public_key or "", validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise FaultError(Complaint.KEY_UNUSABLE, "public_key is no base64 of a DER public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, curve):
        raise FaultError(Complaint.KEY_UNUSABLE, f"public_key does not fit {algorithm}")
    return key


def _signature_bytes(signature: Json) -> bytes:
    encoded, encoding = str(signature.get("SD")), signature.get("SE", "hex")
    decoders: dict[str, Callable[[str], bytes]] = {"hex": bytes.fromhex, "base64": _from_base64}
    try:
        return decoders[encoding](encoded)
    except (KeyError, TypeError, ValueError) as error:
        raise FaultError(Complaint.SIGNED_DATA_UNREADABLE, "SD cannot be decoded") from error


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _compare_energy(readings: dict[str, list[Fraction]], total_energy: Decimal | int) -> list[Fault]:
    """One register must have moved by total_energy between its first and its last reading (4 decimals)."""
    moved = {register: values[-1] - values[0] for register, values in readings.items() if len(values) > 1}
    claimed = Fraction(total_energy)
    if any(abs(energy - claimed) <= Fraction(1, 20_000) for energy in moved.values()):
        return []
    shown = ", ".join(f"{register}: {show(energy)} kWh" for register, energy in moved.items()) or "nothing"
    return [Fault(Complaint.SIGNED_ENERGY_DIFFERS, "/total_energy", f"{total_energy} kWh claimed, signed are {shown}")]


def _readings(payloads: Iterable[Json]) -> dict[str, list[Fraction]]:
    """Values in kWh by register; fields equal to the reading before may be left out within a record."""
    found: dict[str, list[Fraction]] = {}
    for payload in payloads:
        inherited: Json = {}
        for reading in _objects(payload.get("RD")):
            inherited = {**inherited, **reading}
            unit, value = _KWH_PER_UNIT.get(str(inherited.get("RU"))), reading.get("RV")
            if unit is not None and isinstance(value, int | Decimal) and not isinstance(value, bool):
                found.setdefault(str(inherited.get("RI", "")), []).append(Fraction(value) * unit)
    return found


def _objects(value: Any) -> list[Json]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
