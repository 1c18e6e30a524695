"""Is it the news? Facts of an article in, a named sum and the central facts out. The step that keyword alerts lack."""

from monitor.news.decision import NewsDecision, decide_news, has_carrier
from monitor.news.features import news_features

__all__ = ["NewsDecision", "decide_news", "has_carrier", "news_features"]
