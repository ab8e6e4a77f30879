"""Numbers of persons are hidden in free text; what says when and where stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.registry.checks.personal import identity_card_in, mobile_in
from stationmap.reports.masking import masked

NUMBERS = [
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "138.0013.8000",
    "1 3 8 0 0 1 3 8 0 0 0",
    "+86 138 0013 8000",
    "+86-13800138000",
    "008613800138000",
    "8613800138000",
    "１３８００１３８０００",
    "①③⑧⓪⓪①③⑧⓪⓪⓪",
    "一三八零零一三八零零零",
    "幺三八〇〇幺三八〇〇〇",
    "138—0013—8000",
    "+852 9123 4567",
    "0516-83730001",
    "(0516) 8373 0001",
    "（0516）83730001",
    "051683730001",
    "010-62345678",
    "83730001",
    "32031119900101123X",
    "320311199001011234",
    "320311 19900101 1234",
    "320311900101123",
    "E12345678",
    "6222021106001234567",
    "苏C12345",
    "苏C·12345",
    "苏C-1234A",
    "苏c 12345",
    "苏Ｃ·１２３４５",
    "苏C1A2B3",
    "苏CD12345",
    "苏C·D12345",
    "苏C12345F",
    "皖 L 12345",
    "苏C1234警",
    "苏C1234挂",
    "苏C12345学",
    "徐州·123456",
    "徐州A·12345",
    "rider.one@example.com",
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("around", ["{}", "门锁了，打{}没人接", "call {}!", "车{}挡门", "微信{}，急"])
def test_numbers_of_persons_are_hidden(number: str, around: str) -> None:
    assert masked(around.format(number)) == around.format("***")


@pytest.mark.parametrize(
    "text",
    [
        "08:30-18:00 锁门",
        "周一至周五08：30—18：00",
        "8.30-18.00",
        "2026-11-30 10:05 还没开",
        "20261130",
        "2026年11月30日13点30分",
        "二〇二六年十一月三十日",
        "等了13-15分钟",
        "共1,000个站，132个锁门",
        "解放路116号2栋3单元1205室",
        "312国道北1380米",
        "打12351投诉，400-810-1234也行",
        "饮水机3台，充电口10个，5元",
        "第3次来，1月2日、1月5日、1月9日都没开",
        "苏果超市C口进，云龙A区12号楼",
        "新A座12层",
        "青年路B1层",
        "京东C站 S1",
        "117.1843,34.2615",
        "WiFi密码 88888",
        "一二三四五，上山打老虎",
        "",
    ],
)
def test_what_says_when_and_where_stays(text: str) -> None:
    assert masked(text) == text


def test_several_in_one_text_are_hidden_each() -> None:
    assert masked("苏C12345和苏CD12345，13800138000、0516-83730001，18:00关") == "***和***，***、***，18:00关"


@given(st.text(alphabet="0123456789１３８ -·.+:苏CD一X锁门a@", max_size=80))
def test_nothing_that_import_warns_of_is_left(text: str) -> None:
    done = masked(text)
    assert not mobile_in(done)
    assert not identity_card_in(done)
    assert masked(done) == done
