"""Work that takes longer than a request: it shows how far it is, and can be stopped."""
