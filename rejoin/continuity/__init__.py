"""Which curriculum a group follows, what a patient missed of it and catches up on, and who looks at what she did."""
