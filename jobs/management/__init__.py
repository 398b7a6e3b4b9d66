"""Management commands of the jobs app. They parse arguments and call domain functions."""
