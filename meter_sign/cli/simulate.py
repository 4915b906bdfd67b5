"""`meter-sign simulate`: signed test data, for whoever must try a system on records that are good, forged or odd.

What is made, per format: each kind of session as transparency XML, where that holds the format, and, where the format
has lines or files of its own, as these; the keys as
PEM; a registry of keys; and `expected.json`, which announces what `meter-sign verify` must say of each file. The kinds
stand in `simulate_cases.py`, the formats in `simulate_formats.py`.

The same seed makes the same bytes. All keys are test keys: their private halves can be computed by anybody.

Exit status: 0 made, 1 usage or input and output.
"""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meter_sign.cli import Parser, UsageError
from meter_sign.cli.printing import print_text, to_lines
from meter_sign.cli.simulate_cases import KINDS, REGISTRY, make
from meter_sign.cli.simulate_formats import FORMATS
from meter_sign.cli.simulate_meter import WARNING, Seed, SimulatedKey, SimulatedMeter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from meter_sign.cli.simulate_formats import SimulatedFormat

_DEFAULT_FORMAT = "OCMF"
_DEFAULT_FOLDER = "simulated"
_EXPECTED = "expected.json"
#: From when on the simulated keys are registered: before every simulated session.
_VALID_FROM = "2025-01-01T00:00:00Z"
_SEED_DIGITS = 18


def run(words: Sequence[str]) -> int:
    """Make the files.

    Args:
        words: the command line after `simulate`.

    Returns:
        The exit status.

    Raises:
        UsageError: options that cannot be read, or a folder that already holds something.
        OSError: a file that cannot be written.
    """
    options = _parser().parse_args(words)
    folder = Path(options.out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"meter-sign simulate: {options.out} is there already; name a new or an empty folder")
    files = simulate(FORMATS[options.format], Seed(options.seed))
    for name, content in files.items():
        path = folder.joinpath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    print_text(_summary(options.out, files))
    return 0


def simulate(format_: SimulatedFormat, seed: Seed) -> Mapping[str, bytes]:
    """Make every file of a simulation.

    Args:
        format_: of the records.
        seed: of everything that is made up.

    Returns:
        The files' contents by their names below the folder.
    """
    keys = {name: SimulatedKey(seed, name, format_.curve) for name in ("meter", "other")}
    files: dict[str, bytes] = {"README.txt": _readme(format_, seed)}
    for name, key in keys.items():
        files[f"keys/{name}.test-key.pem"] = key.pem
    files[REGISTRY] = _registry(format_, SimulatedMeter(seed), keys["meter"])
    runs: list[dict[str, Any]] = []
    for kind in KINDS:
        made = make(kind, format_, seed)
        files |= made.files
        runs += made.runs
    expected = {"warning": WARNING, "seed": seed.number, "format": format_.name, "runs": runs}
    files[_EXPECTED] = (json.dumps(expected, indent=1) + "\n").encode()
    return files


def _parser() -> Parser:
    description = "Make signed test data: valid, tampered, wrong key, late, daylight-saving."
    parser = Parser(prog="meter-sign simulate", description=description, allow_abbrev=False)
    add = parser.add_argument
    add("--format", choices=list(FORMATS), default=_DEFAULT_FORMAT, help=f"of the records (default: {_DEFAULT_FORMAT})")
    add("--out", default=_DEFAULT_FOLDER, metavar="DIR", help=f"a new or empty folder (default: {_DEFAULT_FOLDER})")
    add("--seed", type=_seed, default=1, metavar="N", help="the same number makes the same bytes (default: 1)")
    return parser


def _seed(stated: str) -> int:
    if stated.isascii() and stated.isdigit() and len(stated) <= _SEED_DIGITS:
        return int(stated)
    raise ArgumentTypeError("a whole number from 0 on")


def _registry(format_: SimulatedFormat, meter: SimulatedMeter, key: SimulatedKey) -> bytes:
    lines = [
        f"# {WARNING}",
        "",
        "[[key]]",
        f'serial = "{format_.meter_id(meter)}"',
        f'name = "{format_.key_name}"',
        f'public_key = "{key.spki.hex()}"',
        'source = "other"',
        f"valid_from = {_VALID_FROM}",
        # The simulated clock says what it knows, so that its word decides.
        'time_tariff = "allowed"',
    ]
    return "\n".join([*lines, ""]).encode()


def _readme(format_: SimulatedFormat, seed: Seed) -> bytes:
    lines = [
        "TEST DATA of a meter that never existed.",
        WARNING,
        "",
        f"Made by: meter-sign simulate --format {format_.name} --seed {seed.number}",
        "",
        *(f"{kind.name:12} {kind.what}" for kind in KINDS),
        "",
        f"{_EXPECTED} announces what `meter-sign verify` says of each file, called in this folder.",
    ]
    return "\n".join([*lines, ""]).encode()


def _summary(folder: str, files: Mapping[str, bytes]) -> str:
    expected = json.loads(files[_EXPECTED])
    lines = [f"{folder}: {len(files)} files. {WARNING}"]
    lines += [f"  {' '.join(run['words'])}: {run['verdict']}, exit {run['exit_status']}" for run in expected["runs"]]
    return to_lines(lines)
