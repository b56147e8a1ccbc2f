"""The pure core: no database, no files, no clock, no randomness. Time comes in as an argument."""
