#!/usr/bin/env bash
# Evaluate judges side by side on a Slurm cluster, each in a home of its own, then make the boards.
# Usage: EMOPREFER_HOME=/shared/emoprefer deploy/slurm/evaluate.sh JUDGE...     (options of sbatch in SBATCH_*)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${EMOPREFER_HOME:?the shared folder with the call caches and the warehouse}"
export EMOPREFER_HOME EMOPREFER_SLURM_JUDGES="$*"
array=$(sbatch --parsable --export=ALL --array="0-$(($# - 1))" "$here/judge.sbatch")
# Judges that failed are left out of the boards; the next call asks them again.
sbatch --export=ALL --dependency="afterany:$array" "$here/boards.sbatch"
