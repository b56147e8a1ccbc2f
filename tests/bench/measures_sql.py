"""Two years of measures, of what was estimated from them, and of families: written with the rest, in `years_sql.ORDER`.

Every patient is asked PHQ-9 and GAD-7 every two weeks and her craving weekly, with the first session of each stretch, as a
schedule asks it. About a fifth comes to nothing, each with its reason. Estimates of risk are of the last ninety nights, and
parameters of every night: what the product keeps of so long.
"""

# The day of a first session comes again every week, so a stretch begins on it.
MEASURES = """
CREATE UNLOGGED TABLE bench.asked (kind int, instrument text, version text, every int, recall int, items int);
INSERT INTO bench.asked VALUES (1, 'phq9', '9', 14, 14, 9), (2, 'gad7', '7', 14, 14, 7), (3, 'craving', 'plain-1', 7, 7, 1);
CREATE UNLOGGED TABLE bench.first AS
SELECT patient_id, min((starts_at AT TIME ZONE 'America/New_York')::date) AS day FROM bench.status GROUP BY 1;
CREATE UNLOGGED TABLE bench.due AS
SELECT told.*, CASE became WHEN 'answered' THEN CASE status WHEN 'missed' THEN ends_at + interval '2 hours' + bench.chance(id, 31) * interval '2 days'
                                                  ELSE starts_at + interval '10 minutes' END
                           WHEN 'declined' THEN starts_at + interval '15 minutes'
                           WHEN 'missed_session' THEN ends_at + interval '73 hours' ELSE ends_at + interval '72 hours' END AS over_at,
       became = 'answered' AND instrument = 'phq9' AND status <> 'missed' AND bench.chance(id, 32) < 0.03 AS concern
  FROM (SELECT drawn.*, CASE WHEN status = 'excused' THEN 'not_held'
                             WHEN status = 'missed' THEN CASE WHEN u < 0.35 THEN 'answered' ELSE 'missed_session' END
                             WHEN u < 0.07 THEN 'not_answered' WHEN u < 0.09 THEN 'declined' ELSE 'answered' END AS became
          FROM (SELECT numbered.*, bench.chance(id, 30) AS u FROM (
                SELECT row_number() OVER (ORDER BY starts_at, seen.id, kind) AS id, seen.id AS seat_id, session_id, patient_id, program_id,
                       policy_id, leader, starts_at, ends_at, status, seen.day, seen.day - began.day AS since, asked.*
                  FROM (SELECT *, (starts_at AT TIME ZONE 'America/New_York')::date AS day FROM bench.status) AS seen
                  JOIN bench.first AS began USING (patient_id)
                  JOIN bench.asked ON mod(seen.day - began.day, asked.every) = 0) AS numbered) AS drawn) AS told;
ANALYZE bench.first, bench.due;
INSERT INTO insights_schedule (at, by, program_id, instrument, version, every_days)
SELECT first_day, 'staff:1', program, instrument, version, every FROM bench.given, unnest(programs) AS program, bench.asked;
INSERT INTO insights_watch (at, by, program_id, role, days, opens, closes, within_minutes)
SELECT first_day, 'staff:1', program, 'clinician', '{1,2,3,4,5}', '08:00', '20:00', 60 FROM bench.given, unnest(programs) AS program;
INSERT INTO insights_due (id, at, by, ref, patient_id, program_id, seat_id, instrument, version, due_on, recall_days, until_at, open)
SELECT id, starts_at, 'system:engine', gen_random_uuid(), patient_id, program_id, seat_id, instrument, version, day, recall,
       ends_at + interval '72 hours', over_at > now FROM bench.due, bench.given;
INSERT INTO insights_reopening (at, by, due_id, patient_id, until_at)
SELECT ends_at + interval '1 hour', 'system:engine', id, patient_id, ends_at + interval '73 hours' FROM bench.due, bench.given
 WHERE status = 'missed' AND ends_at + interval '1 hour' <= now;
INSERT INTO insights_sheet (id, at, by, ref, due_id, patient_id, program_id, instrument, version, language, how, answered_at, is_concern)
SELECT id, over_at, 'patient:' || patient_id, gen_random_uuid(), id, patient_id, program_id, instrument, version,
       CASE WHEN mod(patient_id, 5) = 0 THEN 'es' ELSE 'en' END, 'portal', over_at, concern FROM bench.due, bench.given
 WHERE became = 'answered' AND over_at <= now;
INSERT INTO insights_ending (at, by, due_id, patient_id, how, words)
SELECT over_at, CASE WHEN became IN ('answered', 'declined') THEN 'patient:' || patient_id ELSE 'system:engine' END, id, patient_id, became, ''
  FROM bench.due, bench.given WHERE over_at <= now;
"""

