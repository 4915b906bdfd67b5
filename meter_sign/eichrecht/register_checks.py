"""Rules on what several registers, or a register and its losses, tell of one energy; see `checks.py`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.eichrecht.findings import error, warning
from meter_sign.model import Phase
from meter_sign.quantity import difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.eichrecht.case import Case
    from meter_sign.model import Finding

_OBIS = "OCMF 1.4.1, table 25"
_CL = "OCMF 1.4.1, table 7, CL"


def registers_agree(case: Case) -> Iterator[Finding]:
    """All registers of the rank that bills tell one energy; registers of several tariff rates hold only shares."""
    if case.registers_disagree:
        told = {str(series.register): str(series.energy_kwh) for series in case.series}
        message = f"registers of equal rank do not tell one energy: {told}"
        yield error(Code.TRANSACTION_AMBIGUOUS, message, source=_OBIS)


def control_registers_agree(case: Case) -> Iterator[Finding]:
    """A register that controls the one that bills tells its energy, but for the last digits that it keeps hidden."""
    billed = case.billing.energy_kwh if case.billing else None
    if billed is None:
        return
    for control in case.controls:
        energy = control.energy_kwh
        if energy is None or not -control.tolerance_kwh <= difference(energy, billed) <= control.tolerance_kwh:
            message = f"{control.register} tells {energy} kWh, and {billed} kWh would be billed"
            yield error(Code.CONTROL_REGISTER_DIFFERS, message, source="bsm-python, snapshots.md, Energy and Power")


def losses_plausible(case: Case) -> Iterator[Finding]:
    """Losses that were taken off only grow, from zero at the begin: a negative one would bill what no meter counted."""
    for series in case.series:
        losses = [(placed, placed.reading.cumulated_loss) for placed in series.in_turn]
        told = [(placed, loss) for placed, loss in losses if loss is not None]
        for placed, loss in told:
            if loss < 0:
                yield error(Code.CUMULATED_LOSS_INVALID, f"the cumulated loss is {loss}", placed.path, _CL)
            elif loss > 0 and placed.reading.phase is Phase.BEGIN:
                message = f"the cumulated loss is {loss} at the begin, where it must be reset"
                yield warning(Code.CUMULATED_LOSS_NOT_RESET, message, placed.path, _CL)
        for (_, before), (placed, after) in pairwise(told):
            if after < before:
                message = f"the cumulated loss falls from {before} to {after}"
                yield error(Code.CUMULATED_LOSS_INVALID, message, placed.path, _CL)


def same_loss_compensation(case: Case) -> Iterator[Finding]:
    """The cable for which registers are corrected stays the same: a change would bill or forgive energy."""
    if len({record.content.loss_compensation for record in case.records}) > 1:
        message = "the records were corrected for different cables"
        yield error(Code.LOSS_COMPENSATION_DIFFERS, message, source="OCMF 1.4.1, table 24, LC")
