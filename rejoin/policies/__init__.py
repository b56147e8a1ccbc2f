"""Policy documents: the ones that ship, and how a document becomes rules in force."""
