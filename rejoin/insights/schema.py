"""Who sees what of measures, and who writes it."""

from rejoin.programs.schema import ANSWERS_FOR_IT, OF_HER_PROGRAM

OF_PATIENTS = (
    "insights_due",
    "insights_reopening",
    "insights_sheet",
    "insights_itemanswer",
    "insights_ending",
)
OF_PROGRAMS = ("insights_schedule", "insights_watch")
WEB_WRITES = dict.fromkeys(
    (
        "insights_due",
        "insights_ending",
        "insights_itemanswer",
        "insights_schedule",
        "insights_sheet",
        "insights_watch",
    ),
    "INSERT",
)
WEB_READS = ("insights_reopening",)
SAID_BY = ANSWERS_FOR_IT
"""What is asked, and who watches, is said by those who answer for the whole program."""
HER_PROGRAMS = OF_HER_PROGRAM
