"""The course contract as a list of lines, each tried against any server by real HTTP."""
