"""One target in a process of its own: `python -m tools.fuzz.process TARGET [options and folders of libFuzzer]`.

The product is instrumented while it is imported, so nothing of it may be imported before.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import walk_packages

import atheris


def main() -> None:
    """Fuzz until libFuzzer's options say that it is enough, or until something breaks."""
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["meter_sign"]):
        _import_all()
        from tools.fuzz import oracle, targets  # noqa: PLC0415 - see above
    # Signs every fixture, which takes longer than an input may.
    oracle.known_signed()
    run = targets.TARGETS[name].run

    def one_input(data: bytes) -> None:
        run(data)

    atheris.Setup([sys.argv[0], *options], one_input)
    atheris.Fuzz()


def _import_all() -> None:
    """Also what the product only loads when it needs it: later it would not be instrumented."""
    import meter_sign  # noqa: PLC0415 - not before this function is called

    for module in walk_packages(meter_sign.__path__, "meter_sign."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


if __name__ == "__main__":
    main()
