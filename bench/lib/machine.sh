# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# Prepares the machine. Sourced by run.sh.

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

publish() { # project, folder
  dotnet publish "$1" -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true -p:IsPublishable=true --nologo -v quiet -o "$work/$2"
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

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
