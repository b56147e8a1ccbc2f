"""Programs, policies, groups, schedules, enrolments, sessions and seats."""
