"""Serving the built page on the host and port that the settings name."""

import errno
import logging
import signal
import socket

from starlette.middleware import Middleware

from mbtiface.errors import PortError
from mbtiface.services import MEGABYTE
from mbtiface.settings import Settings
from mbtiface.ui import mcp
from mbtiface.ui.api import OF_PHOTOS
from mbtiface.ui.api_gate import ApiGate
from mbtiface.ui.api_requests import Endpoints
from mbtiface.ui.build import BuiltPage
from mbtiface.ui.frame import FrameMiddleware
from mbtiface.ui.routes import routes
from mbtiface.ui.sessions import keep_dropping
from mbtiface.ui.theme import gradio_theme
from mbtiface.ui.upload_gate import UploadGate

log = logging.getLogger(__name__)


def check_port(settings: Settings) -> None:
    """Check that the port can be served on, before anything slow is loaded.

    Raises:
        PortError: the port is taken, or the host is not one of this machine's addresses.
    """
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise _port_error(settings, error) from error


def launch(built: BuiltPage, block: bool = True) -> None:
    """Serve the page; returns when interrupted or told to end (SIGTERM).

    Where `block` is false it returns at once.

    Raises:
        PortError: the port is taken.
        SettingsError: assistants are to be served, and what that needs is not installed.
    """
    page, settings = built.page, built.page.settings
    check_port(settings)
    mcp.check_mcp(settings)
    page.services.warm_up()
    page.changeover.start()
    keep_dropping(built.blocks)
    if block:
        # What hosts end a container with would else end it before the last snapshot is kept.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    log.info("Serving on http://%s:%d", settings.host, settings.port)
    try:
        built.blocks.launch(
            server_name=settings.host,
            server_port=settings.port,
            prevent_thread_lock=not block,
            quiet=True,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            pwa=False,
            ssr_mode=False,
            mcp_server=settings.mcp,
            max_file_size=settings.max_upload_mb * MEGABYTE,
            i18n=page.i18n,
            theme=gradio_theme(),
            app_kwargs={
                "routes": routes(page),
                "lifespan": mcp.lifespan(built.blocks, tuple(name for _, name in OF_PHOTOS)),
                "middleware": [
                    Middleware(ApiGate, endpoints=Endpoints.of(built.blocks), settings=settings),
                    Middleware(UploadGate, max_bytes=settings.max_upload_mb * MEGABYTE),
                    Middleware(FrameMiddleware, page=page),
                ],
            },
        )
    except KeyboardInterrupt:  # while it starts; later Gradio itself takes it
        built.blocks.close(verbose=False)
    except OSError as error:
        raise _port_error(settings, error) from error


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
