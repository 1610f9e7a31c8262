"""From a submission to cells that can be run: finding files, choosing one, reading it."""
