# Source this (`. ./env.sh`) to use `emoprefer` and `dagster` from this folder.
_emoprefer_root=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")" && pwd)
# A project that `emoprefer init` made may have no environment of its own.
[ ! -e "$_emoprefer_root/.venv/bin/activate" ] || . "$_emoprefer_root/.venv/bin/activate"
export DAGSTER_HOME="$_emoprefer_root"
# Of the project that this shell was in before.
[ "${EMOPREFER_HOME:-}" != "${EMOPREFER_PROJECT:-}/.emoprefer" ] || unset EMOPREFER_HOME
export EMOPREFER_PROJECT="$_emoprefer_root"
export EMOPREFER_HOME="${EMOPREFER_HOME:-$_emoprefer_root/.emoprefer}"
mkdir -p "$EMOPREFER_HOME"
# A model's threads that spin while they wait take each other's core wherever something else runs: half the speed, or less.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
# These commands of Dagster read no workspace.yaml. DAGSTER_MODULE_NAME would serve them, but `dagster dev` hands it on to
# its web server, which refuses it beside the workspace that it is given.
for _emoprefer_command in ASSET_MATERIALIZE ASSET_LIST JOB_EXECUTE; do
    export DAGSTER_CLI_${_emoprefer_command}_MODULE_NAME=emoprefer_assets.definitions
done
# They go on working beside `dg`, which each of them says to use instead.
export PYTHONWARNINGS="${PYTHONWARNINGS:-$(printf 'ignore:Function `%s_command` is superseded,' asset_materialize asset_list job_execute dev)}"
# Seconds between two looks whether a run that was killed is to be started again.
export DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS="${DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS:-20}"
unset _emoprefer_root _emoprefer_command
