"""Tables that people bring: what is wrong in them is told with its file, line and column."""
