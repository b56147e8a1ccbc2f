"""Who sees which visits, and who is in a room to whoever is in it."""

from rejoin.common.schema import PROGRAMS, near, of_session

WEB_WRITES = {
    "visits_visit": "INSERT, UPDATE",
    "visits_visitturn": "INSERT",
    "visits_lock": "INSERT",
    "visits_telehealthconsent": "INSERT",
}
"""What the web writes, for whoever lists it."""
CHANGES = (
    *("state", "decided_at", "decided_by", "display_name", "hand_up_at", "entered_at", "left_at"),
    *("asked_at",),
)
MAY = {
    **{table: f"SELECT, {rights}" for table, rights in WEB_WRITES.items()},
    "visits_visit": f"SELECT, INSERT, UPDATE ({', '.join(CHANGES)})",
}
KEPT = ("session_id", "seat_id", "patient_id", "staff_id", "ref")


def near_or_led(table: str) -> str:
    """The row is of a patient she sees, or of a colleague in a session of her program."""
    return f"{near()} OR (patient_id IS NULL AND {of_session(table, PROGRAMS)})"


# Whoever is in a room sees who else is, by the names they chose, and nothing else of them: their rows are not hers.
IN_ROOM = """
CREATE FUNCTION rejoin_in_room(held bigint) RETURNS TABLE (ref text, name text, host boolean, hand_up boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT visit.ref, visit.display_name, visit.staff_id IS NOT NULL, visit.hand_up_at IS NOT NULL
      FROM visits_visit AS visit
     WHERE visit.session_id = held AND visit.state = 'admitted' AND visit.entered_at IS NOT NULL
       AND (rejoin_asker() IS NULL OR EXISTS (
            SELECT FROM visits_visit AS own
             WHERE own.session_id = held AND own.state = 'admitted'
               AND (own.patient_id = rejoin_patient() OR own.staff_id = rejoin_staff())))
     ORDER BY visit.staff_id IS NULL, visit.entered_at, visit.id
$$;
"""
# The same, with whose microphone is off.
HEARD_IN_ROOM = IN_ROOM.replace("hand_up boolean)", "hand_up boolean, muted boolean)").replace(
    "visit.hand_up_at IS NOT NULL", "visit.hand_up_at IS NOT NULL, visit.muted"
)
DROP_IN_ROOM = "DROP FUNCTION rejoin_in_room(bigint)"

# Whether somebody else on her way into a room, or in it, goes by a name that looks like this one. Yes or no, to whoever
# has a seat there or is asked about it at the desk; the names themselves are hers to see once she is inside.
IS_CALLED = """
CREATE FUNCTION rejoin_is_called(held bigint, looks text, besides bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM visits_visit AS visit
                    WHERE visit.session_id = held AND visit.looks_like = looks AND visit.patient_id IS DISTINCT FROM besides)
       AND (rejoin_asker() IS NULL OR rejoin_patient() IS NULL OR EXISTS (
            SELECT FROM programs_seat AS seat
             WHERE seat.session_id = held AND seat.patient_id = rejoin_patient() AND seat.released_at IS NULL))
$$;
"""
DROP_IS_CALLED = "DROP FUNCTION rejoin_is_called(bigint, text, bigint)"

# Whether somebody of the staff went in and has not gone, and is in by what the engine last said, where it says so at all.
# Yes or no, to whoever has a seat there or is of the staff.
IS_LED = """
CREATE FUNCTION rejoin_is_led(held bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM visits_visit AS visit LEFT JOIN rooms_snapshot AS told ON told.session_id = visit.session_id
         WHERE visit.session_id = held AND visit.staff_id IS NOT NULL AND visit.entered_at IS NOT NULL AND visit.left_at IS NULL
           AND (told.session_id IS NULL OR visit.entered_at > told.at - interval '1 minute' OR EXISTS (
                SELECT FROM jsonb_each_text(told.here) AS conn WHERE conn.value = visit.ref)))
       AND (rejoin_asker() IS NULL OR rejoin_patient() IS NULL OR EXISTS (
            SELECT FROM programs_seat AS seat
             WHERE seat.session_id = held AND seat.patient_id = rejoin_patient() AND seat.released_at IS NULL))
$$;
"""
DROP_IS_LED = "DROP FUNCTION rejoin_is_led(bigint)"

# Nobody is called missed while she stands at the door: when she no longer does, whoever decides looks at her session.
WAKE = """
CREATE FUNCTION rejoin_wake_session_at_the_door() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE attendance_watch SET next_look_at = least(next_look_at, rejoin_now())
     WHERE looked_at IS NOT NULL AND session_id = NEW.session_id;
    RETURN NULL;
END $$;
CREATE TRIGGER wake_session_at_the_door AFTER UPDATE OF state, left_at ON visits_visit FOR EACH ROW
    WHEN (NEW.seat_id IS NOT NULL AND (OLD.state = 'waiting' OR NEW.state = 'waiting')
          AND (OLD.state, OLD.left_at) IS DISTINCT FROM (NEW.state, NEW.left_at))
    EXECUTE FUNCTION rejoin_wake_session_at_the_door();
"""
DROP_WAKE = """
DROP TRIGGER wake_session_at_the_door ON visits_visit;
DROP FUNCTION rejoin_wake_session_at_the_door();
"""
