"""`cdr-service run --data DIR [--port N]`: the whole gateway in one process on an embedded database."""

from __future__ import annotations

import logging
import signal
import sys
from socket import create_server as create_tcp_server
from socket import socket
from threading import Event, Thread
from typing import TYPE_CHECKING

from waitress.server import create_server

from cdr_service.app import MAX_BODY_BYTES, Gateway, create_gateway
from cdr_service.cli import DONE, USAGE
from cdr_service.cli.embedded import DEFAULT_PORT, add_data_argument, settings_for
from cdr_service.log_lines import OneLineFormatter
from cdr_service.services.api_keys import add_api_key, has_api_keys
from cdr_service.settings import SettingsError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

#: The partner calls us while we call the partner, so one thread is never enough.
THREADS = 8
#: Seconds that an idle connection may stay open; a slow sender holds no thread.
CHANNEL_TIMEOUT_SECONDS = 30


def add_arguments(parser: ArgumentParser) -> None:
    """Data directory, address and port."""
    add_data_argument(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)


def run(parsed: Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLineFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        listening = create_tcp_server((parsed.host, parsed.port))
    except OSError as error:
        print(f"cdr-service: cannot listen on {parsed.host}:{parsed.port}: {error.strerror}", file=sys.stderr)
        return USAGE
    with listening:
        port = listening.getsockname()[1]
        try:
            settings = settings_for(parsed.data, port)
        except SettingsError as error:
            print(f"cdr-service: {error}", file=sys.stderr)
            return USAGE
        gateway = create_gateway(settings)
        if not has_api_keys(gateway.ports):
            print(f"api-key {add_api_key(gateway.ports, 'operator')}", flush=True)
        serve(gateway, listening)
    return DONE


def serve(gateway: Gateway, listening: socket) -> None:
    """Serve the web application on an open socket and deliver CDRs until a signal says stop."""
    stop = Event()
    gateway.dispatch.recover()
    worker = Thread(target=gateway.dispatch.work, args=(stop,), name="dispatch", daemon=True)
    server = create_server(
        gateway.app, sockets=[listening], threads=THREADS, channel_timeout=CHANNEL_TIMEOUT_SECONDS, ident=None,
        # Without it a gigabyte of anybody's is written to the disk before the key is looked at.
        max_request_body_size=MAX_BODY_BYTES,
    )  # fmt: skip
    # waitress ends its loop in order on KeyboardInterrupt, so SIGTERM raises it as SIGINT does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    worker.start()
    host, port = listening.getsockname()[:2]
    print(f"listening http://{host}:{port}", flush=True)
    try:
        server.run()
    finally:
        stop.set()
        worker.join(timeout=gateway.ports.settings.partner_timeout_seconds)
