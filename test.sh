#!/usr/bin/env bash
# Runs every test. Ends with a plain line "N passed, N failed"; the exit code is 0 only if none failed.
#
#   ./test.sh                                        everything, on SQLite and on PostgreSQL
#   ./test.sh --sqlite-only                          without PostgreSQL
#   ./test.sh --database-location=postgres://…       on this PostgreSQL server; tests make databases of their own there
#   ./test.sh --long                                 with more rounds for tests that depend on timing, and clients of other generators
#   ./test.sh --coverage                             with a coverage report, in TestResults
#   ./test.sh --filter EXPRESSION                    as in dotnet test: --filter Name~overwrite
#
# The browser tests use the machine's Chromium, or the one that DUMBKV_CHROMIUM names.
# Tests of Citus run if DUMBKV_TEST_CITUS has the URL of a distributed database on its coordinator, with a superuser's name.
# PostgreSQL is the server that --database-location or DUMBKV_TEST_POSTGRES names, else this machine's binaries, started for the
# run, else a container. On Debian and Ubuntu missing packages are installed.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

filter=() coverage=()
while (($#)); do
  case $1 in
    --long) export DUMBKV_TEST_LONG=1 ;;
    --sqlite-only) export DUMBKV_TEST_SQLITE_ONLY=1 ;;
    --database-location=*) export DUMBKV_TEST_POSTGRES=${1#*=} ;;
    --coverage) coverage=(--collect 'Code Coverage;Format=cobertura') ;;
    --filter) filter=(--filter "${2:?--filter needs an expression}"); shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d; s/^# \{0,1\}//; p}' "$0"; exit 0 ;;
    *) echo "test.sh: $1 is not an option; see ./test.sh --help" >&2; exit 2 ;;
  esac
  shift
done

if ! command -v dotnet >/dev/null; then
  echo "test.sh: needs the .NET 10 SDK on the PATH: https://dotnet.microsoft.com/download" >&2
  exit 2
fi

shopt -s nullglob

missing=()
if [[ ${DUMBKV_TEST_LONG:-} == 1 ]]; then
  command -v slowhttptest >/dev/null || missing+=(slowhttptest)
  command -v wrk >/dev/null || missing+=(wrk)
