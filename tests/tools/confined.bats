#!/usr/bin/env bats
# Confined machines: a read-only system, no /proc, no /dev/shm, folders for temporary files that are not there. Each is
bats_require_minimum_version 1.5.0
# made in a mount namespace of its own, as root or where users may make one.

setup() {
    PATH=$IR_BUILD/bin:$PATH
    cd "$BATS_TEST_TMPDIR"
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    flute=$root/tests/data/demo/flute-A4.mp3
    net=$PWD/net.net
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=classes' 'loss ce' > "$net"
}

# apart COMMANDS: run them by sh in a mount namespace of their own, $1 the recording
apart() {
    local user=
    [ "$(id -u)" = 0 ] || user=--map-root-user
    run --separate-stderr unshare --mount $user sh -c "mount --make-rprivate / && $1" - "$flute"
}

may_mount() {
    local user=
    [ "$(id -u)" = 0 ] || user=--map-root-user
    unshare --mount $user sh -c 'mount --make-rprivate / && mount -t tmpfs none /mnt' 2> /dev/null ||
        skip "no mount namespaces here"
}

# every file system that can be written is read-only, but for what $1 names
read_only='awk "{ print \$2 }" /proc/mounts | grep -vE "^/(proc|sys|dev)(/|\$)" | sort -r | while read -r m; do
    mount -o remount,ro,bind "$m" 2> /dev/null || true; done'

@test "read-only system: answers on standard output, and a file that cannot be written says why" {
    may_mount
    ir-infer -f tsv "$flute" > want.tsv
    apart "$read_only; ir-infer -f tsv \"\$1\""
    [ "$status" -eq 0 ]
    [ "$output" = "$(cat want.tsv)" ]
    apart "$read_only; ir-infer -f tsv \"\$1\" -o '$PWD/new.tsv'"
    [ "$status" -eq 1 ]
    [ "$stderr" = "ir-infer: $PWD/new.tsv: Read-only file system" ]
    apart "$read_only; ir-infer -f tsv \"\$1\" -o '$PWD/want.tsv'"
    [ "$status" -eq 1 ]
    [ "$stderr" = "ir-infer: $PWD/want.tsv: Read-only file system" ]
}

@test "read-only system: a training set that comes by pipe is held in memory" {
    may_mount
    ir-train -q --no-prog --epochs 2 "$net" - < "$root/tests/data/net/single.irt" > want.irt
    apart "$read_only; ir-train -q --no-prog --epochs 2 '$net' - < '$root/tests/data/net/single.irt' | cksum"
    [ "$status" -eq 0 ]
    [ "$output" = "$(cksum < want.irt)" ]
}

@test "without /proc: features and predictions by pipe are the same, the rest says what is missing" {
    may_mount
    ir-decode -q --for instruments "$flute" | ir-mel --for instruments -o mel.irt
    ir-infer -f tsv mel.irt > want.tsv
    apart "mount -t tmpfs none /proc; ir-infer -f tsv '$PWD/mel.irt'" # the model is found beside the program
    [ "$status" -eq 0 ]
    [ "$output" = "$(cat want.tsv)" ]
    ir-decode -q --no-prog "$flute" -o want.irt
    apart "mount -t tmpfs none /proc; ir-decode -q --no-prog \"\$1\" -o '$PWD/got.irt'"
    [ "$status" -eq 0 ]
    diff <(ir-cat --look got.irt) <(ir-cat --look want.irt)
    apart "mount -t tmpfs none /proc; ir-infer \"\$1\""
    [ "$status" -eq 1 ]
    [ "$stderr" = "ir-infer: /proc is not mounted: wanted, to open a temporary file or a pipe by name" ]
}

@test "without /dev/shm, with \$TMPDIR that is not there: the same answer" {
    ir-infer -f tsv "$flute" > want.tsv
    run --separate-stderr env TMPDIR=/not/there ir-infer -f tsv "$flute"
    [ "$status" -eq 0 ]
    [ "$output" = "$(cat want.tsv)" ]
    may_mount
    apart "mount -t tmpfs -o ro none /dev/shm; TMPDIR=/not/there ir-infer -f tsv \"\$1\""
    [ "$status" -eq 0 ]
    [ "$output" = "$(cat want.tsv)" ]
}

@test "without a /dev of its own, but null: the same answer" {
    may_mount
    ir-infer -f tsv "$flute" > want.tsv
    apart "cp -a /dev/null null 2> /dev/null; mkdir -p d; mount -t tmpfs none d && : > d/null && mount --bind /dev/null d/null &&
        mount --bind d /dev && ir-infer -f tsv \"\$1\""
    [ "$status" -eq 0 ]
    [ "$output" = "$(cat want.tsv)" ]
}

@test "a locale with a decimal comma, and Turkish: the same tables from every tool and script" {
    command -v localedef > /dev/null || skip "no localedef here"
    mkdir loc
    for l in de_DE tr_TR; do
        localedef -i $l -f UTF-8 loc/$l.UTF-8 2> /dev/null || true
    done
    # it is there: the shell's own printf writes a comma
    [ "$(LOCPATH=$PWD/loc LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 1,5' 2> /dev/null)" = 1,5 ] || skip "no sources of locales here"
    answers() {
        ir-infer -f tsv "$flute"
        ir-infer -f text --timeline "$flute"
        ir-score --matrix "$root/pipelines/published/audioset-confusion.tsv"
        sh "$root/pipelines/scores.sh" 2>&1 | head -n 3
        ir-decode --no-prog -q "$flute" | ir-augment -a 'gain db=-1.5..2.5' | ir-cat --look -
    }
    LC_ALL=C answers > want
    for l in de_DE tr_TR; do
        (export LOCPATH=$PWD/loc; export LC_ALL=$l.UTF-8 LANG=$l.UTF-8; answers) > got.$l
        cmp want got.$l
        opts=$(LOCPATH=$PWD/loc LC_ALL=$l.UTF-8 bash -c "source '$root/tools/complete.bash'; COMP_WORDS=(ir-cat --); COMP_CWORD=1
            COMP_LINE='ir-cat --' COMP_POINT=9; f=\$(complete -p ir-cat | sed 's/.*-F \([^ ]*\).*/\1/'); \$f ir-cat -- ir-cat; printf '%s\n' \"\${COMPREPLY[@]}\"")
        [ "$(grep -c . <<< "$opts")" -eq "$(ir-cat --help=tsv | tail -n +2 | grep -c .)" ] || { echo "$l: $opts"; false; }
    done
}
