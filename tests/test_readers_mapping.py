"""A dealer system's export by its mapping: Chinese headers and values, several tables, checked as a whole."""

import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lifecycle.dates import SHANGHAI
from lifecycle.errors import LifecycleError
from lifecycle.kinds import KINDS
from lifecycle.readers import Reading, load_map, parse_map, read_csv, read_export, shipped_maps

DMS = load_map("dms")
ORDERS = "工单号,客户编号,车架号,服务方式,状态,进厂时间,交车时间,客户付费,里程,保修,服务顾问,电话\n"


def read(file: str, text: str, **given: Any) -> Reading:
    reading = read_csv(text.encode(), names=[file], mapping=given.pop("mapping", DMS), **given)
    assert reading.told == len(reading.events) + len(reading.refused)
    return reading


def table(**keys: Any) -> dict[str, Any]:
    """A mapping of one table, sound but for what is given."""
    sound = {
        "customer": "who",
        "columns": {"paid": "charge"},
        "events": [{"event": "vehicle_handed_over", "at": "when"}],
    }
    return {"name": "test", "tables": {"t": {key: value for key, value in (sound | keys).items() if value is not None}}}


def faults(data: dict[str, Any]) -> str:
    with pytest.raises(LifecycleError) as caught:
        parse_map(data)
    return str(caught.value)


