"""Plain questions of our own, shown as unvalidated, and group climate, whose words are not ours to show."""

from typing import Final

from rejoin.domain.measures.instrument import (
    ENGLISH,
    SPANISH,
    Instrument,
    Item,
    Rule,
    Scale,
    numbered,
    plain,
)

OURS: Final = (
    "A plain question of our own. It is not validated: read it as her word of the day, not as a score."
)
_TEN: Final = plain(0, 10)


def _rating(key: str, name: str, lead: tuple[str, str], asks: tuple[str, str], *, worse: bool) -> Instrument:
    return Instrument(
        key=key,
        version="plain-1",
        name=name,
        lead={ENGLISH: lead[0], SPANISH: lead[1]},
        items=(Item(id="1", asks={ENGLISH: asks[0], SPANISH: asks[1]}, options=_TEN),),
        scales=(Scale(key=key, name=name, items=("1",), lowest=0, highest=10, higher_is_worse=worse),),
        recall_days=7,
        every_days=7,
        licence="Ours.",
        source=OURS,
        validated=False,
    )


CRAVING: Final = _rating(
    "craving",
    "Craving, 0 to 10",
    (
        "0 means not at all, 10 means as strong as it could be.",
        "0 significa nada, 10 significa lo más fuerte posible.",
    ),
    (
        "In the past 7 days, how strong were your cravings at their strongest?",
        "En los últimos 7 días, ¿qué tan fuertes fueron sus ganas de consumir en el peor momento?",
    ),
    worse=True,
)
BELONGING: Final = _rating(
    "belonging",
    "Part of the group, 0 to 10",
    ("0 means not at all, 10 means fully.", "0 significa nada, 10 significa por completo."),
    (
        "In the past 7 days, how much did you feel part of your group?",
        "En los últimos 7 días, ¿qué tanto se sintió parte de su grupo?",
    ),
    worse=False,
)
_MEAN: Final = "the mean of the items that are answered; none where more than 4 of the 12 are not"


def _climate(key: str, name: str, *items: int, worse: bool) -> Scale:
    return Scale(
        key=key,
        name=name,
        items=tuple(str(each) for each in items),
        lowest=0,
        highest=6,
        rule=Rule.MEAN,
        may_miss=4,
        missing=_MEAN,
        higher_is_worse=worse,
    )


GROUP_CLIMATE: Final = Instrument(
    key="gcq",
    version="short-12",
    name="Group climate (GCQ-S)",
    lead={ENGLISH: "From paper."},
    items=numbered(12, plain(0, 6)),
    scales=(
        _climate("gcq_engaged", "Group climate, engaged", 1, 2, 4, 8, 11, worse=False),
        _climate("gcq_avoiding", "Group climate, avoiding", 3, 5, 9, worse=True),
        _climate("gcq_conflict", "Group climate, conflict", 6, 7, 10, 12, worse=True),
    ),
    recall_days=0,
    every_days=7,
    licence="Its terms are not verified, so its words are not shown: numbers from paper alone.",
    source="MacKenzie; American Group Psychotherapy Association",
    ships=False,
)
