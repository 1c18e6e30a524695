"""The entry of evaluation: labelled files and a detector in, figures as text, JSON and a report to look at out."""

from __future__ import annotations

from monitor.evaluation.measure import EvaluationResult, Judged, result_of, run_evaluation
from monitor.evaluation.report import render_html
from monitor.evaluation.tables import print_result, to_json

__all__ = [
    "EvaluationResult",
    "Judged",
    "print_result",
    "render_html",
    "result_of",
    "run_evaluation",
    "to_json",
]
