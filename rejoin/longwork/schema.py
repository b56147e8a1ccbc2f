"""Who sees which work, and how a worker hears of it."""

from django.db.migrations import RunSQL

ASKER = "nullif(current_setting('rejoin.staff', true), '')::bigint"
# What a file holds is seen by whoever asked for it, as long as it is kept. Her programs are asked of `longwork_work`.
OWN_ENCLOSURE = f"""
kept_until_at > rejoin_now() AND work_id IN (SELECT id FROM longwork_work WHERE asked_by_id = {ASKER})
"""  # noqa: S608 - our own words
# A policy of its own beside the one that says which rows: nobody asks in somebody else's name.
ASKS_HERSELF = RunSQL(
    f"CREATE POLICY web_asks ON longwork_work AS RESTRICTIVE FOR INSERT TO rejoin_web WITH CHECK (asked_by_id = {ASKER})",
    "DROP POLICY web_asks ON longwork_work",
)
STOPS = "SELECT, INSERT, UPDATE (stop_asked_at, stop_asked_by)"
"""On the web somebody asks, and asks for it to be stopped; the rest is the worker's."""
WEB_WRITES = {"longwork_work": "INSERT, UPDATE", "longwork_enclosure": "INSERT", "longwork_piece": "INSERT"}
"""What the web writes, for whoever lists it. Of work it updates two columns and no more."""

# The queue is out of the web's reach: the database itself wakes a worker, in the transaction of whoever asks.
# Nobody waits for a queue that is locked: workers look every second all the same.
WAKE = """
CREATE FUNCTION rejoin_wake_longwork() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE procrastinate_jobs, procrastinate_events IN ROW EXCLUSIVE MODE NOWAIT;
    INSERT INTO procrastinate_jobs (queue_name, task_name)
    SELECT 'longwork', 'longwork.work' WHERE NOT EXISTS (
        SELECT FROM procrastinate_jobs
         WHERE task_name = 'longwork.work' AND status = 'todo' AND scheduled_at IS NULL);
    RETURN NULL;
EXCEPTION WHEN lock_not_available THEN
    RETURN NULL;
END $$;
CREATE TRIGGER wake_longwork AFTER INSERT ON longwork_work
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_longwork();
CREATE TRIGGER wake_longwork_stopped AFTER UPDATE OF stop_asked_at ON longwork_work
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_longwork();
"""
DROP_WAKE = """
DROP TRIGGER wake_longwork ON longwork_work;
DROP TRIGGER wake_longwork_stopped ON longwork_work;
DROP FUNCTION rejoin_wake_longwork();
"""
# For the page of a policy: the latest cases under one version.
CASES_BY_POLICY = RunSQL(
    "CREATE INDEX case_by_policy ON followup_case (policy_id, opened_at DESC)", "DROP INDEX case_by_policy"
)
