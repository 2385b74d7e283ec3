#!/usr/bin/env bash
# Everything that this machine can run. Expects setup.sh to have run.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/lint.sh
# Where these cannot be made, their tests are skipped, each with the reason in its name; with CI=true they fail.
bash scripts/otp-release.sh >/dev/null || true
node_modules/.bin/vitest run "$@"
