"""The statements that write two years of a console's history, in their order; `years` runs them.

Everything random is a hash of a row's own number: the same every time, whatever order rows are written in.
Working tables are in the schema `bench`, which goes when all is written. Instants and sizes are in bench.given.
"""

from tests.bench.measures_sql import ANSWERS, CONCERNS, ESTIMATES, FAMILY, LEARNING, MEASURES

GROUND = """
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE FUNCTION bench.chance(id bigint, kind int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(id, kind) & 1048575)::float8 / 1048576;
CREATE FUNCTION bench.told(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
CREATE TABLE bench.given (
    now timestamptz, today date, first_day date, chairs bigint, groups bigint, stay int, programs bigint[], policies bigint[],
    risk_model text, fit_model text);
CREATE FUNCTION bench.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT now FROM bench.given $$;
"""

# A quarter of all groups are the first program's; the others share the rest.
GROUPS = """
CREATE UNLOGGED TABLE bench.grp AS
SELECT g, CASE WHEN g <= groups / 4 THEN 1 ELSE 2 + mod(g, cardinality(programs) - 1) END AS p,
       0::bigint AS place, 0::bigint AS program_id, 0::bigint AS policy_id, 0::bigint AS pattern, 0::bigint AS leader
  FROM bench.given, generate_series(1, groups) AS g;
UPDATE bench.grp SET place = counted.place, pattern = mod(counted.place, 3),
       program_id = given.programs[grp.p], policy_id = given.policies[grp.p]
  FROM (SELECT g, row_number() OVER (PARTITION BY p ORDER BY g) - 1 AS place FROM bench.grp) AS counted, bench.given
 WHERE counted.g = grp.g;
INSERT INTO programs_group (id, program_id, name, is_open, minimum, maximum)
SELECT g, program_id, 'Group ' || place + 1, true, 2, 12 FROM bench.grp;
"""

# Three groups a leader, at times that do not meet; beside them everybody a program has.
STAFF = """
CREATE UNLOGGED TABLE bench.staff AS
SELECT row_number() OVER (ORDER BY p, rank, n) AS id, p, role, n FROM (
    SELECT p, 1 AS rank, 'leader' AS role, n FROM (SELECT p, max(place) / 3 AS most FROM bench.grp GROUP BY 1) AS led,
           generate_series(0, most) AS n
    UNION ALL
    SELECT p, rank, role, n FROM generate_series(1, (SELECT cardinality(programs) FROM bench.given)) AS p,
           (VALUES (2, 'coordinator', 2), (3, 'supervisor', 1), (4, 'clinician', 2), (5, 'outreach_worker', 1),
                   (6, 'director', 1), (7, 'billing', 1), (8, 'privacy_officer', 1)) AS job(rank, role, count),
           generate_series(0, CASE WHEN p = 1 THEN count * 4 ELSE count END - 1) AS n
    UNION ALL SELECT 0, 9, 'supervisor', 0 UNION ALL SELECT 0, 9, 'privacy_officer', 1) AS everybody;
UPDATE bench.grp SET leader = staff.id FROM bench.staff WHERE staff.p = grp.p AND role = 'leader' AND n = place / 3;
INSERT INTO people_staff (id, ref, name, timezone)
SELECT id, gen_random_uuid(), role || ' ' || id, 'America/New_York' FROM bench.staff;
INSERT INTO people_licence (staff_id, state, kind, valid) SELECT id, 'NY', 'clinical', '[2020-01-01,)' FROM bench.staff;
INSERT INTO programs_staffrole (program_id, staff_id, role, from_at, from_by, ended_by)
SELECT programs[place], id, as_, first_day, 'system:import', '' FROM bench.given, bench.staff
  CROSS JOIN LATERAL unnest(CASE role WHEN 'leader' THEN ARRAY['facilitator', 'counselor'] ELSE ARRAY[role] END) AS as_
  CROSS JOIN LATERAL generate_series(CASE p WHEN 0 THEN 1 ELSE p END, CASE p WHEN 0 THEN cardinality(programs) ELSE p END) AS place;
"""

