"""The account of a run: budgets hold over judges, threads, processes and kills."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from emoprefer_assets.settings import PROJECT
from emoprefer_assets.spending import DAY_SECONDS, Spending
from emoprefer_assets.store import CallCache

WHERE = 'judges.yaml line 2, judge "j"'


@pytest.fixture
def calls(tmp_path):
    return tmp_path / "calls"


@pytest.fixture
def cache(calls):
    with CallCache(calls, "j").open() as cache:
        yield cache


def estimates(count, each=0.002, name="k"):
    return [(f"{name}{number}", each) for number in range(count)]


def answer(spending, cache, keys, cost):
    """Record the calls as a run does, and settle them."""
    entries = [{"key": key, "answered": True, "text": "a1", "cost": cost} for key in keys]
    for batch in cache.keep(iter(entries), lambda entry: entry):
        for entry in batch:
            spending.settle(cache, entry["key"], cost)


def test_without_a_budget_everything_may_be_sent_and_is_counted(cache, calls):
    spending = Spending(None, None, calls)
    assert spending.afford(cache, estimates(100)) == 100
    assert (spending.spent, spending.under_way) == (0, pytest.approx(0.2))
    answer(spending, cache, ["k0"], 0.001)
    assert (spending.spent, spending.under_way) == (0.001, pytest.approx(0.198))


def test_calls_are_allowed_in_order_up_to_the_budget(cache, calls):
    spending = Spending(0.013, None, calls)
    assert spending.afford(cache, estimates(18)) == 6
    assert spending.afford(cache, estimates(12, name="l")) == 0
    answer(spending, cache, [key for key, _ in estimates(6)], 0.001)
    assert spending.afford(cache, estimates(12, name="l")) == 3
    assert spending.spent == pytest.approx(0.006)


def test_a_budget_of_three_calls_is_enough_for_three(cache, calls):
    assert Spending(0.3, 0.3, calls).afford(cache, estimates(4, each=0.1)) == 3


def test_calls_without_a_price_are_not_reserved_and_always_allowed(cache, calls):
    spending = Spending(0.0, 0.0, calls)
    before = cache.file.with_name("j.sqlite-wal").stat().st_size
    assert spending.afford(cache, estimates(50, each=0.0)) == 50
    assert spending.under_way == 0
    assert cache.file.with_name("j.sqlite-wal").stat().st_size == before
    assert spending.afford(cache, [("a", 0.0), ("b", 0.0), ("c", 0.1), ("d", 0.0)]) == 2


def test_what_was_never_sent_is_given_back(cache, calls):
    spending = Spending(0.01, 0.01, calls)
    assert spending.afford(cache, estimates(5)) == 5
    spending.give_back(cache, ["k3", "k4", "never afforded"])
    assert spending.under_way == pytest.approx(0.006)
    assert spending.afford(cache, estimates(5, name="l")) == 2


def test_a_reservation_is_on_disk_before_the_call_is_sent(cache, calls):
    Spending(None, None, calls).afford(cache, estimates(3))
    assert CallCache(calls, "j").spent_since(time.time() - 60) == pytest.approx(0.006)


def test_a_server_that_answers_more_than_asked_for_is_noticed_and_nothing_more_is_sent(cache, calls):
    spending = Spending(0.013, None, calls)
    assert spending.afford(cache, estimates(4)) == 4
    answer(spending, cache, [key for key, _ in estimates(4)], 0.02)
    assert spending.spent == pytest.approx(0.08)
    assert spending.afford(cache, estimates(1, name="l")) == 0
    assert spending.refusal(WHERE) == (
        f"{WHERE}: the budget of 0.013 is reached: 0.08 of it is spent, and the next call could exceed it. Calls have "
        "cost more than estimated: answers were longer than asked for. All answers are kept: run again with a larger "
        "--budget to go on."
    )


def test_after_a_call_that_cost_more_than_estimated_the_next_are_expected_to_as_well(cache, calls):
    spending = Spending(1.0, None, calls)
    assert spending.afford(cache, estimates(2, each=0.1)) == 2
    answer(spending, cache, ["k0", "k1"], 0.3)
    # 0.4 is left, which is one call of 0.3.
    assert spending.afford(cache, estimates(4, each=0.1, name="l")) == 1
    assert spending.under_way == pytest.approx(0.3)
    with CallCache(calls, "other").open() as other:
        assert spending.afford(other, estimates(4, each=0.1, name="l")) == 1


@pytest.mark.parametrize("daily", [None, 1.0])
def test_judges_in_threads_of_their_own_share_one_budget(calls, daily):
    spending = Spending(0.5, daily, calls)

    def judge(name):
        sent = 0
        with CallCache(calls, name).open() as cache:
            for part in range(20):
                keys = [key for key, _ in estimates(5, name=f"p{part}-")]
                count = spending.afford(cache, [(key, 0.01) for key in keys])
                assert spending.spent + spending.under_way <= 0.5 + 1e-6
                answer(spending, cache, keys[:count], 0.01)
                sent += count
        return sent

    with ThreadPoolExecutor(4) as threads:
        sent = list(threads.map(judge, ["a", "b", "c", "d"]))
    assert sum(sent) == 50
    assert spending.spent == pytest.approx(0.5)
    assert spending.under_way == 0


def test_the_daily_budget_counts_all_judges_of_the_last_24_hours(calls, monkeypatch):
    with ExitStack() as stack:
        one, two = (stack.enter_context(CallCache(calls, name).open()) for name in ("one", "two"))
        first, second = Spending(None, 1.0, calls), Spending(None, 1.0, calls)
        assert first.afford(one, estimates(5, each=0.1)) == 5
        answer(first, one, [key for key, _ in estimates(5)], 0.1)
        assert second.afford(two, estimates(9, each=0.1)) == 5
        assert second.afford(two, estimates(1, each=0.1, name="l")) == 0
        assert second.refusal(WHERE) == (
            f"{WHERE}: the daily budget of 1 is reached: 1 of it is spent in the last 24 hours, with what is under "
            "way, and the next call could exceed it. All answers are kept: run again later, or with a larger "
            "EMOPREFER_DAILY_BUDGET, to go on."
        )
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + DAY_SECONDS + 1)
        assert second.afford(two, estimates(20, each=0.1, name="m")) == 10


BEGIN = """
import sys
from pathlib import Path
from emoprefer_assets.spending import Spending
from emoprefer_assets.store import CallCache
calls, name = Path(sys.argv[1]), sys.argv[2]
spending = Spending(None, 0.5, calls)
with CallCache(calls, name).open() as cache:
"""
SPEND = """
    print("ready", flush=True)
    sys.stdin.readline()
    sent = 0
    for number in range(60):
        count = spending.afford(cache, [(f"k{number}", 0.01)])
        sent += count
        entries = [{"key": f"k{number}", "answered": True, "cost": 0.01}] * count
        for batch in cache.keep(iter(entries), lambda entry: entry):
            spending.settle(cache, entries[0]["key"], 0.01)
    print(sent, flush=True)
