"""Two windows look for times in one moment: what both of them show is open."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rejoin.makeups.full import may_look
from rejoin.makeups.models import Choice, Offer
from rejoin.portal.views import makeup
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.test_makeups_page import IN_PLACE, path_of, text_of


@pytest.mark.django_db(transaction=True)
def test_two_looks_in_one_moment_find_the_same_times(monkeypatch: pytest.MonkeyPatch) -> None:
    owing = Owing()
    path = path_of(owing.missed[0])
    owing.other_group()
    owing.hour()
    owing.desk()
    both = threading.Barrier(2)

    def asks(*asked: Any, **more: Any) -> bool:
        answer = may_look(*asked, **more)
        both.wait(10)
        return answer

    monkeypatch.setattr(makeup, "may_look", asks)

    def looks(_: int) -> str:
        try:
            return text_of(Client().post(f"{path}look", headers=IN_PLACE))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(looks, range(2)))
    assert [page.count("I will come") for page in pages] == [2, 2]
    assert Choice.objects.count() == 1
    assert Offer.objects.all().open_at(NEXT_DAY).count() == 2
