"""What alcohol and drugs do: AUDIT-C, and BAM in two versions. BAM has no valid total: it has three scores."""

from typing import Final

from rejoin.domain.measures.instrument import (
    ENGLISH,
    Band,
    Instrument,
    Item,
    Option,
    Scale,
    numbered,
    options,
    plain,
)

_DRINKS: Final = (
    (
        "How often do you have a drink containing alcohol?",
        options(
            "Never",
            "Monthly or less",
            "2 to 4 times a month",
            "2 to 3 times a week",
            "4 or more times a week",
        ),
    ),
    (
        "How many drinks containing alcohol do you have on a typical day when you are drinking?",
        options("1 or 2", "3 or 4", "5 or 6", "7 to 9", "10 or more"),
    ),
    (
        "How often do you have six or more drinks on one occasion?",
        options("Never", "Less than monthly", "Monthly", "Weekly", "Daily or almost daily"),
    ),
)
AUDIT_C: Final = Instrument(
    key="audit_c",
    version="3",
    name="AUDIT-C",
    lead={ENGLISH: "These questions are about alcohol."},
    items=tuple(
        Item(
            id=str(number),
            asks={ENGLISH: asked},
            options=answers,
            only_if=None if number == 1 else ("1", 1),
        )
        for number, (asked, answers) in enumerate(_DRINKS, 1)
    ),
    scales=(
        Scale(
            key="audit_c",
            name="AUDIT-C",
            items=("1", "2", "3"),
            lowest=0,
            highest=12,
            missing="no total while an item is not answered; who never drinks is not asked the other two, and they count as nought",
            bands=(
                Band(least=0, words="below the cut-offs"),
                Band(least=3, words="at the cut-off for women (3), below the one for men (4)"),
                Band(least=4, words="at or above the cut-offs for women (3) and men (4)"),
            ),
            bands_source="4 or more for men, 3 or more for women; sources disagree, some print more than 4 for men",
        ),
    ),
    recall_days=365,
    every_days=28,
    licence="The World Health Organization's AUDIT, free to use.",
    source="Bush, Kivlahan, McDonell, Fihn and Bradley 1998, from the AUDIT",
)

