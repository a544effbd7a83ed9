"""How an endpoint is reached, and what to say where it is not."""

from __future__ import annotations

import ipaddress
import ssl
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.registry import EndpointJudge

START = "Start the server there, or correct base_url."
# Headers that carry a key: of OpenAI's, Azure's and Google's client.
KEY_HEADERS = ("authorization", "api-key", "x-goog-api-key")


def http_client(judge: EndpointJudge, url: str, timeout: Any) -> Any:
    """An HTTP client for the official one, which sends a key to the server of `url` alone.

    Raises:
        JudgeUnavailable: the proxy that the environment names cannot be used.
    """
    import openai

    async def send_no_key_elsewhere(request: Any) -> None:
        """Where a redirect leads to another server. HTTP clients see to that for the first of the headers only."""
        there = request.url
        if (there.host, there.port) != (own.host, own.port) or there.scheme not in (own.scheme, "https"):
            for name in KEY_HEADERS:
                request.headers.pop(name, None)

    options: dict[str, Any] = {"timeout": timeout, "event_hooks": {"request": [send_no_key_elsewhere]}}
    if is_loopback(urlsplit(url).hostname or ""):
        # No proxy leads back to this machine; SSL_CERT_FILE counts all the same.
        options |= {"trust_env": False, "verify": ssl.create_default_context()}
    try:
        client = openai.DefaultAsyncHttpxClient(**options)
    except (ImportError, ValueError) as error:
        raise JudgeUnavailable(
            f"{judge.where}: the proxy {proxy_of(url)} cannot be used: {' '.join(str(error).split())[:200]}. Unset its "
            f"variable, or add {urlsplit(url).hostname} to NO_PROXY."
        ) from None
    own = client.build_request("GET", url).url
    return client


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def why_unconnected(error: BaseException) -> str:
    """The innermost words for a connection that was not made; "" where nobody says any."""
    said = ""
    cause: BaseException | None = error
    while cause is not None:
        said = " ".join(str(cause).split()) or said
        cause = cause.__cause__ or cause.__context__
    return said[:200]


def remedy(reason: str, url: str) -> str:
    """What to do about a connection to `url` that was not made for this reason."""
    if "certificate" in reason.lower():
        return "Set SSL_CERT_FILE to a file with the certificate of the server, or of who signed it."
    if proxy := proxy_of(url):
        host = urlsplit(url).hostname
        return f"The environment sends it through the proxy {proxy}: start that, unset it, or add {host} to NO_PROXY."
    return START


def proxy_of(url: str) -> str:
    """The proxy that the environment names for `url`, without a password; "" without."""
    address = urlsplit(url)
    host, proxies = address.hostname or "", getproxies()
    if is_loopback(host) or proxy_bypass(host):
        return ""
    named = proxies.get(address.scheme) or proxies.get("all", "")
    return named.rpartition("@")[2] if "@" in named else named
