"""`python -m cdr_service`: the same as the command `cdr-service`."""

from __future__ import annotations

import sys

from cdr_service.cli import main

if __name__ == "__main__":
    sys.exit(main())
