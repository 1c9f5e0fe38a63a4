from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from gradio.state_holder import StateHolder

from mbtiface.ui.sessions import IDLE, drop_idle_sessions


def test_a_session_at_rest_is_dropped_and_one_in_use_stays() -> None:
    # Gradio's own holder, over no page: building one leaves an event loop behind.
    holder = StateHolder()
    sessions: Any = holder.session_data
    ages = {"old": IDLE, "new": IDLE - timedelta(seconds=30), "set back": timedelta(days=-1)}
    for session, age in ages.items():
        sessions[session] = f"what {session} sent"
        holder.time_last_used[session] = datetime.now() - age
    drop_idle_sessions(SimpleNamespace(state_holder=holder))
    assert list(holder.session_data) == list(holder.time_last_used) == ["new"]


def test_a_page_that_is_not_launched_has_no_sessions() -> None:
    drop_idle_sessions(SimpleNamespace())
