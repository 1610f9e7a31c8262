"""The pictures of lab 11, Seeing inside."""
