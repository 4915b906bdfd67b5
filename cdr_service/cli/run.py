"""`cdr-service run --data DIR [--port N]`: the whole gateway in one process on an embedded database."""

from __future__ import annotations

import logging
import signal
import sys
from argparse import ArgumentTypeError
from socket import create_server as create_tcp_server
from socket import socket
from threading import Event, Thread
from typing import TYPE_CHECKING

from waitress.server import create_server

from cdr_service.app import MAX_BODY_BYTES
from cdr_service.cli import DONE, USAGE
from cdr_service.cli.embedded import DEFAULT_PORT, add_data_argument, with_gateway
from cdr_service.log_lines import OneLineFormatter
from cdr_service.services.api_keys import add_api_key, has_api_keys

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cdr_service.app import Gateway
    from cdr_service.settings import Settings

log = logging.getLogger(__name__)

#: The partner calls us while we call the partner, so one thread is never enough.
THREADS = 8
#: Seconds that an idle connection may stay open; a slow sender holds no thread.
CHANNEL_TIMEOUT_SECONDS = 30


def add_arguments(parser: ArgumentParser) -> None:
    """Data directory, address and port."""
    add_data_argument(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 takes a free one")


def _port(text: str) -> int:
    port = int(text)
    if port not in range(65536):
        raise ArgumentTypeError("a port is a number from 0 to 65535")
    return port


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
        return with_gateway(parsed, lambda gateway: _run(gateway, listening), port=listening.getsockname()[1])


def _run(gateway: Gateway, listening: socket) -> int:
    tell_party_policy(gateway.ports.settings)
    if not has_api_keys(gateway.ports):
        print(f"api-key {add_api_key(gateway.ports, 'operator')}", flush=True)
    serve(gateway, listening)
    return DONE


def tell_party_policy(settings: Settings) -> None:
    """Write into the log that market parties' signatures are billed, and why."""
    if settings.accept_party_signatures is not None:
        log.warning("party_signatures_accepted reason=%s", settings.accept_party_signatures)


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
