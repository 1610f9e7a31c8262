"""Google's name for its packages."""