fi
if [[ ${DUMBKV_TEST_SQLITE_ONLY:-} != 1 && -z ${DUMBKV_TEST_POSTGRES:-} ]]; then
  binaries=(/usr/lib/postgresql/*/bin/initdb)
  if ((${#binaries[@]} == 0)) && ! command -v initdb >/dev/null && ! docker info >/dev/null 2>&1; then
    missing+=(postgresql)
  fi
  [[ -x /usr/sbin/pgbouncer ]] || command -v pgbouncer >/dev/null || missing+=(pgbouncer)
fi

command -v node >/dev/null && command -v npm >/dev/null || missing+=(nodejs npm)
command -v strace >/dev/null || missing+=(strace)
command -v zsh >/dev/null || missing+=(zsh)
command -v curl >/dev/null || missing+=(curl)
command -v gcc >/dev/null || command -v clang >/dev/null || missing+=(build-essential)
[[ -e /usr/include/zlib.h ]] || missing+=(zlib1g-dev)
command -v bindfs >/dev/null || missing+=(bindfs)
command -v prometheus >/dev/null && command -v promtool >/dev/null || missing+=(prometheus)
python3 -c 'import yaml' 2>/dev/null || missing+=(python3-yaml)
if [[ -z ${DUMBKV_CHROMIUM:-} ]] && ! command -v chromium-headless-shell >/dev/null && ! command -v chromium >/dev/null &&
  ! command -v google-chrome >/dev/null; then
  missing+=(chromium-headless-shell)
fi

if ((${#missing[@]})); then
  root=(); ((EUID == 0)) || root=(sudo -n)
  if ! command -v apt-get >/dev/null || ! "${root[@]}" true 2>/dev/null; then
    echo "test.sh: please install: ${missing[*]} (Debian's names); or ./test.sh --sqlite-only does without PostgreSQL" >&2
    exit 2
  fi
  echo "Installing ${missing[*]} …"
  "${root[@]}" apt-get update -qq
  if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    echo "test.sh: could not install ${missing[*]}" >&2
    exit 2
  fi
fi

# The tests of the manifests bring these too, one after the other. Here a failure stops early.
for tool in kubectl litestream schemas; do
  if ! tests/kubernetes/prepare.sh "$tool" >/dev/null; then
    echo "test.sh: tests/kubernetes/prepare.sh $tool failed" >&2
    exit 2
  fi
done

results=TestResults
rm -rf "$results"

dotnet build DumbKv.slnx --nologo -v quiet || { echo "0 passed, 1 failed"; exit 1; }

# Tests that run the server as a process use the published build. It is compiled ahead, as in a deployment, and starts faster.
# The build above has analyzed the code.
server=$PWD/$results/server
dotnet publish src/DumbKv.Web -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true \
  -p:RunAnalyzers=false --nologo -v quiet -o "$server" || { echo "0 passed, 1 failed"; exit 1; }
export DUMBKV_TEST_SERVER=$server/dumbkv.dll

# The tests of dkv run the native binary.
dotnet publish clients/Dkv -c Release --use-current-runtime -p:RunAnalyzers=false --nologo -v quiet -o "$PWD/$results/dkv" ||
  { echo "0 passed, 1 failed"; exit 1; }
export DKV_TEST_BINARY=$PWD/$results/dkv/dkv

# The version before serves a PostgreSQL side by side with this one. A shallow clone may not have its commit.
before=$(<tests/DumbKv.ReliabilityTests/version-before.txt)
if [[ ${DUMBKV_TEST_LONG:-} == 1 ]] && git cat-file -e "$before^{commit}" 2>/dev/null; then
  source=$PWD/$results/source-before
  mkdir -p "$source"
  git archive "$before" | tar -x -C "$source"
  dotnet publish "$source/src/DumbKv.Web" -c Release --nologo -v quiet -o "$PWD/$results/server-before" || { echo "0 passed, 1 failed"; exit 1; }
  export DUMBKV_TEST_SERVER_BEFORE=$PWD/$results/server-before/dumbkv.dll
fi

run() { # folder of a test project
  dotnet test "$1" --no-build --nologo --blame-hang-timeout 15m --blame-hang-dump-type none --logger 'console;verbosity=minimal' \
    --logger "trx;LogFileName=$(basename "$1").trx" --results-directory "$results" "${filter[@]}" "${coverage[@]}"
}

# The integration tests take longest and often wait for processes, so the reliability and the browser tests run beside them. The
# others run alone, because the security tests measure latencies.
status=0
{
  beside=0
  run tests/DumbKv.ReliabilityTests || beside=1
  run tests/DumbKv.BrowserTests || beside=1
  ((beside == 0))
} &
run tests/DumbKv.IntegrationTests || status=1
wait $! || status=1
for project in clients/tests/*Tests tests/*Tests; do
  case $project in */DumbKv.IntegrationTests | */DumbKv.ReliabilityTests | */DumbKv.BrowserTests) continue ;; esac
  run "$project" || status=1
done

# Each test project wrote a file with its counters.
passed=0 failed=0
for file in "$results"/*.trx; do
  counters=$(grep -o '<Counters [^>]*' "$file")
  count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<<"$counters"; }
  passed=$((passed + $(count passed)))
  failed=$((failed + $(count failed) + $(count error) + $(count timeout) + $(count aborted)))
done

if ((passed + failed == 0)); then
  echo "test.sh: no test ran" >&2
  status=1
elif ((status != 0 && failed == 0)); then
  failed=1 # A test host that died has no counter of its own.
fi

echo "$passed passed, $failed failed"
((status == 0 && failed == 0))