# Ten chairs a group; patients follow each other on a chair, some ninety days each.
PEOPLE = """
CREATE UNLOGGED TABLE bench.stay AS
SELECT row_number() OVER (ORDER BY begins, chair) AS patient_id, chair, g, begins,
       begins + stay - 6 + floor(5 * bench.chance(chair, turn))::int AS until_on
  FROM bench.given, generate_series(0, chairs - 1) AS chair
 CROSS JOIN LATERAL (SELECT chair / 10 + 1 AS g, first_day - floor(stay * bench.chance(chair, 99))::int AS from_on) AS at
 CROSS JOIN LATERAL generate_series(0, (today - from_on) / stay) AS turn
 CROSS JOIN LATERAL (SELECT from_on + turn * stay AS begins) AS stays;
CREATE INDEX ON bench.stay (g);
ANALYZE bench.stay;
INSERT INTO people_patient (id, ref, external_id, name, preferred_name, timezone, state, language, may_leave_voicemail,
                            preferred_channel)
SELECT patient_id, gen_random_uuid(), 'P' || lpad(patient_id::text, 6, '0'),
       (ARRAY['Ada', 'Eve', 'Mara', 'Iris', 'Noor', 'Eli', 'Bob', 'Zelda', 'Hugo', 'Lena', 'Omar', 'Rosa', 'Tess', 'Vera'])
         [1 + mod(patient_id, 14)] || ' ' || initcap(translate(to_hex(hashint8(patient_id) & 1048575), '0123456789', 'ghijklmnop')),
       '', CASE WHEN mod(patient_id, 10) = 0 THEN 'America/Los_Angeles' ELSE 'America/New_York' END, 'NY',
       CASE WHEN mod(patient_id, 5) = 0 THEN 'es' ELSE 'en' END, mod(patient_id, 3) = 0, ''
  FROM bench.stay;
INSERT INTO people_address (patient_id, kind, value, normal, rank, retired_by)
SELECT patient_id, 'phone', '+1555' || lpad(patient_id::text, 7, '0'), '+1555' || lpad(patient_id::text, 7, '0'), 0, '' FROM bench.stay
UNION ALL
SELECT patient_id, 'email', 'p' || patient_id || '@example.org', 'p' || patient_id || '@example.org', 0, '' FROM bench.stay;
INSERT INTO people_contact (id, patient_id, relation, name, phone, email, language, retired_by)
SELECT patient_id, patient_id, 'emergency_contact', 'Sam', '+15550100', '', 'en', '' FROM bench.stay WHERE mod(patient_id, 10) < 7;
INSERT INTO people_consent (patient_id, contact_id, purpose, channel, granted, at, by, source)
SELECT patient_id, NULL, 'messages', 'sms', mod(patient_id, 10) <> 3, begins, 'system:import', 'form' FROM bench.stay
UNION ALL
SELECT id, id, 'safety', 'phone', true, now, 'system:import', 'form' FROM people_contact, bench.given WHERE mod(id, 2) = 0;
INSERT INTO people_flag (patient_id, code, raised_at, raised_by, ended_at, ended_by)
SELECT patient_id, 'high_risk', begins, 'staff:1', CASE WHEN until_on < today THEN until_on::timestamptz END,
       CASE WHEN until_on < today THEN 'staff:1' ELSE '' END
  FROM bench.stay, bench.given WHERE bench.chance(patient_id, 1) < 0.06;
INSERT INTO programs_enrolment (patient_id, program_id, group_id, from_on, until_on, ended_at, ended_by, ending)
SELECT patient_id, program_id, g, begins, CASE WHEN until_on < today THEN until_on END,
       CASE WHEN until_on < today THEN until_on::timestamptz END, CASE WHEN until_on < today THEN 'staff:1' ELSE '' END,
       CASE WHEN until_on >= today THEN '' WHEN bench.chance(patient_id, 2) < 0.6 THEN 'completed' ELSE 'discharged' END
  FROM bench.stay JOIN bench.grp USING (g), bench.given
UNION ALL  -- stepped down from another program
SELECT patient_id, programs[1 + mod(p, cardinality(programs))], NULL, begins - 40, begins - 1, begins::timestamptz, 'staff:1', 'transferred'
  FROM bench.stay JOIN bench.grp USING (g), bench.given WHERE bench.chance(patient_id, 3) < 0.03;
INSERT INTO programs_careteammember (patient_id, program_id, staff_id, role, from_at, from_by, ended_at, ended_by)
SELECT patient_id, program_id, leader, 'counselor', begins, 'system:import', CASE WHEN until_on < today THEN until_on::timestamptz END,
       CASE WHEN until_on < today THEN 'staff:1' ELSE '' END
  FROM bench.stay JOIN bench.grp USING (g), bench.given;
INSERT INTO followup_patientwatch (patient_id, next_look_at, failures, error)
SELECT patient_id, CASE WHEN until_on >= today THEN now + interval '1 day' END, 0, '' FROM bench.stay, bench.given;
"""

# Three a week, a fortnight made ahead; a third of the groups meets now.
SESSIONS = """
CREATE UNLOGGED TABLE bench.session AS
SELECT row_number() OVER (ORDER BY starts_at, g) AS id, g, program_id, policy_id, leader, day, starts_at,
       starts_at + interval '195 minutes' AS ends_at
  FROM bench.grp, bench.given
 CROSS JOIN LATERAL (SELECT CASE pattern WHEN 0 THEN time '18:00' WHEN 1 THEN time '10:00' ELSE time '13:30' END AS begins) AS clock
 CROSS JOIN LATERAL generate_series(first_day::timestamp, today + 14, interval '1 day') AS each
 CROSS JOIN LATERAL (SELECT each::date AS day, (each::date + begins) AT TIME ZONE 'America/New_York' AS starts_at) AS at
 WHERE extract(isodow FROM each) IN (1, 3, CASE pattern WHEN 0 THEN 4 ELSE 5 END);
ANALYZE bench.session;
INSERT INTO programs_session (id, ref, program_id, group_id, external_id, starts_at, ends_at, breaks, kind, service, module, mode,
                              held, unheld_by, seats_min, seats_max, seats_taken)
SELECT id, gen_random_uuid(), program_id, g, 'S' || id, starts_at, ends_at, '[]', 'group', 'process', '', 'video', 'scheduled', '', 2, 12, 0
  FROM bench.session;
INSERT INTO programs_sessionstaff (session_id, staff_id, role, span, occupies, released_by)
SELECT id, leader, 'facilitator', tstzrange(starts_at, ends_at), true, '' FROM bench.session;
INSERT INTO attendance_watch (session_id, next_look_at, looked_at, failures, error)
SELECT id, CASE WHEN ends_at > now THEN greatest(starts_at, now + interval '1 minute') END,
       CASE WHEN starts_at <= now THEN least(ends_at, now) END, 0, '' FROM bench.session, bench.given;
INSERT INTO rooms_room (session_id, name, normal) SELECT id, 'room-' || g, 'room-' || g FROM bench.session;
INSERT INTO rooms_sessionevidence (session_id, watched, sources, stale, worked_out_at)
SELECT id, true, '["livekit-webhook"]', false, least(ends_at, now) FROM bench.session, bench.given WHERE starts_at <= now;
INSERT INTO attendance_dayclose (at, by, program_id, day)
SELECT (day + 1)::timestamptz, 'staff:1', program_id, day FROM bench.session, bench.given WHERE day < today - 1 GROUP BY program_id, day;
"""

