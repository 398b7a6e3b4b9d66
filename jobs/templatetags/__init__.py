"""Filters that show rows of jobs: pictures, states, settings, the timeline. They read; nothing here writes."""
