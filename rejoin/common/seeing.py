"""The web's door to the database: behind it nothing is seen but what whoever asks may see.

The database itself keeps to it (`common/schema.py`, ADR 11). Who asks holds for one transaction, and goes
with it: a connection that serves the next request knows of nobody.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from rejoin.common.rows import select
from rejoin.common.schema import WEB_ROLE

BEFORE = (
    "SELECT current_setting('role'), current_setting('rejoin.staff', true), "
    "current_setting('rejoin.patient', true)"
)
ASK = """
SELECT set_config('role', %s, true), set_config('rejoin.staff', %s, true), set_config('rejoin.patient', %s, true)
"""


class SomebodyAsks(RuntimeError):
    """A programming error: a door inside a door. Whoever asks first would see what the other may."""


@contextmanager
def seen_by_staff(staff_id: int) -> Iterator[None]:
    """One transaction in which only rows of programs are seen in which she has a role now."""
    with _asked_by(staff=str(int(staff_id))):
        yield


@contextmanager
def seen_by_patient(patient_id: int) -> Iterator[None]:
    """One transaction in which only the patient's own rows are seen."""
    with _asked_by(patient=str(int(patient_id))):
        yield


@contextmanager
def _asked_by(*, staff: str = "", patient: str = "") -> Iterator[None]:
    """A transaction of its own: inside another one the settings would outlive the door.

    They are put back all the same before it ends. An error takes them back with everything else.
    """
    with transaction.atomic(durable=True):
        ((role, *asking),) = select(BEFORE)
        if any(asking):
            raise SomebodyAsks
        select(ASK, [WEB_ROLE, staff, patient])
        yield
        if not connection.needs_rollback:
            select(ASK, [role, "", ""])
