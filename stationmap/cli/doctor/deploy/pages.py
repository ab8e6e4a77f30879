"""What phones need of a site: pages below its path, the service worker, the manifest, its public address."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import orjson

from stationmap.cli.doctor.deploy.visitor import Answer, Seen, Visitor, site_of
from stationmap.web.cache_policy import REVALIDATE

_IMAGE = re.compile(r'<meta property="og:image" content="([^"]*)/static/')
_OWN = re.compile(r'(?:src|href|data-pages|data-stations|data-nearest)="(/[^"#?]*)')


REDIRECTS = (301, 302, 303, 307, 308)


def is_of_the_program(answer: Answer) -> bool:
    """Tell whether an answer is the finder: where another page comes, nothing behind it can be judged."""
    return answer.status == 200 and b'class="page-finder"' in answer.body


def finder(visitor: Visitor) -> Seen:
    """Examine whether the page comes, and all its addresses lie where the site lies."""
    prefix = visitor.site.prefix
    answer = visitor.finder
    if not is_of_the_program(answer):
        redirected = answer.first("Location") if answer.status in REDIRECTS else ""
        if redirected.startswith(f"https://{visitor.site.host}"):
            advice = f"检查 https 的网址 look at the address with https: stationmap doctor --deploy {redirected}"
        else:
            advice = (
                "程序没运行，或代理指错 the program does not run, or the proxy leads elsewhere: "
                "systemctl status stationmap; 改好再查其余的 mend it to have the rest looked at"
            )
        return Seen("error", f"{prefix}/: {answer.status}, 不是本程序的页面 no page of this program", advice)
    strangers = {path for path in _OWN.findall(answer.body.decode()) if not path.startswith(f"{prefix}/")}
    if strangers:
        advice = f"设 STATIONMAP_URL_PREFIX={prefix},代理不要去掉这段路径 set it, and let the proxy keep that path"
        return Seen("error", f"不在 {prefix} 下 not below it: {min(strangers)}", advice)
    return Seen("ok", f"{visitor.site.origin}{prefix}/")


def public_url(visitor: Visitor) -> Seen:
    """Examine whether QR codes and shared links lead where the site was reached."""
    found = _IMAGE.search(visitor.finder.body.decode(errors="replace"))
    said = found[1] if found else "-"
    try:
        is_here = site_of(said) == visitor.site
    except ValueError:
        is_here = False
    if is_here:
        return Seen("ok", visitor.site.origin)
    advice = (
        f"设 STATIONMAP_PUBLIC_URL={visitor.site.origin} (海报、分享、登录都用它 posters, links and sign-in use it)"
    )
    return Seen("error", f"程序以为是 the program takes it to be {said}", advice)


def service_worker(visitor: Visitor) -> Seen:
    """Examine whether phones can install what works without a network: its type, its scope, that it is asked anew."""
    answer = visitor.ask("/sw.js")
    shell = re.match(rb"self\.SHELL = (\{.*?\});\n", answer.body)
    if answer.status != 200 or shell is None:
        return Seen("error", f"/sw.js: {answer.status}", "代理要放行 /sw.js let the proxy pass it on")
    faults = []
    if not answer.first("Content-Type").startswith("text/javascript"):
        faults.append(f"Content-Type {answer.first('Content-Type')}")
    header, revalidate = REVALIDATE
    if answer.every(header) != [revalidate]:
        faults.append(f"{header} {answer.every(header)}")
    home = str(orjson.loads(shell[1]).get("finder"))
    if home != f"{visitor.site.prefix}/":
        faults.append(f"路径 path {home}")
    advice = "代理不要改这些 let the proxy not change these; STATIONMAP_URL_PREFIX"
    return Seen("error", "; ".join(faults), advice) if faults else Seen("ok", f"{home}sw.js")


def manifest(visitor: Visitor) -> Seen:
    """Examine whether phones can install the finder."""
    answer = visitor.ask("/manifest.webmanifest")
    try:
        document = orjson.loads(answer.body)
        scope, start, icon = document["scope"], document["start_url"], document["icons"][0]["src"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return Seen("error", f"{answer.status}", "代理要放行 let the proxy pass on /manifest.webmanifest")
    faults = []
    if not answer.first("Content-Type").startswith("application/manifest+json"):
        faults.append(f"Content-Type {answer.first('Content-Type')}")
    if scope != f"{visitor.site.prefix}/" or not start.startswith(scope):
        faults.append(f"scope {scope}")
    drawn = visitor.ask(urlsplit(urljoin(f"{visitor.site.origin}/", icon)).path, at_root=True)
    if (drawn.status, drawn.first("Content-Type")) != (200, "image/png"):
        faults.append(f"{icon}: {drawn.status}")
    advice = "代理不要改类型和路径 let the proxy change neither type nor path; STATIONMAP_URL_PREFIX"
    return Seen("error", "; ".join(faults), advice) if faults else Seen("ok", scope)


def verification_files(visitor: Visitor) -> Seen:
    """Examine whether files at the root, by which WeChat sees whose host this is, would come from the program."""
    answer = visitor.ask("/MP_verify_doctor.txt", at_root=True)
    if answer.every("X-Request-ID") and answer.status == 404:
        return Seen("ok", "由程序回答 the program answers")
    detail = f"{answer.status}: 不由程序回答,用微信时才需要 not of the program, which only WeChat needs"
    return Seen("ok", detail, "docs/wechat.md")
