"""How patients are doing, and what nobody can tell: against independent implementations and by property."""
