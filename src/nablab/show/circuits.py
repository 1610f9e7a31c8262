"""The pictures of Lab 13, Circuits."""
