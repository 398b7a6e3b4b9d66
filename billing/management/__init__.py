"""Management commands of billing. Each parses its arguments, calls one function and prints the result."""
