"""What rooms tell becomes evidence: whoever came is seen, whatever order it was told in."""

from datetime import timedelta

import pytest

from rejoin.rooms.fake import Visit, events_of
from rejoin.rooms.models import Heard, RawEvent, SessionEvidence
from rejoin.rooms.sweep import read_events
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms, in_one_go, kept, read_all, seen, spans

pytestmark = pytest.mark.django_db


def test_whoever_came_by_her_link_is_seen() -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    session = rooms.session(ada, cleo)
    visit = Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING, left_at=EVENING + HOUR)
    assert rooms.hear(*(event.body for event in events_of([visit]))) == 4
    assert read_events(EVENING + 4 * HOUR) == 4
    assert spans(session, ada) == [(EVENING, EVENING + HOUR)]
    assert seen(session, cleo) == ()
    assert kept() == in_one_go(EVENING + 4 * HOUR)
    evidence = SessionEvidence.objects.get(session=session)
    assert (evidence.watched, evidence.sources) == (True, ["livekit-webhook"])
    assert Heard.objects.filter(session=session).count() == 4
    assert set(RawEvent.objects.values_list("state", flat=True)) == {"read"}
