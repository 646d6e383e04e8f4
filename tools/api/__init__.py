"""The document of the API, made of the groups' own code. Runs in the project's environment."""
