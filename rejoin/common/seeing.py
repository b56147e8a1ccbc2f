"""The web's door to the database: behind it nothing is seen but what whoever asks may see.

The database itself keeps to it (`common/schema.py`, ADR 11 and 13). Who asks, and whose patients she is near to, is
worked out once, holds for one transaction, and goes with it: a connection that serves the next request knows of nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from rejoin.common.rows import select
from rejoin.domain.consent import About

ASK = """
SELECT current_setting('role'), current_setting('rejoin.staff', true), current_setting('rejoin.patient', true),
       current_setting('rejoin.family', true), set_config('role', rejoin_ask(%s::bigint, %s::bigint), true)
"""
FORGET = """
SELECT set_config('role', %s, true), set_config('rejoin.' || asked, '', true)
  FROM unnest(ARRAY['staff', 'patient', 'programs', 'wide', 'everywhere', 'guarded', 'near', 'family',
                    'shown_scheduling', 'shown_attendance', 'shown_safety']) AS asked
"""
NAME = "SELECT set_config('rejoin.' || %s, %s, true)"

SEES_ALL = "SELECT rejoin_asker() IS NULL OR %s = ANY(rejoin_wide())"


class SomebodyAsks(RuntimeError):
    """A programming error: a door inside a door. Whoever asks first would see what the other may."""


@contextmanager
def seen_by_staff(staff_id: int) -> Iterator[None]:
    """One transaction in which she sees what belongs to programs where she has a role now, and her own patients' rows.

    Hers are those she stands in a relationship to, and all patients of programs in which she answers for all
    (`programs/rights.py`).
    """
    with _asked_by(staff=int(staff_id)):
        yield


@contextmanager
def seen_by_patient(patient_id: int) -> Iterator[None]:
    """One transaction in which only the patient's own rows are seen."""
    with _asked_by(patient=int(patient_id)):
        yield


@contextmanager
def seen_by_family(relative_id: int, shown: Mapping[About, Sequence[int]]) -> Iterator[None]:
    """One transaction in which no row of any table is seen, and of patients only what the functions for `shown` tell.

    `shown`: numbers of patients by what a live consent or the law lets this account see of them at this instant. It is
    worked out anew for every door (`people/family.py`); whoever is not named there is not there.
    """
    with _asked_by():
        select(NAME, ["family", str(int(relative_id))])
        for about, patients in shown.items():
            select(NAME, [f"shown_{about.value}", "{" + ",".join(str(int(each)) for each in patients) + "}"])
        yield


def sees_all_of(program_id: int) -> bool:
    """Whether whoever asks sees every patient of the program; outside of a door everybody does.

    To be asked before something is said of all of them: what is not seen looks like what is not there.
    """
    ((sees,),) = select(SEES_ALL, [program_id])
    return bool(sees)


@contextmanager
def _asked_by(*, staff: int | None = None, patient: int | None = None) -> Iterator[None]:
    """A transaction of its own: inside another one the settings would outlive the door.

    They are put back all the same before it ends. An error takes them back with everything else.
    """
    with transaction.atomic(durable=True):
        ((role, *asking, _),) = select(ASK, [staff, patient])
        if any(asking):
            raise SomebodyAsks
        yield
        if not connection.needs_rollback:
            select(FORGET, [role])
