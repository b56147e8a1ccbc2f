"""What the database does by itself for rooms: a session whose facts change is worked out anew.

Asking is an insert into a queue: nobody who books a seat or moves a session waits for a reader.
"""

FOLLOWED = "interval '40 hours'"
"""As far as what is laid into one session of a room can depend on another: `gathering.NEIGHBOURS`."""

REVISITS = f"""
-- A room's name that something was told of already: of this session or, until now, of another one near.
CREATE FUNCTION rejoin_revisit_named() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO rooms_revisit (session_id, at, tries, error)
        SELECT DISTINCT near.id, rejoin_now(), 0, '' FROM added
          JOIN programs_session AS own ON own.id = added.session_id
          JOIN rooms_room AS other ON other.normal = added.normal
          JOIN programs_session AS near ON near.id = other.session_id
           AND near.starts_at < own.ends_at + {FOLLOWED} AND near.ends_at > own.starts_at - {FOLLOWED}
         WHERE EXISTS (SELECT FROM rooms_mention WHERE key = left('room:' || added.normal, 250))
         UNION SELECT added.session_id, rejoin_now(), 0, '' FROM added JOIN rooms_sessionevidence USING (session_id);
    RETURN NULL;
END $$;
CREATE TRIGGER revisit_named AFTER INSERT ON rooms_room REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_revisit_named();
CREATE TRIGGER revisit_unnamed AFTER DELETE ON rooms_room REFERENCING OLD TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_revisit_named();

-- Moved: what was told may be of another session of the room now.
CREATE FUNCTION rejoin_revisit_moved() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO rooms_revisit (session_id, at, tries, error)
        SELECT DISTINCT near.id, rejoin_now(), 0, '' FROM rooms_room AS own
          JOIN rooms_room AS other ON other.normal = own.normal
          JOIN programs_session AS near ON near.id = other.session_id
           AND near.starts_at < greatest(OLD.ends_at, NEW.ends_at) + {FOLLOWED}
           AND near.ends_at > least(OLD.starts_at, NEW.starts_at) - {FOLLOWED}
         WHERE own.session_id = NEW.id
           AND EXISTS (SELECT FROM rooms_mention WHERE key = left('room:' || own.normal, 250))
         UNION SELECT session_id, rejoin_now(), 0, '' FROM rooms_sessionevidence WHERE session_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER revisit_moved AFTER UPDATE OF starts_at, ends_at, held ON programs_session
    FOR EACH ROW WHEN ((OLD.starts_at, OLD.ends_at, OLD.held) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.held))
    EXECUTE FUNCTION rejoin_revisit_moved();

-- A seat that comes or goes in a session already heard of: she may have been in its room.
CREATE FUNCTION rejoin_revisit_seated() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO rooms_revisit (session_id, at, tries, error)
        SELECT DISTINCT session_id, rejoin_now(), 0, '' FROM changed JOIN rooms_sessionevidence USING (session_id);
    RETURN NULL;
END $$;
CREATE TRIGGER revisit_seated AFTER INSERT ON programs_seat REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_revisit_seated();
CREATE FUNCTION rejoin_revisit_released() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO rooms_revisit (session_id, at, tries, error)
        SELECT DISTINCT changed.session_id, rejoin_now(), 0, '' FROM changed
          JOIN before USING (id) JOIN rooms_sessionevidence AS seen ON seen.session_id = changed.session_id
         WHERE (changed.released_at IS NULL) <> (before.released_at IS NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER revisit_released AFTER UPDATE ON programs_seat
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_revisit_released();

-- An address on file for her: a stranger in one of her sessions may be explained.
CREATE FUNCTION rejoin_revisit_addressed() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO rooms_revisit (session_id, at, tries, error)
        SELECT DISTINCT seat.session_id, rejoin_now(), 0, '' FROM added
          JOIN programs_seat AS seat ON seat.patient_id = added.patient_id AND seat.released_at IS NULL
          JOIN rooms_stranger AS stranger ON stranger.session_id = seat.session_id AND NOT stranger.gone;
    RETURN NULL;
END $$;
CREATE TRIGGER revisit_addressed AFTER INSERT ON people_address REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_revisit_addressed();
"""  # noqa: S608 - a span of our own
DROP_REVISITS = """
DROP TRIGGER revisit_named ON rooms_room;
DROP TRIGGER revisit_unnamed ON rooms_room;
DROP TRIGGER revisit_moved ON programs_session;
DROP TRIGGER revisit_seated ON programs_seat;
DROP TRIGGER revisit_released ON programs_seat;
DROP TRIGGER revisit_addressed ON people_address;
DROP FUNCTION rejoin_revisit_named();
DROP FUNCTION rejoin_revisit_moved();
DROP FUNCTION rejoin_revisit_seated();
DROP FUNCTION rejoin_revisit_released();
DROP FUNCTION rejoin_revisit_addressed();
"""

# What it holds is worked off, and says nothing of anybody; of all else nothing is ever taken away.
QUEUE_GRANTS = "GRANT DELETE ON rooms_revisit TO rejoin_engine"

WEB_READS = ("rooms_hostedroom", "rooms_snapshot")
"""Whose room it is and who is in are read by pages; only a worker makes rooms and asks."""
