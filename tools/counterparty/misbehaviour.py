"""How the simulated eMSP misbehaves, as a table, and the orders to do so.

An order is `MODULE[.METHOD]:NAME[:COUNT[:PARAMETER]]`: `cdrs.POST:lose_answer:1`, `*:http_500:3`,
`tariffs:slow:*:0.5`. Each matching request uses up one of COUNT (default 1, `*` for ever); the oldest order goes first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tools.counterparty.gate import unauthorized
from tools.counterparty.paths import MODULES
from tools.counterparty.wire import Answer, envelope, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds a request is held when an order names none.
DEFAULT_HOLD_SECONDS = 30.0
MAX_HOLD_SECONDS = 600.0

#: Names of CiString fields, in whatever object.
_CI_STRINGS = frozenset(
    {"country_code", "party_id", "id", "uid", "contract_id", "session_id", "tariff_id", "evse_uid", "evse_id"}
    | {"connector_id", "authorization_reference", "credit_reference_id", "invoice_reference_id", "encoding_method"}
)


class Outcome(StrEnum):
    """What happens to an answer."""

    SENT = "sent"
    #: Sent after the hold.
    DELAYED = "delayed"
    #: The request was processed, the connection reset instead of answering.
    LOST = "lost"
    #: No byte is sent; the connection is closed after the hold.
    WITHHELD = "withheld"
    #: The connection is reset before the body was read.
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What an answer may need to know about its request."""

    path: str
    #: `http://host:port` of a second server of the simulator, which is another origin.
    other_origin: str
    parameter: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaviour:
    """One way to misbehave; the default values are correct behaviour."""

    #: Whether the request reaches its module, so that a CDR is stored.
    processed: bool = True
    #: Makes the answer of the one that was earned.
    answer: Callable[[Answer, Occasion], Answer] = lambda earned, _occasion: earned
    outcome: Outcome = Outcome.SENT
    #: Whether the hold comes before processing instead of after.
    holds_first: bool = False
    #: Whether TOKEN_C changes after this request.
    rotates_token: bool = False
    #: Reads an order's PARAMETER; raises ValueError for one that means nothing.
    reads_parameter: Callable[[str], object] = str


