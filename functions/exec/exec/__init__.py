"""One URL for clients of Versi A, which put the path in a parameter."""
