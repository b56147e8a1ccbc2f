"""Planning of make-ups from files: reading, checking, writing. No database, no Django."""
