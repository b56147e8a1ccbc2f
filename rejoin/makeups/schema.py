"""Who sees which make-ups, who sits where after an acceptance, and which ledgers are to be kept anew."""

from rejoin.common.schema import PROGRAMS, answered_for, near

# What the web writes, for whoever lists it. Plans and prices are the engine's.
WEB_WRITES = {
    "makeups_opening": "INSERT, UPDATE",
    "makeups_extrasession": "INSERT",
    "makeups_keptapart": "INSERT",
    "makeups_choice": "INSERT",
    "makeups_offer": "INSERT",
    "makeups_offerturn": "INSERT",
    "makeups_booking": "INSERT",
    "makeups_waiting": "INSERT",
    "makeups_ledgerentry": "INSERT",
    "makeups_extraproposal": "INSERT",
}
# What came after the first grants.
SAID_WRITES = dict.fromkeys(("makeups_ledgerwords", "makeups_moreallowed", "makeups_freetime"), "INSERT")
WEB_READS = ("makeups_debt", "makeups_planrun", "makeups_proposal", "makeups_seatprice")
STAFF = f"cardinality({PROGRAMS}) > 0"
TWO = f"({near('patient_id')} OR {near('other_id')}) AND {STAFF}"
EITHER_ANSWERED = f"{answered_for('makeups_keptapart')} OR {answered_for('makeups_keptapart', 'other_id')}"
HERS_BY_STAFF = f"{near()} AND {STAFF}"
"""She reads her own account; the staff and the engine write it."""

