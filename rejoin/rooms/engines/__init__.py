"""Video engines, each behind the same port: grants out, events and snapshots in. No database, no framework."""
