"""The rules of `rules.py` over all transactions of one file, in the time that sorting them takes.

The transactions are gone through in the order in which their meter ended them, as a gateway would close them, and each
is compared with its neighbours among those before it that had no error. So what is left without an error never claims
one record, one number or one kilowatt-hour twice, and of two that do, the later one has the error: the one that ends
later in the meter's count; at a tie, the one further down in the file.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

from meter_sign.codes import Severity
from meter_sign.meter_history.rules import check_history, energy_apart, numbers_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal

    from meter_sign.meter_history.trace import Counter, Trace
    from meter_sign.model import Finding

#: Keys of one meter that are told apart; all further ones count as one, so that energy under them overlaps whatever
#: their times are. A meter has one key, or two after an exchange; a file of 20 000 keys is an attack.
MOST_KEYS = 16


def find_history(traces: Sequence[Trace]) -> tuple[tuple[Finding, ...], ...]:
    """Compare all transactions of a file with each other.

    Args:
        traces: in document order, of any number of meters.

    Returns:
        What is found about each, in the same order.
    """
    traces = _with_few_keys(_with_meters(traces))
    ledger = _Ledger(traces)
    found: list[tuple[Finding, ...]] = [()] * len(traces)
    for index in sorted(range(len(traces)), key=lambda index: ledger.turn(traces[index], index)):
        trace = traces[index]
        found[index] = check_history(trace, ledger.neighbours(trace), ledger.known)
        if all(finding.severity is not Severity.ERROR for finding in found[index]):
            ledger.take(trace)
    return tuple(found)


def _with_meters(traces: Sequence[Trace]) -> Sequence[Trace]:
    """The same, with what names its metering location only taken for the meter there, where the file names one."""
    meters: dict[str, set[str]] = defaultdict(set)
    for trace in traces:
        if trace.location is not None and trace.location != trace.meter:
            meters[trace.location].add(trace.meter)
    there = {location: min(named) for location, named in meters.items() if len(named) == 1}
    return [replace(trace, meter=there.get(trace.meter, trace.meter)) for trace in traces] if there else traces


def _with_few_keys(traces: Sequence[Trace]) -> Sequence[Trace]:
    """The same, with all keys of a meter from the last one that is told apart on taken for that one."""
    keys: dict[str, list[str]] = defaultdict(list)
    for trace in traces:
        if trace.key_fingerprint not in keys[trace.meter]:
            keys[trace.meter] = [*keys[trace.meter], trace.key_fingerprint][:MOST_KEYS]
    return [
        trace if trace.key_fingerprint in keys[trace.meter] else replace(trace, key_fingerprint=keys[trace.meter][-1])
        for trace in traces
    ]


@dataclass(slots=True)
class _Stretches:
    """What the transactions under one key took from one register: disjoint, in its order, without those of 0 kWh."""

    begins: list[Decimal] = field(default_factory=list)
    ends: list[Decimal] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)

    def meeting(self, begin: Decimal, end: Decimal) -> Iterator[Trace]:
        first, behind = bisect_right(self.ends, begin), bisect_left(self.begins, end)
        yield from (self.traces[index] for index in range(first, behind))

    def take(self, trace: Trace, begin: Decimal, end: Decimal) -> None:
        index = bisect_left(self.begins, begin)
        self.begins.insert(index, begin)
        self.ends.insert(index, end)
        self.traces.insert(index, trace)


@dataclass(slots=True)
class _Count:
    """The transactions in one count, in the order in which they end there."""

    lasts: list[int] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    #: Who holds a number; only copies share one.
    by_number: dict[int, Trace] = field(default_factory=dict)
    billing: Trace | None = None
    #: The numbers of those that bill nothing and have a begin or an end, in order, and whose they are.
    idle_numbers: list[int] = field(default_factory=list)
    idle: list[Trace] = field(default_factory=list)

    def take(self, trace: Trace) -> None:
        self.lasts.append(trace.last)
        self.traces.append(trace)
        if trace.bills:
            self.billing = trace
        for number in {page.number for page in trace.pages}:
            self.by_number.setdefault(number, trace)
            if trace.bounded and not trace.bills:
                index = bisect_left(self.idle_numbers, number)
                self.idle_numbers.insert(index, number)
                self.idle.insert(index, trace)

    def neighbours(self, trace: Trace) -> Iterator[Trace]:
        """Who ends before a trace begins, who shares a number with it, and who stands in its way."""
        yield from (self.by_number[page.number] for page in trace.pages if page.number in self.by_number)
        below = bisect_right(self.lasts, trace.first)
        if below:
            yield self.traces[below - 1]
        if trace.bounded:
            yield from self._in_the_way(trace)

    def _in_the_way(self, trace: Trace) -> Iterator[Trace]:
        if self.billing is not None:
            # Those that bill lie one behind the other: if the last one is not in the way, none is.
            yield self.billing
        for index in range(bisect_right(self.idle_numbers, trace.first), bisect_left(self.idle_numbers, trace.last)):
            yield self.idle[index]
            if any(numbers_apart(trace, self.idle[index])):
                return


class _Ledger:
    """The transactions that were gone through, so that neighbours are found without looking at all of them."""

    def __init__(self, traces: Sequence[Trace]) -> None:
        numbers: dict[Counter, set[int]] = defaultdict(set)
        for trace in traces:
            if trace.counter is not None:
                numbers[trace.counter].update(page.number for page in trace.pages)
        self._numbers = {counter: sorted(of_counter) for counter, of_counter in numbers.items()}
        self._keys: dict[str, dict[str, int]] = defaultdict(dict)
        for trace in traces:
            keys = self._keys[trace.meter]
            keys.setdefault(trace.key_fingerprint, len(keys))
        self._holders: dict[tuple[str, str], Trace] = {}
        self._counted: dict[tuple[str, Counter], _Count] = defaultdict(_Count)
        self._stretches: dict[tuple[str, str], dict[str, _Stretches]] = defaultdict(dict)
        self._latest: dict[tuple[str, str, str], Trace] = {}
        self._latest_of_meter: dict[str, Trace] = {}
        self._timed: dict[tuple[str, bool, bool], list[tuple[datetime, int, Trace]]] = defaultdict(list)

    def turn(self, trace: Trace, index: int) -> tuple[int, int, int]:
        """When a trace is gone through: keys as they appear, numbers as they end, then as in the file."""
        key = self._keys[trace.meter][trace.key_fingerprint]
        return key, trace.last if trace.counter is not None else 0, index

    def known(self, counter: Counter, low: int, high: int) -> int:
        """How many numbers from low to high stand in the file, whatever became of their transaction."""
        numbers = self._numbers.get(counter, [])
        return bisect_right(numbers, high) - bisect_left(numbers, low)

    def neighbours(self, trace: Trace) -> list[Trace]:
        """Those before it in the meter's counts, and those that claim the same."""
        found = [
            *(self._holders[trace.meter, record] for record in trace.records if (trace.meter, record) in self._holders),
            *self._by_number(trace),
            *self._by_register(trace),
            *self._by_time(trace),
        ]
        latest = self._latest_of_meter.get(trace.meter)
        if latest is not None and latest.key_fingerprint != trace.key_fingerprint:
            found.append(latest)
        return list({id(one): one for one in found}.values())

    def take(self, trace: Trace) -> None:
        """Note a trace that had no error."""
        seen = [self._holders.get((trace.meter, record)) for record in trace.records]
        for record in trace.records:
            holder = self._holders.get((trace.meter, record))
            if holder is None or (trace.bills and not holder.bills):
                self._holders[trace.meter, record] = trace
        if trace.counter is not None and not any(one is not None and trace.records <= one.records for one in seen):
            # A copy of what is there already tells nothing new.
            self._counted[trace.meter, trace.counter].take(trace)
        self._latest_of_meter[trace.meter] = trace
        if trace.bills:
            self._take_energy(trace)

    def _take_energy(self, trace: Trace) -> None:
        for span in trace.spans:
            self._latest[trace.meter, trace.key_fingerprint, span.register] = trace
            if span.begin_kwh < span.end_kwh:
                of_keys = self._stretches[trace.meter, span.register]
                of_key = of_keys.setdefault(trace.key_fingerprint, _Stretches())
                of_key.take(trace, span.begin_kwh, span.end_kwh)
        counted = trace.counter is not None
        if trace.begins_at is not None:
            timed = self._timed[trace.meter, counted, bool(trace.spans)]
            insort(timed, (trace.begins_at, len(timed), trace))

    def _by_number(self, trace: Trace) -> Iterator[Trace]:
        if trace.counter is not None:
            yield from self._counted[trace.meter, trace.counter].neighbours(trace)

    def _by_register(self, trace: Trace) -> Iterator[Trace]:
        for span in trace.spans:
            latest = self._latest.get((trace.meter, trace.key_fingerprint, span.register))
            if latest is not None:
                yield latest
            for stretches in self._stretches[trace.meter, span.register].values():
                for other in stretches.meeting(span.begin_kwh, span.end_kwh) if trace.bills else ():
                    if any(energy_apart(trace, other)):
                        yield other
                        break

    def _by_time(self, trace: Trace) -> Iterator[Trace]:
        if trace.begins_at is None:
            return
        for counted, has_total in product((False, True), repeat=2):
            timed = self._timed[trace.meter, counted, has_total]
            place = bisect_right(timed, (trace.begins_at, len(timed)), key=lambda one: one[:2])
            yield from (one for *_, one in timed[max(place - 1, 0) : place + 1])
