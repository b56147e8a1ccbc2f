"""Any curriculum at all: what stands on what, and which cannot be run, against another way of working it out."""

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.continuity import Curriculum, Kind, Tie, faults_of, links_under, what_breaks
from tests.domain.continuity.courses import MONDAY, course, run, unit

NAMES = "abcdefg"
Edges = frozenset[tuple[str, str]]
"""Pairs: the first needs the second."""


@st.composite
def edges(draw: st.DrawFn, *, circles: bool) -> Edges:
    pairs = [(over, under) for over, under in product(NAMES, NAMES) if circles or under < over]
    return frozenset(draw(st.sets(st.sampled_from(pairs), max_size=10)))


def built(needs: Edges, foundations: str = "") -> Curriculum:
    return course(
        *(
            unit(
                name,
                Kind.FOUNDATION if name in foundations else Kind.SEQUENCED,
                needs=tuple(sorted(under for over, under in needs if over == name)),
            )
            for name in NAMES
        )
    )


def closed(needs: Edges) -> Edges:
    """With whatever is needed through others, by adding pairs until none is new."""
    known = needs
    while True:
        more = known | {(a, d) for a, b in known for c, d in known if b == c}
        if more == known:
            return known
        known = more


@given(edges(circles=False))
def test_a_unit_stands_on_all_that_can_be_reached_from_it_and_on_nothing_else(needs: Edges) -> None:
    curriculum = built(needs)
    for over in curriculum.units:
        reached = {under for name, under in closed(needs) if name == over.id}
        links = links_under(curriculum, over)
        assert set(links) == reached
        for under, link in links.items():
            steps = [(above.id, below.id) for below, above in pairwise(link.path)]
            assert set(steps) <= needs
            assert (link.under.id, link.over.id) == (under, over.id)
            assert (link.tie is Tie.NEEDS) == ((over.id, under) in needs)


@given(edges(circles=True))
def test_a_circle_is_found_where_there_is_one_and_nowhere_else(needs: Edges) -> None:
    told = any("circle" in each.message for each in faults_of(built(needs)))
    assert told == any(over == under for over, under in closed(needs))


@given(edges(circles=False), st.integers(0, 3))
def test_every_sequenced_unit_stands_on_every_foundation(needs: Edges, count: int) -> None:
    curriculum = built(needs, NAMES[:count])
    for over in curriculum.units[count:]:
        assert set(NAMES[:count]) <= set(links_under(curriculum, over))


@given(edges(circles=False), st.lists(st.sampled_from(NAMES), min_size=2, max_size=9))
def test_it_matters_by_the_first_session_ahead_that_reaches_the_missed_unit(
    needs: Edges, modules: list[str]
) -> None:
    sessions = run(*modules)
    broken = what_breaks(built(needs), sessions[0], sessions, now=MONDAY)
    standing = {over for over, under in closed(needs) if under == modules[0]}
    first = next((each for each in sessions[1:] if each.module in standing), None)
    assert broken.needed_for == first
    assert broken.needed_by == (first.starts_at if first is not None else None)
