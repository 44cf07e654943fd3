#!/usr/bin/env bats
# Files that are not ours stay whole: what -o FILE does to what is there already, and what is left after any end.

setup() {
    PATH=$IR_BUILD/bin:$PATH
    root=$BATS_TEST_DIRNAME/../..
    cd "$BATS_TEST_TMPDIR"
    in=$root/tests/data/net/single.irt
    cp "$in" in.irt
    net=$PWD/cnn.net
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' 'conv2d out=4 kernel=3 pad=1' batchnorm relu \
        flatten 'dense out=classes' 'loss ce' > "$net"
}

# a writer that has begun to write to $1 and waits for more
begin_writing() {
    mkfifo pipe
    ir-cat -o "$1" < pipe 2> slow.err &
    writer=$!
    exec 7> pipe
    head -c 20000 "$in" >&7
    sleep 0.3
}

end_writing() {
    exec 7>&-
    wait $writer || status=$?
    rm -f pipe
}

@test "files: whatever has the name of an old temporary file is left alone" {
    echo precious > other
    ln other .a.irt.part
    ir-cat in.irt -o a.irt
    cmp in.irt a.irt || ir-cat --compare in.irt a.irt
    [ "$(cat other)" = precious ]
    rm .a.irt.part
    mkfifo .a.irt.part
    timeout 10 ir-cat in.irt -o a.irt
    [ -p .a.irt.part ]
}

@test "files: nothing is left behind after SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGPIPE, and the old file stays" {
    for signal in KILL TERM INT HUP PIPE QUIT XCPU; do
        echo old > a.irt
        mkfifo pipe
        # a job in the background ignores SIGINT and SIGQUIT, one under nohup SIGHUP: let it not
        perl -e '$SIG{$_} = "DEFAULT" for qw(HUP INT QUIT TERM PIPE XCPU); exec @ARGV' ir-cat -o a.irt < pipe 2> /dev/null &
        writer=$!
        exec 7> pipe
        head -c 20000 "$in" >&7
        sleep 0.3
        kill -$signal $writer
        status=0
        wait $writer || status=$?
        exec 7>&-
        rm pipe
        [ $status -eq $((128 + $(kill -l $signal))) ] || { echo "$signal: status $status"; return 1; }
        [ "$(cat a.irt)" = old ]
        [ -z "$(ls -A | grep -E 'part|tmp')" ] || { ls -A; return 1; }
    done
}

@test "files: a file system that cannot lock takes output all the same" {
    command -v strace > /dev/null || skip "strace is not installed"
    strace -o /dev/null -e trace=flock true 2> /dev/null || skip "strace may not trace here"
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=flock,fcntl -e inject=flock:error=ENOSYS ir-cat in.irt -o a.irt
    ir-cat --compare in.irt a.irt
}

@test "files: two writers of one output: the second refuses, under any name of the folder" {
    mkdir d
    ln -s d e
    begin_writing d/a.irt
    run ir-cat in.irt -o e/a.irt
    [ $status -eq 1 ]
    [[ $output == *"another program is writing it"* ]]
    ir-cat in.irt -o d/b.irt
    end_writing
    ir-cat in.irt -o d/a.irt
}

@test "files: an output that exists keeps its mode, and a new one has that of the umask" {
    umask 027
    ir-cat in.irt -o a.irt
    [ "$(stat -c %a a.irt)" = 640 ]
    chmod 604 a.irt
    ir-cat in.irt -o a.irt
    [ "$(stat -c %a a.irt)" = 604 ]
}

@test "files: an output that exists keeps owner and group" {
    [ "$(id -u)" = 0 ] || skip "only root can give files away"
    ir-cat in.irt -o a.irt
    chown 1234:4321 a.irt
    chmod 664 a.irt
    ir-cat in.irt -o a.irt
    [ "$(stat -c '%u %g %a' a.irt)" = "1234 4321 664" ]
}

