"""Numbers in, their words out, for sentences that people read in English: "1 watch", "2 watches". Pure."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """`number` and `noun`, which is given in the singular and may follow an adjective: 2, "new article"."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith(("ch", "sh", "s", "x")):
        return f"{number} {noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}s"
