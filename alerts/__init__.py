"""Alert in, delivered message out. Knows nothing of articles or rules and imports nothing of ours."""
