"""Requests and answers: the Flask app of a group and what surrounds it. Imports `base`."""
