"""Serving the built page on the host and port that the settings name."""

import errno
import logging
import signal
import socket
from collections.abc import Callable

from starlette.middleware import Middleware
from starlette.routing import Route

from mbtiface.errors import PortError
from mbtiface.logs import adopt_server_logs
from mbtiface.services import MEGABYTE
from mbtiface.settings import Settings
from mbtiface.ui import mcp
from mbtiface.ui.access_log import AccessLog
from mbtiface.ui.api import OF_PHOTOS
from mbtiface.ui.api_gate import ApiGate
from mbtiface.ui.api_requests import Endpoints
from mbtiface.ui.build import BuiltPage
from mbtiface.ui.frame import FrameMiddleware
from mbtiface.ui.gradio_failures import log_failed_calls
from mbtiface.ui.routes import routes
from mbtiface.ui.security_headers import SecurityHeaders
from mbtiface.ui.sessions import keep_dropping
from mbtiface.ui.stopping import Door, Ending, end_by_force_in
from mbtiface.ui.theme import gradio_theme
from mbtiface.ui.upload_gate import UploadGate

CLOSE_S = 15.0
"""Seconds that the web server may take to let go of its connections and its port."""
IDLE_S = 75
"""Seconds that a connection may stay idle: more than browsers and proxies wait before they use it
again, else a request meets a connection that is just being closed."""
LAST_S = 60.0
"""Seconds after which a program that was told to end and still runs is ended by force."""
log = logging.getLogger(__name__)


def check_launch(settings: Settings) -> None:
    """Check that the page can be served as the settings ask, before anything slow is loaded.

    Raises:
        PortError: the port is taken, or the host is not one of this machine's addresses.
        SettingsError: assistants are to be served, and what that needs is not installed.
    """
    check_port(settings)
    mcp.check_mcp(settings)


def check_port(settings: Settings) -> None:
    """Check that the port can be served on.

    Raises:
        PortError: the port is taken, or the host is not one of this machine's addresses.
    """
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise _port_error(settings, error) from error


def launch(built: BuiltPage, block: bool = True) -> Callable[[], None]:
    """Serve the page; returns what ends it.

    Where `block` is true that is done already: it returns when interrupted or told to end
    (SIGTERM), after what was under way is finished.

    Raises:
        PortError: the port is taken.
        SettingsError: assistants are to be served, and what that needs is not installed.
    """
    page, settings = built.page, built.page.settings
    check_launch(settings)
    ending = Ending()
    if block:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, ending.ask)
    page.services.warm_up()
    page.changeover.start()
    stop_dropping = keep_dropping(built.blocks)
    log_failed_calls()
    log.info("Serving on http://%s:%d", settings.host, settings.port)
    try:
        _serve(built, ending)
    except OSError as error:
        raise _port_error(settings, error) from error
    adopt_server_logs()

    def end() -> None:
        ending.close()
        stop_dropping()
        built.blocks.close(verbose=False)
        # Gradio itself waits 5 s for its server; on a busy machine that frees no port.
        built.blocks.server.thread.join(CLOSE_S)
        page.changeover.close()

    if block:
        ending.wait_until_asked()
        log.info("Told to end: what is under way is finished.")
        end_by_force_in(LAST_S)
        end()
        log.info("Ended.")
    return end


def _serve(built: BuiltPage, ending: Ending) -> None:
    page, settings = built.page, built.page.settings
    served = routes(page, ending)
    own = [route.path for route in served if isinstance(route, Route)]
    max_bytes = settings.max_upload_mb * MEGABYTE
    built.blocks.launch(
        server_name=settings.host,
        server_port=settings.port,
        prevent_thread_lock=True,
        quiet=True,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        mcp_server=settings.mcp,
        max_file_size=max_bytes,
        i18n=page.i18n,
        theme=gradio_theme(),
        app_kwargs={
            "routes": served,
            "lifespan": mcp.lifespan(built.blocks, tuple(name for _, name in OF_PHOTOS)),
            "middleware": [
                Middleware(SecurityHeaders),
                Middleware(AccessLog, paths=own),
                Middleware(Door, ending=ending),
                Middleware(ApiGate, endpoints=Endpoints.of(built.blocks), settings=settings),
                Middleware(UploadGate, max_bytes=max_bytes),
                Middleware(FrameMiddleware, page=page),
            ],
        },
    )
    built.blocks.server.config.timeout_keep_alive = IDLE_S  # Gradio has no option for it


def _port_error(settings: Settings, error: OSError) -> PortError:
    if error.errno == errno.EADDRNOTAVAIL:
        return PortError(
            f"Host {settings.host} is no address of this machine. "
            "Set GRADIO_SERVER_NAME to 127.0.0.1 or 0.0.0.0."
        )
    if error.errno == errno.EACCES:
        return PortError(
            f"Port {settings.port} needs rights that this user lacks. "
            "Set GRADIO_SERVER_PORT to a number above 1023."
        )
    return PortError(
        f"Port {settings.port} on {settings.host} is already in use. "
        "Stop what runs there or set GRADIO_SERVER_PORT to another one."
    )
