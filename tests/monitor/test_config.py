"""cspwatch.toml: what is read, and that everything wrong is said at once with file, key and remedy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Digest, QuietHours, Severity
from monitor.config import Config, load_config
from monitor.errors import ConfigError
from monitor.settings import parse_duration


def config_of(folder: Path, text: str) -> Config:
    path = folder / "cspwatch.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def problems_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config_of(folder, text)
    return [str(problem) for problem in caught.value.problems]


def test_empty_file_is_the_default(tmp_path: Path) -> None:
    config = config_of(tmp_path, "")

    assert [watch.name for watch in config.watches] == ["csp-expansion"]
    assert [channel.url for channel in config.channels] == ["console:"]
    assert config.database == tmp_path / "state" / "cspwatch.db"


def test_channel_becomes_what_alerts_understand(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        """
        [schedule]
        timezone = "Europe/Berlin"
        [[watch]]
        name = "gulf"
        channels = ["desk"]
        [[channel]]
        name = "desk"
        url = "json://localhost:1/hook"
        language = "de"
        digest = ["07:30", "16:00"]
        weekdays = ["mon", "fri"]
        quiet = "22:00-07:00"
        """,
    )

    (channel,) = config.channels
    assert channel.layout == "webhook"
    assert channel.timezone == "Europe/Berlin"
    assert channel.digest == Digest(times=("07:30", "16:00"), weekdays=frozenset({0, 4}))
    assert channel.quiet == QuietHours(start="22:00", end="07:00", except_severity=Severity.HIGH)


def test_all_problems_come_at_once_with_place_and_remedy(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        """
        [stor]
        path = "x"
        [crawl]
        dely = "2s"
        timeout = "soon"
        [[watch]]
        name = "gulf"
        query = "place:(MY"
        [[channel]]
        name = "console"
        [[channel]]
        name = "mail"
        url = "env:CSPWATCH_TEST_NOT_SET"
        digest = ["25:00"]
        [[channel]]
        name = "hook"
        url = "env:CSPWATCH_TEST_NOT_SET"
        """,
    )

    text = "\n".join(problems)
    assert "cspwatch.toml: [stor]: unknown key. Did you mean 'store'?" in text
    assert "[crawl], dely: unknown key. Did you mean 'delay'?" in text
    assert "[crawl], timeout: 'soon' is not a duration" in text
    assert "[[channel]] number 2, digest" in text
    assert "[[watch]] gulf, query" in text
    assert "[[channel]] hook, url: the environment variable CSPWATCH_TEST_NOT_SET is not set" in text


def test_watch_that_names_no_channel_is_refused(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, '[[watch]]\nname = "a"\nchannels = ["nobody"]\n')

    assert problems == [
        f"{tmp_path}/cspwatch.toml: [[watch]] a, channels: there is no channel 'nobody'. Channels are: console"
    ]


def test_name_used_twice_is_refused(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, '[[channel]]\nname = "console"\n[[channel]]\nname = "console"\n')

    assert any("the name is used twice" in problem for problem in problems)


def test_url_that_apprise_does_not_take_is_refused_without_showing_it(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        '[[channel]]\nname = "console"\n[[channel]]\nname = "x"\nurl = "nosuchscheme://user:s3cr3tpw@host"\n',
    )

    assert len(problems) == 1
    assert "[[channel]] x, url" in problems[0]
    assert "s3cr3tpw" not in problems[0]


def test_proxy_with_its_password_may_stand_outside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSPWATCH_TEST_PROXY", "http://user:secret@proxy:3128")

    config = config_of(tmp_path, '[crawl]\nproxy = "env:CSPWATCH_TEST_PROXY"\n')

    assert config.limits().proxy == "http://user:secret@proxy:3128"
    with pytest.raises(ConfigError, match=r"\[crawl\], proxy: the environment variable CSPWATCH_TEST_NONE"):
        config_of(tmp_path, '[crawl]\nproxy = "env:CSPWATCH_TEST_NONE"\n')


def test_secret_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSPWATCH_TEST_HOOK", "json://localhost:1/from-env")
    (tmp_path / "hook.url").write_text("json://localhost:1/from-file\n", encoding="utf-8")

    config = config_of(
        tmp_path,
        """
        [[watch]]
        name = "a"
        channels = ["one", "two"]
        [[channel]]
        name = "one"
        url = "env:CSPWATCH_TEST_HOOK"
        [[channel]]
        name = "two"
        url = "file:hook.url"
        """,
    )

    assert [channel.url for channel in config.channels] == [
        "json://localhost:1/from-env",
        "json://localhost:1/from-file",
    ]
    assert "from-env" not in repr(config)


def test_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Run `cspwatch init`"):
        load_config(tmp_path / "nowhere.toml")


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, "[crawl\n")

    assert "line 1" in problems[0]


@given(
    st.integers(min_value=0, max_value=10_000),
    st.sampled_from(["s", "min", "h", "d", "w"]),
    st.sampled_from(["", " "]),
)
def test_duration_is_number_times_unit(number: int, unit: str, space: str) -> None:
    seconds = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}[unit]

    assert parse_duration(f"{number}{space}{unit}") == timedelta(seconds=number * seconds)


@pytest.mark.parametrize("text", ["", "5", "min", "-5s", "5 fortnights", "1e3s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_language_and_layout_that_are_not_shipped_are_refused(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        '[[channel]]\nname = "console"\nlanguage = "tlh"\n[[channel]]\nname = "b"\nlayout = "nolayout"\n',
    )

    text = "\n".join(problems)
    assert "[[channel]] console, language: alerts are not written in 'tlh'" in text
    assert "[[channel]] b, layout: there is no layout 'nolayout'" in text


def test_faults_of_a_key_do_not_hide_faults_between_keys(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        '[crawl]\ndely = "2s"\n[[watch]]\nname = "a"\nchannels = ["nobody"]\n[[channel]]\nname = "c"\nurl = "bogus://x"\n',
    )

    text = "\n".join(problems)
    assert "dely" in text
    assert "there is no channel 'nobody'" in text
    assert "[[channel]] c, url" in text


def test_page_for_others_needs_a_token(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, '[review]\nhost = "0.0.0.0"\n')

    assert "there is no token" in problems[0]


@pytest.mark.parametrize("tick", ["0s", "1h"])
def test_tick_has_sensible_bounds(tmp_path: Path, tick: str) -> None:
    problems = problems_of(tmp_path, f'[schedule]\ntick = "{tick}"\n')

    assert "[schedule], tick" in problems[0]


def test_quiet_hours_can_hold_everything(tmp_path: Path) -> None:
    config = config_of(
        tmp_path, '[[channel]]\nname = "console"\nquiet = "22:00-07:00"\nquiet_except = "never"\n'
    )

    assert config.channels[0].quiet == QuietHours(start="22:00", end="07:00", except_severity=None)
