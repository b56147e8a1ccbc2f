"""Answers to numbers, and what must not be done with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rejoin.domain.kernel import Refusal
from rejoin.domain.measures.instrument import Instrument, Item, Rule, Scale

Answers = Mapping[str, int]
"""By the item's id, the value of the option she chose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one scale came to. `points` None: too little is answered, and nothing is made up."""

    scale: Scale
    version: str
    points: float | None
    band: str
    missing: tuple[str, ...]
    """Items of the scale that are asked and not answered."""


def check(instrument: Instrument, answers: Answers) -> None:
    """Refuse what is no answer to it."""
    known = {each.id: {option.value for option in each.options} for each in instrument.items}
    if any(value not in known.get(item, ()) for item, value in answers.items()):
        raise Refusal("measure.answer", "That is no answer to this question.")


def chosen(instrument: Instrument, sent: Mapping[str, str]) -> dict[str, int]:
    """What a form says, by the names "i1", "i2" of its fields; an option that there is none of is left out."""
    found: dict[str, int] = {}
    for item in instrument.items:
        value = sent.get(f"i{item.id}", "")
        if value in {str(each.value) for each in item.options}:
            found[item.id] = int(value)
    return found


def left(instrument: Instrument, answers: Answers) -> tuple[Item, ...]:
    """What is asked and not answered, in order."""
    return tuple(each for each in instrument.items if each.is_asked(answers) and each.id not in answers)


def concerns(instrument: Instrument, answers: Answers) -> tuple[Item, ...]:
    """Answers after which somebody looks after her at once. One alone is enough, whatever else is not answered."""
    return tuple(
        each
        for each in instrument.items
        if each.concern_from is not None and answers.get(each.id, -1) >= each.concern_from
    )


def scores(instrument: Instrument, answers: Answers) -> tuple[Score, ...]:
    """Every scale of the instrument, by its rule for what is missing."""
    check(instrument, answers)
    return tuple(_score(instrument, scale, answers) for scale in instrument.scales)


def refuse_mixed(versions: Iterable[tuple[str, str]]) -> None:
    """Refuse to put numbers of two instruments, or of two versions of one, on one line. Each: key and version."""
    if len(set(versions)) > 1:
        raise Refusal(
            "measure.versions",
            "These are two versions, or two measures: their numbers do not stand on one line.",
        )


def difference(earlier: Score, later: Score) -> float | None:
    """Points from one to the other; None where either is not known. Refuses two versions."""
    refuse_mixed((each.scale.key, each.version) for each in (earlier, later))
    if earlier.points is None or later.points is None:
        return None
    return later.points - earlier.points


def is_reliable(earlier: Score, later: Score) -> bool | None:
    """Whether the difference reaches what the source calls reliable; None where nothing can be said."""
    found = difference(earlier, later)
    if found is None or later.scale.change is None:
        return None
    return abs(found) >= later.scale.change.points


def _score(instrument: Instrument, scale: Scale, answers: Answers) -> Score:
    items = [instrument.item(each) for each in scale.items]
    missing = tuple(each.id for each in items if each.is_asked(answers) and each.id not in answers)
    points = _points(instrument, scale, answers, missing)
    band = "" if points is None else scale.band_of(points)
    return Score(scale=scale, version=instrument.version, points=points, band=band, missing=missing)


def _points(instrument: Instrument, scale: Scale, answers: Answers, missing: tuple[str, ...]) -> float | None:
    given = [
        answers[each] for each in scale.items if each in answers and instrument.item(each).is_asked(answers)
    ]
    if scale.rule is Rule.SUM:
        return None if missing else float(sum(given))
    if not given or len(left(instrument, answers)) > scale.may_miss:
        return None
    return sum(given) / len(given)