# The worse she began, the worse she answers; less so as weeks pass.
ANSWERS = """
INSERT INTO insights_itemanswer (at, by, sheet_id, patient_id, item, value)
SELECT over_at, 'patient:' || patient_id, id, patient_id, item::text,
       CASE WHEN item = 9 THEN concern::int
            ELSE least(CASE items WHEN 1 THEN 10 ELSE 3 END, floor((CASE items WHEN 1 THEN 11 ELSE 4 END) * bench.chance(id * 16 + item, 33)
                 * (0.3 + bench.chance(patient_id, 34) * (1 - 0.4 * least(since, 84) / 84.0)))) END::int
  FROM bench.due, bench.given, generate_series(1, items) AS item WHERE became = 'answered' AND over_at <= now;
"""

# An answer that asks for somebody is a case of that session, with its step; a clinician has found something by the next day.
CONCERNS = """
CREATE UNLOGGED TABLE bench.concern AS
SELECT due.*, (SELECT max(id) FROM bench.case) + row_number() OVER (ORDER BY id) AS case_id, over_at < now - interval '1 day' AS seen_to
  FROM bench.due, bench.given WHERE concern AND over_at <= now;
INSERT INTO followup_case (id, ref, seat_id, patient_id, program_id, session_id, policy_id, opened_at, noticed_at, elevated, owner_id, state,
                           stopped_at, stopping, closed_at, closed_by, final_outcome, first_attempt_by, first_attempt_at, next_step,
                           next_due_at, next_look_at, failures, error)
SELECT case_id, gen_random_uuid(), seat_id, patient_id, program_id, session_id, policy_id, starts_at, over_at, true, leader,
       CASE WHEN seen_to THEN 'closed' ELSE 'open' END, CASE WHEN seen_to THEN over_at + interval '3 hours' END,
       CASE WHEN seen_to THEN 'joined' ELSE '' END, CASE WHEN seen_to THEN over_at + interval '3 hours' END,
       CASE WHEN seen_to THEN 'staff:' || leader ELSE '' END, CASE WHEN seen_to THEN 'other' ELSE '' END, NULL,
       CASE WHEN seen_to THEN over_at + interval '40 minutes' END, '', NULL, CASE WHEN NOT seen_to THEN now + interval '1 hour' END, 0, ''
  FROM bench.concern, bench.given;
INSERT INTO followup_caseevent (at, by, case_id, patient_id, turn, reason)
SELECT over_at, 'patient:' || patient_id, case_id, patient_id, turn, '' FROM bench.concern, unnest('{concern,elevated}'::text[]) AS turn
UNION ALL SELECT over_at + interval '3 hours', 'staff:' || leader, case_id, patient_id, 'closed', 'other' FROM bench.concern WHERE seen_to;
INSERT INTO followup_step (id, case_id, patient_id, program_id, rule, origin, actor, owner_id, channels, "to", raised_at, due_at, deadline, state,
                           ended_at, ended_by, because)
SELECT (SELECT max(id) FROM bench.step) + row_number() OVER (ORDER BY id), case_id, patient_id, program_id, 'concern:' || id, 'concern',
       'clinician', leader, '{phone}', 'patient', over_at, over_at,
       CASE WHEN seen_to THEN over_at + interval '1 hour' ELSE greatest(over_at + interval '1 hour', now + interval '20 minutes') END,
       CASE WHEN seen_to THEN 'done' ELSE 'due' END, CASE WHEN seen_to THEN over_at + interval '40 minutes' END,
       CASE WHEN seen_to THEN 'staff:' || leader ELSE '' END, '[]' FROM bench.concern, bench.given;
INSERT INTO followup_disposition (at, by, case_id, patient_id, clinician_id, result, instrument)
SELECT over_at + interval '40 minutes', 'staff:' || leader, case_id, patient_id, leader, 'safe', '' FROM bench.concern WHERE seen_to;
"""

