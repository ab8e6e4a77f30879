"""What the demonstration registry is made of: readable tables, edited without reading the generator.

A weight is a share among the rows of its table. Hours are pairs of OpenStreetMap opening_hours and the wording staff would write.
"""

from __future__ import annotations

from typing import NamedTuple

Weighted = tuple[tuple[str, float], ...]

PUBLISHED = {"outdoor_worker": 602, "carnation": 146, "service_centre": 197, "culture": 57}
"""Stations of each kind that the city published in November 2023."""

COUNTIES_EN = {
    "320302": "Gulou District",
    "320303": "Yunlong District",
    "320305": "Jiawang District",
    "320311": "Quanshan District",
    "320312": "Tongshan District",
    "320321": "Fengxian County",
    "320322": "Peixian County",
    "320324": "Suining County",
    "320381": "Xinyi City",
    "320382": "Pizhou City",
}

SEATS = {
    "320302": (117.187, 34.290),
    "320303": (117.215, 34.245),
    "320305": (117.444, 34.443),
    "320311": (117.165, 34.255),
    "320312": (117.178, 34.194),
    "320321": (116.588, 34.698),
    "320322": (116.932, 34.730),
    "320324": (117.945, 33.901),
    "320381": (118.340, 34.370),
    "320382": (117.958, 34.316),
}
"""About where each county's seat lies, lon and lat; those of the inner districts moved into their built-up middle."""

ZONE_NAME = "经开区"
ZONE_UNION = "徐州经济技术开发区总工会"
ZONE_TOWNS = {
    "320302": ("金山桥街道", "东环街道", "大黄山街道"),
    "320303": ("金龙湖街道", "大庙街道"),
    "320312": ("徐庄镇",),
}
ZONE_CENTRES = {"320302": (117.262, 34.306), "320303": (117.272, 34.252), "320312": (117.400, 34.260)}
"""The economic zone (320371) has people and a union but no polygon: its towns are put into three districts, around these points."""

LANDMARKS = {
    "徐州站": (117.204, 34.266, 1_500),
    "徐州东站": (117.297, 34.268, 3_000),
    "彭城广场": (117.185, 34.263, 1_500),
    "云龙湖": (117.150, 34.240, 1_500),
}
"""Real places people search for: lon and lat, good to about 500 m, and how far away (metres) an address still names them."""

