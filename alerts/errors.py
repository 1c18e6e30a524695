"""The errors of the alerts package: one root, few leaves, each named by what the caller can do about it."""

from __future__ import annotations


class AlertError(Exception):
    """Something about alerts failed and the message says what, where and what to do."""


class UnknownLayoutError(AlertError):
    """A channel names a layout or a language that is not shipped."""


class BadMatcherError(AlertError, ValueError):
    """The text of a silence's matcher cannot be read."""


class NotQueuedError(AlertError, LookupError):
    """An alert, delivery or silence that an operator named is not there, or is in a state where the action is void."""
