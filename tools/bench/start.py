"""How long the command line makes people wait: whole processes, from the start to their end, in wall time.

Unlike the ratios of verification these are times, and other work on the machine adds to them: the load stands beside.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).parents[2]
_ROUNDS = 11
_RUN = "import sys; from meter_sign.cli import main; sys.exit(main(sys.argv[1:]))"
_VERIFY = ("verify", "--key", "fixtures/keys/secp256r1.pem", "fixtures/ocmf/valid/curve_secp256r1.ocmf")
#: Command to how many milliseconds it may take.
START_GOALS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "start_help_ms": (("--help",), 150),
    "start_verify_ms": (_VERIFY, 250),
}


def measure_starts() -> dict[str, int]:
    """Start each command again and again, each time as a new process.

    Returns:
        For each name of `START_GOALS` the median in milliseconds.

    Raises:
        RuntimeError: a command did not end as it should.
    """
    return {
        name: round(median(_milliseconds(words) for _ in range(_ROUNDS))) for name, (words, _) in START_GOALS.items()
    }


def _milliseconds(words: tuple[str, ...]) -> float:
    begin = perf_counter()
    ended = subprocess.run([sys.executable, "-c", _RUN, *words], cwd=_ROOT, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"meter-sign {' '.join(words)} ended with {ended.returncode}")
    return 1000 * (perf_counter() - begin)
