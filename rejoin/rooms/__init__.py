"""Video rooms: what they report, who that was, and which session it belongs to."""