HOURS: dict[str, tuple[str | None, str | None]] = {
    "always": ("24/7", "24小时开放"),
    "unknown": (None, None),
    "see_notice": (None, "开放时间见门口告示"),
    "perhaps": ('09:00-19:00 unknown "以门口告示为准"', "9:00-19:00(以门口告示为准)"),
    "daily": ("08:00-20:00", "每天8:00-20:00"),
    "daily_and_holidays": ("Mo-Su,PH 08:00-22:00", "每天8:00-22:00,节假日不休"),
    "daily_but_holidays": ("08:00-20:00; PH off", "每天8:00-20:00,法定节假日休息"),
    "buses": ("Mo-Su,PH 05:30-22:30", "随首末班车 5:30-22:30"),
    "office": ("Mo-Fr 08:30-17:30; PH off", "周一至周五8:30-17:30,节假日不开放"),
    "office_plain": ("Mo-Fr 08:30-17:30", "周一至周五8:30-17:30"),
    "office_lunch": ("Mo-Fr 09:00-12:00,13:30-17:30; PH off", "工作日上午9:00-12:00,下午13:30-17:30"),
    "long_lunch": ("Mo-Fr 08:30-11:00,13:30-17:00; PH off", "工作日8:30-11:00、13:30-17:00"),
    "lunch_plain": ("Mo-Fr 08:30-12:00,14:00-18:00", "周一至周五8:30-12:00,14:00-18:00"),
    "lunch_saturday": (
        "Mo-Fr 09:00-12:00,13:30-17:30; Sa 09:00-12:00; PH off",
        "工作日9:00-12:00、13:30-17:30,周六上午9:00-12:00,节假日休息",
    ),
    "summer_clock": (
        "Jun-Sep Mo-Fr 08:30-12:00,15:00-18:30; Oct-May Mo-Fr 08:30-12:00,14:00-18:00; PH off",
        "夏季(6-9月)8:30-12:00、15:00-18:30,其余月份8:30-12:00、14:00-18:00,工作日",
    ),
    "six_days": ("Mo-Sa 09:00-17:00; PH off", "周一至周六9:00-17:00,节假日休息"),
    "half_saturday": ("Mo-Fr 08:00-18:00; Sa 09:00-12:00", "周一至周五8:00-18:00,周六上午9:00-12:00"),
    "bank": ("Mo-Fr 09:00-17:00; Sa,Su,PH 10:00-16:00", "工作日9:00-17:00,周末及节假日10:00-16:00"),
    "bank_lunch": (
        "Mo-Fr 09:00-12:00,13:30-17:00; PH 10:00-15:00",
        "工作日9:00-12:00、13:30-17:00,节假日10:00-15:00",
    ),
    "seasons": ("Apr-Oct 07:00-21:00; Nov-Mar 07:30-18:30", "4-10月7:00-21:00,11月至次年3月7:30-18:30"),
    "hot_season": ("Jun 15-Sep 15 09:00-21:00", "高温季(6月15日至9月15日)9:00-21:00"),
    "cold_season": ("Dec 01-Feb 28 07:00-19:00", "12月至次年2月 7:00-19:00,其余时间不开放"),
    "night": ("18:00-02:00", "夜间18:00至次日2:00"),
    "into_night": ("Mo-Su,PH 10:00-26:00", "上午10:00至次日凌晨2:00"),
    "weekend_night": (
        "Mo-Th 08:00-22:00, Fr,Sa 08:00-01:00, Su 09:00-22:00",
        "周一至周四8-22点,周五周六至次日1点,周日9-22点",
    ),
    "mall": ("Mo-Su,PH 10:00-21:30", "随商场营业 10:00-21:30"),
    "no_monday": ("Tu-Su 09:00-17:00", "周二至周日9:00-17:00,周一闭馆"),
    "no_monday_holidays": ("Tu-Su 09:00-17:00; PH 09:00-16:00", "周二至周日9:00-17:00,节假日9:00-16:00"),
    "evenings": ("Mo-Fr 14:00-21:00; Sa,Su 09:00-21:00", "周一至周五14:00-21:00,周末9:00-21:00"),
    "after_work": ("Mo-Fr 18:30-21:00; PH off", "工作日晚18:30-21:00"),
}


class Kind(NamedTuple):
    """A sort of host: how it reads in both languages, its share, its usual hours and directions."""

    host: str
    host_en: str
    weight: float
    hours: Weighted
    directions: tuple[str, ...]


INDOORS = ("一楼大厅东侧,进门左转", "一楼,进门右手第一间", "二楼,乘电梯后右转", "大厅咨询台旁", "门口有台阶,西侧有坡道")
OUTDOORS = ("南门入口旁独立小屋", "停车场北侧,蓝色标识牌下", "公共厕所东侧20米", "主路西侧,公交站台后")
OFFICES = ("三楼302室,电梯口左转", "便民服务大厅5号窗口", "院内东楼一楼", "一楼大厅,进门直走")

