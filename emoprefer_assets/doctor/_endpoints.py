"""Endpoints: whether somebody answers there. No key is sent."""

from __future__ import annotations

import importlib.util
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Collection
from email.message import Message
from typing import IO
from urllib.parse import urlsplit

from emoprefer_assets.judges.openai import is_loopback, proxy_of

PATIENCE_SECONDS = 2.0
# Of a server that has trouble; one that knows no list of models is well.
UNWELL = (500, 502, 503, 504)


def why_unreachable(urls: Collection[str]) -> dict[str, str]:
    """For each address why there was no answer, or "" where there was one, good or bad; all are tried at once."""
    found: dict[str, str] = {}
    # Looking up a name knows no time limit: such a thread is left behind.
    threads = [threading.Thread(target=_try, args=(url, found), daemon=True) for url in urls]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE_SECONDS + 0.5
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0.0))
    silent = f"no answer within {PATIENCE_SECONDS:g} s"
    return {url: found.get(url, silent) for url in urls}


def shown_address(url: str) -> str:
    """Without a name and password in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Whoever redirects has answered."""


def _try(url: str, found: dict[str, str]) -> None:
    address = shown_address(url).rstrip("/") + "/models"
    if urlsplit(address).scheme not in ("http", "https"):
        found[url] = "not an address that starts with http:// or https://"
        return
    # As the judges ask: no proxy leads back to this machine.
    proxies = urllib.request.ProxyHandler({} if is_loopback(urlsplit(url).hostname or "") else None)
    if proxy_of(url).startswith("socks") and importlib.util.find_spec("socksio") is None:
        found[url] = f"the proxy {proxy_of(url)} needs the package socksio"
        return
    try:
        with urllib.request.build_opener(_Stays, proxies).open(address, timeout=PATIENCE_SECONDS):
            found[url] = ""
    except urllib.error.HTTPError as answer:
        found[url] = f"HTTP {answer.code}" if answer.code in UNWELL else ""
        answer.close()
    except urllib.error.URLError as error:
        found[url] = str(error.reason)
    except (OSError, ValueError) as error:
        found[url] = str(error) or type(error).__name__