@test "files: what belongs to another user is not made ours" {
    [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null || skip "needs root and setpriv"
    chmod 777 .
    chmod 755 "$BATS_TEST_TMPDIR/.." "$BATS_RUN_TMPDIR" 2> /dev/null || true
    ir-cat in.irt -o a.irt
    chmod 666 a.irt in.irt
    setpriv --reuid 65534 --regid 65534 --clear-groups "$IR_BUILD/bin/ir-cat" --version > /dev/null 2>&1 ||
        skip "another user cannot reach the build"
    setpriv --reuid 65534 --regid 65534 --clear-groups test -r in.irt || skip "another user cannot reach the folder"
    status=0
    setpriv --reuid 65534 --regid 65534 --clear-groups "$IR_BUILD/bin/ir-cat" in.irt -o a.irt 2> err || status=$?
    [ $status -eq 1 ]
    grep -q "belongs to another user" err
    [ "$(stat -c %u a.irt)" = 0 ]
}

@test "files: a file that nobody may write is not replaced, not even by root" {
    ir-cat in.irt -o a.irt
    chmod 444 a.irt
    cp -p a.irt before
    run ir-cat --count 1 in.irt -o a.irt
    [ $status -eq 1 ]
    [[ $output == *"a.irt: may not be written (mode 0444)"* ]]
    cmp a.irt before
}

@test "files: a symbolic link is followed, also one that points to nothing yet" {
    mkdir d
    ln -s d/real.irt link.irt
    ir-cat in.irt -o link.irt
    [ -L link.irt ]
    [ -f d/real.irt ] && [ ! -L d/real.irt ]
    ir-cat --count 1 in.irt -o link.irt
    [ -L link.irt ]
    ir-cat --compare --quiet <(ir-cat --count 1 in.irt) d/real.irt
    ln -s loop loop
    run ir-cat in.irt -o loop
    [ $status -eq 1 ]
    [[ $output == *"symbolic links"* ]]
}

@test "files: /dev/stdout, /dev/fd/N and devices are written where they lead, and stay what they are" {
    before=$(ls -l /dev/stdout)
    { echo first; ir-cat in.irt -o /dev/stdout; } > out
    [ "$(head -n 1 out)" = first ]
    tail -c +7 out > rest.irt
    ir-cat --compare in.irt rest.irt
    [ "$(ls -l /dev/stdout)" = "$before" ]
    ir-cat in.irt -o /dev/fd/5 5> five.irt
    ir-cat --compare in.irt five.irt
    ir-cat in.irt -o /proc/self/fd/5 5> five.irt
    ir-cat --compare in.irt five.irt
    ir-cat in.irt -o /dev/stdout | ir-cat --compare in.irt -
    ln -s /dev/stdout here
    ir-cat in.irt -o here | ir-cat --compare in.irt -
    ir-cat in.irt -o /dev/null
    [ -c /dev/null ]
    run ir-cat in.irt -o /dev/fd/9 9>&-
    [ $status -eq 1 ]
    run ir-cat in.irt -o /dev/fd/0
    [ $status -eq 1 ]
}

@test "files: in a private /dev as root, /dev/stdout on a regular file is not replaced" {
    [ "$(id -u)" = 0 ] && command -v unshare > /dev/null || skip "needs root and unshare"
    mkdir dev
    unshare -m true 2> /dev/null || skip "no mount name spaces here"
    unshare -m sh -c 'mount -t tmpfs none dev && ln -s /proc/self/fd dev/fd && ln -s /proc/self/fd/1 dev/stdout &&
        mount --bind dev /dev && ir-cat in.irt -o /dev/stdout > out.irt && [ -L /dev/stdout ]'
    ir-cat --compare in.irt out.irt
}

@test "files: a limit of file size is a message, not a signal" {
    run bash -c 'ulimit -f 8; ir-cat in.irt -o a.irt'
    [ $status -eq 1 ]
    [[ $output == *"a.irt: File too large"* ]]
    [ ! -e a.irt ]
    run bash -c 'ulimit -f 8; ir-cat in.irt > b.irt'
    [ $status -eq 1 ]
    [[ $output == *"standard output: File too large"* ]]
}

@test "files: an ignored SIGINT stays ignored" {
    mkfifo pipe
    (trap '' INT; exec ir-cat -o a.irt) < pipe &
    writer=$!
    exec 7> pipe
    head -c 20000 "$in" >&7
    sleep 0.3
    kill -INT $writer
    sleep 0.2
    tail -c +20001 "$in" >&7
    exec 7>&-
    wait $writer
    ir-cat --compare in.irt a.irt
}

# $1 tool, then its words: refused with status 2, and in.irt stays what it is
refuses() {
    cp in.irt before
    run "$@" < /dev/null
    cmp in.irt before
    [ $status -eq 2 ] || { echo "status $status: $*: $output"; return 1; }
    [[ $output == *"is an input"* || $output == *"as two outputs"* ]] || { echo "$*: $output"; return 1; }
}

@test "files: an output that is also an input or another output is refused in every tool, under any name" {
    ln in.irt hard.irt
    ln -s in.irt soft.irt
    for tool in "$IR_BUILD"/bin/ir-*; do
        case $tool in
        *.sh | *-report) continue ;; # a script; it makes a page of tables
        esac
        for name in in.irt ./in.irt hard.irt soft.irt; do
            refuses "$tool" in.irt -o $name
        done
    done
    refuses ir-train --checkpoint in.irt "$net" in.irt -o m.irt
    refuses ir-train --log soft.irt "$net" in.irt -o m.irt
    refuses ir-train --log m.irt "$net" in.irt -o ./m.irt
    refuses ir-train --init-from in.irt "$net" in.irt -o in.irt
    cp in.irt ck.old
    run ir-train --checkpoint ck "$net" ck.old -o m.irt
    [ $status -ne 0 ]
    cmp in.irt ck.old
    refuses ir-mel --failed hard.irt in.irt
    refuses ir-decode --failed in.irt in.irt
    refuses ir-infer -m in.irt - -o hard.irt
    run sh -c 'ir-cat in.irt >> in.irt'
    [ $status -eq 2 ]
    run sh -c 'ir-cat -o in.irt < in.irt'
    [ $status -eq 2 ]
    # devices and pipes are nobody's
    ir-cat in.irt -o /dev/null < /dev/null
    ir-cat in.irt | ir-cat | ir-cat --compare in.irt -
}

@test "files: ir-train ends by the signal that stopped it, and goes on from its checkpoint" {
    for signal in INT TERM HUP; do
        rm -f ck ck.old
        perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' ir-train --threads 1 --epochs 1000000 --checkpoint ck "$net" in.irt -o m.irt 2> err &
        trainer=$!
        for i in $(seq 100); do [ -e ck ] && break; sleep 0.1; done
        kill -$signal $trainer
        status=0
        wait $trainer || status=$?
        [ $status -eq $((128 + $(kill -l $signal))) ] || { echo "$signal: $status"; cat err; return 1; }
        ir-cat ck > /dev/null
        [ ! -e m.irt ]
    done
}