# Of whoever has a place and two weeks behind her, night by night; and the few numbers behind curves.
ESTIMATES = """
CREATE UNLOGGED TABLE bench.night AS
SELECT row_number() OVER (ORDER BY today - back, program) AS run_id, program AS program_id, today - back AS until_on
  FROM bench.given, unnest(programs) AS program, generate_series(0, 89) AS back;
CREATE UNLOGGED TABLE bench.estimate AS
SELECT ranked.*, CASE WHEN at_risk THEN rank() OVER (PARTITION BY run_id, at_risk ORDER BY p DESC) END AS place FROM (
    SELECT run_id, patient_id, night.until_on, week, day + week * 7 - 1 AS week_ends_on, bench.chance(patient_id * 1000 + week, 35) > 0.04 AS at_risk,
           round((0.01 + 0.4 * bench.chance(patient_id * 1000 + week, 36) ^ 3)::numeric, 6)::float8 AS p
      FROM bench.stay JOIN bench.grp USING (g) JOIN bench.first USING (patient_id) JOIN bench.night USING (program_id)
      CROSS JOIN LATERAL (SELECT (night.until_on - first.day) / 7 AS week) AS weeks
     WHERE stay.until_on >= (SELECT today - 90 FROM bench.given) AND night.until_on BETWEEN stay.begins AND stay.until_on AND week >= 2) AS ranked;
ANALYZE bench.night, bench.estimate;
INSERT INTO insights_riskrun (id, at, by, program_id, model, until_on, patients, ranked, followed, events, calibrated, shift, shift_error, fits,
                              fits_because)
SELECT run_id, (until_on + time '03:00') AT TIME ZONE 'America/New_York', 'system:engine', program_id, risk_model, until_on, coalesce(patients, 0),
       coalesce(at_risk, 0), 900, 120, true, 0.1, 0.09, CASE WHEN extract(isodow FROM until_on) = 1 THEN 'steady' ELSE '' END, ''
  FROM bench.given, bench.night LEFT JOIN (
       SELECT run_id, count(*) AS patients, count(*) FILTER (WHERE at_risk) AS at_risk FROM bench.estimate GROUP BY 1) AS counted USING (run_id);
INSERT INTO insights_riskestimate (at, by, run_id, patient_id, week, week_ends_on, streak, at_risk, chance, low, high, place, orders_by, because)
SELECT (until_on + time '03:00') AT TIME ZONE 'America/New_York', 'system:engine', run_id, patient_id, week, week_ends_on,
       CASE WHEN NOT at_risk THEN 2 WHEN p > 0.2 THEN 1 ELSE 0 END, at_risk, p, p * 0.7, p * 1.4, place, p,
       'higher: missed all of this week, came on two days of the last four weeks; lower: this is week ' || week FROM bench.estimate;
INSERT INTO insights_progressfit (at, by, program_id, instrument, version, scale, until_on, model, patients, twice, scores, parameters, how)
SELECT (today - back + time '03:00') AT TIME ZONE 'America/New_York', 'system:engine', program, instrument, version, instrument, today - back,
       fit_model, 500, 480, 3000, jsonb_build_object('intercept_var', 12.5, 'level_var', 0.2, 'noise_var', 5.0, 'clock_power', 1.0,
       'origin_day', 0.0, 'knots', '[0.0, 28.0, 84.0]'::jsonb, 'curve', '[11.0, 9.5, 8.0]'::jsonb, 'attended_effect', 0.0, 'attended_mean', 0.0),
       'maximum likelihood over all patients'
  FROM bench.given, unnest(programs) AS program, generate_series(0, today - first_day) AS back, bench.asked ORDER BY back DESC, program, kind;
"""

