#!/bin/sh
# parts.sh - many commands on this machine, on others by ssh, or in a Slurm queue; the only file that knows an engine.
#
#   parts.sh OUTPUT LIST 'ir-decode … | …' [FAILED]   PARTS commands, whose first program is given --part K/PARTS, and
#                                    --failed where FAILED is wanted; OUTPUT (FAILED) is theirs behind each other. LIST
#                                    is the list of clips, or a word when their number is not known
#   parts.sh --tasks TASKS           the commands of a file, one a line: OUTPUT TAB COMMAND
#
# ON=local (default), parallel (GNU parallel; SSH='2/host1,8/host2': on those hosts) or slurm (SLURM_OPTS='-p long …').
# Hosts see this folder under the same path. A command writes "$TMP", a name of its host and process, which becomes
# OUTPUT when it is whole; what it says is in the folder's log/NAME.K.log, behind its host, job and command. Done is what
# has its output, whatever a queue says: what is missing is started again, TRIES (3) times in all.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL # a task that is a make is one of its own
here=$0
tab=$(printf '\t')
say() { echo "parts: $*" >&2; }
fail() { say "$*"; exit 2; }
output_of() { sed -n "$1s/$tab.*//p" "$tasks"; }
log_of() { o=$(output_of "$1"); echo "$logs/$label.$(basename "$o" .irt).log"; }

# The place of the logs and the name of the work, from its file of tasks.
place() {
    tasks=$1
    dir=$(dirname "$tasks")
    case $dir in *.parts) label=$(basename "$dir" .irt.parts) dir=$(dirname "$dir") ;; *) label=$(basename "$tasks" .tasks) ;; esac
    logs=$([ "$dir" = . ] || echo "$dir/")log
}

# ---- what an engine starts: command K of a file of tasks ---------------------------------------------------------------

run_one() {
    k=$2
    place "$1"
    output=$(output_of "$k")
    command=$(sed -n "${k}s/^[^$tab]*$tab//p" "$tasks")
    log=$(log_of "$k")
    host=$(uname -n)
    TMP=$output.$host.$$.tmp
    export TMP
    trap 'rm -f "$TMP"' EXIT
    trap 'exit 143' INT TERM
    job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$k of Slurm}${PARALLEL_SEQ:+$PARALLEL_SEQ of parallel}
    printf 'host %s, job %s, %s\n%s\n' "$host" "${job:-none}" \
        "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$command" >> "$log" || exit 1
    sh -c "$command" >> "$log" 2>&1
    status=$?
    if [ $status -eq 0 ] && [ -e "$TMP" ]; then
        { sync "$TMP" && mv -f "$TMP" "$output"; } 2>> "$log" || status=1
    fi
    echo "exit $status on $host" >> "$log"
    exit $status
}

# ---- the engines: start the commands in $missing and wait --------------------------------------------------------------

engine_local() { printf '%s\n' $missing | xargs -P "${JOBS:-1}" -n 1 sh "$here" --run "$tasks"; }

remote() { PARALLEL_SSH="ssh -o BatchMode=yes -o ConnectTimeout=10" parallel --will-cite ${SSH:+-S "$SSH" --workdir "$PWD"} "$@"; }
engine_parallel() { remote ${JOBS:+-j "$JOBS"} sh "$here" --run "$tasks" '{}' ::: $missing; }

engine_slurm() {
    # shellcheck disable=SC2086
    job=$(sbatch --parsable --array="$(echo $missing | tr ' ' ,)" --job-name="irtools-$label" --output="$logs/$label.slurm-%A_%a.out" \
        ${SLURM_OPTS:-} --wrap "sh $here --run $tasks \$SLURM_ARRAY_TASK_ID") || fail "sbatch refused the array of $label"
    job=${job%%;*}
    say "$label: Slurm job $job, $(echo $missing | wc -w) tasks"
    while sleep "${POLL:-2}"; do
        find_missing
        [ -n "$missing" ] || { scancel "$job" 2> /dev/null; break; }
        if queue=$(squeue -h -j "$job" -o %T 2>&1); then [ -n "$queue" ] || break; else
            case $queue in *nvalid*) break ;; esac # else the controller does not answer: wait
        fi
    done
    job=
}

# ---- before anything is started ----------------------------------------------------------------------------------------

check_engine() {
    case ${ON:=local} in
    local) ;;
    parallel)
        parallel --version 2> /dev/null | grep -q '^GNU' || fail "ON=parallel: GNU parallel is not installed (apt-get install parallel)"
        [ -z "${SSH:-}" ] || check_hosts ;;
    slurm)
        for p in sbatch squeue scancel; do command -v $p > /dev/null || fail "ON=slurm: $p is not installed (apt-get install slurm-client)"; done
        nodes=$(sinfo -h -o '%n' 2>&1) || fail "ON=slurm: no answer from the controller: $nodes"
        check_shared ;;
    *) fail "ON='$ON', wanted local, parallel or slurm" ;;
    esac
}
# Each host must find a file that was just written here, and the same programs.
check_hosts() {
    token=$logs/seen.$(uname -n).$$
    echo "$token" > "$token" || fail "$logs: cannot write"
    seen=$(remote --nonall --tag cat "$token" 2>&1)
    rm -f "$token"
    for h in $(echo "$SSH" | tr ',' ' '); do
        h=${h##*/}
        [ "$h" = : ] || echo "$seen" | grep -qxF "$h$tab$token" ||
            fail "host $h does not see the folder $(cd "$dir" && pwd): $(echo "$seen" | grep "^$h" | head -1 | cut -f2-)"
    done
}
# A file system of this machine alone is of no use to nodes elsewhere (SHARED=1: it is exported to them).
check_shared() {
    kind=$(stat -f -c %T "$dir")
    others=$(scontrol show node -o 2> /dev/null | sed -n 's/.*NodeHostName=\([^ ]*\).*/\1/p' | grep -vxF "$(uname -n)" | head -1)
    case ${SHARED:-}$kind in
    tmpfs | ramfs | ext2/ext3 | ext4 | xfs | btrfs | zfs | overlayfs)
        [ -z "$others" ] || fail "$(cd "$dir" && pwd) is on $kind, which node $others may not see: choose OUT= on a shared file system, or say SHARED=1" ;;
    esac
}

