"""The screens of a patient."""
