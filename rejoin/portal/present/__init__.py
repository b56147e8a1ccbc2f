"""What a page shows, worked out in Python."""
