"""The second opinion at work: pyocmf can hold a CDR back, and switching it off lets the same session go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.support.gateway import RunningGateway, Session, codes, running_gateway
from tests.support.meter import END, START

if TYPE_CHECKING:
    from pathlib import Path

#: GI is free text to us; pyocmf refuses a number there, and that is none of its known limits.
UNREADABLE_FOR_PYOCMF = {"GI": "5"}


def bring_disputed(gateway: RunningGateway) -> Session:
    """A session whose signed values pyocmf cannot read."""
    meter = gateway.new_meter()
    session = gateway.start(gateway.new_place())
    session.bring(
        (START, meter.sign("B", "10.000", START, 7, **UNREADABLE_FOR_PYOCMF)),
        (END, meter.sign("E", "20.000", END, 8, **UNREADABLE_FOR_PYOCMF)),
    )
    return session


def test_a_disagreement_holds_the_cdr(tmp_path: Path) -> None:
    """The CDR is kept and shown as held, with the reason; it has no delivery and nothing reaches the eMSP."""
    with running_gateway(tmp_path) as gateway:
        gateway.connect()
        session = bring_disputed(gateway)
        closed = session.close()
        assert "held" == closed["state"]
        assert "SECOND_OPINION_DISAGREES" in codes(closed)
        gateway.deliver_all()
        shown = gateway.cdr(closed["cdr_id"])
        assert ("held", []) == (shown["state"], shown["deliveries"])
        assert [] == gateway.cdr_posts()


def test_without_second_opinion_the_same_session_is_billed(tmp_path: Path) -> None:
    """Bulk work can switch it off: then our own judgement stands alone."""
    with running_gateway(tmp_path) as gateway:
        gateway.connect()
        wired = gateway.wired
        ports = replace(wired.ports, settings=replace(wired.ports.settings, second_opinion=False))
        wired.app.extensions["eichwerk"] = ports
        assert "ready" == bring_disputed(gateway).close()["state"]
