"""Measures verification: `python -m tools.bench` prints the figures, writes build/bench.json, exits 1 if one is short.

Three contestants verify the same records (OCMF, two readings, secp256r1) in the same run:

- raw: `cryptography` alone, key loaded, signed bytes and signature ready: the floor,
- eichwerk: bytes in, container, parse, key text (decoded once, then from its cache), verify: the whole pipeline,
- pyocmf: `OCMF.from_string` and `verify_signature`, which reads and checks about the same.

They take turns round by round and are measured in processor time, so that other work on the machine hits all three
alike; a figure is the median of the rounds' ratios. Ratios of different runs may be compared, times may not.

Beside them stand the tokenizer of EDIFACT against pydifact (`edifact.py`), and how long `meter-sign` takes to start
(`start.py`), in milliseconds of wall time.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import process_time

from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from pyocmf import OCMF

from meter_sign import container, formats
from meter_sign.crypto.keys import TrustedKey, decode_public_key
from meter_sign.model import KeySource
from meter_sign.verify import verify
from tools.bench import edifact
from tools.bench.records import Workload, make_workload
from tools.bench.start import START_GOALS, measure_starts

_OUTPUT = Path(__file__).parents[2] / "build" / "bench.json"
#: Records of one turn: enough that refilling the processor's caches after another contestant counts for little.
_RECORDS = 400
_ROUNDS = 21
#: How fast eichwerk must be as a multiple of another contestant.
_GOALS = {"verify_vs_raw": ("raw", 0.5), "verify_vs_pyocmf": ("pyocmf", 1.5)}

Contestant = Callable[[Workload], None]


def run_raw(workload: Workload) -> None:
    """Check every signature with `cryptography` and nothing else."""
    for record in workload.records:
        workload.public_key.verify(record.signature, record.signed_bytes, ec.ECDSA(SHA256()))


def run_eichwerk(workload: Workload) -> None:
    """Take every record through the whole pipeline, from bytes to `VerifiedRecord`."""
    for record in workload.records:
        (payload,) = container.detect(record.raw)
        parsed = formats.parse(payload)
        key = decode_public_key(workload.public_key_text)
        verify(parsed, TrustedKey(key=key, source=KeySource.REGISTRY))


def run_pyocmf(workload: Workload) -> None:
    """Let pyocmf parse and verify every record."""
    for record in workload.records:
        if OCMF.from_string(record.text).verify_signature(workload.public_key_text) is not True:
            raise RuntimeError("pyocmf does not verify the benchmark's own record")


CONTESTANTS: Mapping[str, Contestant] = {"raw": run_raw, "eichwerk": run_eichwerk, "pyocmf": run_pyocmf}


def measure(workload: Workload, rounds: int) -> dict[str, list[float]]:
    """Let the contestants take turns.

    Args:
        workload: what each verifies in each round.
        rounds: how often, after one round that does not count.

    Returns:
        For each contestant its processor seconds, round by round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for _ in range(rounds + 1):
        for name, run in CONTESTANTS.items():
            begin = process_time()
            run(workload)
            seconds[name].append(process_time() - begin)
    return {name: one[1:] for name, one in seconds.items()}


def rates(seconds: Mapping[str, list[float]], records: int) -> dict[str, int]:
    """Give the verifications per second of processor time, from what `measure` gave for that many records a round."""
    return {name: round(records / median(one)) for name, one in seconds.items()}


def entries(seconds: Mapping[str, list[float]]) -> list[dict[str, object]]:
    """Compare eichwerk with the others, as entries of bench.json (contracts.md, section 4).

    Args:
        seconds: what `measure` gave.
    """
    result: list[dict[str, object]] = []
    for name, (other, goal) in _GOALS.items():
        value = median(theirs / ours for theirs, ours in zip(seconds[other], seconds["eichwerk"], strict=True))
        result.append(_entry(name, round(value, 3), goal, met=value >= goal))
    return result


def start_entries(milliseconds: Mapping[str, int]) -> list[dict[str, object]]:
    """Compare starts with their goals, as entries of bench.json.

    Args:
        milliseconds: what `measure_starts` gave.
    """
    goals = {name: goal for name, (_, goal) in START_GOALS.items()}
    return [_entry(name, value, goals[name], met=value <= goals[name]) for name, value in milliseconds.items()]


def edifact_entries() -> list[dict[str, object]]:
    """Compare the tokenizer of EDIFACT with its goals, as entries of bench.json."""
    ratios = edifact.measure_tokenizers()
    memory = edifact.measure_memory_kb()
    return [
        *(_entry(name, round(ratios[name], 2), goal, met=ratios[name] >= goal) for name, goal in edifact.GOALS.items()),
        _entry("edifact_memory_kb", memory, edifact.MEMORY_GOAL_KB, met=memory <= edifact.MEMORY_GOAL_KB),
    ]


def _entry(name: str, value: float, goal: float, *, met: bool) -> dict[str, object]:
    load = [round(one, 2) for one in os.getloadavg()]
    status = "ok" if met else "short"
    return {"name": name, "value": value, "goal": goal, "status": status, "load": load, "versions": _versions()}


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("cryptography", "pyocmf", "pydifact")}
    return {"python": platform.python_version(), **packages, "openssl": backend.openssl_version_text()}


def main() -> int:
    """Measure, print, write; gives 1 if a goal is missed."""
    seconds = measure(make_workload(_RECORDS), _ROUNDS)
    found = [*entries(seconds), *start_entries(measure_starts()), *edifact_entries()]
    for name, rate in rates(seconds, _RECORDS).items():
        print(f"{name:<10}{rate:>7} verifications/s")
    for entry in found:
        print(f"{entry['name']:<30}{entry['value']} (goal {entry['goal']}): {entry['status']}")
    print(f"load average {os.getloadavg()[0]:.2f}")
    _OUTPUT.parent.mkdir(exist_ok=True)
    _OUTPUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if any(entry["status"] == "short" for entry in found) else 0


if __name__ == "__main__":
    sys.exit(main())
