"""What is tried on a served page: the table of `test_hostile_requests`.

`{planted}` is a file with a secret beside the program's folders, `{temp}` Gradio's folder,
`{root}` the program's own, `{listener}` a server that must not be called, `{}` markup, `{name}` the
name of a file.
"""

from tests.faults.visitors import ANSWERS

PATHS = (
    "gradio_api/file={planted}",
    "gradio_api/file=/etc/passwd",
    "gradio_api/file=/proc/self/environ",
    "gradio_api/file={root}/app.py",
    "gradio_api/file=app.py",
    "gradio_api/file=assets/embedded/manifest.json",
    "gradio_api/file={root}/assets/embedded/manifest.json",
    "gradio_api/file=../.env",
    "gradio_api/file={temp}/../.env",
    "gradio_api/file={temp}/%2e%2e/.env",
    "gradio_api/file={temp}/..%2f.env",
    "gradio_api/file=%2fetc%2fpasswd",
    "gradio_api/file=%252fetc%252fpasswd",
    "gradio_api/file=//etc/passwd",
    "gradio_api/file=/etc/passwd%00.jpg",
    "gradio_api/file=file:///etc/passwd",
    "gradio_api/file={temp}",
    "gradio_api/file/etc/passwd",
    "gradio_api/file={listener}",
    "gradio_api/proxy={listener}",
    "gradio_api/proxy=http://169.254.169.254/latest/meta-data",
    "gradio_api/proxy=file:///etc/passwd",
    "gradio_api/custom_component/a/client/component/..%2f..%2fetc%2fpasswd",
    "gradio_api/stream/a/b/1/playlist.m3u8",
    "static/..%2f..%2f..%2f..%2fetc/passwd",
    "static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "assets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "svelte/..%2f..%2f..%2fetc/passwd",
    "site/scripts/../../app.py",
    "site/scripts/%2e%2e/%2e%2e/app.py",
    "site/scripts/..%2f..%2fapp.py",
    "site/embedded/manifest.json",
    "site/fonts",
    "assets/embedded/manifest.json",
    "app.py",
    ".env",
    "monitoring",
    "gradio_api/runs",
    "gradio_api/vibe-code",
)
"""Paths that might lead to a file of the server, or to another server."""

IMAGES = (
    {"path": "{planted}"},
    {"path": "/etc/passwd"},
    {"path": "/proc/self/environ"},
    {"path": "{root}/docs/result.jpg"},
    {"path": "{temp}/../.env"},
    {"path": "{temp}"},
    {"path": "/etc/passwd\0.jpg"},
    {"path": "{listener}"},
    {"path": "{listener}", "url": "{listener}"},
    {"path": "", "url": "{listener}"},
    {"url": "file:///etc/passwd"},
    {"path": ["/etc/passwd"]},
    {"path": {"path": "/etc/passwd"}},
    "/etc/passwd",
    "{listener}",
    ["{listener}"],
    "data:image/png;base64,iVBORw0KGgo=",
    None,
    4711,
)
"""What might be taken for an image."""

SURVEY = f"form=quick&answers={ANSWERS[0]}"
TEXTS = (
    ("GET", "?lang={}"),
    ("GET", "?type={}&gender={}"),
    ("GET", "?form={}&answers={}&v={}"),
    ("GET", "face?start={}"),
    ("GET", "face?by={}&layers={}&keep={}"),
    ("GET", "face?EI={}"),
    ("GET", "face?size={}"),
    ("GET", "card.png?form={}&answers={}"),
    ("GET", f"card.png?{SURVEY}&start={{}}"),
    ("GET", "clip?letters={}&format=gif"),
    ("GET", "clip?letters=E&format={}&size={}"),
    ("GET", "strip?axis={}&near={}"),
    ("GET", "model?lang={}&v={}"),
    ("POST", "photo?crop={}&face={}&lang={}"),
    ("DELETE", "photo?photo={}"),
    ("POST", f"join?{SURVEY}&gender={{}}&start={{}}&join_id={{}}"),
    ("GET", "{}"),
    ("GET", "gradio_api/call/{}/{}"),
)
"""Queries of the page, with markup in each place."""

NAMES = (
    "../../../../{name}",
    "..\\..\\{name}",
    "/etc/{name}",
    "{name}\0.jpg",
    "<script>{name}",
    "{name}'; rm -rf /",
    "\u202e{name}",
    "." * 250 + "{name}",
    "n" * 5000,
    "CON",
    ".",
    "..",
    "",
    "{name}\r\nSet-Cookie: a=b",
    "%2e%2e%2f{name}",
)
"""Names that a file may be sent under."""