KINDS: dict[str, tuple[Kind, ...]] = {
    "outdoor_worker": (
        Kind(
            "银行网点",
            "bank branch",
            16,
            (("bank", 45), ("bank_lunch", 25), ("office", 15), ("unknown", 10), ("see_notice", 5)),
            INDOORS,
        ),
        Kind(
            "营业厅",
            "telecom shop",
            14,
            (("daily", 40), ("daily_but_holidays", 15), ("six_days", 25), ("unknown", 12), ("perhaps", 8)),
            INDOORS,
        ),
        Kind(
            "公交首末站",
            "bus terminus",
            12,
            (("buses", 70), ("into_night", 8), ("unknown", 15), ("daily", 7)),
            OUTDOORS,
        ),
        Kind(
            "社区党群服务中心",
            "community centre",
            24,
            (
                ("office", 18),
                ("office_lunch", 22),
                ("long_lunch", 14),
                ("half_saturday", 12),
                ("lunch_plain", 12),
                ("summer_clock", 6),
                ("unknown", 12),
                ("see_notice", 4),
            ),
            OFFICES,
        ),
        Kind(
            "公园",
            "park",
            12,
            (
                ("seasons", 46),
                ("hot_season", 14),
                ("cold_season", 6),
                ("daily_and_holidays", 20),
                ("unknown", 10),
                ("night", 4),
            ),
            OUTDOORS,
        ),
        Kind("警务室", "police kiosk", 9, (("always", 69), ("daily_and_holidays", 18), ("unknown", 13)), OUTDOORS),
        Kind(
            "商圈",
            "shopping street",
            8,
            (("mall", 38), ("into_night", 18), ("weekend_night", 18), ("night", 12), ("unknown", 14)),
            INDOORS,
        ),
        Kind(
            "供电营业厅", "power company office", 5, (("office_plain", 50), ("six_days", 35), ("unknown", 15)), INDOORS
        ),
    ),
    "carnation": (
        Kind("纺织服装企业", "garment works", 34, (("office_plain", 45), ("office", 40), ("unknown", 15)), OFFICES),
        Kind(
            "医院",
            "hospital",
            22,
            (("always", 8), ("office_lunch", 60), ("half_saturday", 20), ("unknown", 12)),
            OFFICES,
        ),
        Kind("学校", "school", 16, (("office", 50), ("lunch_plain", 38), ("unknown", 12)), OFFICES),
        Kind("商场", "department store", 14, (("mall", 85), ("unknown", 15)), INDOORS),
        Kind("产业园区", "industrial park", 14, (("office_lunch", 55), ("six_days", 30), ("unknown", 15)), OFFICES),
    ),
    "service_centre": (
        Kind(
            "便民服务中心",
            "township service hall",
            70,
            (
                ("office_lunch", 40),
                ("lunch_saturday", 16),
                ("summer_clock", 14),
                ("lunch_plain", 14),
                ("long_lunch", 6),
                ("unknown", 10),
            ),
            OFFICES,
        ),
        Kind("园区工会", "industrial park union", 30, (("office", 50), ("office_lunch", 38), ("unknown", 12)), OFFICES),
    ),
    "culture": (
        Kind(
            "文化活动中心",
            "culture centre",
            60,
            (("no_monday", 34), ("no_monday_holidays", 26), ("evenings", 26), ("unknown", 14)),
            INDOORS,
        ),
        Kind("职工之家", "workers' home", 40, (("after_work", 40), ("evenings", 46), ("unknown", 14)), OFFICES),
    ),
}

TITLES = {
    "outdoor_worker": (("工会驿站", 50), ("户外劳动者服务站", 50)),
    "carnation": (("康乃馨服务站", 100),),
    "service_centre": (("职工服务站", 100),),
    "culture": (("工会基层文化服务站", 100),),
}
TITLES_EN = {
    "outdoor_worker": "union rest station",
    "carnation": "carnation station",
    "service_centre": "workers' service station",
    "culture": "union culture station",
}
ALIASES = ("工会驿站", "爱心驿站", "暖心驿站", "骑手驿站", "小哥驿站")

WHO: dict[str, Weighted] = {
    "outdoor_worker": (("public", 84), ("registration", 9), ("members", 3), ("unknown", 4)),
    "carnation": (("women", 48), ("staff", 38), ("members", 3), ("public", 5), ("unknown", 6)),
    "service_centre": (("public", 92), ("members", 4), ("registration", 2), ("unknown", 2)),
    "culture": (("public", 46), ("members", 26), ("registration", 16), ("staff", 8), ("unknown", 4)),
}
HOW: dict[str, Weighted] = {
    "public": (("walk_in", 88), ("ask", 8), ("scan", 2), ("", 2)),
    "registration": (("scan", 60), ("face", 14), ("scan face", 8), ("id_card", 18)),
    "members": (("scan", 50), ("id_card", 30), ("face", 20)),
    "women": (("ask", 55), ("face", 15), ("", 30)),
    "staff": (("face", 40), ("id_card", 35), ("", 25)),
    "unknown": (("", 100),),
}
NOTES = {
    "registration": ("首次进入需扫码登记", "需在工会小程序登记后扫码开门", "夜间需刷身份证"),
    "members": ("凭工会会员卡进入", "仅限已入会职工"),
    "women": ("仅限本单位女职工,来访请先联系值班人员", "女职工专用"),
    "staff": ("仅限本单位职工",),
    "public": ("对外开放,无需登记", "请按门铃,工作人员开门"),
}

