"""The screens of the people who run the day."""
