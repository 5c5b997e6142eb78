"""The database of a workspace: people, runs, review events, and what is on people's desks."""
