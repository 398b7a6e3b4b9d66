"""The run: from a claimed job to its result. Collecting, verifying and encoding live here; who may claim does not."""
