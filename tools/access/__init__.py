"""Who gets through where: docs/access.md, made by calling each endpoint as each identity."""
