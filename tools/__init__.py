"""What `dev.py` does, one module a thing. Standard library only: nothing is installed yet."""