class TestShippedMapping:
    def test_it_is_there(self) -> None:
        assert shipped_maps() == ("cdnow", "dms")
        assert load_map("dms.toml").name == "dms"

    def test_a_repair_order_is_an_entry_and_a_handover(self) -> None:
        reading = read(
            "维修工单_2024.csv",
            ORDERS + 'R1,C1,V1,到店,已结算,2024-02-18 09:30,2024-02-18 17:00,"1,234.50","12,000",否,王五,13900000000\n',
        )
        entered, handed = reading.events
        assert (entered.kind, entered.id, entered.facts["mileage"]) == ("workshop_entered", "R1/进厂", 12000)
        assert entered.at == datetime(2024, 2, 18, 9, 30, tzinfo=SHANGHAI)
        assert (handed.kind, handed.id, handed.vehicle) == ("vehicle_handed_over", "R1", "V1")
        assert handed.facts == {
            "visit": "R1", "mileage": 12000, "charge": Decimal("1234.50"), "warranty": False, "by": "王五",
        }  # fmt: skip
        assert (reading.rows, reading.told) == (1, 2)
        assert reading.sources[0].left_alone == ("电话",)

    def test_each_status_is_told_or_set_aside_or_a_problem(self) -> None:
        reading = read(
            "repair_orders.csv",
            ORDERS
            + "R1,C1,V1,到店,在修,2024-02-18,,,,,,\n"
            + "R2,C1,V1,到店,已取消,2024-02-18,,,,,,\n"
            + "R3,C1,V1,到店,己结算,2024-02-18,2024-02-19,100,,,,\n"
            + "R4,C1,V1,到店,已结算,2024-02-18,,100,,,,\n"
            + "R5,C1,V1,上门检测,已结算,2024-02-20,,,,,,\n"
            + ",C1,V1,到店,已结算,2024-02-18,2024-02-19,100,,,,\n",
        )
        assert [event.kind for event in reading.events] == [
            "workshop_entered",
            "workshop_entered",
            "inspected_at_customer",
        ]
        told = [(problem.line, problem.column, problem.message) for problem in reading.problems]
        assert told[0] == (4, "状态", "状态='己结算' is none of the values that the mapping knows")
        assert told[1] == (5, "交车时间", "vehicle_handed_over: 交车时间 is blank")
        assert told[2:] == [
            (7, "工单号", "workshop_entered: 工单号 is blank"),
            (7, "工单号", "vehicle_handed_over: 工单号 is blank"),
        ]
        assert "已结算" in str(reading.problems[0].remedy)
        assert (reading.rows, reading.told, reading.aside) == (6, 3 + 4, 1)

    def test_a_sale_tells_what_has_a_date(self) -> None:
        header = "销售单号,客户编号,车架号,签订日期,交车日期,成交价,战败日期,战败原因\n"
        reading = read(
            "销售.csv",
            header
            + "S1,C1,V1,2023-11-12,45250,128000,,\n"
            + "S2,C2,,2023-11-12,,,2023-11-20,价格\n"
            + "S3,C3,,,,,,\n"
            + "S4,C4,,2023-11-12,,,,价格\n",
        )
        assert [(event.kind, event.day) for event in reading.events] == [
            ("contract_signed", date(2023, 11, 12)),
            ("vehicle_delivered", date(2023, 11, 20)),
            ("contract_signed", date(2023, 11, 12)),
            ("sale_lost", date(2023, 11, 20)),
            ("contract_signed", date(2023, 11, 12)),
        ]
        assert reading.events[3]["reason"] == "price"
        nothing, stray = reading.problems
        assert (nothing.line, nothing.severity) == (4, "error")
        assert nothing.message == "the row tells no event: 签订日期, 交车日期, 战败日期 are blank"
        assert (stray.line, stray.column, stray.severity) == (5, "战败原因", "warning")
        assert (reading.rows, reading.told) == (4, 6)

    def test_words_of_the_system_are_translated(self) -> None:
        reading = read(
            "投诉.csv",
            "投诉单号,客户编号,车架号,渠道,级别,投诉时间,结案时间,结案满意\nX1,C1,,电话回访,重大,2024-01-01,2024-01-03,满意\n",
        )
        raised, closed = reading.events
        assert raised.facts == {"complaint": "X1", "channel": "call", "major": True}
        assert closed["satisfied"] is True

    def test_points_by_type(self) -> None:
        reading = read(
            "积分.csv",
            "流水号,客户编号,日期,类型,积分,抵用金额,经办人,备注\n"
            "P1,C1,2024-01-01,期初,120,,,\nP2,C1,2024-01-02,兑换,50,25,,\nP3,C1,2024-01-03,调整,-5,,赵六,误记\n",
        )
        assert [(event.kind, event.id) for event in reading.events] == [
            ("points_opened", "P1"), ("points_redeemed", "P2"), ("points_corrected", "P3"),
        ]  # fmt: skip
        assert reading.events[2]["change"] == -5

    def test_whatever_else_happened_in_the_plain_form(self) -> None:
        reading = read(
            "其他事件.csv", "客户,事件,日期,车辆,备注\nC1,迁往外地,2024-01-01,V1,\nC1,拒绝联系,2024-01-02,,电话里说的\n"
        )
        assert [event.kind for event in reading.events] == ["moved_away", "opted_out"]

    def test_its_tables_and_the_plain_one_reach_every_kind(self) -> None:
        mapped = {telling.kind.name for one in DMS.tables.values() for telling in one.tellings}
        assert mapped >= {
            "customer_recorded",
            "vehicle_delivered",
            "vehicle_handed_over",
            "surveyed",
            "complaint_raised",
        }
        others = [kind for kind in KINDS.values() if not kind.derived and kind.name not in mapped]
        assert others
        assert any(one.plain for one in DMS.tables.values())

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_a_folder_is_read_table_by_table(self, tmp_path: Path, encoding: str) -> None:
        (tmp_path / "客户_2024.csv").write_text(
            "客户编号,姓名,建档日期,生日\nC1,张三,2020-01-01,1980/2/29\n", encoding=encoding
        )
        surveys = (
            "回访单号,客户编号,车架号,类别,结果,回访日期,满意\nF1,C1,V1,CSI,成功,2024-01-01,是\nF2,C1,V1,CSI,拒访,,\n"
        )
        (tmp_path / "回访.CSV").write_text(surveys, encoding=encoding)
        (tmp_path / "杂项.csv").write_text("x\n")
        (tmp_path / "readme.md").write_text("x\n")
        reading = read_export(tmp_path, "dms")
        assert {(source.file, source.table, source.rows) for source in reading.sources} == {
            ("客户_2024.csv", "客户", 1), ("回访.CSV", "回访", 2),
        }  # fmt: skip
        assert (reading.rows, reading.told, reading.aside, len(reading.events)) == (3, 2, 1, 2)
        (stray,) = reading.problems
        assert (stray.file, stray.line, stray.severity) == ("杂项.csv", 0, "warning")
        with pytest.raises(LifecycleError, match="no folder"):
            read_export(tmp_path / "x", "dms")
        (tmp_path / "empty").mkdir()
        with pytest.raises(LifecycleError, match=r"files are named 客户\*\.csv"):
            read_export(tmp_path / "empty", "dms")


