"""One program week, made up, told by its tables and by what its rooms export."""
