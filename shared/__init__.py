"""What several endpoint groups use. Nothing here imports from a group."""