_DAYS: Final = options("0", "1-3", "4-8", "9-15", "16-30")
_MUCH: Final = options("Not at all", "Slightly", "Moderately", "Considerably", "Extremely")
_HEALTH: Final = options("Excellent", "Very good", "Good", "Fair", "Poor")
_YES: Final = options("No", "Yes", values=(0, 4))
_ASKED: Final[tuple[tuple[str, str, tuple[Option, ...]], ...]] = (
    ("1", "In the past 30 days, would you say your physical health has been?", _HEALTH),
    (
        "2",
        "In the past 30 days, how many nights did you have trouble falling asleep or staying asleep?",
        _DAYS,
    ),
    (
        "3",
        "In the past 30 days, how many days have you felt depressed, anxious, angry or very upset throughout most of the day?",
        _DAYS,
    ),
    ("4", "In the past 30 days, how many days did you drink ANY alcohol?", _DAYS),
    (
        "5",
        (
            "In the past 30 days, how many days did you have at least 5 drinks (if you are a man) or at least 4 drinks (if you are "
            "a woman)?"
        ),
        _DAYS,
    ),
    (
        "6",
        "In the past 30 days, how many days did you use any illegal/street drugs or abuse any prescription medications?",
        _DAYS,
    ),
    ("7a", "Marijuana (cannabis, pot, weed)?", _DAYS),
    (
        "7b",
        "Sedatives/Tranquilizers (e.g., benzos, Valium, Xanax, Ativan, Ambien, barbs, Phenobarbital, downers, etc.)?",
        _DAYS,
    ),
    ("7c", "Cocaine/Crack?", _DAYS),
    (
        "7d",
        "Other Stimulants (e.g., amphetamine, methamphetamine, Dexedrine, Ritalin, Adderall, speed, crystal meth, ice, etc.)?",
        _DAYS,
    ),
    (
        "7e",
        (
            "Opiates (e.g., Heroin, Morphine, Dilaudid, Demerol, Oxycontin, oxy, codeine (Tylenol 2,3,4), Percocet, Vicodin, "
            "Fentanyl, etc.)?"
        ),
        _DAYS,
    ),
    ("7f", "Inhalants (glues/adhesives, nail polish remover, paint thinner, etc.)?", _DAYS),
    (
        "7g",
        (
            "Other drugs (steroids, non-prescription sleep/diet pills, Benadryl, Ephedra, other over-the-counter/unknown "
            "medications)?"
        ),
        _DAYS,
    ),
    (
        "8",
        "In the past 30 days, how much were you bothered by cravings or urges to drink alcohol or use drugs?",
        _MUCH,
    ),
    (
        "9",
        "How confident are you in your ability to be completely abstinent (clean) from alcohol and drugs in the next 30 days?",
        _MUCH,
    ),
    (
        "10",
        "In the past 30 days, how many days did you attend self-help meetings like AA or NA to support your recovery?",
        _DAYS,
    ),
    (
        "11",
        (
            "In the past 30 days, how many days were you in any situations or with any people that might put you at an increased "
            'risk for using alcohol or drugs (i.e., around risky "people, places or things")?'
        ),
        _DAYS,
    ),
    ("12", "Does your religion or spirituality help support your recovery?", _MUCH),
    (
        "13",
        "In the past 30 days, how many days did you spend much of the time at work, school, or doing volunteer work?",
        _DAYS,
    ),
    (
        "14",
        (
            "Do you have enough income (from legal sources) to pay for necessities such as housing, transportation, food and "
            "clothing for yourself and your dependents?"
        ),
        _YES,
    ),
    (
        "15",
        (
            "In the past 30 days, how much have you been bothered by arguments or problems getting along with any family members "
            "or friends?"
        ),
        _MUCH,
    ),
    (
        "16",
        (
            "In the past 30 days, how many days were you in contact or spent time with any family members or friends who are "
            "supportive of your recovery?"
        ),
        _DAYS,
    ),
    ("17", "How satisfied are you with your progress toward achieving your recovery goals?", _MUCH),
)
_NO_TOTAL: Final = (
    "no score while one of its items is not answered: nothing is filled in (ours). BAM has no valid total"
)
_CUTS: Final = (
    "Use 1 or more, risk 12 or more, protective 12 or less: clinically significant (VA scoring, second hand)"
)
BAM_SCALES: Final = (
    Scale(
        key="bam_use",
        name="BAM, use",
        items=("4", "5", "6"),
        lowest=0,
        highest=12,
        missing=_NO_TOTAL,
        bands=(Band(least=0, words="none reported"), Band(least=1, words="clinically significant")),
        bands_source=_CUTS,
    ),
    Scale(
        key="bam_risk",
        name="BAM, risk",
        items=("1", "2", "3", "8", "11", "15"),
        lowest=0,
        highest=24,
        missing=_NO_TOTAL,
        bands=(
            Band(least=0, words="below the mark of 12"),
            Band(least=12, words="clinically significant"),
        ),
        bands_source=_CUTS,
    ),
    Scale(
        key="bam_protective",
        name="BAM, protective",
        items=("9", "10", "12", "13", "14", "16"),
        lowest=0,
        highest=24,
        missing=_NO_TOTAL,
        bands=(
            Band(least=0, words="clinically significant"),
            Band(least=13, words="above the mark of 12"),
        ),
        bands_source=_CUTS,
        higher_is_worse=False,
    ),
)
_VA: Final = "A work of the United States Department of Veterans Affairs, not copyrighted."
_MIRECC: Final = (
    "Cacciola, Alterman and colleagues 2013; Philadelphia CESATE and MIRECC, Department of Veterans Affairs"
)
BAM: Final = Instrument(
    key="bam",
    version="categorical-30",
    name="BAM",
    lead={ENGLISH: "These questions are about the past 30 days."},
    items=tuple(
        Item(
            id=number,
            asks={ENGLISH: asked},
            options=answers,
            only_if=("6", 1) if number.startswith("7") else None,
        )
        for number, asked, answers in _ASKED
    ),
    scales=BAM_SCALES,
    recall_days=30,
    every_days=28,
    licence=_VA,
    source=_MIRECC,
)
BAM_IOP: Final = Instrument(
    key="bam",
    version="iop-7",
    name="BAM-IOP",
    lead={ENGLISH: "From paper, the past 7 days."},
    items=numbered(17, plain(0, 4)),
    scales=BAM_SCALES,
    recall_days=7,
    every_days=7,
    licence=_VA + " Its answers for 7 days are not confirmed here, so its words are not shown.",
    source=_MIRECC,
    ships=False,
)
