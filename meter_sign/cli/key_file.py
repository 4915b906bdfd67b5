"""Trusted keys from outside: the registry file of `--keys` and the argument of `--key`.

The registry is a TOML file with one table a key. `serial` is the meter id that records state (OCMF MS, else GS):

    [[key]]
    serial = "1EMH0012345678"
    name = "meter"                            # optional, your name for the key; default "meter"
    public_key = "3059301306072a8648ce3d…"    # any published encoding: PEM, hex or base64 of SPKI or point, certificate
    signer_kind = "meter"                     # optional; "party" where it is a market party's key, see below
    curve = "secp192r1"                       # optional; needed for a compressed point, whose text does not tell it
    source = "nameplate"                      # where you have it from: nameplate, bnetza, ocpp, other
    valid_from = 2026-01-01T00:00:00Z         # optional, first instant at which it counts
    valid_until = 2027-01-01T00:00:00Z        # optional, first instant at which it counts no more
    evse_uid = "DE*ABC*E1*1"                  # optional: finds the key for records that state no serial of the meter
    time_tariff = "forbidden"                 # optional; "allowed" where the meter's type lets its time be billed

A market party signs EDIFACT and S/MIME, never a record of a meter format; that proves where the values come from, and
no measurement. Instead of a serial its entry has `party`, the code by which the market knows it, which is also its
`name` unless you give another; it speaks for any meter:

    [[key]]
    party = "9900000000001"                   # says signer_kind = "party" as well
    public_key = "-----BEGIN CERTIFICATE-----…"
    source = "other"

EDIFACT and S/MIME find a key by the issuer and serial of its certificate, by its key identifier, or by `name` (USC
0538). A certificate is kept as one, so that messages can name it: whoever registers it vouches for it, its issuer does
not, and messages that were signed outside its validity do not count. RSA keys of 1024 to 8192 bits can be registered as
well; no meter format has them.

The names are those of `PUT /api/v1/meters/{serial}/keys/{name}`. An unknown name or a key that cannot be decoded is an
error, and nothing is judged: a registry that is half read would let the wrong key count.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from re import ASCII, DOTALL
from re import compile as pattern
from typing import TYPE_CHECKING, Any

from meter_sign.cli import UsageError
from meter_sign.crypto.certificates import holds_certificate, read_certificate
from meter_sign.crypto.keys import decode_public_key
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.errors import KeyMaterialError
from meter_sign.judgement import NamedKey
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import SignerKind
from meter_sign.registry import KeyRegistry, MeterKey

if TYPE_CHECKING:
    from meter_sign.crypto.certificates import KnownCertificate
    from meter_sign.crypto.named_signature import AnyKey

#: Largest registry file that is read, in bytes: some 30 000 keys.
REGISTRY_BYTES = 16 * 1024 * 1024
_TEXT_FIELDS = {
    "serial", "party", "signer_kind", "public_key", "curve", "source", "name", "evse_uid", "time_tariff",
}  # fmt: skip
_TIME_FIELDS = {"valid_from", "valid_until"}
_CHOICES = {
    "source": {"nameplate", "bnetza", "ocpp", "other"},
    "time_tariff": {"forbidden", "allowed"},
    "signer_kind": {SignerKind.METER.value, SignerKind.PARTY.value},
}
#: What an entry must have, and what it cannot have.
_REQUIRED = {
    SignerKind.METER: {"serial", "public_key", "source"},
    SignerKind.PARTY: {"party", "public_key", "source"},
}
_FORBIDDEN = {SignerKind.METER: frozenset[str](), SignerKind.PARTY: {"serial", "evse_uid", "time_tariff"}}
#: What is said of these, beside their names.
_ONLY_METERS = "only a meter's key has this, and a market party's is meant"
_CONTRADICTION = 'signer_kind is "meter" and party is stated: whose key is it?'
#: What a key written on the command line looks like; anything else was meant to be a file.
_KEY_TEXT = pattern(r"-----BEGIN .*|oca:base16:asn1:[0-9A-Fa-f\s]+|[A-Za-z0-9+/\s]{32,}={0,2}", ASCII | DOTALL)


def read_key_argument(argument: str) -> NamedKey:
    """Read `[NAME=]FILE_OR_TEXT`.

    Args:
        argument: as typed. An existing file wins over every other reading.

    Returns:
        The key's text, undecoded: the record names the curve that a raw point needs.

    Raises:
        UsageError: neither a file nor the text of a key.
        OSError: a file that cannot be read.
    """
    whole = _file_or_text(argument)
    if whole is not None:
        return NamedKey(name=None, text=whole)
    name, _, rest = argument.partition("=")
    text = _file_or_text(rest) if name.strip() and rest else None
    if text is None:
        raise UsageError(f"--key: {argument[:80]!r} is neither a file nor the text of a key")
    return NamedKey(name=name.strip(), text=text)


def _file_or_text(stated: str) -> str | bytes | None:
    try:
        is_file = bool(stated) and Path(stated).is_file()
    except (OSError, ValueError):
        # Too long for a name, or a zero byte: text, then.
        is_file = False
    if is_file:
        with Path(stated).open("rb") as file:
            # One more than the cap, so that decoding can tell that it is too long.
            return file.read(DEFAULT_LIMITS.key_characters + 1)
    return stated if _KEY_TEXT.fullmatch(stated.strip()) else None


def read_registry(path: str) -> KeyRegistry:
    """Read the registry file; its format stands above.

    Args:
        path: of the TOML file.

    Returns:
        The registry.

    Raises:
        UsageError: no TOML, a name that the format does not have, a key that cannot be decoded.
        OSError: the file cannot be read.
    """
    # Loaded only here: most calls have no registry.
    import tomllib  # noqa: PLC0415 - see above

    with Path(path).open("rb") as file:
        raw = file.read(REGISTRY_BYTES + 1)
    if len(raw) > REGISTRY_BYTES:
        raise UsageError(f"--keys {path}: larger than {REGISTRY_BYTES} bytes")
    try:
        document = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--keys {path}: no TOML: {error}") from error
    tables = document.pop("key", [])
    if document or not isinstance(tables, list) or not tables:
        raise UsageError(f"--keys {path}: the file must hold tables [[key]], and nothing else")
    return KeyRegistry(tuple(_meter_key(table, f"--keys {path}, key {n}") for n, table in enumerate(tables, 1)))


def _meter_key(table: Any, where: str) -> MeterKey:
    kind = _check_fields(table, where)
    try:
        key, certificate = _key_and_certificate(table["public_key"], table.get("curve"))
        return MeterKey(
            meter_id=table.get("serial", ""),
            name=table.get("name", table.get("party", "meter")),
            key=key,
            certificate=certificate,
            signer_kind=kind,
            party=table["party"].strip() if kind is SignerKind.PARTY else None,
            valid_from=table.get("valid_from"),
            valid_until=table.get("valid_until"),
            evse_uid=table.get("evse_uid"),
            provenance=table["source"],
            time_tariff_allowed=table.get("time_tariff") == "allowed",
        )
    except KeyMaterialError as error:
        raise UsageError(f"{where}: {error}") from error


def _key_and_certificate(text: str, curve_name: str | None) -> tuple[AnyKey, KnownCertificate | None]:
    key = decode_any_public_key(text) if curve_name is None else decode_public_key(text, curve_name=curve_name)
    return key, read_certificate(text) if holds_certificate(text) else None


def _check_fields(table: Any, where: str) -> SignerKind:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: no table")
    if "party" in table and table.get("signer_kind") == SignerKind.METER:
        raise UsageError(f"{where}: {_CONTRADICTION}")
    # Text or not, and one of the two or not, is judged with the other fields.
    is_party = "party" in table or table.get("signer_kind") == SignerKind.PARTY
    kind = SignerKind.PARTY if is_party else SignerKind.METER
    unknown = table.keys() - _TEXT_FIELDS - _TIME_FIELDS
    missing = _REQUIRED[kind] - table.keys()
    forbidden = _FORBIDDEN[kind] & table.keys()
    wrong = [name for name in _TEXT_FIELDS & table.keys() if not isinstance(table[name], str)]
    wrong += [name for name in _TIME_FIELDS & table.keys() if not _is_instant(table[name])]
    mistakes = (
        (unknown, "unknown"),
        (forbidden, _ONLY_METERS),
        (missing, "missing"),
        (wrong, "of the wrong type"),
    )
    for names, what in mistakes:
        if names:
            raise UsageError(f"{where}: {', '.join(sorted(names))}: {what}")
    for name, choices in _CHOICES.items():
        if name in table and table[name] not in choices:
            raise UsageError(f"{where}: {name} is one of {', '.join(sorted(choices))}")
    if kind is SignerKind.PARTY and not table["party"].strip():
        raise UsageError(f"{where}: party is empty")
    return kind


def _is_instant(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None
