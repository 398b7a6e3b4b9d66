"""Management commands of the jobs app: thin edges that parse and call."""