"""
SEND = """
    spending.afford(cache, [("k", 0.3)])
    print("sent", flush=True)
    sys.stdin.readline()
"""


def process(calls, name, code):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", BEGIN + code, calls, name], cwd=PROJECT, **pipes)


def test_two_processes_cannot_both_take_the_last_of_the_daily_budget(calls):
    both = [process(calls, name, SPEND) for name in ("one", "two")]
    assert [one.stdout.readline() for one in both] == ["ready\n"] * 2
    for one in both:
        one.stdin.write("\n")
        one.stdin.flush()
    assert sum(int(one.communicate()[0]) for one in both) == 50


def test_what_a_killed_run_had_under_way_counts_against_the_daily_budget(calls):
    killed = process(calls, "j", SEND)
    assert killed.stdout.readline() == "sent\n"
    killed.kill()
    killed.communicate()
    spending = Spending(None, 0.5, calls)
    with CallCache(calls, "j").open() as cache:
        # The call may have been answered and charged: asked again, it is paid for twice.
        assert spending.afford(cache, [("k", 0.3)]) == 0
        assert spending.afford(cache, [("k", 0.2)]) == 1
        answer(spending, cache, ["k"], 0.1)
        assert spending.spent == 0.1
        assert spending.spent_today == pytest.approx(0.4)
