"""An element of a feed or sitemap in, its name as people mean it out: whatever its namespace, prefix and case. Pure."""

from __future__ import annotations

from lxml import etree


def local_name(element: etree._Element) -> str:
    """ "{http://...}Url" and "sm:url" are "url"; a comment has no name."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
