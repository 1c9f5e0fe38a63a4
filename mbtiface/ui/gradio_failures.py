"""What Gradio prints about calls that failed goes to the log, without what the caller sent.

It prints whole tracebacks, whose messages hold the paths and names of uploads.
"""

import logging
import sys

import gradio.queueing
import gradio.route_utils
import gradio.routes

PRINTING = (gradio.queueing, gradio.routes, gradio.route_utils)
"""Modules that print the error being handled, by `traceback.print_exc`."""
log = logging.getLogger(__name__)


class LoggedTraceback:
    """Stands for the module `traceback` in them."""

    @staticmethod
    def print_exc() -> None:
        """Tell the log of the error that is being handled."""
        log.error("A call failed.", exc_info=sys.exc_info())


def log_failed_calls() -> None:
    """Let Gradio's modules tell the log instead of printing."""
    for module in PRINTING:
        module.traceback = LoggedTraceback  # type: ignore[attr-defined]
