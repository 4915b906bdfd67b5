"""Coverage-guided fuzzing of every parser, with atheris: `make fuzz`, or `python -m tools.fuzz TARGET --seconds 60`.

    targets.py   what is fed with which seeds (of EDIFACT: edifact_targets.py); target.py says what a target is
    oracle.py    what must hold of every judgement, whatever came in
    signed.py    inputs that a meter signs: behind the signature everything must be ready for everything as well
    edifact.py   the same for EDIFACT, AUTACK, CMS and mails, and files as they are with every key known
    process.py   the one module that imports atheris: one target in a process of its own
    __main__.py  runs the targets one after the other and keeps what they find under tests/fuzz_corpus

Nothing but `process.py` needs atheris, so an ordinary test replays what was found.
"""
