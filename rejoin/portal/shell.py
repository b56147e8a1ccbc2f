"""What stands around every page of a patient: in which language, where she can go, whom she can call."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from rejoin.accounts.languages import spoken_in
from rejoin.accounts.signing import signed_in_patient
from rejoin.common.rows import select
from rejoin.domain.safety import CrisisLine
from rejoin.outreach.subscribing import public_key
from rejoin.portal.words import words_in
from rejoin.portal.words.english import English

PLACES: Final = ("today", "sessions", "messages", "preferences")
"""Where she can go, by the names of addresses and of words."""
PROGRAMS: Final = """
SELECT program.neutral_name, program.call_back, program.crisis_name, program.crisis_number, program.crisis_hours
  FROM programs_enrolment AS place JOIN programs_program AS program ON program.id = place.program_id
 WHERE place.patient_id = %s AND place.ended_at IS NULL ORDER BY place.id
"""


class HerProgram(NamedTuple):
    neutral_name: str
    call_back: str
    crisis_name: str
    crisis_number: str
    crisis_hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    """Of her program, beside the national one."""

    call: str
    dialled: str
    name: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One link of the navigation."""

    name: str
    href: str
    current: bool


class Shell:
    """Asked only for what a page shows, behind her door. Where nobody is known it speaks English, and knows 988 alone."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def say(self) -> English:
        return words_in(spoken_in(self.request))

    @cached_property
    def programs(self) -> tuple[HerProgram, ...]:
        patient = getattr(self.request, "patient_id", None)
        return tuple(HerProgram._make(row) for row in select(PROGRAMS, [patient])) if patient else ()

    @property
    def program(self) -> str:
        return self.programs[0].neutral_name if self.programs else self.say.your_program

    @property
    def call_back(self) -> str:
        return self.programs[0].call_back if self.programs else ""

    @property
    def call_words(self) -> str:
        return self.say.call(self.call_back)

    @property
    def lines(self) -> tuple[HelpLine, ...]:
        """Crisis lines of her programs, beside the national one that is on every page."""
        told = dict.fromkeys(
            CrisisLine(name=each.crisis_name, number=each.crisis_number, how=each.crisis_hours, cite="")
            for each in self.programs
            if each.crisis_number
        )
        return tuple(
            HelpLine(call=self.say.call(each.number), dialled=each.dialled, name=each.name, how=each.how)
            for each in told
        )

    @property
    def knows_her(self) -> bool:
        """She is signed in, and not only the holder of a link."""
        return getattr(self.request, "patient_id", None) is not None

    @property
    def leads_back(self) -> bool:
        """On a page by a link: she is signed in here too, and has a page to go back to."""
        return signed_in_patient(self.request) is not None

    @property
    def push_key(self) -> str:
        """What her browser asks for before it shows notices of ours; "": there are none."""
        return public_key() if self.knows_her else ""

    @property
    def places(self) -> tuple[Place, ...]:
        if not self.knows_her:
            return ()
        here = self.request.path
        return tuple(
            Place(name=getattr(self.say, name), href=href, current=here == href)
            for name in PLACES
            for href in [reverse(f"portal:{name}")]
        )


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor."""
    return {"shell": Shell(request)}
