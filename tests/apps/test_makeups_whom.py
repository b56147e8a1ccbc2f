"""Whom a group is for: an age band, a language, some alone. What it asks for has to be known of her."""

from typing import Any

import pytest

from rejoin.common.actors import ENGINE
from rejoin.domain.kernel import Refusal
from rejoin.makeups.models import Offer
from rejoin.people.actions import change_patient
from rejoin.people.vocabulary import AgeBand, Gender, Language
from rejoin.programs.actions import say_whom_it_is_for
from tests.apps.makeups_scene import NEXT_DAY, Owing

pytestmark = pytest.mark.django_db
GROUPS: list[tuple[dict[str, Any], dict[str, str], bool]] = [
    ({}, {}, True),
    ({"age_band": AgeBand.ADULT}, {"age_band": "adult"}, True),
    ({"age_band": AgeBand.ADULT}, {"age_band": "adolescent"}, False),
    ({"age_band": AgeBand.ADULT}, {}, False),
    ({}, {"age_band": "adolescent"}, True),
    ({"language": Language.SPANISH}, {}, False),
    ({"language": Language.SPANISH}, {"language": "es"}, True),
    ({"language": Language.ENGLISH}, {"language": "en"}, True),
    ({}, {"language": "es"}, True),
    ({"gender_only": Gender.WOMAN}, {"gender": "woman"}, True),
    ({"gender_only": Gender.WOMAN}, {"gender": "man"}, False),
    ({"gender_only": Gender.WOMAN}, {}, False),
    ({}, {"gender": "man"}, True),
]


@pytest.mark.parametrize(("group", "her", "offered"), GROUPS)
def test_a_group_takes_whoever_is_known_to_be_whom_it_is_for(
    group: dict[str, Any], her: dict[str, Any], offered: bool
) -> None:
    owing = Owing()
    seat, green = owing.missed[0], owing.other_group()
    desk = owing.desk()
    say_whom_it_is_for(group=owing.green, **group, **desk)
    change_patient(patient=seat.patient, **her, **desk)
    assert [each.session for each in owing.offers()] == ([green] if offered else [])


def test_a_one_to_one_is_for_everybody() -> None:
    owing = Owing()
    seat, desk = owing.missed[0], owing.desk()
    owing.other_group()
    owing.hour()
    say_whom_it_is_for(group=owing.green, age_band=AgeBand.ADULT, language=Language.SPANISH, **desk)
    change_patient(patient=seat.patient, age_band="adolescent", **desk)
    assert [each.kind for each in owing.offers()] == ["individual"]


def test_of_whoever_has_no_age_on_file_that_of_her_own_group_counts() -> None:
    owing = Owing()
    owing.other_group()
    for group in (owing.green, owing.scene.group):
        say_whom_it_is_for(group=group, age_band=AgeBand.ADULT, **owing.desk())
    assert owing.missed
    assert len(owing.offers()) == 1
    say_whom_it_is_for(group=owing.scene.group, age_band=AgeBand.ADOLESCENT, **owing.desk())
    assert owing.offers() == []
    assert Offer.objects.count() == 1


def test_people_say_it_in_words_of_ours() -> None:
    owing = Owing()
    with pytest.raises(Refusal, match="Only a person"):
        say_whom_it_is_for(group=owing.green, by=ENGINE, at=NEXT_DAY)
    for wrong in ({"age_band": "toddler"}, {"gender": "?"}):
        with pytest.raises(Refusal):
            change_patient(patient=owing.patients[0], **wrong, **owing.desk())  # type: ignore[arg-type]