SEATS = """
CREATE UNLOGGED TABLE bench.seat AS
SELECT row_number() OVER (ORDER BY session.id, patient_id) AS id, session.id AS session_id, patient_id, program_id, policy_id, leader,
       starts_at, ends_at
  FROM bench.session JOIN bench.stay ON stay.g = session.g AND session.day BETWEEN begins AND until_on;
ALTER TABLE bench.seat ADD COLUMN status text, ADD COLUMN attested boolean;
"""
# 15 in a hundred miss; what is older than a day is attested but for a few.
STATUSES = """
CREATE UNLOGGED TABLE bench.status AS
SELECT seat.id, session_id, patient_id, program_id, policy_id, leader, starts_at, ends_at, ends_at > now AS running,
       CASE WHEN u < 0.15 THEN 'missed' WHEN u < 0.17 THEN 'excused' WHEN u < 0.20 THEN 'partial' ELSE 'attended' END AS status,
       ends_at < now - interval '1 day' AND bench.chance(session_id, 5) < 0.995 AS attested, u
  FROM bench.seat, bench.given CROSS JOIN LATERAL (SELECT bench.chance(id, 4) AS u) AS drawn
 WHERE starts_at <= now
"""
OF_SEATS = """
ANALYZE bench.seat, bench.status;
INSERT INTO programs_seat (id, session_id, patient_id, span, occupies, released_by, release_reason)
SELECT id, session_id, patient_id, tstzrange(starts_at, ends_at), true, '', '' FROM bench.seat;
UPDATE programs_session SET seats_taken = counted.seats FROM (SELECT session_id, count(*) AS seats FROM bench.seat GROUP BY 1) AS counted
 WHERE id = session_id;
CREATE UNLOGGED TABLE bench.told AS  -- alike for all of a session who were there alike
SELECT session_id, status, jsonb_build_array(jsonb_build_array('livekit-webhook', bench.told(starts_at + interval '1 minute'),
       CASE WHEN NOT running THEN bench.told(ends_at) END, true, '', NULL, false, false)) AS presence,
       jsonb_build_object('flags', '[]'::jsonb, 'reason', NULL, 'status', status, 'because', jsonb_build_array(jsonb_build_object(
           'cite', NULL, 'rule', 'presence', 'text', CASE status WHEN 'missed' THEN 'not seen in the room' ELSE '194 of 180 minutes' END)),
           'minutes', CASE status WHEN 'attended' THEN 194 WHEN 'partial' THEN 100 ELSE 0 END, 'present', status IN ('attended', 'partial'),
           'attested', CASE WHEN attested THEN status END, 'computed', status, 'intervals',
           CASE WHEN status IN ('attended', 'partial') THEN jsonb_build_array(jsonb_build_array(bench.told(starts_at), bench.told(ends_at)))
                ELSE '[]' END, 'first_join', NULL, 'last_leave', NULL, 'attested_at', NULL, 'provisional', running,
           'never_counts', false, 'noticed_before', false) AS told
  FROM (SELECT DISTINCT session_id, status, running, attested, starts_at, ends_at FROM bench.status) AS alike;
INSERT INTO rooms_seatevidence (seat_id, first_join, presence, waited, worked_out_at)
SELECT id, starts_at + interval '1 minute', presence, false, starts_at
  FROM bench.status JOIN bench.told USING (session_id, status) WHERE status IN ('attended', 'partial');
INSERT INTO attendance_outcome (id, at, by, seat_id, patient_id, number, policy_id, status, told, provisional)
SELECT id, CASE WHEN running THEN starts_at + interval '5 minutes' ELSE ends_at END, 'system:engine', id, patient_id, 1, policy_id, status,
       told, running FROM bench.status JOIN bench.told USING (session_id, status);
INSERT INTO attendance_seatstatus (seat_id, patient_id, session_id, policy_id, number, status, provisional, attested, digest, acted_on)
SELECT id, patient_id, session_id, policy_id, 1, status, running, attested, left(md5(id::text), 24), true FROM bench.status;
INSERT INTO attendance_mark (at, by, seat_id, patient_id, status, reason)
SELECT ends_at + interval '9 minutes', 'staff:' || leader, id, patient_id, status, '' FROM bench.status WHERE attested;
INSERT INTO attendance_notice (at, by, seat_id, patient_id, received_at, reason, via)
SELECT starts_at - interval '3 hours', 'patient:' || patient_id, id, patient_id, starts_at - interval '3 hours', 'illness', 'portal'
  FROM bench.status WHERE status = 'excused';
INSERT INTO attendance_checkin (at, by, seat_id, patient_id, state, licensed, place)
SELECT starts_at, 'patient:' || patient_id, id, patient_id, 'NY', '{NY}', 'At home' FROM bench.status, bench.given
 WHERE status = 'attended' AND starts_at > now - interval '30 days';
"""

