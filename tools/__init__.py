"""The commands of `dev.py`. They import only the standard library, as they install the rest."""
