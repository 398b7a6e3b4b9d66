"""Filters that show rows of jobs: pictures, states, settings, the timeline. They only read."""
