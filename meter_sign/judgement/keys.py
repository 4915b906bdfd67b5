"""Which key judges a record: the contract's section "Which keys count", as a procedure.

A record's own word on its meter is unauthenticated until the signature holds. It is only used to look up keys: who
lies about the meter is judged with that meter's keys, and fails.

Source: contracts.md 1, "Which keys count".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import PublicKey, TrustedKey, decode_public_key
from meter_sign.crypto.signature_value import read_signature
from meter_sign.errors import ContentError, InvalidSignatureError, KeyMaterialError, MeterSignError
from meter_sign.model import KeySource, normal_meter_id
from meter_sign.timestamps import TimeStatus
from meter_sign.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from meter_sign.judgement.model import KeyPolicy, NamedKey
    from meter_sign.judgement.signatures import SignatureJudgement
    from meter_sign.model import ParsedRecord, VerifiedRecord
    from meter_sign.registry import MeterKey


#: The kind of a charge point's id that is an EVSE's (OCMF 1.4.1, table 18).
EVSE_ID = "EVSEID"


_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a record fared under the policy's keys: a verified record, or the error that stands in its way."""

    key: TrustedKey | None = None
    record: VerifiedRecord | None = None
    error: MeterSignError | None = None
    warnings: tuple[Code, ...] = ()
    #: Of a record whose signatures name their keys.
    signatures: tuple[SignatureJudgement, ...] = ()

    @property
    def signature_holds(self) -> bool:
        """Whether the signature held, be the content a measurement or not."""
        return self.record is not None or isinstance(self.error, ContentError)


class _Vouched(NamedTuple):
    """Keys that somebody but the file vouches for."""

    outcomes: tuple[Outcome, ...]
    #: True: they were given for this very meter, so a different key in the file is an alarm.
    for_this_meter: bool


def check_signature(parsed: ParsedRecord, policy: KeyPolicy, *, at: datetime) -> Outcome:
    """Judge a record's signature with the keys that the policy lets count.

    Args:
        parsed: the record; nothing in it is trusted.
        policy: the keys.
        at: the time that counts where the meter itself does not know the time.

    Returns:
        The verified record, or the first error that applies: InvalidSignatureError, KeyMaterialError, ContentError.
    """
    # 1. What is no signature under any key needs none.
    # 2. Keys that somebody vouches for: those of this meter, and only without any, those given for every record.
    # 3. A different key in the file, where this meter's key is known, is an alarm, whatever else holds.
    # 4. Without a vouched key: the file's own key, which proves that the file agrees with itself.
    # 5. No key at all.
    try:
        # 1.
        for span in parsed.spans:
            read_signature(span.signature, CURVES[parsed.curve], parsed.signature_form)
        # 2.
        vouched = _vouched(parsed, policy, at)
    except (InvalidSignatureError, KeyMaterialError) as error:
        return Outcome(error=error)
    own = _file_keys(parsed)
    if vouched.outcomes:
        # 3.
        return _with_vouched_keys(vouched, own)
    # Who gave a registry must see that it did not answer.
    warnings = () if policy.registry is None else (Code.KEY_UNKNOWN,)
    if own:
        # 4.
        return replace(_with_file_key(own[0], require_registry=policy.require_registry), warnings=warnings)
    # 5.
    missing = KeyMaterialError(Code.KEY_MISSING, "no key is known for this record, so nothing is proven")
    return Outcome(error=missing, warnings=warnings)


def _with_vouched_keys(vouched: _Vouched, own: tuple[Outcome, ...]) -> Outcome:
    best = _best(vouched.outcomes)
    if not vouched.for_this_meter and isinstance(best.error, KeyMaterialError):
        # A key for every record that is none for this one accuses nobody.
        return best
    known = {outcome.key.key for outcome in vouched.outcomes if outcome.key}
    strangers = [outcome for outcome in own if outcome.key and outcome.key.key not in known]
    alarmed = vouched.for_this_meter or not best.signature_holds
    if strangers and alarmed and _best((best, *strangers)).signature_holds:
        detail = "the file brings another key than the one that is known for this meter"
        return Outcome(key=strangers[0].key, error=KeyMaterialError(Code.PUBLIC_KEY_MISMATCH, detail))
    if any(outcome.key is None for outcome in own):
        # A key in the file that nobody can read changes nothing where the meter's own key has spoken.
        return Outcome(key=best.key, record=best.record, error=best.error, warnings=(Code.KEY_INVALID,))
    return best


def _with_file_key(own: Outcome, *, require_registry: bool) -> Outcome:
    if require_registry and own.signature_holds:
        detail = "the key came with the file, and a registered key is required"
        return Outcome(key=own.key, error=KeyMaterialError(Code.KEY_SOURCE_UNTRUSTED, detail))
    return own


