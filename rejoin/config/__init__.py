"""The platform's settings: what the environment says, where the database is, what Django is told."""
