"""What is known before reading: providers, places, events and units, per language. Data files in, `Knowledge` out."""

from monitor.knowledge.loader import load_knowledge
from monitor.knowledge.model import Entity, Knowledge, KnowledgeError

__all__ = ["Entity", "Knowledge", "KnowledgeError", "load_knowledge"]
