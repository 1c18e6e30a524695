"""Links that act without a login: an action and its target in, a path with a signature out, and the check of it.

The key lives in the state directory, readable by its owner only. A link says what it does and to what; whoever holds
it may do just that. Opening it shows a page that asks; only its button acts, so a mail scanner changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.model import Links
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.alerting import LinkMaker
    from monitor.config import Config

_KEY_FILE = "review.key"
_KEY_BYTES = 32
#: What a signed link can do, and what kind of thing it does it to.
ACTIONS = {"useful": "alert", "wrong": "alert", "mute": "story"}


def page_key(state_dir: Path) -> bytes:
    """The secret of this installation, made at the first call. MonitorError where the file is not private or whole."""
    path = state_dir / _KEY_FILE
    if not path.exists():
        draft = path.with_name(f"{_KEY_FILE}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(_KEY_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the one
            os.link(draft, path)
        draft.unlink()
    return _read(path)


def derived(key: bytes, use: str) -> str:
    """A secret for one use out of the key, so that none can stand for another."""
    return hmac.digest(key, use.encode(), "sha256").hex()


def signature(key: bytes, action: str, target: str) -> str:
    """What a link must carry to do `action` to `target`: 128 bits of HMAC-SHA256, as hex."""
    return hmac.new(
        derived(key, "links").encode(), f"{action}|{target}".encode(), hashlib.sha256
    ).hexdigest()[:32]


def is_signed(key: bytes, action: str, target: str, given: str) -> bool:
    """Whether a link was made by us."""
    return action in ACTIONS and hmac.compare_digest(signature(key, action, target), given)


def signed_path(key: bytes, action: str, target: str) -> str:
    """The path of a link that does `action` to `target`."""
    return f"/signed/{action}/{target}/{signature(key, action, target)}"


def signed_links(config: Config, base_url: str) -> LinkMaker:
    """The links of alerts: the story on the page at `base_url`, and signed ones for useful, wrong and mute."""
    base = base_url.rstrip("/")
    key = page_key(config.state_dir)

    def links(alert_id: str, story_id: str, article_id: str) -> Links:
        return Links(
            log=f"{base}/story/{story_id}",
            useful=base + signed_path(key, "useful", alert_id),
            wrong=base + signed_path(key, "wrong", alert_id),
            mute=base + signed_path(key, "mute", story_id),
        )

    return links


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise MonitorError(
            f"{path}: others can read this key. Run `chmod 600 {path}`, or delete it for a new one"
        )
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise MonitorError(f"{path}: not a whole key. Delete it; links in alerts that were sent stop working")
    return key
