"""Whether every table of the models is known to whoever compares with them."""

from __future__ import annotations

from alembic_rehearsal.acts.stage import Experiment, Skip, Stage
from alembic_rehearsal.facts import ModelImports, Scene
from alembic_rehearsal.project.host import StepFailed


def model_imports(stage: Stage, scene: Scene) -> ModelImports:
    """Import what looks like a model, on an empty database, and see which tables that brings."""
    try:
        with stage.made("imports") as database, stage.walking(database) as walk:
            if not walk.opened.has_target_metadata:
                raise Skip("env.py gives Alembic no target_metadata")
            found = walk.unimported(stage.settings.models)
    except StepFailed as stopped:
        raise Skip(f"the models' modules cannot be looked at: {stopped.what}") from stopped
    if not found.packages:
        raise Skip('no module defines a table; models = ["package"] in the settings names one')
    if found.failed and not found.tables:
        failed = (f"{each.module} ({each.message})" for each in found.failed)
        raise Skip(f"these look like models and do not import: {', '.join(failed)}")
    return found


MODEL_IMPORTS = Experiment("look for models that nothing imports", ModelImports, (), model_imports)
