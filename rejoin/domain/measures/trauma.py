"""PCL-5 without the event section: the past month."""

from typing import Final

from rejoin.domain.measures.instrument import ENGLISH, Band, Instrument, Item, Scale, options

_BOTHERED: Final = options("Not at all", "A little bit", "Moderately", "Quite a bit", "Extremely")
_ASKED: Final = (
    "Repeated, disturbing, and unwanted memories of the stressful experience?",
    "Repeated, disturbing dreams of the stressful experience?",
    (
        "Suddenly feeling or acting as if the stressful experience were actually happening again (as if you were actually back "
        "there reliving it)?"
    ),
    "Feeling very upset when something reminded you of the stressful experience?",
    (
        "Having strong physical reactions when something reminded you of the stressful experience (for example, heart pounding, "
        "trouble breathing, sweating)?"
    ),
    "Avoiding memories, thoughts, or feelings related to the stressful experience?",
    (
        "Avoiding external reminders of the stressful experience (for example, people, places, conversations, activities, "
        "objects, or situations)?"
    ),
    "Trouble remembering important parts of the stressful experience?",
    (
        "Having strong negative beliefs about yourself, other people, or the world (for example, having thoughts such as: I am "
        "bad, there is something seriously wrong with me, no one can be trusted, the world is completely dangerous)?"
    ),
    "Blaming yourself or someone else for the stressful experience or what happened after it?",
    "Having strong negative feelings such as fear, horror, anger, guilt, or shame?",
    "Loss of interest in activities that you used to enjoy?",
    "Feeling distant or cut off from other people?",
    (
        "Trouble experiencing positive feelings (for example, being unable to feel happiness or have loving feelings for people "
        "close to you)?"
    ),
    "Irritable behavior, angry outbursts, or acting aggressively?",
    "Taking too many risks or doing things that could cause you harm?",
    'Being "superalert" or watchful or on guard?',
    "Feeling jumpy or easily startled?",
    "Having difficulty concentrating?",
    "Trouble falling or staying asleep?",
)
PCL5: Final = Instrument(
    key="pcl5",
    version="month",
    name="PCL-5",
    lead={
        ENGLISH: "Below is a list of problems that people sometimes have in response to a very stressful experience. Please "
        "read each problem carefully and then choose how much you have been bothered by that problem in the past month."
    },
    items=tuple(
        Item(id=str(number), asks={ENGLISH: asked}, options=_BOTHERED)
        for number, asked in enumerate(_ASKED, 1)
    ),
    scales=(
        Scale(
            key="pcl5",
            name="PCL-5",
            items=tuple(str(each) for each in range(1, 21)),
            lowest=0,
            highest=80,
            bands=(
                Band(least=0, words="below the cut-off of 31 to 33"),
                Band(least=31, words="within the cut-off of 31 to 33"),
                Band(least=34, words="above the cut-off of 31 to 33"),
            ),
            bands_source="Cut-off 31 to 33 (PMC10292741); 34 to 43 by purpose in a German sample of 443 (PMC12210402)",
        ),
    ),
    recall_days=30,
    every_days=28,
    licence="A work of the United States Department of Veterans Affairs, not copyrighted.",
    source="Weathers, Litz, Keane, Palmieri, Marx and Schnurr, National Center for PTSD",
)
