"""Tokenizing a load profile of 10 MB, beside pydifact, in one run: processor time, and what memory it takes.

Two readings of "tokenizing" stand side by side. `edifact_elements` does what pydifact's parser does: every segment is
found and taken apart to its components. `edifact_segments` is what verification needs: where each segment lies.
"""

from __future__ import annotations

import tracemalloc
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from pydifact.parser import Parser

from meter_sign.formats.edifact.segments import DEFAULTS, cut, read
from meter_sign.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ROUNDS = 3
_BYTES = 10_000_000
_SYNTAX_3 = DEFAULTS[3]
_DAY = "".join(
    f"QTY+220:{number}.250'DTM+163:2026011500{number:02}?+00:303'DTM+164:2026011501{number:02}?+00:303'"
    for number in range(60)
)
_SERIES = f"NAD+DP'LOC+172+DE0001231011500000000000000EV0001'LIN+1'PIA+5+1-0?:1.29.0:SRW'{_DAY}"
#: How many times as fast as pydifact, and how many bytes of memory at most.
GOALS = {"edifact_elements_vs_pydifact": 4, "edifact_segments_vs_pydifact": 4}
MEMORY_GOAL_KB = 64


def measure_tokenizers() -> dict[str, float]:
    """Let the three take turns over the same message.

    Returns:
        For each name of `GOALS` the median of the rounds' ratios.

    Raises:
        RuntimeError: they do not count the same segments.
    """
    text = _SERIES * (_BYTES // len(_SERIES))
    data = text.encode()
    contestants: Mapping[str, Callable[[], int]] = {
        "pydifact": lambda: sum(1 for _ in Parser().parse(text)),
        "elements": lambda: sum(
            1 for one in cut(data, 0, _SYNTAX_3, DEFAULT_LIMITS) if read(data, one, _SYNTAX_3, DEFAULT_LIMITS)
        ),
        "segments": lambda: sum(1 for _ in cut(data, 0, _SYNTAX_3, DEFAULT_LIMITS)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(_ROUNDS):
        counts = set()
        for name, run in contestants.items():
            begin = process_time()
            counts.add(run())
            seconds[name].append(process_time() - begin)
        if len(counts) != 1:
            raise RuntimeError(f"the tokenizers count {sorted(counts)} segments")
    return {
        f"edifact_{name}_vs_pydifact": median(
            theirs / ours for theirs, ours in zip(seconds["pydifact"], seconds[name], strict=True)
        )
        for name in ("elements", "segments")
    }


def measure_memory_kb() -> int:
    """How much memory tokenizing takes at its highest, the message itself left out, in kB."""
    data = (_SERIES * (_BYTES // len(_SERIES))).encode()
    tracemalloc.start()
    try:
        for one in cut(data, 0, _SYNTAX_3, DEFAULT_LIMITS):
            read(data, one, _SYNTAX_3, DEFAULT_LIMITS)
        return tracemalloc.get_traced_memory()[1] // 1000
    finally:
        tracemalloc.stop()