# ---- all of them ---------------------------------------------------------------------------------------------------------

find_missing() {
    missing=
    ls "$dir" > /dev/null # network file systems look again
    k=0
    while IFS= read -r line; do
        k=$((k + 1))
        [ -e "${line%%"$tab"*}" ] || missing="$missing $k"
    done < "$tasks"
}
last_words() { # of a command that left no output
    log=$(log_of "$1")
    if [ ! -e "$log" ]; then
        say "$label, part $1: no log; does the host that had it see $(cd "$dir" && pwd)? $(cat "$logs/$label".slurm-*_"$1".out 2> /dev/null | tail -3)"
        return
    fi
    host=$(sed -n 's/^host \([^,]*\),.*/\1/p' "$log" | tail -1)
    exit=$(tail -1 "$log" | sed -n 's/^exit \([0-9]*\) on .*/\1/p')
    if [ -n "$exit" ]; then exit="exit $exit"; else exit="no exit code (killed)"; fi
    say "$label, part $1: $exit on host ${host:-unknown}; $log ends in:"
    sed '/^exit [0-9]* on /d' "$log" | tail -5 >&2
}
run_all() {
    job=
    trap '[ -z "$job" ] || scancel "$job"; exit 130' INT TERM HUP
    find_missing
    for k in $missing; do rm -f "$(log_of "$k")"; done
    try=0
    while [ -n "$missing" ] && [ $try -lt "${TRIES:-3}" ]; do
        try=$((try + 1))
        [ $try -eq 1 ] || say "$label: try $try of ${TRIES:-3}:$missing"
        "engine_$ON" || :
        find_missing
    done
    if [ -n "$missing" ]; then
        for k in $(echo $missing | cut -d' ' -f1-3); do last_words "$k"; done
        say "$label: $(echo $missing | wc -w) of $(wc -l < "$tasks") failed, ${TRIES:-3} tries each:$missing"
        exit 1
    fi
    rm -f "$logs/$label".slurm-*.out
}

parts() {
    output=$1
    list=$2
    command=$3
    failed=${4:-}
    folder=$output.parts
    place "$folder/tasks"
    mkdir -p "$logs"
    n=${PARTS:-4}
    case $n in '' | *[!0-9]* | 0*) fail "PARTS='$n', a number from 1 on wanted" ;; esac
    clips=$(tail -n 1 "$list" 2> /dev/null | sed -n 's/^#end //p')
    [ -z "$clips" ] || [ "$n" -le "$clips" ] || fail "PARTS=$n, but $list has $clips clips"
    check_engine
    first=${command%% *}
    k=0
    while [ $k -lt "$n" ]; do
        k=$((k + 1))
        name=$(printf '%s/%06d' "$folder" $k)
        printf '%s.irt\t%s --part %d/%d%s%s > "$TMP"\n' "$name" "$first" $k "$n" "${failed:+ --failed $name.failed}" "${command#"$first"}" || exit 1
    done > "$folder.new" || fail "$folder.new: cannot be written"
    if [ -d "$folder" ]; then
        cmp -s "$folder.new" "$folder/tasks" || fail "$folder holds parts of another command: remove it"
        for f in "$folder"/*; do
            case $f in */tasks | *.tmp | *.failed) continue ;; esac
            cut -f1 "$folder/tasks" | grep -qxF "$f" || fail "$f is none of the parts: remove it"
            [ ! -e "$list" ] || [ "$f" -nt "$list" ] || fail "$f is older than $list: remove $folder"
        done
        rm "$folder.new"
    else
        mkdir "$folder" && mv "$folder.new" "$folder/tasks"
    fi
    run_all
    case $first in */*) cat=${first%/*}/ir-cat ;; *) cat=ir-cat ;; esac
    # shellcheck disable=SC2046
    "$cat" $(cut -f1 "$tasks") -o "$output" || exit 1
    [ -z "$failed" ] || cat "$folder"/*.failed > "$failed" || exit 1
    rm -rf "$folder"
}

case ${1:-} in
--run) run_one "$2" "$3" ;;
--tasks)
    place "$2"
    mkdir -p "$logs"
    check_engine
    run_all ;;
*)
    [ $# -ge 3 ] || fail "usage: parts.sh OUTPUT LIST COMMAND [FAILED] | --tasks FILE"
    parts "$@" ;;
esac
