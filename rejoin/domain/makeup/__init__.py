"""Make-up planning: which slot may stand for which missed session, and which of them all to take."""