# One comparison that was read, one that was stopped, and one under way; and plans to look at, of whom nobody can tell.
LEARNING = """
INSERT INTO insights_experiment (id, at, by, ref, program_id, name, estimand, template, variant, within_days, usual_share, smallest_difference,
                                 power, per_arm, starts_at, ends_at)
SELECT row_number() OVER (ORDER BY n, program), now - days * interval '1 day', 'staff:1', gen_random_uuid(), program, 'A shorter nudge ' || n,
       'The share of patients who come within three days of the first nudge, shorter against as it is', 'neutral_nudge',
       'neutral_nudge_brief', 3, 0.6, 0.1, 0.8, 356, now - (days - 1) * interval '1 day', now + ends * interval '1 day'
  FROM bench.given, unnest(programs) AS program, (VALUES (1, 400, -200), (2, 190, -60), (3, 50, 60)) AS written(n, days, ends);
INSERT INTO insights_experimentstart (at, by, experiment_id) SELECT starts_at, 'staff:1', id FROM insights_experiment;
INSERT INTO insights_experimentstop (at, by, experiment_id, words)
SELECT starts_at + interval '20 days', 'staff:1', id, 'Another wording is asked for' FROM insights_experiment WHERE name LIKE '%2';
INSERT INTO insights_experimentreading (at, by, experiment_id, usual_came, usual_known, new_came, new_known, unknown, difference, low, high, because)
SELECT ends_at, 'staff:1', id, 210, 356, 221, 356, 12, 0.03, -0.04, 0.10, 'no difference was shown' FROM insights_experiment WHERE name LIKE '%1';
CREATE UNLOGGED TABLE bench.plan AS
SELECT (SELECT max(id) FROM bench.case) + row_number() OVER (ORDER BY over_at, id) AS id, patient_id, program_id, policy_id,
       over_at + interval '14 days' AS fired_at
  FROM bench.due, bench.given
 WHERE instrument = 'phq9' AND became = 'missed_session' AND over_at + interval '14 days' <= now AND bench.chance(id, 37) < 0.06;
INSERT INTO followup_review (id, at, by, patient_id, program_id, policy_id, trigger, fired_at, sessions, "then", decided_by_role, due_at, because)
SELECT id, fired_at, 'system:engine', patient_id, program_id, policy_id, 'progress.phq9.9', fired_at, '{}', 'plan_review', 'supervisor',
       fired_at + interval '3 days', '[{"rule": "progress.phq9.9", "text": "PHQ-9 was not answered for 28 days and more", "cite": null}]' FROM bench.plan;
INSERT INTO followup_reviewevent (at, by, review_id, patient_id, turn, decision)
SELECT fired_at + interval '2 days', 'staff:1', id, patient_id, 'decided', CASE WHEN bench.chance(id, 38) < 0.5 THEN 'change_plan' ELSE 'continue' END
  FROM bench.plan, bench.given WHERE fired_at < now - interval '4 days' AND bench.chance(id, 39) < 0.97;
"""

