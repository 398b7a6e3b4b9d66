"""Presets, uploads, nodes, jobs and their results.

Imports `accounts`, `billing` and `creator.lib`; none of them imports `jobs`.
"""
