"""No figure without how unsure it is and what it rests on."""

import pytest

from rejoin.domain.learning.shares import share
from rejoin.insights.figures import Figure, bare_columns, bare_figures, figure_of


def test_a_figure_is_not_made_without_its_interval_or_its_source() -> None:
    for lacking in ({"unsure": " "}, {"source": ""}, {"said": ""}):
        with pytest.raises(ValueError, match="how unsure"):
            Figure(**{"said": "3 of 4", "unsure": "30 to 95", "source": "seats"} | lacking)


def test_a_share_says_how_many_of_how_many_with_its_interval() -> None:
    assert str(figure_of(share(3, 4), "seats")) == "3 of 4 (75%, 95% interval 30 to 95)"
    assert str(figure_of(share(0, 0), "seats")) == "nobody yet (nothing to go by)"


def test_a_percentage_is_found_where_it_stands_alone_or_lies_in_no_part_with_a_source() -> None:
    good = '<section data-source="seats"><p>75%, 95% interval 30 to 95</p><td>about 4 in 100, between 2 and 7</td></section>'
    assert bare_figures(good) == []
    assert bare_figures('<section data-source="seats"><p>75% came</p></section>') == ["75% came"]
    assert bare_figures("<p>75%, 95% interval 30 to 95</p>") == ["75%, 95% interval 30 to 95"]
    assert bare_figures("<div>5 <br>75%</div>") == ["75%"]
    assert bare_figures("<style>p{width:100%}</style><p>3 steps</p>") == []


def test_a_column_is_found_that_has_no_interval_or_no_source_beside_it() -> None:
    assert bare_columns(["rung", "share", "low95", "high95", "source"]) == []
    assert bare_columns(["rung", "share", "low95", "high95"]) == ["share"]
    assert bare_columns(["who", "p_lose", "risk_estimate"]) == ["p_lose", "risk_estimate"]
