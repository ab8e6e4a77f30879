"""How a site is reached: names, certificate, protocols, and the way from http."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from ipaddress import ip_address

from stationmap.cli.doctor.deploy.visitor import PORTS, NoAnswerError, Seen, UnreachableError, Visitor
from stationmap.cli.doctor.symptoms import Verdict

MIN_DAYS, FEW_DAYS = 3, 21
OWN_PORTS = (8000, 9464)
"""Where the program and its metrics listen on their own machine."""
_LOOK_S = 3.0
_DAY_S = 86_400.0

Resolve = Callable[[str, int], list[str]]
"""Returns the addresses of a host; raises OSError."""


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses that this machine's resolver knows of a host; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def name(visitor: Visitor, resolve: Resolve) -> Seen:
    """Examine whether the host has an address, and whether all who use IPv6 reach it; raises UnreachableError."""
    site = visitor.site
    try:
        found = resolve(site.host, site.port)
    except OSError as error:
        advice = "在域名服务商处把域名指向服务器 let the name point to the server, at who sells the domain"
        raise UnreachableError(f"{site.host}: {error.strerror or error}", advice) from error
    listed = ", ".join(found)
    newer = [address for address in found if ":" in address]
    for address in newer:
        try:
            visitor.dial((address, site.port), _LOOK_S).close()
        except OSError as error:
            if error.errno in (101, 99, 97):  # this machine itself has no IPv6
                return Seen("ok", f"{listed}; 本机没有 IPv6,没有检查 no IPv6 here: not looked at")
            advice = "开 listen [::]:443,或删去 AAAA 记录 let the proxy listen on [::]:443, or remove the AAAA record"
            return Seen("error", f"{address} 连不上 cannot be reached: {error}", advice)
    return Seen("ok", listed)


def certificate(visitor: Visitor) -> Seen:
    """Examine whether browsers believe the certificate, how long, and by which TLS; raises UnreachableError."""
    if visitor.site.scheme != "https":
        advice = "浏览器只把位置给 https 的网页 browsers give a position to https alone: set up TLS in the proxy"
        return Seen("error", "没有 https is not used", advice)
    try:
        with visitor.connected() as stream:
            assert isinstance(stream, ssl.SSLSocket)
            known, version = stream.getpeercert() or {}, stream.version()
    except ssl.SSLCertVerificationError as error:
        raise UnreachableError(error.verify_message or str(error), _advice_for(error)) from error
    except OSError as error:
        raise UnreachableError(str(error), "检查代理、端口和防火墙 check proxy, port and firewall") from error
    days = (ssl.cert_time_to_seconds(str(known["notAfter"])) - time.time()) / _DAY_S
    detail = f"{version}, 还有 {days:.0f} 天 days left"
    if days < FEW_DAYS:
        advice = "看自动续期是否在运行 look whether renewal runs: systemctl list-timers; certbot renew --dry-run"
        return Seen("error" if days < MIN_DAYS else "warning", detail, advice)
    return Seen("ok", detail)


def _advice_for(error: ssl.SSLCertVerificationError) -> str:
    said = (error.verify_message or str(error)).casefold()
    if "expired" in said:
        return "续期 renew it: certbot renew; systemctl reload nginx"
    if "mismatch" in said or "not valid for" in said:
        return "证书要写这个域名 the certificate has to name this host"
    return "用完整证书链 use the whole chain: fullchain.pem, of a certificate authority that browsers know"


def http2(visitor: Visitor, context: ssl.SSLContext) -> Seen:
    """Examine whether a browser may send all its questions by one connection; `context` says who is believed."""
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with visitor.connected(context=context) as stream:
            chosen = stream.selected_alpn_protocol() if isinstance(stream, ssl.SSLSocket) else None
    except OSError as error:
        raise NoAnswerError(str(error)) from error
    if chosen == "h2":
        return Seen("ok", "h2")
    advice = "nginx: listen 443 ssl http2; 弱信号时首次打开更快 a first visit is quicker by it"
    return Seen("warning", chosen or "http/1.1", advice)


def from_http(visitor: Visitor) -> Seen:
    """Examine whether who types the address without https gets there, with nothing of it lost."""
    site = visitor.site
    advice = "nginx: return 301 https://$server_name$request_uri;"
    try:
        answer = visitor.ask("/?lang=en", plain=True)
    except NoAnswerError as error:
        return Seen("warning", f"80 端口不答 port 80 does not answer: {error}", advice)
    there = answer.first("Location")
    if answer.status in (301, 308) and there == f"{site.origin}{site.prefix}/?lang=en":
        return Seen("ok", str(answer.status))
    if 200 <= answer.status < 300:
        detail = "http 也给网页,位置会不加密 pages are served by http too: positions would travel unencrypted"
        return Seen("error", detail, advice)
    verdict: Verdict = "warning" if there.startswith(f"{site.origin}/") else "error"
    return Seen(verdict, f"{answer.status} → {there or '-'}", advice)


def own_ports(visitor: Visitor, resolve: Resolve) -> Seen:
    """Examine whether ports meant for the proxy's own machine can be reached from here."""
    site = visitor.site
    addresses = resolve(site.host, site.port)
    if any(ip_address(address.partition("%")[0]).is_loopback for address in addresses):
        return Seen("ok", "在服务器本机上看不出 cannot be told on the server itself")
    open_ports = [port for port in OWN_PORTS if port not in (site.port, PORTS["http"]) and _answers(visitor, port)]
    if open_ports:
        detail = f"外面连得上 reached from outside: {', '.join(map(str, open_ports))}"
        advice = (
            "监听 127.0.0.1,或用防火墙挡住 listen on 127.0.0.1 (STATIONMAP_HOST, STATIONMAP_METRICS), or close them"
        )
        return Seen("error", detail, advice)
    return Seen("ok", "外面连不上 not reached from outside")


def _answers(visitor: Visitor, port: int) -> bool:
    try:
        visitor.dial((visitor.site.host, port), _LOOK_S).close()
    except OSError:
        return False
    return True