def _vouched(parsed: ParsedRecord, policy: KeyPolicy, at: datetime) -> _Vouched:
    """The outcomes under vouched keys.

    Raises:
        KeyMaterialError: KEY_NOT_VALID_AT_TIME, when this meter's keys do not count at the readings' time.
    """
    meter_id = normal_meter_id(parsed.claimed_meter_id or "")
    named = [key for key in policy.arguments if meter_id and normal_meter_id(key.name or "") == meter_id]
    outcomes = [_under_argument(parsed, key) for key in named]
    registered = _registered(parsed, policy, at)
    outcomes += [_under(parsed, TrustedKey(key=key, source=KeySource.REGISTRY)) for key in registered or ()]
    if not outcomes and registered is not None:
        detail = f"registered keys are known for meter {meter_id!r}, but none that counts {_when(parsed)}"
        raise KeyMaterialError(Code.KEY_NOT_VALID_AT_TIME, detail)
    if outcomes:
        return _Vouched(tuple(outcomes), for_this_meter=True)
    unnamed = tuple(_under_argument(parsed, key) for key in policy.arguments if key.name is None)
    return _Vouched(unnamed, for_this_meter=False)


def _when(parsed: ParsedRecord) -> str:
    if _reading_times(parsed, _NEVER) == (_NEVER,):
        return "at the time of the judgement, which counts because the record's own time cannot be trusted"
    return "at the readings' time"


def _registered(parsed: ParsedRecord, policy: KeyPolicy, at: datetime) -> tuple[PublicKey, ...] | None:
    """The meter's registered keys that count at every reading's time; None when the meter is not registered."""
    find = _look_up(parsed, policy)
    if find is None:
        return None
    keys = [find(time) for time in _reading_times(parsed, at)]
    counting = [key.key for key in keys[0] if all(key in others for others in keys[1:])]
    # A meter's RSA key signs EDIFACT: it is no key for this record, and does not make the meter an unknown one.
    return tuple(key for key in counting if isinstance(key, PublicKey))


def _look_up(parsed: ParsedRecord, policy: KeyPolicy) -> Callable[[datetime], tuple[MeterKey, ...]] | None:
    """By the meter's id; only where the record states no serial, and its gateway is unknown, by the EVSE."""
    registry, meter_id = policy.registry, normal_meter_id(parsed.claimed_meter_id or "")
    if registry is None:
        return None
    if meter_id and registry.knows(meter_id):
        return partial(registry.find, meter_id)
    evse_uid = policy.evse_uid or _claimed_evse(parsed)
    if _claims_serial(parsed) or evse_uid is None or not registry.knows_evse(evse_uid):
        return None
    return partial(registry.find_at_evse, evse_uid)


def _claims_serial(parsed: ParsedRecord) -> bool:
    """Whether the record says whose meter it is of; where it cannot be told, any stated id counts as a serial."""
    stated = parsed.claimed_meter_id if parsed.content is None else parsed.content.meter.serial
    return bool(stated)


def _claimed_evse(parsed: ParsedRecord) -> str | None:
    place = parsed.content.charge_point if parsed.content else None
    return place.id if place is not None and place.kind == EVSE_ID else None


def _reading_times(parsed: ParsedRecord, at: datetime) -> tuple[datetime, ...]:
    """The readings' times; where the meter says that it does not know the time, the time of the judgement."""
    readings = parsed.content.readings if parsed.content else ()
    known = [one.time.at if one.time and one.time.status not in {None, TimeStatus.UNKNOWN} else at for one in readings]
    return tuple(dict.fromkeys(known)) or (at,)


def _file_keys(parsed: ParsedRecord) -> tuple[Outcome, ...]:
    """The outcomes under keys that came with the file, the container's first."""
    stated = ((parsed.payload.container_key, KeySource.CONTAINER), (parsed.embedded_key, KeySource.EMBEDDED))
    return tuple(_under_text(parsed, text, source) for text, source in stated if text)


def _under_argument(parsed: ParsedRecord, key: NamedKey) -> Outcome:
    return _under_text(parsed, key.text, KeySource.ARGUMENT)


def _under_text(parsed: ParsedRecord, text: str | bytes, source: KeySource) -> Outcome:
    try:
        key = decode_public_key(text, curve=CURVES[parsed.curve])
    except KeyMaterialError as error:
        return Outcome(error=error)
    return _under(parsed, TrustedKey(key=key, source=source))


def _under(parsed: ParsedRecord, key: TrustedKey) -> Outcome:
    try:
        return Outcome(key=key, record=verify(parsed, key))
    except (InvalidSignatureError, KeyMaterialError, ContentError) as error:
        return Outcome(key=key, error=error)


def _best(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that went furthest: a signature that holds, else one that was judged, else one without a key."""
    return max(outcomes, key=lambda one: (one.signature_holds, isinstance(one.error, InvalidSignatureError)))
