"""A run's config: every field checked, every fault one sentence."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.config import (
    Part,
    RunConfig,
    differences,
    fields,
    join_corpora,
    parse,
    split_corpora,
    with_settings,
)
from rnnkit.errors import ConfigError


def test_the_default_config_comes_back_from_its_json_as_it_was():
    assert parse(json.loads(RunConfig().model_dump_json())) == RunConfig()


def test_every_field_that_a_form_shows_says_what_it_is():
    for part in (RunConfig, *(type(value) for _, value in RunConfig() if isinstance(value, Part))):
        for name, field in part.model_fields.items():
            if name not in ("preset", "task") and not isinstance(field.default, Part):
                assert field.title, name
                assert field.description.endswith((".", ")")), name


@pytest.mark.parametrize(
    ("settings", "path", "value"),
    [
        ({"model.units": "256"}, ("model", "units"), 256),
        ({"model.units": 256}, ("model", "units"), 256),
        ({"model.bidirectional": "true", "batches.kind": "windows"}, ("model", "bidirectional"), True),
        ({"training.learning_rate": "1e-3"}, ("training", "learning_rate"), 0.001),
        ({"sampling.temperatures": "0.2,0.9, 1"}, ("sampling", "temperatures"), (0.2, 0.9, 1.0)),
        ({"sampling.temperatures": "0.5"}, ("sampling", "temperatures"), (0.5,)),
        ({"sampling.temperatures": 0.5}, ("sampling", "temperatures"), (0.5,)),
        ({"sampling.prompt": ""}, ("sampling", "prompt"), ""),
        ({"sampling.prompt": "no, never"}, ("sampling", "prompt"), "no, never"),
        ({"sampling.prompt": "1984"}, ("sampling", "prompt"), "1984"),
        ({"sampling.prompt": "1, 2, 3"}, ("sampling", "prompt"), "1, 2, 3"),
        ({"sampling.prompt": "None"}, ("sampling", "prompt"), "None"),
        ({"name": "none"}, ("name",), "none"),
        ({"name": "3,4"}, ("name",), "3,4"),
        ({"tokenizer.vocab_size": "none"}, ("tokenizer", "vocab_size"), None),
        ({"tokenizer.vocab_size": ""}, ("tokenizer", "vocab_size"), None),
        ({"tokenizer.vocab_size": "1000"}, ("tokenizer", "vocab_size"), 1000),
        ({"preset": "none"}, ("preset",), None),
    ],
)
def test_dotted_settings_replace_one_field_each(settings: dict, path: tuple, value: object):
    found = with_settings(RunConfig(), settings)
    for name in path:
        found = getattr(found, name)
    assert found == value


@pytest.mark.parametrize("key", ["speed", "model", "model.speed", "model.units.deep", "", ".", "__class__", "name.x"])
def test_a_setting_that_is_no_field_is_told_which_there_are(key: str):
    with pytest.raises(ConfigError, match=r"expected one of name, owner, .*model\.units"):
        with_settings(RunConfig(), {key: "1"})


FAULTS = {
    "model.units": ("0", "-1", "4097", "1.5", "many", "none"),
    "model.layers": ("0", "5"),
    "model.embedding_size": ("-1", "2049"),
    "model.dropout": ("-0.1", "0.95", "nan"),
    "model.recurrent_dropout": ("1",),
    "batches.kind": ("rows", ""),
    "batches.length": ("0", "2001"),
    "batches.step": ("0",),
    "batches.batch_size": ("0", "4097"),
    "batches.validation_fraction": ("-0.1", "0.6", "nan"),
    "training.epochs": ("0", "10001"),
    "training.seconds": ("-1", "1.5", "1000001"),
    "training.learning_rate": ("0", "-1", "nan", "inf", "-inf", "1e400", "quick"),
    "training.clip_norm": ("-1", "nan", "inf"),
    "training.optimizer": ("magic",),
    "training.seed": ("-1", str(2**31)),
    "training.device": ("tpu",),
    "tokenizer.minimum_count": ("0",),
    "tokenizer.vocab_size": ("1", "100001"),
    "sampling.length": ("-1", "5001"),
    "sampling.temperatures": ("-1", "nan", "inf", "11", "1,2,3,4,5,6,7", "warm", "", "0.5,nan"),
    "sampling.prompt": ("x" * 2001,),
    "name": ("x" * 81,),
    "task": ("poetry",),
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in FAULTS.items() for value in values])
def test_a_value_out_of_range_is_one_sentence_that_names_its_field(key: str, value: str):
    with pytest.raises(ConfigError) as error:
        with_settings(RunConfig(), {key: value})
    sentence = str(error.value)
    assert sentence.startswith(key), sentence
    assert "got" in sentence
    assert "\n" not in sentence
    assert len(sentence) <= 500


def test_a_learning_rate_that_will_diverge_is_allowed_as_one_learns_from_it():
    assert with_settings(RunConfig(), {"training.learning_rate": "1e30"}).training.learning_rate == 1e30


def test_a_network_that_reads_backwards_needs_windows():
    with pytest.raises(ConfigError, match=r"needs batches\.kind=windows: in a stream the backward half would read"):
        with_settings(RunConfig(), {"model.bidirectional": True})


@pytest.mark.parametrize("data", [[], None, "text", 3, {"model": 3}, {"model": {"units": {}}}, {"x": 1}, {1: 2}])
def test_what_is_no_config_is_refused_in_a_sentence(data: object):
    with pytest.raises(ConfigError) as error:
        parse(data)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  two  words ", "two words"),
        ("line\nend\ttab\r", "line end tab"),
        ("bell\x07 NUL\0 escape\x1b[31m", "bell NUL escape [31m"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("**bold** [link](x)", "**bold** [link](x)"),
        ("Zoë 猫 🐈", "Zoë 猫 🐈"),
        ("half \ud800 a letter", "half ? a letter"),
        ("next\x85line\u2028separator", "next line separator"),
        ("c1 \x9b31m control", "c1 31m control"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_stored_and_shown(given: str, shown: str):
    config = parse({"name": given, "owner": given})
    assert (config.name, config.owner) == (shown, shown)
    json.loads(config.model_dump_json())


@given(name=st.text(st.characters(), max_size=80))
def test_any_name_is_cleaned_or_refused_and_cleaning_twice_changes_nothing(name: str):
    cleaned = parse({"name": name}).name
    assert parse({"name": cleaned}).name == cleaned
    cleaned.encode()
    assert cleaned.isprintable() or not set(cleaned) & set(map(chr, range(32)))


# ---- which texts


NAMES = st.text(st.characters(exclude_characters="+ ", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.lists(NAMES, unique=True, max_size=10).map(tuple))
def test_texts_joined_to_one_string_are_the_same_texts_again(names: tuple[str, ...]):
    assert split_corpora(join_corpora(names)) == names
    config = parse({"corpora": names})
    assert config == parse({"corpus": config.corpus}) == parse({"corpus": list(names)})
    assert config == with_settings(RunConfig(), {"corpus": config.corpus})
    assert config == parse(json.loads(config.model_dump_json()))
    assert config.corpora == names


@pytest.mark.parametrize(
    ("old", "names"),
    [
        ("sherlock", ("sherlock",)),
        ("here", ("here",)),
        ("cookbook-2000000", ("cookbook-2000000",)),
        ("text-0123456789", ("text-0123456789",)),
        ("cookbook+python", ("cookbook", "python")),
        ("cookbook python", ("cookbook", "python")),  # from an address, where a plus is a space
        ("a+b+a", ("a", "b")),
        ("+a++", ("a",)),
        ("none", ("none",)),
        ("1,2", ("1,2",)),
        ("", ()),
    ],
)
def test_a_string_of_a_stored_run_names_the_texts_that_it_always_named(old: str, names: tuple[str, ...]):
    assert parse({"corpus": old}).corpora == with_settings(RunConfig(), {"corpus": old}).corpora == names


def test_the_json_of_a_run_names_its_texts_in_one_string():
    data = parse({"corpora": ["cookbook", "python"]}).model_dump(mode="json")
    assert data["corpus"] == "cookbook+python"
    assert "corpora" not in data


@pytest.mark.parametrize("given", [3, None, {"a": 1}, [1, 2], ["a", None]])
def test_what_names_no_texts_is_a_sentence(given: object):
    with pytest.raises(ConfigError, match=r"^corpus.*got"):
        parse({"corpus": given})


def test_a_prompt_with_half_a_character_is_a_sentence():
    with pytest.raises(ConfigError, match=r"^sampling.prompt: "):
        with_settings(RunConfig(), {"sampling.prompt": "half \ud800"})


def test_differences_name_the_fields_that_are_not_alike_and_no_others():
    base = RunConfig(name="a")
    other = with_settings(base, {"name": "b", "model.units": 64, "sampling.temperatures": "1"})
    assert differences([base, other]) == {"model.units": [128, 64], "sampling.temperatures": [[0.3, 0.7, 1.0], [1.0]]}
    assert differences([base, base, other])["model.units"] == [128, 128, 64]
    assert differences([base]) == differences([base, base]) == differences([]) == {}


def test_settings_from_differences_lead_from_one_config_to_the_other():
    base, other = RunConfig(), parse({"model": {"units": 9}, "training": {"learning_rate": 0.1, "epochs": 3}})
    changes = {key: values[1] for key, values in differences([base, other]).items()}
    assert with_settings(base, changes) == other


def test_every_field_has_a_dotted_name_and_its_default_can_be_set_to_itself():
    dump = RunConfig().model_dump(mode="json")
    for key in fields():
        part, _, inner = key.partition(".")
        value = dump[part][inner] if inner else dump[part]
        assert with_settings(RunConfig(), {key: value}) == RunConfig()
        assert not isinstance(value, float) or math.isfinite(value)
