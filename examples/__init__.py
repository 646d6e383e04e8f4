"""Programs that show how a client of Simpul is written."""
