"""What belongs to a person is told by its form: numbers of telephones and identity cards, names."""

from __future__ import annotations

import pytest

from stationmap.registry.checks import personal
from stationmap.registry.checks.quality import warnings
from stationmap.registry.registry import Registry
from tests.strategies import station


@pytest.mark.parametrize(
    ("header", "values", "kinds"),
    [
        ("手机", ["13800000000", "138 0000 0001", "+86-13800000002"], {"telephone": 3}),
        ("联系方式", ["83730001", "2025"], {"telephone": 1}),
        ("备注", ["值班0516-83730001", "二楼"], {"telephone": 1}),
        ("备注", ["１３８００００００００"], {"telephone": 1}),
        ("证件", ["11010519491231002X", "110105194912310021", "123456789012345678"], {"identity_card": 2}),
        ("负责人", ["王建国", "未定"], {"name": 1}),
        ("站长姓名/联系人", ["欧阳示例", "李红"], {"name": 1}),
        ("第三列", ["王建国", "李红", "张伟"], {"name": 3}),
        ("备注", ["找王师傅开门", "联系人：李红", "门朝东"], {"name": 2}),
        ("所属街道", ["和平街道", "段庄街道"], {}),
        ("序号", ["1", "2", "300"], {}),
        ("工会", ["泉山区总工会", "云龙区总工会"], {}),
        ("日期", ["2025-03-05", "20250305"], {}),
        ("坐标", ["117.1234567,34.1234567"], {}),
        ("建模方式", ["共建", "自建"], {}),
    ],
)
def test_a_column_is_told_by_what_stands_in_it(header: str, values: list[str], kinds: dict[str, int]) -> None:
    assert personal.personal_data(header, values) == kinds


def test_a_registry_is_warned_of_what_it_keeps_and_of_what_it_publishes() -> None:
    registry = Registry(
        (
            station("a", 117.2, 34.2, phone="13800000000", source_columns={"手机": "13900000000", "楼层": "二楼"}),
            station("b", 117.3, 34.3, address="北门,找13800000001", wechat="李红"),
            station(
                "c", 117.4, 34.4, phone="0516-83730001", access={"who": "public", "note": "凭证11010519491231002X"}
            ),
        )
    )
    found = {(finding.where, finding.code) for finding in warnings(registry)}
    assert {code for code in found if "personal" in code[1]} == {
        ("source_columns 手机", "personal_data"),
        ("source_columns wechat", "personal_data"),
        ("phone", "personal_phone"),
        ("b address", "personal_data_published"),
        ("c access", "personal_data_published"),
    }
