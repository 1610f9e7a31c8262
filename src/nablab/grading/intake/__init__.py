"""From what was handed in to cells that can be run: finding files, choosing one, reading it."""