# The younger a case, the likelier it is open.
CASES = """
CREATE UNLOGGED TABLE bench.case AS
SELECT row_number() OVER (ORDER BY starts_at, id) AS id, id AS seat_id, session_id, patient_id, program_id, policy_id, leader,
       starts_at, ends_at,
       CASE WHEN open < CASE WHEN age < interval '3 days' THEN 0.5 WHEN age < interval '14 days' THEN 0.08 ELSE 0.001 END THEN 'open'
            WHEN open < CASE WHEN age < interval '3 days' THEN 0.7 WHEN age < interval '14 days' THEN 0.12 ELSE 0 END THEN 'stopped'
            ELSE 'closed' END AS state,
       CASE WHEN bench.chance(id, 7) < 0.6 THEN leader END AS owner, bench.chance(id, 8) AS u, bench.chance(patient_id, 1) < 0.06 AS elevated,
       least(now - interval '1 minute', starts_at + interval '12 hours' + bench.chance(id, 9) * interval '4 days') AS ends
  FROM bench.status, bench.given CROSS JOIN LATERAL (SELECT now - starts_at AS age, bench.chance(status.id, 6) AS open) AS drawn
 WHERE status = 'missed' AND starts_at < now - interval '5 minutes';
ANALYZE bench.grp, bench.staff, bench.case;
UPDATE bench.case SET owner = job.id
  FROM bench.grp JOIN (SELECT p, n, id, count(*) OVER (PARTITION BY p) AS many FROM bench.staff WHERE role = 'coordinator') AS job USING (p)
  JOIN bench.stay ON stay.g = grp.g
 WHERE owner IS NULL AND stay.patient_id = "case".patient_id AND job.n = mod("case".id, job.many);
INSERT INTO followup_case (id, ref, seat_id, patient_id, program_id, session_id, policy_id, opened_at, noticed_at, elevated, owner_id, state,
                           stopped_at, stopping, closed_at, closed_by, final_outcome, first_attempt_by, first_attempt_at, next_step,
                           next_due_at, next_look_at, failures, error)
SELECT id, gen_random_uuid(), seat_id, patient_id, program_id, session_id, policy_id, starts_at, starts_at + interval '5 minutes', elevated,
       CASE WHEN state <> 'closed' AND u < 0.01 THEN NULL ELSE owner END, state, CASE WHEN state <> 'open' THEN ends END,
       CASE WHEN state <> 'open' THEN 'joined' ELSE '' END, CASE WHEN state = 'closed' THEN ends END,
       CASE WHEN state = 'closed' THEN 'system:engine' ELSE '' END,
       CASE WHEN state <> 'closed' THEN '' WHEN u < 0.85 THEN 'back' WHEN u < 0.93 THEN 'made_up' WHEN u < 0.97 THEN 'lost' ELSE 'other' END,
       starts_at + interval '1 day', CASE WHEN state <> 'open' THEN starts_at + interval '2 hours' END,
       CASE WHEN state = 'open' THEN 'call1' ELSE '' END, CASE WHEN state = 'open' THEN starts_at + interval '20 minutes' END,
       CASE WHEN state <> 'closed' THEN now + interval '1 hour' END, 0, '' FROM bench.case, bench.given;
INSERT INTO followup_caseevent (at, by, case_id, patient_id, turn, reason)
SELECT starts_at + interval '5 minutes', 'system:engine', id, patient_id, 'opened', '' FROM bench.case
UNION ALL SELECT ends, 'system:engine', id, patient_id, 'stopped', 'joined' FROM bench.case WHERE state <> 'open'
UNION ALL SELECT ends, 'system:engine', id, patient_id, 'closed', 'back' FROM bench.case WHERE state = 'closed';
"""

