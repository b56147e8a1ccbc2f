"""The one door to long work: missing and forbidden are the same answer."""

from collections.abc import Collection
from uuid import UUID

from rejoin.domain.kernel import Refusal
from rejoin.longwork.models import Enclosure, Work
from rejoin.longwork.vocabulary import Kind, Part
from rejoin.people.models import Staff

NOT_HERE = "There is nothing here that you may see."


def work_for(ref: UUID, *, programs: list[int], kinds: Collection[Kind] = tuple(Kind)) -> Work:
    """A piece of work in one of `programs`, those in which whoever asks may govern; of `kinds`, may plan make-ups."""
    asked = Work.objects.filter(ref=ref, program__in=programs, kind__in=[each.value for each in kinds])
    found = asked.select_related("program", "asked_by").first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def enclosure_for(staff: Staff, work: Work, part: Part) -> Enclosure:
    """A file of a piece of work: for whoever asked for it, as long as it is kept."""
    found = (
        Enclosure.objects.filter(work=work, part=part.value, work__asked_by=staff, emptied_at__isnull=True)
        .order_by("pk")
        .first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found
