"""Running the platform: working, serving, knowing whether all is well, and bringing programs in and out."""
