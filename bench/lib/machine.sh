# shellcheck shell=bash disable=SC2154 # The scripts that source this file set some variables.
# Prepares the machine and publishes the programs. Sourced by run.sh and profile.sh.

newest_postgres() { find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1; }

install_missing() { # command:package…
  local missing=() pair
  for pair in "$@"; do command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}"); done
  [[ -n $(newest_postgres) ]] || missing+=(postgresql)
  if ((${#missing[@]})); then
    local root=(); ((EUID == 0)) || root=(sudo -n)
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
}

publish() { # root of a source tree, project, folder, and optionally properties…: does nothing if the folder exists
  [[ ! -d $work/$3 ]] || return 0
  echo "Publishing $3 …" >&2
  (cd "$1" && dotnet publish "$2" -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true -p:IsPublishable=true "${@:4}" --nologo -v quiet -o "$work/$3" >&2)
}

publish_commit() { # commit, folder: from its own source tree, with its own versions of the packages
  mkdir "$work/$2-source"
  git archive "$1" | tar -x -C "$work/$2-source"
  publish "$work/$2-source" src/DumbKv.Web "$2"
}

tree() { # the commit of this source tree
  printf '%s' "$(git rev-parse --short HEAD)"
  git diff --quiet HEAD -- src Directory.Packages.props || printf ' with changes'
}

fdatasync_p50() { # after appending 4 KiB, in ms: the minimum cost of a commit of one page
  python3 - "$work/fdatasync" <<'PYTHON'
import os, sys, time
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o600)
times = []
for _ in range(400):
    os.write(file, b"v" * 4096)
    start = time.perf_counter()
    os.fdatasync(file)
    times.append(time.perf_counter() - start)
print(f"{sorted(times)[200] * 1000:.2f}")
PYTHON
}

# Below the ports that the system gives to outgoing connections, so that none of them takes the port before its server does.
free_port() {
  python3 - <<'PYTHON'
import random, socket
while True:
    port = random.randrange(10_000, 32_000)
    try:
        socket.socket().bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break
PYTHON
}
