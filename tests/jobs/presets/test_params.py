"""What each type of parameter accepts and refuses, from JSON and from forms."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.presets.params import (
    MAX_SEED,
    BooleanParameter,
    Choice,
    ChoiceParameter,
    ImageParameter,
    IntegerParameter,
    InvalidValue,
    NumberParameter,
    SeedParameter,
    StringParameter,
    Target,
)

SIDE = IntegerParameter(name="side", label="Side", default=64, minimum=64, maximum=2048, step=8)
AMOUNT = NumberParameter(name="amount", label="Amount", default=0.5, minimum=0.0, maximum=1.0, step=0.05)
PROMPT = StringParameter(name="prompt", label="Prompt", min_length=1, max_length=1000, multiline=True)
LINE = StringParameter(name="line", label="Line", default="", max_length=20)
BARS = BooleanParameter(name="bars", label="Bars", default=True, targets=(Target("870", "blend_factor"),))
SEED = SeedParameter(name="seed", label="Seed")
FORMAT = ChoiceParameter(
    name="format",
    label="Format",
    default="small",
    choices=(
        Choice("small", "Small", ((Target("2", "width"), 640), (Target("2", "height"), 360))),
        Choice("large", "Large", ((Target("2", "width"), 1280), (Target("2", "height"), 720))),
    ),
)


@pytest.mark.parametrize(
    ("parameter", "raw", "value"),
    [
        (SIDE, 64, 64),
        (SIDE, "2048", 2048),
        (SIDE, " 72 ", 72),
        (SIDE, "+72", 72),
        (SIDE, 72.0, 72),
        (AMOUNT, 0, 0.0),
        (AMOUNT, "1", 1.0),
        (AMOUNT, ".35", 0.35),
        (AMOUNT, "5e-2", 0.05),
        (AMOUNT, 0.1 + 0.2, 0.3),
        (AMOUNT, -0.0, 0.0),
        (PROMPT, "  a cup\r\nof tea ", "a cup\nof tea"),
        (PROMPT, "x" * 1000, "x" * 1000),
        (PROMPT, "тёплый 🍵", "тёплый 🍵"),
        (LINE, "", ""),
        (BARS, False, False),
        (BARS, "on", True),
        (BARS, "False", False),
        (BARS, "0", False),
        (FORMAT, "large", "large"),
        (SEED, 0, 0),
        (SEED, str(MAX_SEED), MAX_SEED),
    ],
)
def test_accepted_values_come_back_in_the_own_type(parameter, raw, value):
    parsed = parameter.parse(raw)
    assert (parsed, type(parsed)) == (value, type(value))


WHOLE, NUMBER = "Enter a whole number.", "Enter a number."
STEP_8 = "Must be in steps of 8, for example 64 or 72."


@pytest.mark.parametrize(
    ("parameter", "raw", "message"),
    [
        (SIDE, "abc", WHOLE),
        (SIDE, 3.5, WHOLE),
        (SIDE, "64.0", WHOLE),
        (SIDE, True, WHOLE),
        (SIDE, None, WHOLE),
        (SIDE, "", WHOLE),
        (SIDE, "1_000", WHOLE),
        (SIDE, "６４", WHOLE),
        (SIDE, "9" * 5000, WHOLE),
        (SIDE, math.inf, WHOLE),
        (SIDE, [64], WHOLE),
        (SIDE, 56, "Must be between 64 and 2048."),
        (SIDE, 10**4000, "Must be between 64 and 2048."),
        (SIDE, 65, STEP_8),
        (SIDE, "71", STEP_8),
        (AMOUNT, "abc", NUMBER),
        (AMOUNT, "0,5", NUMBER),
        (AMOUNT, "nan", NUMBER),
        (AMOUNT, math.nan, NUMBER),
        (AMOUNT, -math.inf, NUMBER),
        (AMOUNT, "1e999", NUMBER),
        (AMOUNT, False, NUMBER),
        (AMOUNT, 10**4000, "Must be between 0 and 1."),
        (AMOUNT, 1.05, "Must be between 0 and 1."),
        (AMOUNT, 0.33, "Must be in steps of 0.05, for example 0.3 or 0.35."),
        (PROMPT, "", "Enter at least 1 character."),
        (PROMPT, " \n ", "Enter at least 1 character."),
        (PROMPT, "x" * 1001, "Use at most 1,000 characters (this text has 1,001)."),
        (PROMPT, 5, "Enter text."),
        (PROMPT, "a\x00b", "Remove the characters that cannot be shown."),
        (PROMPT, "a\ud800b", "Remove the characters that cannot be shown."),
        (LINE, "a\nb", "Remove the characters that cannot be shown."),
        (BARS, 1, "Enter true or false."),
        (BARS, "maybe", "Enter true or false."),
        (BARS, None, "Enter true or false."),
        (FORMAT, "huge", "Choose one of: small, large."),
        (FORMAT, ["small"], "Choose one of: small, large."),
        (SEED, -1, f"Must be between 0 and {MAX_SEED}."),
        (SEED, MAX_SEED + 1, f"Must be between 0 and {MAX_SEED}."),
        (SEED, "", WHOLE),
        (
            ImageParameter(name="image", label="Photo"),
            "x.png",
            "Send the photo with the job, not as a setting.",
        ),
    ],
)
def test_refused_values_are_explained(parameter, raw, message):
    with pytest.raises(InvalidValue) as refused:
        parameter.parse(raw)
    assert str(refused.value) == message


@given(st.integers(0, 20))
def test_a_number_means_the_same_as_its_string(steps):
    value = steps * 0.05
    assert AMOUNT.parse(value) == AMOUNT.parse(repr(value)) == round(value, 2)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.binary()
)


@given(JUNK)
def test_what_is_accepted_stays_the_same_when_parsed_again(raw):
    for parameter in (SIDE, AMOUNT, PROMPT, BARS, FORMAT, SEED):
        with suppress(InvalidValue):
            value = parameter.parse(raw)
            assert parameter.parse(value) == value


def test_a_boolean_writes_one_or_zero():
    assert list(BARS.bindings(True)) == [(Target("870", "blend_factor"), 1.0)]
    assert [repr(literal) for _, literal in BARS.bindings(False)] == ["0.0"]


def test_a_choice_writes_what_it_lists():
    assert {str(target): literal for target, literal in FORMAT.bindings("large")} == {
        "2.width": 1280,
        "2.height": 720,
    }
    assert [str(target) for target in FORMAT.all_targets] == ["2.width", "2.height"]


def test_schemas_carry_the_bounds():
    assert SIDE.to_json_schema() == {
        "title": "Side",
        "type": "integer",
        "minimum": 64,
        "maximum": 2048,
        "multipleOf": 8,
        "x-step": 8,
        "default": 64,
    }
    assert PROMPT.to_json_schema() == {"title": "Prompt", "type": "string", "minLength": 1, "maxLength": 1000}
    assert FORMAT.to_json_schema()["enum"] == ["small", "large"]
    assert SEED.to_json_schema()["maximum"] == 2**53 - 1


@pytest.mark.parametrize("text", ["", "2", "2.", ".width", "."])
def test_a_target_is_written_node_dot_input(text):
    with pytest.raises(ValueError, match=r"node\.input"):
        Target.parse(text)


def test_an_input_may_have_dots():
    assert Target.parse("12:5.model.name") == Target("12:5", "model.name")