# What a miss leaves owed. One of a week is offered the Thursday or Friday of a group that meets on it while hers does not:
# most take it, some let it run out or want none; what is older than a week has been repaid, or has run out.
MAKEUPS = """
CREATE UNLOGGED TABLE bench.owes AS
SELECT status.id AS seat_id, patient_id, program_id, policy_id, starts_at, ends_at, status, bench.chance(status.id, 20) AS fate,
       ends_at < now - interval '7 days' AS over
  FROM bench.status, bench.given WHERE status IN ('missed', 'excused', 'partial') AND ends_at < now;
CREATE INDEX ON bench.session (g, day);
CREATE UNLOGGED TABLE bench.elsewhere AS
SELECT program_id, array_agg(g ORDER BY g) FILTER (WHERE pattern = 0) AS thursdays,
       array_agg(g ORDER BY g) FILTER (WHERE pattern <> 0) AS fridays FROM bench.grp GROUP BY 1;
ANALYZE bench.owes, bench.session;
CREATE UNLOGGED TABLE bench.way AS
SELECT row_number() OVER (ORDER BY told.starts_at, told.seat_id) AS id, told.*,
       (SELECT max(id) FROM bench.seat) + row_number() OVER (ORDER BY told.starts_at, told.seat_id) AS own_seat FROM (
    SELECT DISTINCT ON (owes.patient_id, session.id) owes.seat_id, owes.patient_id, owes.program_id, owes.policy_id, owes.starts_at,
           owes.fate, session.id AS session_id, session.starts_at AS begins_at, session.ends_at AS until_at,
           session.ends_at < now AS been, owes.ends_at + interval '15 hours' AS shown_at,
           CASE WHEN fate < 0.6 THEN 'accepted' WHEN fate < 0.75 THEN 'declined'
                WHEN owes.ends_at < now - interval '2 days' THEN 'expired' ELSE 'offered' END AS turn
      FROM bench.owes JOIN bench.stay USING (patient_id) JOIN bench.grp AS own USING (g) JOIN bench.elsewhere ON elsewhere.program_id = own.program_id
      CROSS JOIN bench.given
      CROSS JOIN LATERAL (SELECT CASE own.pattern WHEN 0 THEN fridays ELSE thursdays END AS others) AS there
      JOIN bench.session ON session.g = others[1 + mod(patient_id, cardinality(others))]
       AND session.day > owes.starts_at::date AND session.day <= owes.starts_at::date + 7
       AND extract(isodow FROM session.day) = CASE own.pattern WHEN 0 THEN 5 ELSE 4 END
     WHERE owes.status = 'missed' AND owes.ends_at + interval '15 hours' < now
     ORDER BY owes.patient_id, session.id, owes.seat_id) AS told;
ANALYZE bench.way;
INSERT INTO makeups_debt (seat_id, ref, patient_id, next_look_at, failures, error, untold)
SELECT seat_id, gen_random_uuid(), patient_id, CASE WHEN NOT over THEN starts_at + interval '7 days' END, 0, '', false FROM bench.owes;
INSERT INTO makeups_choice (id, ref, seat_id, patient_id, program_id, expires_at, at, by)
SELECT id, gen_random_uuid(), seat_id, patient_id, program_id, greatest(shown_at + interval '4 hours', now + interval '1 hour'), shown_at, 'system:engine'
  FROM bench.way, bench.given;
INSERT INTO makeups_offer (id, ref, choice_id, seat_id, patient_id, session_id, starts_at, ends_at, kind, service, module, rank, part_of_day,
                           worth, price, repairs, because, held, expires_at, at, by)
SELECT id, gen_random_uuid(), id, seat_id, patient_id, session_id, begins_at, until_at, 'cohort', 'process', '', 0, 'evening', 500, 0,
       '{content,count,hours}', '{}', false, CASE turn WHEN 'offered' THEN now + interval '1 hour' ELSE shown_at + interval '4 hours' END,
       shown_at, 'system:engine' FROM bench.way, bench.given;
INSERT INTO makeups_offerturn (at, by, offer_id, patient_id, turn, reason)
SELECT shown_at, 'system:engine', id, patient_id, 'offered', '' FROM bench.way
UNION ALL SELECT shown_at + interval '1 hour', 'patient:' || patient_id, id, patient_id, turn,
       CASE turn WHEN 'declined' THEN 'none_of_these' ELSE '' END FROM bench.way WHERE turn <> 'offered';
INSERT INTO programs_seat (id, session_id, patient_id, span, occupies, released_by, release_reason)
SELECT own_seat, session_id, patient_id, tstzrange(begins_at, until_at), true, '', '' FROM bench.way WHERE turn = 'accepted';
UPDATE programs_session SET seats_taken = seats_taken + counted.seats, seats_max = greatest(seats_max, seats_taken + counted.seats)
  FROM (SELECT session_id, count(*) AS seats FROM bench.way WHERE turn = 'accepted' GROUP BY 1) AS counted WHERE id = session_id;
INSERT INTO makeups_booking (at, by, offer_id, missed_id, seat_id, patient_id, kind)
SELECT shown_at + interval '1 hour', 'patient:' || patient_id, id, seat_id, own_seat, patient_id, 'cohort' FROM bench.way WHERE turn = 'accepted';
INSERT INTO attendance_outcome (id, at, by, seat_id, patient_id, number, policy_id, status, told, provisional)
SELECT own_seat, until_at, 'system:engine', own_seat, patient_id, 1, policy_id, 'attended', told, false
  FROM bench.way JOIN bench.told USING (session_id) WHERE turn = 'accepted' AND been AND told.status = 'attended';
INSERT INTO attendance_seatstatus (seat_id, patient_id, session_id, policy_id, number, status, provisional, attested, digest, acted_on)
SELECT own_seat, patient_id, session_id, policy_id, 1, 'attended', false, true, left(md5(own_seat::text), 24), true
  FROM bench.way JOIN bench.told USING (session_id) WHERE turn = 'accepted' AND been AND told.status = 'attended';
CREATE UNLOGGED TABLE bench.owed AS
SELECT owes.*, way.own_seat, account, CASE account WHEN 'hours' THEN CASE status WHEN 'partial' THEN 95 ELSE 195 END ELSE 1 END AS amount
  FROM bench.owes LEFT JOIN bench.way ON way.seat_id = owes.seat_id AND turn = 'accepted' AND been
 CROSS JOIN unnest(CASE status WHEN 'partial' THEN '{hours}'::text[] ELSE '{content,count,hours}' END) AS account;
INSERT INTO makeups_ledgerentry (at, by, seat_id, patient_id, account, what, amount, source_id, reason)
SELECT ends_at, 'system:engine', seat_id, patient_id, account, 'owed', amount, NULL, '' FROM bench.owed
UNION ALL SELECT ends_at + interval '3 days', 'system:engine', seat_id, patient_id, account, 'made_up', -amount, own_seat, '' FROM bench.owed
 WHERE own_seat IS NOT NULL
UNION ALL SELECT starts_at + interval '7 days', 'system:engine', seat_id, patient_id, account, 'expired', -amount, NULL, 'window_over'
  FROM bench.owed WHERE own_seat IS NULL AND over;
"""

