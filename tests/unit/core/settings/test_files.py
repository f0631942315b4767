"""Settings: which file is used, which values its keys take, and the messages for mistakes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alembic_rehearsal.core.settings.environment import environment
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.settings.values import Settings, Waiver, alembic_command, config_option
from alembic_rehearsal.core.values.databases import DatabaseOptions
from alembic_rehearsal.core.values.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder with an alembic.ini and nothing else."""
    (tmp_path / "alembic.ini").touch()
    return tmp_path


def settings(folder: Path, text: str) -> Settings:
    (folder / "rehearsal.toml").write_text(text)
    return find_settings(start=folder)


def test_without_a_file_everything_has_its_default(folder: Path) -> None:
    found = find_settings(start=folder)
    assert found == Settings(config=folder / "alembic.ini")
    assert found.folder == folder


def test_a_snapshot_in_the_usual_place_needs_no_setting(folder: Path) -> None:
    (folder / "snapshots").mkdir()
    (folder / "snapshots" / "production.sql").touch()
    assert find_settings(start=folder).snapshot == folder / "snapshots" / "production.sql"


def test_every_setting_of_rehearsal_toml_arrives_with_absolute_paths(folder: Path) -> None:
    (folder / "db").mkdir()
    (folder / "db" / "alembic.ini").touch()
    (folder / "db" / "live.sql").touch()
    found = settings(
        folder,
        """
        config = "db/alembic.ini"
        snapshot = "db/live.sql"
        server = "embedded"
        postgres = 16
        disposable = true
        url_variables = ["SHOP_URL", "DATABASE_URL"]
        models = ["shop", "billing.models"]
        replayable = false
        reference_tables = ["public.tiers"]
        random_seed = 7
        seed = "shop.seeds:first_rows"
        database = {owner = "shop", encoding = "UTF8"}
        waive = [{code = "D1", revision = "a1", reason = "drops what nobody wants back"}]
        """,
    )
    assert found == Settings(
        config=folder / "db" / "alembic.ini",
        source=folder / "rehearsal.toml",
        snapshot=folder / "db" / "live.sql",
        server="embedded",
        postgres=16,
        disposable=True,
        url_variables=("SHOP_URL", "DATABASE_URL"),
        models=("shop", "billing.models"),
        replayable=False,
        reference_tables=("public.tiers",),
        random_seed=7,
        seed="shop.seeds:first_rows",
        database=DatabaseOptions(owner="shop", encoding="UTF8"),
        waive=(Waiver("D1", "drops what nobody wants back", revision="a1"),),
    )


def test_pyproject_toml_is_read_where_it_has_the_table(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.rehearsal]\nserver = "docker"\n')
    assert find_settings(start=folder).server == "docker"


def test_pyproject_toml_without_the_table_is_ignored(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    assert find_settings(start=folder).source is None


def test_rehearsal_toml_takes_precedence_over_pyproject_toml(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.rehearsal]\nserver = "docker"\n')
    assert settings(folder, 'server = "local"').server == "local"


def test_settings_are_found_from_a_folder_below(folder: Path) -> None:
    (folder / "src" / "shop").mkdir(parents=True)
    (folder / "rehearsal.toml").write_text('server = "local"')
    assert find_settings(start=folder / "src" / "shop").server == "local"


def test_a_project_in_a_subfolder_does_not_get_its_neighbours_settings(folder: Path) -> None:
    settings(folder, 'server = "local"')
    inner = folder / "examples" / "shop"
    inner.mkdir(parents=True)
    (inner / "alembic.ini").touch()
    assert find_settings(inner / "alembic.ini") == Settings(config=inner / "alembic.ini")


def test_a_configuration_that_the_settings_name_gets_them(folder: Path) -> None:
    (folder / "db").mkdir()
    (folder / "db" / "alembic.ini").touch()
    settings(folder, 'config = "db/alembic.ini"\nserver = "local"')
    found = find_settings(folder / "db" / "alembic.ini")
    assert found.server == "local"
    assert found.folder == folder


def test_a_project_runs_in_its_folder_with_its_variables(folder: Path) -> None:
    project = settings(folder, 'url_variables = ["SHOP_URL"]').project(section="shop")
    assert project.folder == folder
    assert project.section == "shop"
    assert project.url_variables == ("SHOP_URL",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("snapshots", "snapshot"), ("Server", "server"), ("url_variable", "url_variables")],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    folder: Path, written: str, meant: str
) -> None:
    with pytest.raises(UsageError) as caught:
        settings(folder, f'{written} = "x"')
    assert str(folder / "rehearsal.toml") in caught.value.what
    assert f"unknown setting {written!r} (did you mean {meant!r}?)." in caught.value.what
    assert "known settings: bootstrap, config, database, " in caught.value.remedies[0]
    assert caught.value.exit_code == 2


