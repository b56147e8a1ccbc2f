"""Janus beside us: what it is configured with, how it is asked, and the tokens that let somebody in."""