class TestWhichTable:
    def test_by_header_where_the_name_says_nothing(self) -> None:
        assert read("x.csv", ORDERS).sources[0].table == "维修工单"
        assert read("x.csv", "客户,事件,日期\n").sources[0].table == "其他事件"
        assert read("x.csv", "客户编号,建档日期,姓名\n").sources[0].table == "客户"

    def test_by_the_caller(self) -> None:
        assert read("x.csv", ORDERS, table="维修工单").sources[0].table == "维修工单"
        with pytest.raises(LifecycleError, match="did you mean 维修工单"):
            read("x.csv", ORDERS, table="维修单")
        with pytest.raises(LifecycleError, match="none is given"):
            read_csv(b"", table="x")

    def test_none_or_two(self) -> None:
        with pytest.raises(LifecycleError, match=r"no table of the mapping dms.*say table="):
            read("x.csv", "甲,乙\n")
        two = parse_map({"tables": {name: table(files="a*")["tables"]["t"] for name in ("s", "t")}})
        with pytest.raises(LifecycleError, match="fits the tables s and t"):
            read("a1.csv", "who,when,paid\n", mapping=two)

    def test_a_column_that_is_not_in_the_file_names_its_neighbours(self) -> None:
        with pytest.raises(LifecycleError) as caught:
            read("维修工单.csv", ORDERS.replace("客户付费", "客户自付费").replace("进厂时间", "进厂日期"))
        assert "维修工单.csv:1" in str(caught.value)
        assert "'客户付费' (did you mean 客户自付费" in caught.value.message
        assert "'进厂时间' (did you mean 进厂日期" in caught.value.message

    def test_a_column_twice(self) -> None:
        with pytest.raises(LifecycleError, match="'状态' stands 2 times"):
            read("维修工单.csv", ORDERS.replace("服务顾问", "状态"))
        assert read("维修工单.csv", ORDERS.replace("\n", ",电话\n")).rows == 0


class TestOtherShapes:
    def test_money_in_fen_dates_declared_no_header_lines_before(self) -> None:
        data = table(
            header=["who", "when", "paid"], skip_lines=2, money="fen", date_format=["%d/%m/%Y", "excel"], delimiter="whitespace",
            null=["?"], zone="Asia/Tokyo", vehicle=None, constants={"by": "desk"},
        )  # fmt: skip
        reading = read("t.txt", "REPORT\n=======\nC1 03/04/2024   12345\nC2 45123.5 ?\n", mapping=parse_map(data))
        assert [str(event) for event in reading.events] == [
            "2024-04-03 vehicle_handed_over by=desk charge=123.45",
            "2023-07-16T12:00+09:00 vehicle_handed_over by=desk",
        ]
        assert [event.id for event in reading.events] == ["t.txt:00000003", "t.txt:00000004"]

    def test_the_zone_of_the_house_is_the_mapping_s(self) -> None:
        data = table() | {"zone": "Asia/Tokyo"}
        reading = read("t.csv", "who,when,paid\nC1,2024-01-01 09:30,1\n", mapping=parse_map(data))
        assert str(reading.zone) == "Asia/Tokyo"
        (history,) = reading.by_customer().values()
        assert str(history.zone) == "Asia/Tokyo"

    def test_events_of_one_row_have_ids_of_their_own(self) -> None:
        data = table(
            events=[{"event": "workshop_entered", "at": "when"}, {"event": "vehicle_handed_over", "at": "when"}]
        )
        reading = read("t.csv", "who,when,paid\nC1,2024-01-01,1\n", mapping=parse_map(data))
        assert [event.id for event in reading.events] == ["t.csv:00000002.1", "t.csv:00000002.2"]

    def test_a_plain_table_may_have_other_headers(self) -> None:
        data = {
            "tables": {
                "t": {"plain": True, "columns": {"Kunde": "customer", "Was": "event", "Wann": "at", "Summe": "charge"}}
            }
        }
        reading = read("t.csv", "Kunde;Was;Wann;Summe\nC1;维修交车;2024-01-01;5\n", mapping=parse_map(data))
        assert str(reading.events[0]) == "2024-01-01 vehicle_handed_over charge=5"


