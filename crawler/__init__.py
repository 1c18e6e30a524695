"""Crawl order in, report of articles and outcomes out. Touches no database and imports nothing of ours."""
