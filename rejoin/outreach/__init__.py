"""Messages that leave the building: an outbox, channels, and what came back."""
