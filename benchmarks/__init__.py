"""Measures speed, cost and growth as ratios to floors and to a naive peer."""