# The nudge, one or two calls, and an escalation where a call came late. An open case's call is due or overdue.
STEPS = """
CREATE UNLOGGED TABLE bench.step AS
SELECT row_number() OVER (ORDER BY case_id, rank) AS id, * FROM (
    SELECT id AS case_id, 1 AS rank, 'nudge' AS rule, 'system' AS actor, NULL::bigint AS owner, interval '5 minutes' AS after,
           interval '20 minutes' AS within, true AS done, 'ladder' AS origin, seat_id, patient_id, program_id, starts_at, state, u, ends
      FROM bench.case
    UNION ALL SELECT id, 2, 'call1', 'counselor', CASE WHEN state = 'open' AND u < 0.02 THEN NULL ELSE owner END, interval '20 minutes',
           interval '1 day', state <> 'open', 'ladder', seat_id, patient_id, program_id, starts_at, state, u, ends FROM bench.case
    UNION ALL SELECT id, 3, 'call2', 'coordinator', owner, interval '1 day', interval '2 days', state <> 'open', 'ladder', seat_id, patient_id,
           program_id, starts_at, state, u, ends FROM bench.case, bench.given WHERE u < 0.3 AND starts_at < now - interval '1 day'
    UNION ALL SELECT "case".id, 4, 'escalation:call1', 'supervisor', staff.id, interval '1 day', interval '28 hours', "case".state <> 'open',
           'escalation', seat_id, "case".patient_id, "case".program_id, starts_at, state, u, ends
      FROM bench.case JOIN bench.stay ON stay.patient_id = "case".patient_id JOIN bench.grp USING (g)
      JOIN bench.staff ON staff.p = grp.p AND role = 'supervisor' AND n = 0, bench.given
     WHERE u < 0.1 AND starts_at < now - interval '1 day') AS all_steps;
ANALYZE bench.step;
INSERT INTO followup_step (id, case_id, patient_id, program_id, rule, origin, actor, owner_id, channels, "to", raised_at, due_at, deadline, state,
                           ended_at, ended_by, because)
SELECT id, case_id, patient_id, program_id, rule, origin, actor, owner, CASE actor WHEN 'system' THEN '{sms}'::text[] ELSE '{phone}' END, 'patient',
       starts_at + after, starts_at + after, starts_at + within, CASE WHEN done THEN 'done' ELSE 'due' END,
       CASE WHEN done THEN starts_at + after + interval '30 seconds' END,
       CASE WHEN NOT done THEN '' WHEN owner IS NULL THEN 'system:engine' ELSE 'staff:' || owner END, '[]' FROM bench.step;
INSERT INTO outreach_message (id, key, about, patient_id, program_id, channel, template, language, made_at, not_before, expires_at,
                              quiet_from, quiet_until, sender, body, state, state_at, tries, claimed_by, claimed_at, looked_up, sent_to,
                              vendor_id, error, acted_on)
SELECT case_id, 'case:' || case_id || ':nudge:0', 'case:' || case_id, patient_id, program_id, 'sms', 'neutral_nudge', 'en', starts_at + after,
       starts_at + after, starts_at + interval '195 minutes', '21:00', '08:00', 'system:engine',
       'Harbor Office: we missed you and would love to see you. Need a hand? Call 555-0100 or check your portal. Reply STOP to opt out.',
       CASE WHEN u > 0.98 THEN 'failed' ELSE 'delivered' END, starts_at + after + interval '4 seconds', 1, 'vm:1', starts_at + after, 0,
       '+1555' || lpad(patient_id::text, 7, '0'), 'SM' || md5(case_id::text), '', true FROM bench.step WHERE rank = 1;
INSERT INTO outreach_messageevent (at, by, message_id, state, error)
SELECT starts_at + after, 'system:engine', case_id, told.state, '' FROM bench.step
 CROSS JOIN unnest(ARRAY['sending', 'sent', CASE WHEN u > 0.98 THEN 'failed' ELSE 'delivered' END]) AS told(state) WHERE rank = 1;
INSERT INTO followup_attempt (at, by, case_id, patient_id, step_id, made_at, channel, outcome, "to", message_id)
SELECT starts_at + after, CASE rank WHEN 1 THEN 'system:engine' ELSE 'staff:' || coalesce(owner, 1) END, case_id, patient_id, id, starts_at + after,
       CASE rank WHEN 1 THEN 'sms' ELSE 'phone' END,
       CASE WHEN rank = 1 THEN 'message_sent' WHEN bench.chance(id, 10) < 0.55 THEN 'contact' WHEN bench.chance(id, 10) < 0.8 THEN 'voicemail'
            ELSE 'no_answer' END, 'patient', CASE rank WHEN 1 THEN case_id END FROM bench.step WHERE done AND rank < 4;
INSERT INTO followup_promisedreturn (at, by, case_id, patient_id, promised_at)
SELECT starts_at + interval '1 hour', 'staff:' || coalesce(owner, 1), id, patient_id, starts_at + interval '3 days' FROM bench.case WHERE u < 0.05;
INSERT INTO followup_disposition (at, by, case_id, patient_id, clinician_id, result, instrument)
SELECT starts_at + interval '3 hours', 'staff:' || leader, id, patient_id, leader, 'safe', '' FROM bench.case WHERE elevated AND state <> 'open';
"""

