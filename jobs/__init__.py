"""What is made: presets, nodes, jobs and their results. Imports accounts and creator.lib, never the other way round."""