def _instead(make: Callable[[Occasion], Answer], reads_parameter: Callable[[str], object] = str) -> Misbehaviour:
    return Misbehaviour(
        processed=False, answer=lambda _earned, occasion: make(occasion), reads_parameter=reads_parameter
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= MAX_HOLD_SECONDS:
        raise ValueError(f"{text} s is not between 0 and {MAX_HOLD_SECONDS:g} s")
    return seconds


def _hold(*, outcome: Outcome, processed: bool = True, holds_first: bool = False) -> Misbehaviour:
    return Misbehaviour(processed=processed, outcome=outcome, holds_first=holds_first, reads_parameter=_seconds)


def _retry_after(status: int) -> Callable[[Occasion], Answer]:
    def make(occasion: Occasion) -> Answer:
        body = envelope(code=2000, message="not now")
        return Answer(status=status, body=body, headers={"Retry-After": occasion.parameter or "1"})

    return make


def _html(status: int) -> Callable[[Occasion], Answer]:
    page = b"<!doctype html><title>Maintenance</title><p>We are moving house.</p>"
    return lambda _occasion: Answer(status=status, raw=page, content_type="text/html")


def _redirect_cross(occasion: Occasion) -> Answer:
    target = occasion.parameter or occasion.other_origin + occasion.path
    return Answer(status=307, body=envelope(), headers={"Location": target})


def _redirect_same(occasion: Occasion) -> Answer:
    sign = "&" if urlsplit(occasion.path).query else "?"
    return Answer(status=307, body=envelope(), headers={"Location": f"{occasion.path}{sign}redirected=1"})


def _reject(occasion: Occasion) -> Answer:
    return refusal("refused on order", code=int(occasion.parameter or "2001"))


def _no_location(earned: Answer, _occasion: Occasion) -> Answer:
    return replace(earned, headers={name: value for name, value in earned.headers.items() if name != "Location"})


def _garbage(earned: Answer, _occasion: Occasion) -> Answer:
    return replace(earned, raw=b'{"status_code": 1000, "timest')


def _rewrite_data(change: Callable[[Any], Any]) -> Callable[[Answer, Occasion], Answer]:
    def make(earned: Answer, _occasion: Occasion) -> Answer:
        if not isinstance(earned.body, dict) or "data" not in earned.body:
            return earned
        return replace(earned, body={**earned.body, "data": change(earned.body["data"])})

    return make


def lower_case(value: Any, key: str = "") -> Any:
    """Write every CiString in lower case, as two published implementations do."""
    if isinstance(value, dict):
        return {name: lower_case(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [lower_case(part, key) for part in value]
    return value.lower() if isinstance(value, str) and key in _CI_STRINGS else value


#: Every misbehaviour by name. PARAMETER: seconds for holds and Retry-After, status_code for reject, URL for redirects.
MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "reject": _instead(_reject, int),
    "http_500": _instead(lambda _occasion: Answer(status=500, body=envelope(code=3000, message="out of order"))),
    "html": _instead(_html(200)),
    "html_500": _instead(_html(500)),
    "retry_after": _instead(_retry_after(429)),
    "retry_after_503": _instead(_retry_after(503)),
    "unauthorized": _instead(lambda _occasion: unauthorized()),
    "redirect_cross": _instead(_redirect_cross),
    "redirect_same": _instead(_redirect_same),
    "timeout": _hold(outcome=Outcome.WITHHELD, processed=False),
    "timeout_stored": _hold(outcome=Outcome.WITHHELD),
    "reset_before": Misbehaviour(processed=False, outcome=Outcome.RESET),
    "lose_answer": Misbehaviour(outcome=Outcome.LOST),
    "slow": _hold(outcome=Outcome.DELAYED),
    "late": _hold(outcome=Outcome.DELAYED, holds_first=True),
    "no_location": Misbehaviour(answer=_no_location),
    "garbage_200": Misbehaviour(answer=_garbage),
    "envelope_list": Misbehaviour(answer=_rewrite_data(lambda data: data if isinstance(data, list) else [data])),
    "lower_case": Misbehaviour(answer=_rewrite_data(lower_case)),
    "rotate_token": Misbehaviour(rotates_token=True),
}
CORRECT = Misbehaviour()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order to misbehave."""

    #: A member of `paths.MODULES`, or `*`.
    module: str
    #: An HTTP method, or None for all.
    method: str | None = None
    name: str
    #: How many requests are left; None for ever.
    count: int | None = 1
    parameter: str | None = None

    def __post_init__(self) -> None:
        if self.module not in (*MODULES, "*") or self.name not in MISBEHAVIOURS:
            raise ValueError(f"no misbehaviour {self.name!r} of module {self.module!r}")
        if self.count is not None and self.count < 1:
            raise ValueError(f"count must be at least 1, not {self.count}")
        if self.parameter is not None:
            MISBEHAVIOURS[self.name].reads_parameter(self.parameter)

    @property
    def hold_seconds(self) -> float:
        """How long a held request waits: PARAMETER, 30 s without."""
        return _seconds(self.parameter) if self.parameter else DEFAULT_HOLD_SECONDS

    def fits(self, module: str, method: str) -> bool:
        """Whether the order speaks of this request."""
        meant = module in MODULES if self.module == "*" else module == self.module
        return meant and self.method in {method, None}

    def __str__(self) -> str:
        """As it is written on the command line."""
        where = self.module if self.method is None else f"{self.module}.{self.method}"
        count = "*" if self.count is None else self.count
        return f"{where}:{self.name}:{count}" + (f":{self.parameter}" if self.parameter else "")


def parse_order(text: str) -> Order:
    """Read `MODULE[.METHOD]:NAME[:COUNT[:PARAMETER]]`; `ValueError` when it names nothing in the tables."""
    where, name, count, parameter = (*text.split(":", 3), "", "", "")[:4]
    module, _, method = where.partition(".")
    return Order(
        module=module,
        method=method.upper() or None,
        name=name,
        count=None if count == "*" else int(count or 1),
        parameter=parameter or None,
    )


class Orders:
    """The open orders, oldest first; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: list[Order] = []

    def add(self, order: Order) -> None:
        """Queue an order."""
        with self._lock:
            self._open.append(order)

    def take(self, module: str, method: str) -> Order | None:
        """The oldest order for this request, used up by one; None for correct behaviour."""
        with self._lock:
            for index, order in enumerate(self._open):
                if order.fits(module, method):
                    left = None if order.count is None else order.count - 1
                    self._open[index : index + 1] = [] if left == 0 else [replace(order, count=left)]
                    return order
        return None

    def clear(self) -> None:
        """Drop all orders."""
        with self._lock:
            self._open.clear()

    def open(self) -> list[str]:
        """The open orders as text."""
        with self._lock:
            return [str(order) for order in self._open]
