import pytest

from emoprefer_assets.judges import ChatReply, cost_of
from emoprefer_assets.judges.registry import OpenaiJudge

URL = "http://127.0.0.1:1/v1"


def judge(**prices):
    return OpenaiJudge(name="j", backend="openai", model="m", base_url=URL, **prices)


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ({}, 0.0),
        # 1,000 prompt tokens, 600 of them cached; 200 reply tokens, 150 of them reasoning.
        ({"price_in": 2.0, "price_out": 8.0}, 1000 * 2e-6 + 200 * 8e-6),
        ({"price_in": 2.0, "price_out": 8.0, "price_cached": 0.5}, 400 * 2e-6 + 600 * 0.5e-6 + 200 * 8e-6),
        ({"price_in": 2.0, "price_cached": 0.0}, 400 * 2e-6),
    ],
)
def test_cached_tokens_have_a_price_of_their_own_and_reasoning_that_of_replies(prices, cost):
    reply = ChatReply("k", "a1", tokens_in=1000, tokens_out=200, tokens_cached=600, tokens_reasoning=150)
    assert cost_of(judge(**prices), reply) == pytest.approx(cost)


def test_a_price_changes_neither_answers_nor_what_is_loaded():
    plain, priced = judge(), judge(price_in=1.0, price_out=1.0, price_cached=0.1)
    assert plain.entry_version() == priced.entry_version()
    assert plain.loading_version() == priced.loading_version()


@pytest.mark.parametrize("price", [-1.0, float("inf"), float("nan"), "cheap"])
def test_a_price_is_an_amount(price):
    with pytest.raises(ValueError, match="price_cached"):
        judge(price_cached=price)
