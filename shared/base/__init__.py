"""Time, ids, errors and settings. Imports nothing of ours."""
