"""What fuzzing found, replayed without a fuzzer: every promise of `tools/fuzz/oracle.py` holds, in little time."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from tools.fuzz.oracle import known_signed
from tools.fuzz.targets import TARGETS

CORPUS = Path(__file__).parents[1] / "fuzz_corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file())
#: For one input, in seconds of processor time; the slowest that was found takes a tenth.
ENOUGH = 1.0


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_input_that_fuzzing_found_breaks_no_promise(name: str) -> None:
    """Each input that broke a promise, or reached code that no fixture reaches, is answered quickly and as promised.

    A target of which nothing was found has nothing to replay.
    """
    # Made once, at the first call.
    known_signed()
    for path in (one for one in FILES if one.parent.name == name):
        raw = path.read_bytes()
        begin = process_time()
        TARGETS[name].run(raw)
        assert process_time() - begin < ENOUGH, path.name


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_seed_of_a_target_breaks_no_promise(name: str) -> None:
    """What a target starts from is answered as promised; a target without seeds would find nothing."""
    seeds = TARGETS[name].all_seeds()
    assert seeds
    for seed in seeds:
        TARGETS[name].run(seed)


def test_the_corpus_belongs_to_targets() -> None:
    """No file lies where no target replays it."""
    assert {path.parent.name for path in FILES} <= set(TARGETS)
    assert {path.parent.parent for path in FILES} <= {CORPUS}
