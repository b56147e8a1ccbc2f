"""What the database refuses, in words: a constraint that does not hold is a plain sentence to whoever asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import psycopg
from django.db import DataError, IntegrityError, transaction

from rejoin.common.actors import COMMAND, IMPORT, Actor, ActorKind
from rejoin.domain.kernel import Refusal

SENTENCES = {
    # Accounts
    "accounts_user_email_key": "Somebody already signs in with this address.",
    "account_address_is_in_lower_case": "An address to sign in with is kept in lower case.",
    "link_purpose_is_known": "This purpose of a link is not one of ours.",
    "link_is_used_before_it_expires": "A link is used before it expires.",
    # People
    "people_patient_external_id_key": "Another patient already has this identifier.",
    "people_patient_user_id_key": "This account already belongs to another patient.",
    "people_staff_user_id_key": "This account already belongs to somebody else on the staff.",
    "people_staff_name_key": "Somebody on the staff already has this name.",
    "patient_language_is_spoken_here": "This language is not one of ours.",
    "patient_age_band_is_known": "This age band is not one of ours.",
    "patient_gender_is_known": "This is not one of the words we keep.",
    "address_kind_is_known": "An address is an e-mail address or a phone number.",
    "one_live_address_of_a_spelling": "The patient already has this address.",
    "address_retired_by_somebody": "Whoever retires an address says when, and is named.",
    "contact_relation_is_known": "This relation to the patient is not one of ours.",
    "contact_retired_by_somebody": "Whoever retires a contact says when, and is named.",
    "consent_purpose_is_known": "This purpose of a consent is not one of ours.",
    "consent_towards_somebody_names_them": "A consent to tell somebody else names that person.",
    "consent_expires_after_it_is_given": "A consent cannot end before it is given.",
    "birth_is_of_this_age": "Nobody here was born on that day.",
    "guardian_word_purpose_is_known": "This purpose of a consent is not one of ours.",
    "guardian_word_expires_after_it_is_given": "A consent cannot end before it is given.",
    "family_closing_reason_is_known": "This reason for a closing is not one of ours.",
    "family_is_closed_for_a_reason": "Somebody is kept from what is shown for a reason, and let in again without one.",
    "relative_language_is_known": "This language is not one of ours.",
    "one_tie_to_a_patient": "This address signs in for somebody else around the same patient.",
    "people_relative_user_id_key": "This account already belongs to somebody of another family.",
    "people_tie_contact_id_key": "This person already has a sign-in.",
    "people_tie_ref_key": "That address is in use already. Try again.",
    "confirmation_service_is_known": "This kind of care is not one of ours.",
    "confirmation_ends_after_it_is_given": "A confirmation cannot end before it is given.",
    "one_live_flag_of_a_code": "This flag is already raised.",
    "flag_ended_by_somebody": "Whoever ends a flag says when, and is named.",
    "flag_ends_after_it_is_raised": "A flag cannot end before it was raised.",
    "one_licence_of_a_kind_in_a_state_at_a_time": "A licence of this kind in this state is already on record for that time.",
    # What she sets herself
    "one_live_calendar_feed": "She has an address for her calendar by now.",
    "calendar_feed_ended_by_somebody": "Whoever ends an address for a calendar says when, and is named.",
    "own_quiet_has_two_ends": "Quiet hours have a beginning and an end.",
    # Programs
    "programs_program_slug_key": "Another program already goes by this short name.",
    "crisis_line_is_told_in_full": "A crisis line has a name, a number, and hours in words.",
    "one_level_of_a_code": "The program already has a level of care with this code.",
    "level_max_is_not_under_min": "The most hours of a level cannot be under its fewest.",
    "one_track_of_a_name": "The program already has a track of this name.",
    "one_policy_of_a_version": "This version of the policy is already published: give the new one its own number.",
    "role_is_known": "This role is not one of ours.",
    "one_live_role_of_a_kind": "This person already has this role in the program.",
    "role_ended_by_somebody": "Whoever ends a role says when, and is named.",
    "one_group_of_a_name": "The program already has a group of this name.",
    "group_age_band_is_known": "This age band is not one of ours.",
    "group_language_is_spoken_here": "This language is not one of ours.",
    "group_gender_is_known": "This is not one of the words we keep.",
    "group_maximum_is_not_under_minimum": "A group's most members cannot be under its fewest.",
    "enrolment_ends_after_it_begins": "A place cannot end before it begins.",
    "enrolment_ended_by_somebody": "Whoever ends a place says when, and is named.",
    "enrolment_ending_is_known": "This reason for an ending is not one of ours.",
    "enrolment_ended_for_a_reason": "A place ends for a reason.",
    "one_place_in_a_group_at_a_time": "The patient already has a place in this group at that time.",
    "closed_group_has_begun": "The group is closed: it takes nobody in once it has begun.",
    "care_team_role_is_known": "This role is not one of ours.",
    "one_person_a_role_in_a_care_team": "Somebody else already has this role in the patient's care team.",
    "care_team_member_ended_by_somebody": "Whoever ends a place in a care team says when, and is named.",
    "glass_is_broken_for_a_known_reason": "Choose one of the reasons.",
    "glass_is_broken_with_words": "Say in a sentence why.",
    "glass_is_broken_for_some_hours": "A chart is opened for some hours at most, and may be opened again.",
    "programs_brokenglassseen_glass_id_key": "Somebody has looked at this already.",
    "one_series_of_an_id": "The program already has a series with this identifier.",
    "series_kind_is_known": "A session is of a group, of one patient, or of a family.",
    "series_mode_is_known": "A session is held by video, in person or by phone.",
    "series_lasts_minutes_to_a_day": "A session lasts at least five minutes and at most a day.",
    "series_is_for_somebody": "A series is for a group or for a patient.",
    "series_ended_by_somebody": "Whoever ends a series says when, and is named.",
    "one_session_of_an_id": "The program already has a session with this identifier.",
    "one_session_an_occurrence": "The series already has a session at that time.",
    "session_ends_after_it_starts": "A session ends after it starts.",
    "session_lasts_a_day_at_most": "A session lasts a day at most.",
    "no_more_seats_than_fit": "The session is full.",
    "session_kind_is_known": "A session is of a group, of one patient, or of a family.",
    "session_mode_is_known": "A session is held by video, in person or by phone.",
    "session_held_is_known": "A session is scheduled, cancelled, or lost to an outage.",
    "session_called_off_by_somebody": "Whoever calls a session off says when, and is named.",
    "session_not_held_was_called_off": "A session that is not held was called off by somebody.",
    "one_live_seat_a_patient": "The patient already has a seat in this session.",
    "seat_released_by_somebody": "Whoever releases a seat says when, and is named.",
    "a_released_seat_is_free": "A released seat is free.",
    "no_patient_in_two_sessions_at_once": "The patient would be in two sessions at once.",
    "one_live_leader_once": "This person already leads the session.",
    "leader_role_is_known": "A session is led by a facilitator or a cofacilitator.",
    "leader_released_by_somebody": "Whoever releases a leader says when, and is named.",
    "a_released_leader_is_free": "A released leader is free.",
    "no_leader_in_two_sessions_at_once": "Whoever leads this session would lead two at once.",
    # The team
    "a_note_is_acknowledged_once": "You have acknowledged this already.",
    "a_task_ends_once": "Somebody has ended this task already.",
    "a_hand_off_is_read_once": "You have read this already.",
    # Visits
    "visits_visit_seat_id_key": "You are on your way in already: load this page again.",
    "one_visit_of_a_guest_a_session": "You are on your way in already: load this page again.",
    "one_visit_of_somebody_a_session": "You are on your way in already: load this page again.",
    "no_two_of_a_name_in_a_room": "Somebody else is called that here. Add an initial, or choose another.",
    # Make-ups
    "a_one_to_one_lasts_a_quarter_to_two_hours": "A one-to-one lasts a quarter of an hour at least and two hours at most.",
    "an_opening_ends_after_it_starts": "Time for one-to-ones ends after it starts.",
    "more_is_allowed_for_a_known_reason": "More is allowed for a clinical reason, or where another level of care is ordered.",
    "more_is_allowed_with_words": "Say in a sentence why more is allowed.",
    "part_of_day_is_known": "A part of the day is the morning, the afternoon or the evening.",
    "makeups_ledgerwords_entry_id_key": "Why this was written is said already.",
    "makeups_extrasession_session_id_key": "This is an extra session already.",
    "two_are_kept_apart": "Name two different people.",
    # Catching up
    "a_group_or_a_track_follows": "Say it of a group or a track, and not of both.",
    "a_unit_is_let_go_with_words": "Say in a sentence why.",
    # Measures
    "a_measure_is_due_once_a_session": "This measure is due with this session already.",
    "a_watch_has_a_clock": "Somebody calls her within five minutes to a day.",
    "a_watch_has_hours": "The watch ends later in the day than it begins.",
    "watching_role_is_known": "This role is not one of ours.",
    "insights_sheet_due_id_key": "This was answered already.",
    "insights_ending_due_id_key": "This was answered or closed already.",
    "what_is_withdrawn_says_why": "Say in a sentence why.",
    "continuity_signoff_finished_id_key": "Somebody has looked at this already.",
    "what_is_given_back_wants_something": "Say whether you want to talk with her, or that she looks again.",
    # Where she is
    "a_check_in_says_where": "Write where she is: the address, or at least the state.",
}
"""By the constraint's name, which is also the refusal's code."""
DOES_NOT_FIT = "One of these does not fit where it is kept: it is too long, too large, or not text."


@contextmanager
def refusing() -> Iterator[None]:
    """Writes that the database may refuse. Nothing of them stands when it does."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = constraint_of(error)
        if name not in SENTENCES:
            raise
        raise Refusal(name, SENTENCES[name]) from error
    except DataError as error:
        raise Refusal("does_not_fit", DOES_NOT_FIT) from error


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that did not hold; "" where the database names none."""
    cause = error.__cause__
    return cause.diag.constraint_name or "" if isinstance(cause, psycopg.Error) else ""


def refuse_machines(by: Actor, *, what: str) -> None:
    """Some things only a person does: somebody of the staff, or whoever brings a folder or the command line."""
    if by.kind is not ActorKind.STAFF and by not in (IMPORT, COMMAND):
        raise Refusal("a_person_decides", f"Only a person {what}.")


def zone_called(name: str) -> ZoneInfo:
    """The zone of that name, or a refusal."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refusal("timezone", "This is not a time zone such as America/New_York.") from None
