"""Who did what to whose chart, appended and never edited."""