# Somebody around every tenth patient signs in; while the patient is here there is a family session a week ago and tomorrow.
# Who was let into the rooms of the last week.
FAMILY = """
INSERT INTO people_birthdate (at, by, patient_id, born_on)
SELECT begins, 'staff:1', patient_id, date '1990-03-01' - mod(patient_id, 9000)::int FROM bench.stay WHERE mod(patient_id, 10) = 0;
INSERT INTO people_consent (patient_id, contact_id, purpose, channel, granted, at, by, source)
SELECT patient_id, patient_id, purpose, 'portal', true, begins, 'patient:' || patient_id, 'form'
  FROM bench.stay, unnest('{scheduling,attendance}'::text[]) AS purpose WHERE mod(patient_id, 10) = 0;
INSERT INTO people_relative (id, language, timezone)
SELECT patient_id, 'en', 'America/New_York' FROM bench.stay WHERE mod(patient_id, 10) = 0;
INSERT INTO people_tie (at, by, ref, relative_id, patient_id, contact_id)
SELECT begins, 'staff:1', gen_random_uuid(), patient_id, patient_id, patient_id FROM bench.stay WHERE mod(patient_id, 10) = 0;
CREATE UNLOGGED TABLE bench.household AS
SELECT (SELECT max(id) FROM bench.session) + row_number() OVER (ORDER BY day, patient_id) AS session_id,
       (SELECT max(own_seat) FROM bench.way) + row_number() OVER (ORDER BY day, patient_id) AS seat_id, patient_id, program_id, policy_id, day,
       (today + day + time '12:00') AT TIME ZONE 'America/New_York' AS starts_at
  FROM bench.stay JOIN bench.grp USING (g), bench.given, unnest('{-6,1}'::int[]) AS day
 WHERE mod(patient_id, 10) = 0 AND until_on > today + 1 AND begins < today - 6;
INSERT INTO programs_session (id, ref, program_id, external_id, starts_at, ends_at, breaks, kind, service, module, mode, held, unheld_by,
                              seats_min, seats_max, seats_taken)
SELECT session_id, gen_random_uuid(), program_id, 'F' || session_id, starts_at, starts_at + interval '1 hour', '[]', 'family', '', '', 'video',
       'scheduled', '', 1, 12, 1 FROM bench.household;
INSERT INTO programs_seat (id, session_id, patient_id, span, occupies, released_by, release_reason)
SELECT seat_id, session_id, patient_id, tstzrange(starts_at, starts_at + interval '1 hour'), true, '', '' FROM bench.household;
INSERT INTO attendance_watch (session_id, next_look_at, looked_at, failures, error)
SELECT session_id, CASE WHEN day > 0 THEN starts_at END, CASE WHEN day < 0 THEN starts_at + interval '1 hour' END, 0, '' FROM bench.household;
INSERT INTO rooms_room (session_id, name, normal) SELECT session_id, 'room-f' || session_id, 'room-f' || session_id FROM bench.household;
INSERT INTO rooms_sessionevidence (session_id, watched, sources, stale, worked_out_at)
SELECT session_id, true, '["livekit-webhook"]', false, starts_at + interval '1 hour' FROM bench.household WHERE day < 0;
INSERT INTO attendance_outcome (id, at, by, seat_id, patient_id, number, policy_id, status, told, provisional)
SELECT seat_id, starts_at + interval '1 hour', 'system:engine', seat_id, patient_id, 1, policy_id, 'attended', told, false
  FROM bench.household, (SELECT told FROM bench.told WHERE status = 'attended' ORDER BY session_id LIMIT 1) AS alike WHERE day < 0;
INSERT INTO attendance_seatstatus (seat_id, patient_id, session_id, policy_id, number, status, provisional, attested, digest, acted_on)
SELECT seat_id, patient_id, session_id, policy_id, 1, 'attended', false, false, left(md5(seat_id::text), 24), true FROM bench.household WHERE day < 0;
INSERT INTO visits_visit (session_id, seat_id, patient_id, contact_id, ref, display_name, looks_like, state, asked_at, decided_at, decided_by,
                          muted, entered_at, left_at)
SELECT session_id, id, patient_id, NULL::bigint, md5('seat' || id), 'P' || patient_id, 'p' || patient_id, 'admitted', starts_at, starts_at,
       'staff:' || leader, false, starts_at, CASE WHEN NOT running THEN ends_at END FROM bench.status, bench.given
 WHERE starts_at > now - interval '7 days' AND status IN ('attended', 'partial')
UNION ALL SELECT session_id, NULL, NULL, patient_id, md5('guest' || seat_id), 'G' || patient_id, 'g' || patient_id, 'admitted', starts_at,
       starts_at, 'staff:1', false, starts_at, starts_at + interval '1 hour' FROM bench.household WHERE day < 0;
INSERT INTO visits_visitturn (at, by, visit_id, session_id, patient_id, turn)
SELECT asked_at, coalesce('patient:' || patient_id, 'relative:' || contact_id), id, session_id, patient_id, turn
  FROM visits_visit, unnest('{asked,admitted,entered}'::text[]) AS turn;
"""