FACILITIES: dict[str, dict[str, tuple[float, float]]] = {
    "outdoor_worker": {
        "drinking_water": (0.90, 0.02),
        "hot_water": (0.62, 0.10),
        "microwave": (0.58, 0.18),
        "fridge": (0.30, 0.34),
        "air_conditioning": (0.70, 0.10),
        "heating": (0.48, 0.14),
        "seating": (0.86, 0.02),
        "phone_charging": (0.74, 0.06),
        "ebike_parking": (0.34, 0.14),
        "ebike_charging": (0.14, 0.44),
        "battery_swap": (0.06, 0.42),
        "tyre_pump": (0.18, 0.28),
        "repair_tools": (0.22, 0.22),
        "first_aid": (0.56, 0.06),
        "aed": (0.07, 0.36),
        "toilet": (0.40, 0.28),
        "accessible_toilet": (0.10, 0.30),
        "step_free": (0.32, 0.22),
        "wifi": (0.50, 0.14),
        "reading": (0.36, 0.10),
        "rain_gear": (0.42, 0.10),
        "lockers": (0.10, 0.34),
        "shower": (0.02, 0.40),
        "meals": (0.03, 0.36),
    },
    "carnation": {
        "nursing_room": (0.88, 0.04),
        "sanitary_products": (0.72, 0.04),
        "women_area": (0.90, 0.01),
        "seating": (0.80, 0.01),
        "drinking_water": (0.76, 0.02),
        "hot_water": (0.50, 0.06),
        "fridge": (0.46, 0.20),
        "microwave": (0.30, 0.28),
        "air_conditioning": (0.66, 0.04),
        "first_aid": (0.48, 0.06),
        "toilet": (0.34, 0.20),
        "reading": (0.30, 0.08),
    },
    "service_centre": {
        "drinking_water": (0.66, 0.04),
        "seating": (0.82, 0.01),
        "air_conditioning": (0.60, 0.02),
        "toilet": (0.52, 0.14),
        "accessible_toilet": (0.22, 0.26),
        "step_free": (0.46, 0.18),
        "wifi": (0.38, 0.10),
        "phone_charging": (0.40, 0.10),
        "nursing_room": (0.12, 0.30),
        "lockers": (0.04, 0.30),
    },
    "culture": {
        "reading": (0.92, 0.01),
        "seating": (0.90, 0.01),
        "wifi": (0.60, 0.08),
        "drinking_water": (0.70, 0.04),
        "air_conditioning": (0.66, 0.04),
        "toilet": (0.60, 0.10),
        "step_free": (0.30, 0.26),
        "meals": (0.06, 0.40),
        "shower": (0.08, 0.36),
    },
}
"""Code to the shares known to be there and known to be missing; the rest is not recorded, hence unknown."""

SERVICES = {
    "membership": 0.82,
    "hardship_aid": 0.74,
    "legal_aid": 0.62,
    "dispute_mediation": 0.52,
    "mutual_insurance": 0.56,
    "startup_loan": 0.24,
    "skills_training": 0.42,
    "job_placement": 0.46,
    "counselling": 0.28,
}

STATUSES: Weighted = (("open", 94), ("planned", 1.6), ("suspended", 1.8), ("closed", 1.6), ("moved", 1.0))
LEVELS: Weighted = (("", 60), ("三星级", 16), ("四星级", 12), ("五星级", 7), ("市级示范", 5))
CHECKED: Weighted = (("", 14), ("2024", 16), ("2025", 26), ("2026", 28), ("2026-10", 16))
CHECKERS: Weighted = (("staff 现场核对", 46), ("staff 电话核对", 18), ("operator 站点自报", 26), ("rider 骑手反馈", 10))
CLOSURES: Weighted = (
    ("", 93.6),
    ("2026-03-02 2026-03-20 内部装修", 1.2),
    ("2026-07-06 2026-07-17 设备检修", 0.6),
    ("2026-11-09 2026-12-06 室内改造", 1.2),
    ("2026-11-16  暖气管道维修,恢复时间另行通知", 0.8),
    ("2026-11-23T12:00:00+08:00 2026-11-25T18:00:00+08:00 停电检修", 0.6),
    ("2027-01-18 2027-02-26 道路施工", 0.8),
    ("2027-02-05 2027-02-13 春节期间闭站", 1.2),
)
"""From, to (empty: no end is known) and reason; past, current and to come, as seen on 2026-11-20."""

SIZES_M2: dict[str, tuple[int, int]] = {
    "outdoor_worker": (8, 45),
    "carnation": (10, 40),
    "service_centre": (40, 260),
    "culture": (60, 400),
}
