"""The one door to strangers: missing and forbidden are the same answer."""

from collections.abc import Collection

from rejoin.domain.kernel import Refusal
from rejoin.rooms.models import Stranger


def stranger_for(stranger_id: int, *, programs: Collection[int]) -> Stranger:
    """A participant nobody has recognised, in a session of one of these programs."""
    found: Stranger | None = (
        Stranger.objects.filter(pk=stranger_id, session__program__in=list(programs), gone=False)
        .select_related("session__program")
        .first()
    )
    if found is None:
        raise Refusal("not_found", "There is nothing here that you may see.")
    return found