class TestFaultsOfAMapping:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"nmae": "x"}, "unknown key 'nmae' (did you mean name"),
            ({}, "no table is mapped"),
            ({"tables": []}, "is not a table of keys"),
            ({"tables": {"t": 1}}, "tables.t: 1 is not a table of keys"),
            (table(custmer="who", customer=None), "unknown key 'custmer' (did you mean customer"),
            (table(customer=None), "tables.t: the key customer is missing"),
            (table(columns={"paid": "chrage"}), "tables.t.columns.paid: unknown fact 'chrage' (did you mean charge"),
            (table(columns={"paid": "satisfied"}), "no event of the table takes satisfied"),
            (table(columns={"car": "vehicle"}), "named by the table's key vehicle"),
            (table(columns={"a": "charge", "b": "charge"}), "charge comes from the columns a and b"),
            (table(columns=3), "tables.t.columns: 3 is not a table"),
            (table(columns={"a": []}), "[] is not a text"),
            (table(constants={"charge": 5}), "charge comes from a column and from a constant"),
            (table(constants={"charge": "lots"}), "tables.t.constants.charge: charge='lots' is not an amount"),
            (table(constants={"chrage": 5}), "unknown fact 'chrage'"),
            (table(values={"piad": {"a": "1"}}), "tables.t.values.piad: no column of that name gives a fact (did you mean paid"),
            (table(values={"paid": {"free": "nothing"}}), "tables.t.values.paid.free: charge='nothing'"),
            (table() | {"values": {"chrage": {"free": "0"}}}, "values.chrage: unknown fact 'chrage'"),
            (table(events=None), "the key events is missing"),
            (table(events=[{"at": "when"}]), "tables.t.events[1]: the key event is missing"),
            (table(events=[{"event": "vehicle_handed_over"}]), "tables.t.events[1]: the key at is missing"),
            (table(events=[{"event": "vehicle_handedover", "at": "d"}]), "did you mean vehicle_handed_over"),
            (table(events=[{"event": "lost_due", "at": "d"}]), "lost_due is made by replay"),
            (table(events=[{"event": "surveyed", "at": "d"}]), "surveyed needs satisfied: name its column"),
            (table(events=[{"event": "enquired", "at": "d", "columns": {"a": "charge"}}]), "enquired has no fact 'charge'"),
            (table(events=[{"event": "enquired", "at": "d", "wen": {}}]), "unknown key 'wen' (did you mean when"),
            (table(events=[{"event": "enquired", "at": "d", "when": {"a": [1]}}]), "when.a: [1] is not a list of texts"),
            (table(events=[{"event": "enquired", "at": "d", "optional": "yes"}]), "'yes' is neither true nor false"),
            (table(may_lack=["piad"]), "no column 'piad' is named in this table (did you mean paid"),
            (table(may_lack=["when"]), "the table cannot do without when"),
            (table(header=["who", "wen", "paid"]), "header: it has no column 'when' (did you mean wen"),
            (table(skip_lines=-1), "-1 is not a number of lines"),
            (table(files=[1]), "[1] is not a list of texts"),
            (table(money="cents"), "'cents' is neither \"yuan\" nor \"fen\""),
            (table(delimiter=":"), "tables.t.delimiter: ':' is not one of"),
            (table(encoding="utf-16"), "encoding='utf-16' is not one"),
            (table(date_format="%d/%m"), "date_format='%d/%m': it must name year, month and day"),
            (table(zone="Mars"), "'Mars' is not a time zone"),
            (table(zone="../etc"), "is not a time zone"),
            (table(plain=True), "a plain table has no customer"),
            ({"tables": {"t": {"plain": True, "columns": {"x": "custmer"}}}}, "unknown name 'custmer' (did you mean customer"),
        ],
    )  # fmt: skip
    def test_each_is_told_with_its_place(self, data: dict[str, Any], said: str) -> None:
        assert said in faults(data)

    def test_all_are_told_at_once(self) -> None:
        text = faults(table(columns={"paid": "chrage"}, money="cents") | {"nmae": "x"})
        assert "3 faults" in text
        assert len(text.splitlines()) == 4

    def test_a_file_that_is_no_mapping(self, tmp_path: Path) -> None:
        with pytest.raises(LifecycleError, match=r"no mapping file x\.toml \(shipped mappings: cdnow, dms\)"):
            load_map("x.toml")
        bad = tmp_path / "bad.toml"
        bad.write_text("状态 = 1", encoding="utf-8")
        with pytest.raises(LifecycleError, match=r"no TOML.*line 1.*stands in quotes"):
            load_map(bad)
        bad.write_bytes(b"\xff")
        with pytest.raises(LifecycleError, match="no TOML"):
            load_map(str(bad))

    def test_a_mapping_of_one_s_own_comes_before_a_shipped_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = tmp_path / "dms.toml"
        own.write_text("[tables.t]\nplain = true\n")
        monkeypatch.chdir(tmp_path)
        assert list(load_map("dms.toml").tables) == ["t"]
        assert len(load_map("dms").tables) > 1

    def test_the_shipped_ones_are_written_as_their_readers_would(self) -> None:
        for name in shipped_maps():
            path = Path(__file__).parents[1] / "src" / "lifecycle" / "readers" / f"{name}.toml"
            if path.exists():
                assert parse_map(tomllib.loads(path.read_text(encoding="utf-8"))).name == name


def test_what_a_whole_history_shows_is_told_at_its_own_column() -> None:
    sale = "销售单号,客户编号,车架号,签订日期,交车日期,成交价\nS1,C1,V1,2024-02-01,2024-03-01,128000\n"
    order = (
        ORDERS + "R1,C1,V1,到店,已结算,2024-02-18,2024-03-02,5,,,,\nR1,C1,V1,到店,已结算,2024-02-18,2024-03-02,6,,,,\n"
    )
    histories = (read("销售.csv", sale) + read("维修工单.csv", order)).by_customer()
    assert [(problem.file, problem.line, problem.column, problem.severity) for problem in histories.problems] == [
        ("维修工单.csv", 3, "工单号", "error"),
        ("维修工单.csv", 2, "进厂时间", "warning"),
    ]
