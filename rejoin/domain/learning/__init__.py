"""What a program can learn from its own record: who comes back, what outreach is followed by, and a fair comparison."""
