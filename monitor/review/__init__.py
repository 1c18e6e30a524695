"""The review page: Datasette on the log with our own pages. `server.py` starts it, `guard.py` keeps others out."""