REPLIES = """
INSERT INTO outreach_vendordelivery (id, vendor, event_id, kind, received_at, body, read_at, tries, error)
SELECT id, 'twilio', 'in:' || id, 'inbound', starts_at + interval '30 minutes', '\\x7b7d', starts_at + interval '30 minutes', 0, ''
  FROM bench.case WHERE bench.chance(id, 11) < 0.08;
INSERT INTO outreach_reply (id, at, by, patient_id, delivery_id, channel, meaning, text, programs, unread)
SELECT id, starts_at + interval '30 minutes', 'patient:' || patient_id, CASE WHEN bench.chance(id, 12) < 0.99 THEN patient_id END, id, 'sms',
       'reply', 'Running late, sorry', ARRAY[program_id], starts_at > now - interval '2 hours' FROM bench.case, bench.given
 WHERE bench.chance(id, 11) < 0.08;
INSERT INTO outreach_replyreading (at, by, reply_id) SELECT at + interval '20 minutes', 'staff:1', id FROM outreach_reply WHERE NOT unread;
INSERT INTO rooms_stranger (session_id, key, provider, display, ref, posing, joined_at, seen_at, gone, settled_at, settled_by, settled_as)
SELECT id, 'k' || id, 'livekit', 'Guest', '', false, starts_at, starts_at, false, CASE WHEN starts_at < now - interval '20 hours' THEN ends_at END,
       CASE WHEN starts_at < now - interval '20 hours' THEN 'staff:1' ELSE '' END,
       CASE WHEN starts_at < now - interval '20 hours' THEN 'guest' ELSE '' END
  FROM bench.session, bench.given WHERE starts_at <= now AND bench.chance(id, 13) < 0.05;
INSERT INTO followup_review (id, at, by, patient_id, program_id, policy_id, trigger, fired_at, sessions, "then", decided_by_role, due_at, because)
SELECT id, starts_at, 'system:engine', patient_id, program_id, policy_id, 'three_in_thirty_days', starts_at, ARRAY[session_id], 'review', 'team',
       starts_at + interval '7 days', '[]' FROM bench.case WHERE bench.chance(id, 14) < 0.02;
INSERT INTO followup_reviewevent (at, by, review_id, patient_id, turn, decision)
SELECT due_at - interval '1 day', 'staff:1', id, patient_id, 'decided', 'continue' FROM followup_review, bench.given
 WHERE due_at < now - interval '3 days' AND bench.chance(id, 15) < 0.998;
"""

# Reviews close by their events, as the database would note it; a thread, tasks, hand-offs, and a glass now and then.
TEAM = """
UPDATE followup_review SET open = false WHERE id IN (SELECT review_id FROM followup_reviewevent);
INSERT INTO followup_casenote (at, by, case_id, patient_id, author_id, words, asks_id, waits)
SELECT starts_at + interval '90 minutes' * n, 'staff:' || leader, id, patient_id, leader, 'Her line is bad on Wednesdays',
       CASE n WHEN 1 THEN owner END, n = 1 AND owner IS NOT NULL AND state = 'open' AND starts_at > now - interval '2 days'
  FROM bench.case, bench.given, generate_series(1, 2) AS n WHERE bench.chance(id, 16) < 0.1;
INSERT INTO followup_task (at, by, program_id, patient_id, case_id, words, owner_id, due_at, open)
SELECT starts_at + interval '1 hour', 'staff:' || leader, program_id, patient_id, id, 'Ask about a ride', coalesce(owner, leader),
       starts_at + interval '2 days', state = 'open' FROM bench.case WHERE bench.chance(id, 17) < 0.04;
INSERT INTO followup_taskevent (at, by, task_id, turn, words)
SELECT due_at - interval '1 hour', 'staff:' || owner_id, id, 'done', '' FROM followup_task WHERE NOT open;
INSERT INTO followup_handoff (at, by, program_id, author_id, words, to_role)
SELECT (day + time '21:30') AT TIME ZONE 'America/New_York', 'staff:' || min(leader), program_id, min(leader), 'A quiet evening', ''
  FROM bench.session, bench.given WHERE day BETWEEN today - 60 AND today - 1 GROUP BY program_id, day;
INSERT INTO programs_brokenglass (id, at, by, staff_id, patient_id, reason, words, until_at)
SELECT "case".id, starts_at + interval '6 hours', 'staff:' || other.id, other.id, patient_id, 'covering', 'Her counselor is ill tonight',
       starts_at + interval '10 hours'
  FROM bench.case JOIN bench.stay USING (patient_id) JOIN bench.grp USING (g)
  JOIN bench.staff AS other ON other.p = grp.p AND other.role = 'leader' AND other.id <> "case".leader AND other.n = 0
 WHERE bench.chance("case".id, 18) < 0.002;
INSERT INTO programs_brokenglassseen (at, by, glass_id)
SELECT at + interval '2 days', 'staff:1', id FROM programs_brokenglass, bench.given WHERE at < now - interval '3 days';
"""

