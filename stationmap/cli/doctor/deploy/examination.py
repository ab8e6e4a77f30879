"""Everything that is looked at, in the order in which a fault would explain those after it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

from stationmap.cli.doctor.deploy import answers, condition, keeping, pages, transport
from stationmap.cli.doctor.deploy.transport import Resolve, addresses_of
from stationmap.cli.doctor.deploy.visitor import NoAnswerError, Seen, UnreachableError, Visitor
from stationmap.cli.doctor.symptoms import Symptom

Check = Callable[[Visitor], Seen]
Trusting = Callable[[], ssl.SSLContext]
"""Makes what says whose certificates are believed."""

FINDER = "网页 pages"
CHECKS: dict[str, Check] = {
    FINDER: pages.finder,
    "公开网址 public address": pages.public_url,
    "安全响应头 headers of security": answers.protecting_headers,
    "HSTS": answers.strict_transport,
    "别的 Host another Host": answers.other_host,
    "请求编号 X-Request-ID": answers.request_ids,
    "职工登录 cookies of staff": answers.cookies,
    "含位置的回应 answers about a place": keeping.positions,
    "压缩 compression": keeping.compression,
    "ETag, 304": keeping.validation,
    "静态文件 static files": keeping.static_files,
    "离线 service worker": pages.service_worker,
    "安装 manifest": pages.manifest,
    "服务状态 /readyz": condition.state,
    "数据 data": condition.data,
    "时钟 clock": condition.clock,
    "上传大小 size of bodies": condition.body_limit,
    "响应时间 response time": condition.speed,
    "校验文件 verification files": pages.verification_files,
}


def examine(
    visitor: Visitor, *, resolve: Resolve = addresses_of, trusting: Trusting = ssl.create_default_context
) -> Iterator[Symptom]:
    """Yield what is seen of a site; where it cannot be reached, or something else answers, only why."""
    reaching: dict[str, Check] = {
        "域名 name": lambda each: transport.name(each, resolve),
        "证书 certificate": transport.certificate,
    }
    for what, check in reaching.items():
        try:
            yield Symptom(what, *check(visitor))
        except UnreachableError as error:
            yield Symptom(what, *error.seen)
            return
    encrypted: dict[str, Check] = {
        "HTTP/2": lambda each: transport.http2(each, trusting()),
        "http → https": transport.from_http,
    }
    checks = (encrypted if visitor.site.scheme == "https" else {}) | CHECKS
    for what, check in checks.items():
        yield Symptom(what, *seen(check, visitor))
        if what == FINDER and not _is_the_program_there(visitor):
            break
    yield Symptom("内部端口 ports of the machine", *transport.own_ports(visitor, resolve))


def _is_the_program_there(visitor: Visitor) -> bool:
    try:
        return pages.is_of_the_program(visitor.finder)
    except NoAnswerError:
        return False


def seen(check: Check, visitor: Visitor) -> Seen:
    """Return what a check sees, or that the site did not answer it, or with what no check expects."""
    try:
        return check(visitor)
    except NoAnswerError as error:
        advice = "代理或程序没有回答 the proxy or the program did not answer: systemctl status nginx stationmap"
        return Seen("error", str(error), advice)
    except Exception as error:  # whatever answers there may answer anything
        advice = "这个网址后面可能不是本程序 perhaps another program answers at this address"
        return Seen("error", f"看不懂回应 cannot be made out: {type(error).__name__}", advice)
