"""The tests that `make test` runs against a real Postgres; all others wait for `make test-all`.

Unit tests and those of the sample run every time.  Of those in `CHOSEN_FROM` only
what is named here does: each command that a person types, and each check, once.
`tests/template/test_everyday.py` says which command or check is missing here.
"""

from __future__ import annotations

CHOSEN_FROM = ("tests/postgres/", "tests/adopted/", "tests/template/test_environment.py")

EVERYDAY = {
    # Checks, by their examples.
    "tests/postgres/rehearsal/checks/test_examples.py": (
        "test_the_bad_example_yields_its_finding_and_no_other",
        "test_every_example_belongs_to_a_check",
        "test_examples_of_one_production_have_one_schema",
    ),
    # Commands, in the order of `rehearsal --help`.
    "tests/postgres/rehearsal/test_rehearse.py": (
        "test_the_sample_is_clean_and_every_check_is_judged",
    ),
    "tests/postgres/development/test_migrate.py": (
        "test_a_fresh_checkout_is_brought_from_production_to_head",
        "test_down_keeps_the_data_and_the_port",
        "test_url_prints_what_psql_takes_and_nothing_else",
        "test_env_writes_the_url_and_keeps_the_other_lines",
        "test_psql_runs_on_the_development_database",
        "test_a_revision_of_another_branch_is_refused_and_reset_cures_it",
    ),
    "tests/postgres/deploy/test_migrate_given.py": (
        "test_a_local_database_is_upgraded_without_a_question",
        "test_another_host_is_not_touched_where_nobody_can_be_asked",
    ),
    "tests/postgres/deploy/test_initialize.py": (
        "test_a_missing_database_is_created_and_brought_to_head",
        "test_tables_without_a_revision_are_refused_and_nothing_is_changed",
        "test_a_plan_creates_nothing",
    ),
    "tests/postgres/snapshot/test_take.py": (
        "test_no_row_leaves_production",
        "test_a_second_snapshot_of_one_schema_is_the_same_bytes",
        "test_the_password_is_never_printed_or_written",
    ),
    "tests/postgres/snapshot/test_verify.py": (
        "test_a_snapshot_of_a_living_database_holds",
        "test_show_prints_the_provenance_as_text",
    ),
    "tests/postgres/cli/test_schema.py": (
        "test_two_revisions_differ_by_what_lies_between_them",
        "test_the_sample_is_shown_with_the_past_that_its_production_has",
    ),
    "tests/postgres/drift/test_find.py": (
        "test_a_database_that_nobody_has_touched_has_no_drift",
        "test_what_was_done_by_hand_is_named",
    ),
    "tests/postgres/drift/test_fix.py": (
        "test_a_corrective_revision_ends_all_of_it_and_is_proven",
    ),
    "tests/postgres/identify/test_identify.py": (
        "test_an_unstamped_database_is_identified_by_its_schema",
        "test_a_wrong_stamp_is_found_with_its_differences",
    ),
    "tests/postgres/squash/test_squash.py": (
        "test_revisions_that_production_has_applied_become_one",
    ),
    "tests/postgres/lockfile/test_write.py": (
        "test_it_records_what_each_revision_makes_and_removes",
        "test_an_edit_of_an_applied_revision_fails_the_run_and_the_lock",
    ),
    "tests/postgres/core/postgres/servers/test_matrix.py": (
        "test_the_command_lists_the_servers_of_this_machine_newest_first",
    ),
    "tests/postgres/rehearsal/test_shards.py": (
        "test_the_joined_shards_give_the_report_of_a_whole_run[make_broken]",
    ),
    # The pytest plugin.
    "tests/postgres/pytest_plugin/test_fixtures.py": (
        "test_each_test_has_a_fresh_clone_of_the_migrated_schema",
    ),
    "tests/postgres/pytest_plugin/test_session.py": (
        "test_one_test_can_be_chosen_and_runs_what_it_needs",
    ),
    # What all of it depends on.
    "tests/postgres/core/postgres/test_databases.py": (),
    "tests/postgres/core/project/test_walk.py": (
        "test_a_walk_goes_up_and_down_and_commits_when_it_ends",
    ),
    "tests/postgres/core/project/test_failures.py": (
        "test_a_failing_statement_is_reported_with_revision_place_statement_and_sqlstate",
    ),
    "tests/postgres/core/project/test_host.py": (
        "test_no_process_is_left_after_the_parent_is_killed_in_the_middle_of_a_step",
    ),
    "tests/postgres/core/project/child/test_fence.py": (
        "test_an_engine_of_its_own_is_redirected_to_the_target",
        "test_a_connection_that_cannot_be_redirected_is_refused",
    ),
    "tests/postgres/core/schema/test_incremental.py": (
        "test_it_sees_changes_of_its_own_transaction_and_what_a_rollback_undid",
    ),
    "tests/postgres/rehearsal/experiments/test_stairway.py": (
        "test_revisions_behind_one_that_fails_are_unreached_and_said_to_be",
    ),
    "tests/adopted/test_adopted.py": ("test_each_section_is_a_history_of_its_own",),
}


def is_everyday(nodeid: str) -> bool:
    """Whether `make test` runs a test.  A file without names here is run whole."""
    path, _, name = nodeid.partition("::")
    if not path.startswith(CHOSEN_FROM):
        return True
    chosen = EVERYDAY.get(path)
    return chosen is not None and (not chosen or bool({name, name.partition("[")[0]} & {*chosen}))