# She sits there, or sat: a make-up she was not at either stands for nothing, and she may have another.
STILL_STANDS = """
sits.occupies AND NOT EXISTS (
    SELECT FROM attendance_seatstatus AS came WHERE came.seat_id = sits.id AND NOT came.provisional
       AND came.status IN ('missed', 'not_admitted', 'not_admissible', 'excused', 'cancelled'))
"""
# It was come to, and what it repaid of the missed session stands in the ledger: what is left then is asked of that.
HAS_REPAID = """
(EXISTS (SELECT FROM attendance_seatstatus AS came WHERE came.seat_id = sits.id AND NOT came.provisional AND came.status = 'attended')
 AND EXISTS (SELECT FROM makeups_ledgerentry AS repaid WHERE repaid.seat_id = booking.missed_id AND repaid.source_id = sits.id))
"""
# In part: it repays minutes, and neither content nor count, and so another may be had beside it.
NOT_IN_PART = """
NOT EXISTS (SELECT FROM attendance_seatstatus AS came
             WHERE came.seat_id = sits.id AND NOT came.provisional AND came.status = 'partial')
"""
# Why she may have no other for the same missed session: one is to come, or nobody knows yet what came of it.
STANDS_IN_THE_WAY = f"{STILL_STANDS} AND {NOT_IN_PART} AND NOT {HAS_REPAID}"
LIVE_HOLD = """
offer.held AND offer.expires_at > moment
    AND NOT EXISTS (SELECT FROM makeups_offerturn AS turned WHERE turned.offer_id = offer.id AND turned.turn <> 'offered')
"""
OF_A_GROUP = """
held.program_id = place AND held.starts_at >= since AND held.starts_at < until AND held.ends_at <= until
AND held.held = 'scheduled' AND held.kind = 'group' AND NOT held.by_name
AND NOT EXISTS (SELECT FROM makeups_extrasession AS marked WHERE marked.session_id = held.id)
"""
# Of a service and a module, by time: what one patient is offered is found among all that is held.
BY_CONTENT = """
CREATE INDEX session_by_content ON programs_session (program_id, service, module, starts_at)
 WHERE held = 'scheduled' AND kind = 'group';
"""
DROP_BY_CONTENT = "DROP INDEX session_by_content"
MAY_ASK_OF_PROGRAM = """
(rejoin_asker() IS NULL OR place = ANY(rejoin_programs()) OR EXISTS (
    SELECT FROM programs_enrolment AS own WHERE own.patient_id = rejoin_patient() AND own.program_id = place))
"""
MAY_ASK_OF_PATIENT = """
(rejoin_asker() IS NULL OR {patient} = ANY(rejoin_near())
    OR EXISTS (SELECT FROM programs_answeredfor AS answered WHERE answered.patient_id = {patient}))
"""
# Whoever asks for one patient sees few of a program's sessions and none of its seats: she is told when something is held and
# how many more may come, and of nobody who does. Seats are counted by who is expected then, held ones among them.
SLOTS = f"""
CREATE FUNCTION rejoin_makeup_slots(
    place bigint, since timestamptz, until timestamptz, moment timestamptz, of_service text, of_module text,
    most int)
RETURNS TABLE (session_id bigint, opening_id bigint, starts_at timestamptz, ends_at timestamptz, minutes int, kind text,
               service text, module text, group_id bigint, track_id bigint, closed boolean, leader bigint, states text[],
               seats int) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH extra AS (
        SELECT session.id FROM makeups_extrasession AS marked JOIN programs_session AS session ON session.id = marked.session_id
         WHERE session.program_id = place AND session.starts_at >= since AND session.ends_at <= until
           AND session.held = 'scheduled'),
    wanted AS (
        SELECT held.id, false AS is_extra FROM programs_session AS held
         WHERE of_service IS NULL AND {OF_A_GROUP}
         UNION ALL
        (SELECT held.id, false FROM programs_session AS held
          WHERE held.service = of_service AND held.module = of_module AND {OF_A_GROUP}
            AND held.seats_taken < coalesce(held.seats_max, 99)
          ORDER BY held.starts_at, held.id LIMIT most)
         UNION ALL
        SELECT extra.id, true FROM extra)
    SELECT session.id, NULL::bigint, session.starts_at, session.ends_at, 0,
           CASE WHEN wanted.is_extra THEN 'extra' ELSE 'cohort' END, session.service, session.module,
           session.group_id, own.track_id, coalesce(NOT own.is_open AND own.began_on <= moment::date, false),
           leads.staff_id, licensed.states,
           greatest(0, coalesce(session.seats_max, own.maximum, 99) - session.seats_taken - kept.seats)::int
      FROM wanted JOIN programs_session AS session ON session.id = wanted.id
      LEFT JOIN programs_group AS own ON own.id = session.group_id
      LEFT JOIN LATERAL (
            SELECT min(leader.staff_id) AS staff_id FROM programs_sessionstaff AS leader
             WHERE leader.session_id = session.id AND leader.released_at IS NULL AND leader.role = 'facilitator') AS leads ON true
      LEFT JOIN LATERAL (
            SELECT CASE WHEN count(*) > 0 THEN coalesce(array_agg(DISTINCT licence.state::text)
                        FILTER (WHERE licence.valid @> session.starts_at::date), '{{}}') END AS states
              FROM programs_sessionstaff AS leader JOIN people_licence AS licence USING (staff_id)
             WHERE leader.session_id = session.id AND leader.released_at IS NULL) AS licensed ON true
      LEFT JOIN LATERAL (
            SELECT count(*) AS seats FROM makeups_offer AS offer WHERE offer.session_id = session.id AND {LIVE_HOLD}) AS kept
            ON true
     WHERE {MAY_ASK_OF_PROGRAM}
     UNION ALL
    SELECT NULL, opening.id, opening.starts_at, opening.ends_at, opening.minutes, 'individual', '', '', NULL, NULL, false,
           opening.staff_id, CASE WHEN cardinality(opening.states) > 0 THEN opening.states::text[] END, 1
      FROM makeups_opening AS opening
     WHERE opening.program_id = place AND opening.closed_at IS NULL AND opening.ends_at > since AND opening.starts_at < until
       AND {MAY_ASK_OF_PROGRAM}
$$;
"""  # noqa: S608 - our own words
# When whoever's openings these are is not free in them: she leads something, or a time is held for somebody.
BUSY = f"""
CREATE FUNCTION rejoin_makeup_busy(place bigint, since timestamptz, until timestamptz, moment timestamptz)
RETURNS TABLE (opening_id bigint, starts_at timestamptz, ends_at timestamptz) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT opening.id, lower(leader.span), upper(leader.span)
      FROM makeups_opening AS opening JOIN programs_sessionstaff AS leader
        ON leader.staff_id = opening.staff_id AND leader.occupies AND leader.span && tstzrange(opening.starts_at, opening.ends_at)
     WHERE opening.program_id = place AND opening.closed_at IS NULL AND opening.ends_at > since AND opening.starts_at < until
       AND {MAY_ASK_OF_PROGRAM}
     UNION ALL
    SELECT offer.opening_id, offer.starts_at, offer.ends_at FROM makeups_offer AS offer
      JOIN makeups_opening AS opening ON opening.id = offer.opening_id
     WHERE opening.program_id = place AND opening.ends_at > since AND opening.starts_at < until AND {LIVE_HOLD}
       AND {MAY_ASK_OF_PROGRAM}
$$;
"""  # noqa: S608 - our own words
# Groups and sessions in which somebody is from whom she is kept apart: numbers of them, and not of whom.
KEPT_FROM = f"""
CREATE FUNCTION rejoin_kept_from(patients bigint[], moment timestamptz)
RETURNS TABLE (patient_id bigint, group_id bigint, session_id bigint) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH word AS (
        SELECT DISTINCT ON (said.patient_id, said.other_id) said.patient_id, said.other_id, said.apart
          FROM makeups_keptapart AS said WHERE said.patient_id = ANY(patients) OR said.other_id = ANY(patients)
         ORDER BY said.patient_id, said.other_id, said.id DESC),
    pair AS (
        SELECT word.patient_id AS she, word.other_id AS other FROM word WHERE apart
         UNION ALL SELECT word.other_id, word.patient_id FROM word WHERE apart)
    SELECT pair.she, place.group_id, NULL::bigint FROM pair
      JOIN programs_enrolment AS place ON place.patient_id = pair.other
     WHERE place.group_id IS NOT NULL AND place.ended_at IS NULL AND pair.she = ANY(patients)
       AND {MAY_ASK_OF_PATIENT.format(patient="pair.she")}
     UNION ALL
    SELECT pair.she, NULL, seat.session_id FROM pair
      JOIN programs_seat AS seat ON seat.patient_id = pair.other AND seat.occupies AND upper(seat.span) > moment
     WHERE pair.she = ANY(patients) AND {MAY_ASK_OF_PATIENT.format(patient="pair.she")}
     UNION ALL
    SELECT pair.she, NULL, offer.session_id FROM pair JOIN makeups_offer AS offer ON offer.patient_id = pair.other
     WHERE pair.she = ANY(patients) AND offer.session_id IS NOT NULL AND {LIVE_HOLD}
       AND {MAY_ASK_OF_PATIENT.format(patient="pair.she")}
$$;
"""  # noqa: S608 - our own words
# What a seat costs others, by the latest plan of the program.
PRICES = f"""
CREATE FUNCTION rejoin_seat_prices(place bigint)
RETURNS TABLE (session_id bigint, opening_id bigint, starts_at timestamptz, price double precision) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT priced.session_id, priced.opening_id, priced.starts_at, priced.price FROM makeups_seatprice AS priced
     WHERE priced.run_id = (SELECT max(run.id) FROM makeups_planrun AS run WHERE run.program_id = place)
       AND {MAY_ASK_OF_PROGRAM}
$$;
"""  # noqa: S608 - our own words
# Whether a seat, or a time of an opening, can be kept for one more, asked under the lock of whoever gives seats there.
ROOM_FOR = f"""
CREATE FUNCTION rejoin_room_for(meeting bigint, open_time bigint, begins timestamptz, ends timestamptz, besides bigint,
                                moment timestamptz) RETURNS boolean LANGUAGE plpgsql VOLATILE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    led bigint;
BEGIN
    IF meeting IS NOT NULL THEN
        PERFORM FROM programs_session WHERE id = meeting FOR NO KEY UPDATE;
        RETURN EXISTS (
            SELECT FROM programs_session AS session LEFT JOIN programs_group AS own ON own.id = session.group_id
             WHERE session.id = meeting AND session.held = 'scheduled' AND session.starts_at = begins AND begins > moment
               AND coalesce(session.seats_max, own.maximum, 99) > session.seats_taken + (
                    SELECT count(*) FROM makeups_offer AS offer
                     WHERE offer.session_id = meeting AND offer.patient_id <> besides AND {LIVE_HOLD}));
    END IF;
    SELECT staff_id INTO led FROM makeups_opening
     WHERE id = open_time AND closed_at IS NULL AND starts_at <= begins AND ends_at >= ends AND begins > moment
       FOR NO KEY UPDATE;
    RETURN led IS NOT NULL AND NOT EXISTS (
            SELECT FROM programs_sessionstaff AS leader
             WHERE leader.staff_id = led AND leader.occupies AND leader.span && tstzrange(begins, ends))
       AND NOT EXISTS (
            SELECT FROM makeups_offer AS offer JOIN makeups_opening AS opening ON opening.id = offer.opening_id
             WHERE opening.staff_id = led AND offer.patient_id <> besides AND offer.starts_at < ends AND offer.ends_at > begins
               AND {LIVE_HOLD});
END $$;
"""  # noqa: S608 - our own words
# A place of hers in the program covers the day: whoever has left it since she was offered something sits there no more.
IS_OF_THE_PROGRAM = """
EXISTS (
    SELECT FROM makeups_choice AS choice JOIN programs_program AS program ON program.id = choice.program_id
      JOIN programs_enrolment AS place ON place.program_id = program.id AND place.patient_id = choice.patient_id
     WHERE choice.id = taken.choice_id
       AND (place.from_on IS NULL OR place.from_on <= (taken.starts_at AT TIME ZONE program.timezone)::date)
       AND (place.until_on IS NULL OR place.until_on >= (taken.starts_at AT TIME ZONE program.timezone)::date)
       AND (place.ended_at IS NULL OR taken.starts_at < place.ended_at))
"""
# An acceptance: her seat, or a word why there is none. One at a time for her, one at a time for the session: however many
# accept the last seat in one moment, one of them gets it. Who is kept apart from her is asked again under that lock: she
# or another may have been shown the same session before somebody said so, or before either of them took it. A patient may
# not make sessions or see others': this does it for the one offer that was made to her.
TAKE = f"""
CREATE FUNCTION rejoin_take_offer(number bigint, moment timestamptz, OUT seat bigint, OUT answer text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    taken makeups_offer;
    meeting bigint;
    broken text;
BEGIN
    SELECT offer.* INTO taken FROM makeups_offer AS offer
     WHERE offer.id = number AND {MAY_ASK_OF_PATIENT.format(patient="offer.patient_id")};
    IF NOT FOUND THEN
        answer := 'unknown';
        RETURN;
    END IF;
    PERFORM FROM people_patient WHERE id = taken.patient_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM makeups_booking AS booking JOIN programs_seat AS sits ON sits.id = booking.seat_id
                WHERE booking.missed_id = taken.seat_id AND {STANDS_IN_THE_WAY}) THEN
        answer := 'booked';
    ELSIF taken.expires_at <= moment OR taken.starts_at <= moment
          OR EXISTS (SELECT FROM makeups_offerturn AS turned WHERE turned.offer_id = number AND turned.turn <> 'offered')
          OR NOT {IS_OF_THE_PROGRAM} THEN
        answer := 'over';
    ELSIF NOT rejoin_room_for(taken.session_id, taken.opening_id, taken.starts_at, taken.ends_at, taken.patient_id, moment) THEN
        answer := 'gone';
    ELSIF EXISTS (SELECT FROM programs_session AS session JOIN rejoin_kept_from(ARRAY[taken.patient_id], moment) AS kept
                      ON kept.session_id = session.id OR kept.group_id = session.group_id
                   WHERE session.id = taken.session_id) THEN
        answer := 'gone';
    END IF;
    IF answer IS NOT NULL THEN
        RETURN;
    END IF;
    meeting := taken.session_id;
    IF meeting IS NULL THEN
        INSERT INTO programs_session (ref, program_id, external_id, starts_at, ends_at, breaks, kind, service, module, mode,
                                      held, unheld_by, by_name, seats_min, seats_max, seats_taken)
        SELECT gen_random_uuid(), opening.program_id, 'makeup-' || taken.ref, taken.starts_at, taken.ends_at, '[]',
               'individual', taken.service, taken.module, 'video', 'scheduled', '', true, 1, 1, 0
          FROM makeups_opening AS opening WHERE opening.id = taken.opening_id RETURNING id INTO meeting;
        INSERT INTO programs_sessionstaff (session_id, staff_id, role, occupies, released_by)
        SELECT meeting, opening.staff_id, 'facilitator', true, ''
          FROM makeups_opening AS opening WHERE opening.id = taken.opening_id;
    END IF;
    INSERT INTO programs_seat (session_id, patient_id, occupies, booked, released_by, release_reason)
    VALUES (meeting, taken.patient_id, true, true, '', '') RETURNING id INTO seat;
    answer := 'taken';
EXCEPTION WHEN check_violation OR exclusion_violation OR unique_violation THEN
    GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
    seat := NULL;
    answer := CASE broken WHEN 'no_patient_in_two_sessions_at_once' THEN 'clash' WHEN 'one_live_seat_a_patient' THEN 'clash'
                          WHEN 'no_more_seats_than_fit' THEN 'gone' WHEN 'no_leader_in_two_sessions_at_once' THEN 'gone' END;
    IF answer IS NULL THEN
        RAISE;
    END IF;
END $$;
"""  # noqa: S608 - our own words
DROPS = """
DROP FUNCTION rejoin_take_offer(bigint, timestamptz);
DROP FUNCTION rejoin_room_for(bigint, bigint, timestamptz, timestamptz, bigint, timestamptz);
DROP FUNCTION rejoin_seat_prices(bigint);
DROP FUNCTION rejoin_kept_from(bigint[], timestamptz);
DROP FUNCTION rejoin_makeup_busy(bigint, timestamptz, timestamptz, timestamptz);
DROP FUNCTION rejoin_makeup_slots(bigint, timestamptz, timestamptz, timestamptz, text, text, int);
"""
# Their rows are looked up by key. A plan made while offers were few reads all of them for each of three hundred sessions,
# and is kept by a connection until the table is analysed: offers of one busy evening, each slower than the one before.
BY_KEY = """
ALTER FUNCTION rejoin_makeup_slots(bigint, timestamptz, timestamptz, timestamptz, text, text, int) SET enable_seqscan = off;
ALTER FUNCTION rejoin_room_for(bigint, bigint, timestamptz, timestamptz, bigint, timestamptz) SET enable_seqscan = off;
"""
NOT_BY_KEY = BY_KEY.replace("SET enable_seqscan = off", "RESET enable_seqscan")
# An outcome is told, or told anew: the ledger of that seat is kept again, or of the one that its make-up stands for.
# Whoever attended without ever having owed anything asks for nothing.
WAKES = """
CREATE FUNCTION rejoin_wake_ledger() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO makeups_debt (seat_id, ref, patient_id, next_look_at, failures, error)
    SELECT coalesce(booking.missed_id, told.seat_id), gen_random_uuid(), min(told.patient_id), rejoin_now(), 0, ''
      FROM changed AS told LEFT JOIN makeups_booking AS booking ON booking.seat_id = told.seat_id
     WHERE NOT told.provisional
       AND (booking.id IS NOT NULL OR told.status NOT IN ('attended', 'unrecorded')
            OR EXISTS (SELECT FROM makeups_debt AS known WHERE known.seat_id = told.seat_id))
     GROUP BY 1
        ON CONFLICT (seat_id) DO UPDATE SET next_look_at = excluded.next_look_at;
    RETURN NULL;
END $$;
CREATE TRIGGER wake_ledger AFTER INSERT ON attendance_seatstatus REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_ledger();
CREATE FUNCTION rejoin_wake_ledger_again() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO makeups_debt (seat_id, ref, patient_id, next_look_at, failures, error)
    SELECT coalesce(booking.missed_id, told.seat_id), gen_random_uuid(), min(told.patient_id), rejoin_now(), 0, ''
      FROM changed AS told JOIN before AS was USING (seat_id)
      LEFT JOIN makeups_booking AS booking ON booking.seat_id = told.seat_id
     WHERE NOT told.provisional AND (told.number, told.provisional) IS DISTINCT FROM (was.number, was.provisional)
       AND (booking.id IS NOT NULL OR told.status NOT IN ('attended', 'unrecorded')
            OR EXISTS (SELECT FROM makeups_debt AS known WHERE known.seat_id = told.seat_id))
     GROUP BY 1
        ON CONFLICT (seat_id) DO UPDATE SET next_look_at = excluded.next_look_at;
    RETURN NULL;
END $$;
CREATE TRIGGER wake_ledger_again AFTER UPDATE ON attendance_seatstatus REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_ledger_again();
"""
DROP_WAKES = """
DROP TRIGGER wake_ledger ON attendance_seatstatus;
DROP TRIGGER wake_ledger_again ON attendance_seatstatus;
DROP FUNCTION rejoin_wake_ledger();
DROP FUNCTION rejoin_wake_ledger_again();
"""
# What else she had on a day decides whether it was billed: news of any of her seats of that day, or of one near it, is news
# for the ledger of what she missed then, and of what she made up for then.
WAKES_OF_A_DAY = """
CREATE FUNCTION rejoin_wake_day() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    news bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        news := ARRAY(SELECT told.seat_id FROM changed AS told WHERE NOT told.provisional);
    ELSE
        news := ARRAY(SELECT told.seat_id FROM changed AS told JOIN before AS was USING (seat_id)
                       WHERE NOT told.provisional AND (told.number, told.provisional) IS DISTINCT FROM (was.number, was.provisional));
    END IF;
    UPDATE makeups_debt AS debt SET next_look_at = rejoin_now()
      FROM programs_seat AS seat
     WHERE seat.id = ANY(news) AND debt.patient_id = seat.patient_id AND debt.seat_id <> seat.id AND EXISTS (
           SELECT FROM programs_seat AS own
            WHERE own.id IN (SELECT debt.seat_id UNION ALL SELECT booking.seat_id FROM makeups_booking AS booking
                              WHERE booking.missed_id = debt.seat_id)
              AND lower(own.span) BETWEEN lower(seat.span) - interval '25 hours' AND lower(seat.span) + interval '25 hours');
    RETURN NULL;
END $$;
CREATE TRIGGER wake_day AFTER INSERT ON attendance_seatstatus REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_day();
CREATE TRIGGER wake_day_again AFTER UPDATE ON attendance_seatstatus REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_day();
"""
DROP_WAKES_OF_A_DAY = """
DROP TRIGGER wake_day ON attendance_seatstatus;
DROP TRIGGER wake_day_again ON attendance_seatstatus;
DROP FUNCTION rejoin_wake_day();
"""
# Whether something of it is left that she could make up, kept beside the debt as its ledger is written. The debts are held
# first: whoever adds to the same ledger waits, and then reads what the other has added.
NOTES_LEFT_OPEN = """
CREATE FUNCTION rejoin_note_left_open() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM makeups_debt AS debt WHERE debt.seat_id IN (SELECT added.seat_id FROM added) ORDER BY debt.seat_id FOR NO KEY UPDATE;
    UPDATE makeups_debt AS debt SET left_open = NOT debt.left_open
     WHERE debt.seat_id IN (SELECT added.seat_id FROM added)
       AND debt.left_open <> EXISTS (
           SELECT FROM makeups_ledgerentry AS entry WHERE entry.seat_id = debt.seat_id AND entry.account <> 'billing'
            GROUP BY entry.account HAVING sum(entry.amount) > 0);
    RETURN NULL;
END $$;
CREATE TRIGGER note_left_open AFTER INSERT ON makeups_ledgerentry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_note_left_open();
"""
DROP_NOTES_LEFT_OPEN = """
DROP TRIGGER note_left_open ON makeups_ledgerentry;
DROP FUNCTION rejoin_note_left_open();
"""
