"""Completion in the shell: what click writes for bash, zsh and fish works with commands that are loaded lazily."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli import COMMANDS

PROGRAM = Path(sys.executable).parent / "cspwatch"
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="cspwatch is not installed in this environment")


def asked(shell: str, words: str, current: str) -> str:
    """What the program answers when `shell` asks for completions."""
    environment = {"_CSPWATCH_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": current}
    result = subprocess.run(
        [PROGRAM], env={**os.environ, **environment}, capture_output=True, text=True, check=True, timeout=60
    )
    return result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_the_program(shell: str) -> None:
    script = subprocess.run(
        [PROGRAM],
        env={**os.environ, "_CSPWATCH_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    assert f"_CSPWATCH_COMPLETE={shell}_complete" in script


def test_every_command_is_offered() -> None:
    offered = {line.partition(",")[2] for line in asked("bash", "cspwatch ", "1").splitlines()}

    assert offered == set(COMMANDS)


def test_words_and_options_of_subcommands_are_offered_with_their_help() -> None:
    assert "plain,backtest" in asked("bash", "cspwatch rules ", "2").splitlines()
    assert asked("zsh", "cspwatch precision --by cl", "3").splitlines()[:2] == ["plain", "clause"]
    assert "--undo\tTake the verdict" in asked("fish", "cspwatch verdict --", "--")
    assert "plain,duplicate" in asked("bash", "cspwatch verdict x ", "3").splitlines()


def test_real_bash_completes_a_command(tmp_path: Path) -> None:
    program = (
        'eval "$(_CSPWATCH_COMPLETE=bash_source cspwatch)"\n'
        'COMP_WORDS=(cspwatch rules back); COMP_CWORD=2; _cspwatch_completion cspwatch; echo "${COMPREPLY[*]}"\n'
    )

    result = subprocess.run(
        ["bash", "-c", program],
        env={**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=tmp_path,
    )

    assert result.stdout.strip() == "backtest"
