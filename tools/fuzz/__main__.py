"""Runs the targets one after the other: `python -m tools.fuzz [TARGET ...] [--seconds 60] [--keep 20]`.

What breaks a promise is written to `tests/fuzz_corpus/<target>/`, where an ordinary test replays it from then on, and
makes the command fail. With `--keep N` so many inputs that reached new code are written there as well.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from hashlib import sha1
from importlib.util import find_spec
from pathlib import Path

from tools.fuzz.targets import MAX_BYTES, TARGETS

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz_corpus"
#: Seconds for one input, megabytes for the process; beyond that it is a finding.
TIMEOUT_SECONDS = 5
MEMORY_MB = 1024
#: Longest input that is kept.
KEPT_BYTES = 2048
_FINDINGS = ("crash-", "timeout-", "oom-", "leak-")


def main(arguments: list[str] | None = None) -> int:
    """Fuzz.

    Returns:
        0 when every promise held, 1 when one was broken, 2 when atheris is not there.
    """
    parser = argparse.ArgumentParser(prog="fuzz", description="Fuzz the parsers with atheris.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", type=int, default=0, help="how many inputs of each target to keep")
    options = parser.parse_args(arguments)
    if find_spec("atheris") is None:
        print("atheris is not installed; its wheels are for Python 3.11 to 3.14 on Linux", file=sys.stderr)
        return 2
    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target is called {', '.join(sorted(unknown))}")
    broken = [name for name in options.targets or TARGETS if not fuzz(name, options.seconds, options.keep)]
    print(f"{len(options.targets or TARGETS)} targets, broken: {', '.join(broken) or 'none'}")
    return 1 if broken else 0


def fuzz(name: str, seconds: int, keep: int) -> bool:
    """Fuzz one target.

    Args:
        name: of the target.
        seconds: how long.
        keep: how many of the inputs that reached new code are kept.

    Returns:
        Whether every promise held.
    """
    with tempfile.TemporaryDirectory() as folder:
        found, seeds, artifacts = (_folder(folder, part) for part in ("found", "seeds", "artifacts"))
        dictionary = _write_inputs(name, seeds, Path(folder) / "words")
        kept = CORPUS / name
        kept.mkdir(parents=True, exist_ok=True)
        status = _run(name, [f"-max_total_time={seconds}", f"-artifact_prefix={artifacts}/", *dictionary],
                      [found, kept, seeds])  # fmt: skip
        broken = [path for path in artifacts.iterdir() if path.name.startswith(_FINDINGS)]
        for path in broken:
            kept.joinpath(path.name).write_bytes(path.read_bytes())
            print(f"{name}: broken by {kept.relative_to(ROOT)}/{path.name}")
        if keep:
            _keep(name, found, keep)
        if not any(kept.iterdir()):
            kept.rmdir()
    return status == 0 and not broken


def _folder(parent: str, name: str) -> Path:
    path = Path(parent) / name
    path.mkdir()
    return path


def _write_inputs(name: str, seeds: Path, words: Path) -> list[str]:
    """Write the target's seeds and its dictionary; gives the option that names it, for libFuzzer takes no empty one."""
    for seed in TARGETS[name].all_seeds():
        seeds.joinpath(sha1(seed).hexdigest()).write_bytes(seed)  # noqa: S324 - a file's name, as libFuzzer makes it
    lines = ('"' + "".join(f"\\x{octet:02x}" for octet in word) + '"\n' for word in TARGETS[name].words)
    words.write_text("".join(lines), encoding="ascii")
    return [f"-dict={words}"] if TARGETS[name].words else []


def _run(name: str, options: list[str], folders: list[Path]) -> int:
    limits = [f"-timeout={TIMEOUT_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={MAX_BYTES}"]
    command = [sys.executable, "-m", "tools.fuzz.process", name, *limits, "-print_final_stats=1", *options]
    done = subprocess.run([*command, *map(str, folders)], cwd=ROOT, check=False, capture_output=True, text=True)
    report = [line for line in done.stderr.splitlines() if line.startswith(("stat::number_of_executed", "Done "))]
    print(f"{name}: exit {done.returncode}; {'; '.join(report) or done.stderr[-2000:]}")
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()
        print("\n".join(line for line in lines if not line.startswith(("INFO:", "WARNING:")))[-4000:])
    return done.returncode


def _keep(name: str, found: Path, count: int) -> None:
    """Keep some of the inputs that reached what no seed had reached, small ones and large ones alike."""
    small = sorted((path for path in found.iterdir() if path.stat().st_size <= KEPT_BYTES), key=_size_and_name)
    for path in small[:: max(1, len(small) // count)][:count]:
        CORPUS.joinpath(name, path.name).write_bytes(path.read_bytes())


def _size_and_name(path: Path) -> tuple[int, str]:
    return path.stat().st_size, path.name


if __name__ == "__main__":
    sys.exit(main())
