"""The application: articles become findings, findings become stories, stories become alerts."""
