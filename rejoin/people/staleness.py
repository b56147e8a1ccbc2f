"""Two people at how a patient and those around her are reached: the second is shown what stands, and loses no word.

A page puts `reach_version(patient.pk)` into its forms as `seen`, and the action passes it on. Where an address, somebody
around her or a word on consent came or went since, `hold_reach` raises `ReachStale`; sent again with its version, the
same form goes through.
"""

from typing import Final

from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient

VERSION: Final = """
SELECT concat_ws('.', (SELECT coalesce(max(id), 0) FROM people_consent WHERE patient_id = patient.id),
                 (SELECT concat_ws('.', coalesce(max(id), 0), count(retired_at)) FROM people_address WHERE patient_id = patient.id),
                 (SELECT concat_ws('.', coalesce(max(id), 0), count(retired_at)) FROM people_contact WHERE patient_id = patient.id))
  FROM people_patient AS patient WHERE patient.id = %s
"""


class ReachStale(Refusal):
    """It is no longer as she saw it. Nothing was written."""

    def __init__(self, version: str) -> None:
        super().__init__(
            "stale",
            "Somebody has changed how she or those around her are reached since you opened this page. What stands now "
            "is shown; nothing of yours was written yet. Sent again, it goes through.",
        )
        self.version = version
        """As it is now: with this as `seen` the same form goes through."""


def reach_version(patient_id: int) -> str:
    """What whoever looks now has seen of her addresses, of people around her and of consents."""
    ((version,),) = select(VERSION, [patient_id])
    return str(version)


def hold_reach(patient: Patient, seen: str | None) -> None:
    """Keep others from changing it until this transaction ends. `seen` None: whoever acts saw no page of it."""
    if seen is None:
        return
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    version = reach_version(patient.pk)
    if version != seen:
        raise ReachStale(version)
