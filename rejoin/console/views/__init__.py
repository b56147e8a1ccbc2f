"""What each address answers: parse, act, present."""
