"""The kinds of simulated sessions, and what must be said of each: announced here, before anything is judged.

valid        a session as it should be
tampered     the same kind, one digit of its end changed after signing
wrong_key    signed by another meter's key; a file that brings that key only agrees with itself
late         begun long before it could be delivered, by a clock that in the end only measured durations
dst_autumn   charging while the clock is put back: local times repeat
dst_spring   charging while the clock is put forward: an hour of local time is missing
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from meter_sign.cli.simulate_meter import Seed, SimulatedKey, SimulatedMeter, SimulatedReading, SimulatedSession
from meter_sign.cli.verdict_json import format_time
from meter_sign.model import Context, Phase
from meter_sign.timestamps import TimeStatus
from meter_sign.transparency_xml import TransparencyValue, write_transparency_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.cli.simulate_formats import SimulatedFormat

_S, _R = TimeStatus.SYNCHRONISED, TimeStatus.RELATIVE
_BILLABLE_TIME = {(_S, _S): "absolute", (_S, _R): "duration"}
#: Name of the registry among the files.
REGISTRY = "keys.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of session."""

    name: str
    what: str
    #: Local times with their offsets, and the clock's status, begin first and end last.
    times: tuple[tuple[str, TimeStatus], ...]
    tampered: bool = False
    wrong_key: bool = False


KINDS = (
    Kind(
        name="valid", what="a session as it should be",
        times=(("2026-01-15T10:00:00+01:00", _S), ("2026-01-15T12:30:00+01:00", _S)),
    ),
    Kind(
        name="tampered", what="one digit of the end was changed after signing", tampered=True,
        times=(("2026-01-16T10:00:00+01:00", _S), ("2026-01-16T12:30:00+01:00", _S)),
    ),
    Kind(
        name="wrong_key", what="signed with another meter's key", wrong_key=True,
        times=(("2026-01-17T10:00:00+01:00", _S), ("2026-01-17T12:30:00+01:00", _S)),
    ),
    Kind(
        name="late", what="begun long before delivery; the clock lost its time and measured only durations",
        times=(("2025-11-03T18:00:00+01:00", _S), ("2025-11-04T06:30:00+01:00", _R)),
    ),
    Kind(
        name="dst_autumn", what="charging while the clock is put back: 02:30 is read twice",
        times=(
            ("2026-10-25T01:30:00+02:00", _S), ("2026-10-25T02:30:00+02:00", _S), ("2026-10-25T02:30:00+01:00", _S),
            ("2026-10-25T03:30:00+01:00", _S),
        ),
    ),
    Kind(
        name="dst_spring", what="charging while the clock is put forward: 02:00 to 03:00 is missing",
        times=(
            ("2026-03-29T01:30:00+01:00", _S), ("2026-03-29T03:00:00+02:00", _S), ("2026-03-29T04:00:00+02:00", _S),
        ),
    ),
)  # fmt: skip


class Made(NamedTuple):
    """The files of one kind, and what is announced of each."""

    files: dict[str, bytes]
    runs: list[dict[str, Any]]


def make(kind: Kind, format_: SimulatedFormat, seed: Seed) -> Made:
    """Make one kind of session in one format.

    Args:
        kind: which.
        format_: of the records.
        seed: of meter, keys and amounts.
    """
    meter = SimulatedMeter(seed)
    session = _session(kind, seed)
    signer = SimulatedKey(seed, "other" if kind.wrong_key else "meter", format_.curve)
    records = list(_records(kind, format_, meter, session, signer))
    files: dict[str, bytes] = {}
    runs: list[dict[str, Any]] = []
    if format_.in_xml:
        name = f"{kind.name}.xml"
        files[name] = _container(records, session, signer, format_)
        runs += [_run(kind, format_, session, name, registry=registry) for registry in (False, True)]
    if format_.ending is not None:
        name = f"{kind.name}.{format_.ending}"
        files[name] = b"\n".join([*(raw for raw, _ in records), b""])
        runs.append(_run(kind, format_, session, name, registry=True))
    return Made(files, runs)