# As the engine and people tell of themselves; and who opened which chart. Of measures, the last ninety days.
TRAIL = """
INSERT INTO audit_event (at, by, verb, subject, patient_ref, program_ref, reason, request)
SELECT ends_at, 'system:engine', 'attendance.decide', 'seat:' || id, patient_id, program_id, '', '' FROM bench.status
UNION ALL SELECT ends_at + interval '9 minutes', 'staff:' || leader, 'attendance.mark', 'seat:' || id, patient_id, program_id, '', md5(session_id::text)
  FROM bench.status WHERE attested
UNION ALL SELECT starts_at + interval '5 minutes', 'system:engine', verb, subject || ':' || id, patient_id, program_id, reason, '' FROM bench.case,
       (VALUES ('followup.open_cases', 'case', 'steps'), ('outreach.move', 'message', 'sending'), ('outreach.move', 'message', 'sent'),
               ('followup.hear', 'case', 'sent'), ('followup.follow', 'case', 'steps')) AS did(verb, subject, reason)
UNION ALL SELECT starts_at + interval '1 hour' * n, 'staff:' || coalesce(owner, leader), 'people.read_chart', 'patient:' || patient_id, patient_id,
       program_id, '', md5(id::text || n) FROM bench.case, generate_series(1, 3) AS n
UNION ALL SELECT starts_at + interval '2 hours', 'staff:' || coalesce(owner, leader), 'followup.record_attempt', 'case:' || id, patient_id,
       program_id, '', md5(id::text) FROM bench.case WHERE state <> 'open'
UNION ALL SELECT starts_at, 'system:engine', 'insights.follow', 'measure:' || id, patient_id, program_id, 'due', '' FROM bench.due, bench.given
 WHERE starts_at > now - interval '90 days'
UNION ALL SELECT over_at, 'system:engine', 'insights.follow', 'measure:' || id, patient_id, program_id, 'closed', '' FROM bench.due, bench.given
 WHERE starts_at > now - interval '90 days' AND over_at <= now AND became IN ('missed_session', 'not_answered', 'not_held')
UNION ALL SELECT over_at, 'patient:' || patient_id, verb, 'measure:' || id, patient_id, program_id, '', md5(id::text) FROM bench.due, bench.given,
       unnest('{insights.answer,followup.take_measure}'::text[]) AS verb
 WHERE starts_at > now - interval '90 days' AND over_at <= now AND became = 'answered'
 ORDER BY 1;
"""
ORDER = {
    "groups": GROUPS,
    "staff": STAFF,
    "people": PEOPLE,
    "sessions": SESSIONS,
    "seats": SEATS + STATUSES,
    "what became of seats": OF_SEATS,
    "make-ups": MAKEUPS,
    "cases": CASES,
    "steps and messages": STEPS,
    "replies, strangers, reviews": REPLIES,
    "measures": MEASURES,
    "answers": ANSWERS,
    "concerns": CONCERNS,
    "estimates": ESTIMATES,
    "comparisons, plans": LEARNING,
    "families, visits": FAMILY,
    "the team": TEAM,
    "the trail": TRAIL,
}

# What is put aside while rows are written, and put back as it was.
INDEXES = """
SELECT format('DROP INDEX %I', relname), pg_get_indexdef(indexrelid) FROM pg_index
  JOIN pg_class ON pg_class.oid = indexrelid
 WHERE relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
   AND indrelid IN (SELECT oid FROM pg_class WHERE relname ~ '^(people|programs|rooms|attendance|followup|outreach|makeups|audit|insights|visits)_')
"""
CONSTRAINTS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'u', 'x')
   AND conrelid IN (SELECT oid FROM pg_class WHERE relname ~ '^(people|programs|rooms|attendance|followup|outreach|makeups|audit|insights|visits)_')
 ORDER BY contype = 'f' DESC
"""
TRIGGERED = """
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
   AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
TABLES = """
SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
   AND relname !~ '^(django_migrations|django_content_type|auth_permission|common_simulatedclock)$'
"""
NUMBERS = """
SELECT format('SELECT setval(pg_get_serial_sequence(%L, %L), max(%I)) FROM %I', relname, attname, attname, relname)
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attidentity <> ''
"""
SIZES = """
SELECT relname, reltuples::bigint, pg_total_relation_size(oid) FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0 ORDER BY 3 DESC
"""
