"""What people do when a patient may be in danger. It is told and recorded here; none of it happens by itself."""

from rejoin.domain.safety.procedure import (
    NATIONAL_LINE,
    PROCEDURES,
    CrisisLine,
    Procedure,
    SafetyStep,
    StepResult,
    StepRule,
    procedure_of,
    step_rule,
)

__all__ = [
    "NATIONAL_LINE",
    "PROCEDURES",
    "CrisisLine",
    "Procedure",
    "SafetyStep",
    "StepResult",
    "StepRule",
    "procedure_of",
    "step_rule",
]
