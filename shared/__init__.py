"""What several endpoint groups use: base, web, google and domain. Imports no group."""
