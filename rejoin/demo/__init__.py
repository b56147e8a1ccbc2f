"""A believable program played in fast time."""
