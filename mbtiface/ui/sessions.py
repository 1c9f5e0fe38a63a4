"""Gradio remembers what each session last sent and got, a photo's crop and latent among it, for
as long as it runs. The page keeps its state in the browser, so sessions at rest are dropped.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import gradio as gr

IDLE = timedelta(seconds=60)
EVERY_S = 30.0


def drop_idle_sessions(blocks: gr.Blocks, idle: timedelta = IDLE) -> None:
    """Drop what the server remembers of sessions that were not used for a while.

    A session that goes on gets an empty memory; work that is under way keeps its own.
    """
    holder = getattr(blocks, "state_holder", None)
    if holder is None:  # not launched yet
        return
    now = datetime.now()
    with holder.lock:
        for session, used in list(holder.time_last_used.items()):
            # Also where the clock was set back: nothing is used in the future.
            if abs(now - used) >= idle:
                holder.session_data.pop(session, None)
                holder.time_last_used.pop(session, None)


def keep_dropping(blocks: gr.Blocks) -> Callable[[], None]:
    """Drop idle sessions again and again in the background; returns what ends that."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(EVERY_S):
            drop_idle_sessions(blocks)

    threading.Thread(target=run, name="idle-sessions", daemon=True).start()
    return ended.set
