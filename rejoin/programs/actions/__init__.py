"""What is written of programs: who belongs where, what is scheduled, and which policy is in force."""

from rejoin.programs.actions.glass import break_glass, see_broken_glass
from rejoin.programs.actions.places import change_enrolment, end_enrolment, enrol
from rejoin.programs.actions.policies import publish_policy
from rejoin.programs.actions.programs import (
    add_group,
    add_program,
    assign_care_team,
    end_care_team,
    end_role,
    give_role,
    say_whom_it_is_for,
    set_crisis_line,
)
from rejoin.programs.actions.seats import book_seat, release_seat
from rejoin.programs.actions.series import NewSeries, add_series, change_series, end_series, materialise
from rejoin.programs.actions.sessions import (
    cancel_session,
    move_session,
    reinstate_session,
    schedule_session,
    set_leaders,
)
from rejoin.programs.intake import NewSession

__all__ = [
    "NewSeries",
    "NewSession",
    "add_group",
    "add_program",
    "add_series",
    "assign_care_team",
    "book_seat",
    "break_glass",
    "cancel_session",
    "change_enrolment",
    "change_series",
    "end_care_team",
    "end_enrolment",
    "end_role",
    "end_series",
    "enrol",
    "give_role",
    "materialise",
    "move_session",
    "publish_policy",
    "reinstate_session",
    "release_seat",
    "say_whom_it_is_for",
    "schedule_session",
    "see_broken_glass",
    "set_crisis_line",
    "set_leaders",
]