def test_an_unknown_key_that_is_like_no_other_is_refused_without_a_guess(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        settings(folder, "zzzz = 1")
    assert "'zzzz'" in caught.value.what
    assert "did you mean" not in caught.value.what


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("snapshot = 3", "snapshot = 3"),
        ('postgres = "18"', "a major version, such as 18"),
        ("postgres = true", "a major version, such as 18"),
        ('disposable = "yes"', "true or false"),
        ('url_variables = "DATABASE_URL"', 'a list of names, such as ["DATABASE_URL"]'),
        ("url_variables = [1]", 'a list of names, such as ["DATABASE_URL"]'),
        ('models = "shop"', 'a list of packages, such as ["shop", "billing.models"]'),
        ("models = []", 'a list of packages, such as ["shop", "billing.models"]'),
        ("url_variables = []", 'a list of names, such as ["DATABASE_URL"]'),
        ('waive = "D1"', "a list of tables"),
        ('waive = [{code = "D1", revision = "a1"}]', "code, reason, and revision or object"),
        (
            'waive = [{code = "D1", revision = "a1", reason = ""}]',
            "code, reason, and revision or object",
        ),
        ("waive = [1]", "code, reason, and revision or object"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_an_example(
    folder: Path, text: str, expected: str
) -> None:
    with pytest.raises(UsageError) as caught:
        settings(folder, text)
    assert expected in caught.value.what
    assert str(folder / "rehearsal.toml") in caught.value.what


@pytest.mark.parametrize("name", ["rehearsal.toml", "pyproject.toml"])
def test_a_file_that_is_not_toml_is_named(folder: Path, name: str) -> None:
    (folder / name).write_text("[tool.rehearsal\n")
    with pytest.raises(UsageError, match=f"{name} is not TOML: "):
        find_settings(start=folder)


def test_a_table_that_is_no_table_is_named(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool]\nrehearsal = 1\n")
    with pytest.raises(UsageError, match=r"\[tool.rehearsal\] in .*pyproject.toml is not a table"):
        find_settings(start=folder)


def test_a_command_needs_the_configuration_that_is_not_in_its_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert config_option(folder / "alembic.ini") == ""
    assert config_option(folder / "a b" / "alembic.ini") == " --config 'a b/alembic.ini'"
    assert config_option(folder / "shop.ini") == " --config shop.ini"
    assert config_option(Path("/srv/shop/alembic.ini")) == " --config /srv/shop/alembic.ini"


def test_alembic_is_typed_in_the_folder_of_the_project_and_with_its_configuration(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alembic resolves a relative script_location from the working directory."""
    monkeypatch.chdir(folder)

    def typed(config: Path, source: Path | None = None, section: str = "alembic") -> str:
        return alembic_command(Settings(config, source).project(section=section))

    own, below = folder / "alembic.ini", folder / "a b" / "alembic.ini"
    assert typed(own) == "alembic"
    assert typed(folder / "shop.ini") == "alembic -c shop.ini"
    assert typed(below) == "cd 'a b' && alembic"
    assert typed(below, folder / "rehearsal.toml") == "alembic -c 'a b/alembic.ini'"
    assert typed(Path("/srv/shop/shop.ini")) == "cd /srv/shop && alembic -c shop.ini"
    assert typed(own, section="billing") == "alembic -n billing"


def test_an_incomplete_waiver_is_refused_with_a_complete_one(folder: Path) -> None:
    (folder / "rehearsal.toml").write_text('waive = [{code = "D1"}]\n')
    with pytest.raises(UsageError) as caught:
        find_settings(start=folder)
    for way in caught.value.remedies:
        (folder / "rehearsal.toml").write_text(way)
        assert find_settings(start=folder).waive


@pytest.mark.parametrize("brackets", ["[waive]", "[[waive]]"])
def test_a_waiver_may_be_a_table_of_its_own(folder: Path, brackets: str) -> None:
    text = 'code = "D1"\nrevision = "a1"\nreason = "old"\n'
    assert settings(folder, f"{brackets}\n{text}").waive == (Waiver("D1", "old", revision="a1"),)


def test_several_waivers_may_be_tables_of_pyproject_toml(folder: Path) -> None:
    waiver = '[[tool.rehearsal.waive]]\ncode = "D1"\nrevision = "{}"\nreason = "old"\n'
    text = "[tool.rehearsal]\n" + "".join(waiver.format(id) for id in ("a1", "b2"))
    (folder / "pyproject.toml").write_text(text)
    assert [each.revision for each in find_settings(start=folder).waive] == ["a1", "b2"]


def test_a_missing_alembic_ini_is_named_with_the_file_that_names_it(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        settings(folder, 'config = "db/alembic.ini"')
    assert str(folder / "db" / "alembic.ini") in caught.value.what
    assert str(folder / "rehearsal.toml") in caught.value.what


def test_a_snapshot_that_does_not_exist_yet_is_no_error_of_the_settings(folder: Path) -> None:
    assert settings(folder, 'snapshot = "live.sql"').snapshot == folder / "live.sql"


def test_the_environment_is_the_one_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REHEARSAL_TEST", "x")
    assert environment()["REHEARSAL_TEST"] == "x"
    assert environment() == os.environ
