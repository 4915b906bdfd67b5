"""The embedded mode's files: one data directory with the database and the key that encrypts partners' tokens."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING

from cdr_service.app import Gateway, create_gateway
from cdr_service.cli import REFUSED, UNREACHABLE, USAGE
from cdr_service.domain.errors import CdrServiceError, RemoteOcpiError
from cdr_service.settings import SECRET_KEY_BYTES, Settings, SettingsError, from_environment
from meter_sign import MeterSignError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

DATABASE_FILE = "eichwerk.sqlite"
KEY_FILE = "secret.key"
DEFAULT_PORT = 8080


def add_data_argument(parser: ArgumentParser) -> None:
    """Every command works on one data directory."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="directory of database and key")


def settings_for(data: Path, port: int = DEFAULT_PORT) -> Settings:
    """Settings of the gateway in this directory, which is made if it is not there.

    Raises:
        SettingsError: a variable of the environment cannot be used.
    """
    # Tokens, keys and personal data lie here: nobody but the owner may look.
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Also where the directory was there before, with other rights; SQLite gives its journal the rights of the database.
    database = data.resolve().joinpath(DATABASE_FILE)
    database.touch(mode=0o600)
    return from_environment(
        os.environ,
        database_url=f"sqlite:///{database}",
        secret_key=_secret_key(data.joinpath(KEY_FILE)),
        public_url=f"http://127.0.0.1:{port}",
    )


def _secret_key(file: Path) -> bytes:
    """The key in the file, made once and readable by its owner only."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(descriptor, "wb") as handle:
        key = token_bytes(SECRET_KEY_BYTES)
        handle.write(key)
    return key


def with_gateway(parsed: Namespace, work: Callable[[Gateway], int], *, port: int = DEFAULT_PORT) -> int:
    """Wire the gateway of the data directory, do the work, and turn our errors into exit statuses.

    Args:
        parsed: with the data directory as `data`.
        work: gets the gateway and returns the exit status.
        port: of the URL that partners are told, unless CDR_PUBLIC_URL says otherwise.
    """
    try:
        settings = settings_for(parsed.data, port)
    except (SettingsError, OSError) as error:
        print(f"cdr-service: {error}", file=sys.stderr)
        return USAGE
    try:
        return work(create_gateway(settings))
    except (RemoteOcpiError, CdrServiceError, MeterSignError) as error:
        print(f"cdr-service: {error}", file=sys.stderr)
        answered = getattr(error, "http_status", None) is not None or not isinstance(error, RemoteOcpiError)
        return REFUSED if answered else UNREACHABLE
