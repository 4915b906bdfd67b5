"""Where the views find what `app.py` wired for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from cdr_service.services.ports import Ports

#: Key among Flask's extensions.
EXTENSION = "eichwerk"


def gateway() -> Ports:
    """The ports of the application that serves the current request."""
    return cast("Ports", current_app.extensions[EXTENSION])
