"""What every app stands on: actors, the clock, append-only tables, bulk writes."""
