"""Make-ups: what is owed, what was offered for it, what is held and booked, and the ledger of all four accounts."""
