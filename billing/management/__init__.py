"""What the command line asks of billing. Each command parses, calls one function and prints."""