def _session(kind: Kind, seed: Seed) -> SimulatedSession:
    value_wh = 1_000_000 + seed.whole(f"{kind.name} meter", 9_000_000)
    readings: list[SimulatedReading] = []
    for number, (time, clock) in enumerate(kind.times):
        phase = {0: Phase.BEGIN, len(kind.times) - 1: Phase.END}.get(number, Phase.CHARGING)
        readings.append(SimulatedReading(phase, datetime.fromisoformat(time), clock, value_wh))
        value_wh += 2_000 + seed.whole(f"{kind.name} step {number}", 20_000)
    number = KINDS.index(kind) + 1
    return SimulatedSession(tuple(readings), first_page=10 * number + 1, number=seed.whole("session", 10**6) + number)


def _records(
    kind: Kind, format_: SimulatedFormat, meter: SimulatedMeter, session: SimulatedSession, signer: SimulatedKey
) -> Iterator[tuple[bytes, tuple[Phase, ...]]]:
    """Each record with what it marks."""
    shown = format_.lay_out(meter, _raised(session) if kind.tampered else session)
    for one, signed in zip(shown, format_.lay_out(meter, session), strict=True):
        yield format_.frame(signer, one.signed, format_.signed_by(signer, signed.signed)), one.phases


def _raised(session: SimulatedSession) -> SimulatedSession:
    """The same session with one kilowatt-hour more at its end: what somebody would like to bill."""
    *others, end = session.readings
    return session._replace(readings=(*others, end._replace(value_wh=end.value_wh + 1000)))


def _container(
    records: list[tuple[bytes, tuple[Phase, ...]]],
    session: SimulatedSession,
    signer: SimulatedKey,
    format_: SimulatedFormat,
) -> bytes:
    contexts = {Phase.BEGIN: Context.BEGIN, Phase.END: Context.END}
    return write_transparency_xml(
        [
            TransparencyValue(
                index=index,
                format=format_.name,
                raw=raw,
                transaction_id=str(session.number),
                context=next((contexts[phase] for phase in reversed(phases) if phase in contexts), None),
                public_key=None if format_.key_inside else signer.spki.hex(),
            )
            for index, (raw, phases) in enumerate(records)
        ]
    )


# What is announced ---------------------------------------------------------------------------------------------------


def _run(
    kind: Kind, format_: SimulatedFormat, session: SimulatedSession, file: str, *, registry: bool
) -> dict[str, Any]:
    """What `meter-sign verify` must say."""
    count = len(format_.lay_out(SimulatedMeter(Seed(0)), session))
    values = _values(kind, count, registry=registry, key_beside=format_.key_inside or file.endswith(".xml"))
    statuses = {value["status"] for value in values}
    verdict = _verdict(statuses)
    return {
        "kind": kind.name,
        "what": kind.what,
        "words": ["verify", *(["--keys", REGISTRY] if registry else []), file],
        "exit_status": {"valid": 0, "invalid": 2, "unverified": 4}[verdict],
        "verdict": verdict,
        "values": values,
        "transactions": [_transaction(format_, session)] if verdict == "valid" else [],
    }


def _values(kind: Kind, count: int, *, registry: bool, key_beside: bool) -> list[dict[str, Any]]:
    good = {"status": "verified", "problems": []}
    bad = {"status": "signature_invalid", "problems": ["SIGNATURE_MISMATCH"]}
    if kind.tampered:
        return [*[good] * (count - 1), bad]
    if not (kind.wrong_key and registry):
        # With the key that it brings, any file agrees with itself.
        return [good] * count
    stranger = {"status": "untrusted_key", "problems": ["PUBLIC_KEY_MISMATCH"]}
    return [stranger if key_beside else bad] * count


def _verdict(statuses: set[str]) -> str:
    if statuses == {"verified"}:
        return "valid"
    return "unverified" if statuses <= {"verified", "untrusted_key"} else "invalid"


def _transaction(format_: SimulatedFormat, session: SimulatedSession) -> dict[str, Any]:
    begin, end = session.readings[0], session.readings[-1]
    return {
        "billable": True,
        "energy_kwh": session.energy_kwh,
        "begin": _shown(format_.seen_at(begin)),
        "end": _shown(format_.seen_at(end)),
        "billable_time": _BILLABLE_TIME[begin.clock, end.clock] if format_.tells_clock else "none",
    }


def _shown(at: datetime | None) -> str | None:
    return None if at is None else format_time(at)
