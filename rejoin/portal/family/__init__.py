"""What somebody of a patient's family sees, by a sign-in of her own (ADR 22 and 26)."""
