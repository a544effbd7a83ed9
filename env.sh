# Source this (`. ./env.sh`) to use `emoprefer` and `dagster` from this folder.
_emoprefer_root=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")" && pwd)
. "$_emoprefer_root/.venv/bin/activate"
export DAGSTER_HOME="$_emoprefer_root"
export EMOPREFER_HOME="${EMOPREFER_HOME:-$_emoprefer_root/.emoprefer}"
mkdir -p "$EMOPREFER_HOME"
unset _emoprefer_root

# `dagster asset` takes the module from a variable that `dagster dev`, which reads workspace.yaml, cannot stand, and
# knows a judge of the registry only once it has its partition.
dagster() {
    local argument before=""
    if [ "$1" = dev ]; then
        command dagster "$@"
        return
    fi
    for argument in "$@"; do
        case "$before $argument" in
        "--partition "*) emoprefer admit "$argument" || return ;;
        *" --partition="*) emoprefer admit "${argument#--partition=}" || return ;;
        esac
        before=$argument
    done
    DAGSTER_MODULE_NAME=emoprefer_assets.definitions command dagster "$@"
}
