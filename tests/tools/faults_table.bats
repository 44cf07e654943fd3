#!/usr/bin/env bats
# Rows of the table of faults that every tool must bear. faults_calls.bats lets single calls fail, faults_files.bats is about
# outputs, faults_data.bats about contents; decode_worker.bats has the thousand files with three killers.

setup() {
    load every_tool
    PATH=$IR_BUILD/bin:$PATH
    root=$BATS_TEST_DIRNAME/../..
    cd "$BATS_TEST_TMPDIR"
    make_inputs
    for t in $(every_tool); do
        line "$t"
        "${words[@]}" -o "want.$t"
    done
}


# same TOOL FILE: the bytes of an undisturbed run
same() { cmp "want.$1" "$2" || { echo "$1: other bytes"; return 1; }; }

compiled() { # compiled FILE.c OPTIONS…: built here, or the test is skipped
    local file=$1
    shift
    command -v "${CC:-cc}" > /dev/null || skip "no C compiler"
    "${CC:-cc}" -D_GNU_SOURCE "$@" "$root/tests/faults/$file" -ldl
}

@test "table: the reader is gone and SIGPIPE is ignored: status 1 and a message, in every tool" {
    for t in $(every_tool); do
        line "$t"
        run timeout 20 perl -e 'pipe(R, W); close R; open(STDOUT, ">&", \*W); $SIG{PIPE} = "IGNORE"; exec @ARGV' "${words[@]}"
        echo "$t: $status: $output"
        [ "$status" -eq 1 ]
        [[ "$output" == *"$t: "*"roken pipe"* ]]
    done
}

@test "table: the reader is gone: the end by SIGPIPE or with status 1, in every tool" {
    for t in $(every_tool); do
        line "$t"
        run timeout 20 perl -e 'pipe(R, W); close R; open(STDOUT, ">&", \*W); exec @ARGV' "${words[@]}"
        echo "$t: $status: $output"
        [ "$status" -eq 141 ] || [ "$status" -eq 1 ]
    done
}

@test "table: standard input, output and messages closed in any combination" {
    for t in $(every_tool); do
        line "$t"
        for how in '<&-' '2>&-' '<&- 2>&-' '>&-' '<&- >&- 2>&-'; do
            rm -f out
            eval "\"\${words[@]}\" -o out $how" || { echo "$t $how: $?"; return 1; }
            same "$t" out
        done
        status=0
        "${words[@]}" >&- 2> said || status=$?
        [ $status -eq 1 ] && [ -s said ] || { echo "$t >&-: $status"; cat said; return 1; }
    done
}

@test "table: stopped and continued: the same bytes" {
    for i in 1 2 3 4 5 6 7 8; do cat in.irt; done > many.irt
    for words in 'ir-cat' 'ir-infer -m m.irt -f irt' 'ir-score' 'ir-train -q --threads 1 --no-prog --epochs 1 n.net -' 'ir-plot -k spectrogram'; do
        from=many.irt
        [[ $words != ir-score ]] || from=p.irt
        $words < $from > want
        mkfifo slow
        (head -c 3000; sleep 0.4; head -c 9000; sleep 0.4; cat) < $from > slow &
        # shellcheck disable=SC2094
        $words < slow > got 3>&- &
        pid=$!
        for i in 1 2 3 4 5 6; do
            kill -STOP $pid 2> /dev/null || true
            sleep 0.05
            kill -CONT $pid 2> /dev/null || true
            sleep 0.05
        done
        wait $pid || { echo "$words: $?"; return 1; }
        wait
        cmp want got
        rm slow
    done
}

@test "table: short reads and writes: the same bytes through pipes that give a little at a time" {
    for words in 'ir-cat' 'ir-infer -m m.irt -f irt' 'ir-cat --to text'; do
        $words < in.irt > want
        perl -e '$| = 1; binmode STDIN; while (sysread(STDIN, $b, 97)) { syswrite(STDOUT, $b) }' < in.irt | $words |
            perl -e 'while (sysread(STDIN, $b, 13)) { syswrite(STDOUT, $b) }' > got
        cmp want got
    done
}

@test "table: a clock that is set back changes nothing" {
    sanitized && skip "the sanitizers want to be loaded first"
    compiled clock.c -shared -fPIC -o clock.so || skip "cannot build a library"
    [ "$(LD_PRELOAD=$PWD/clock.so perl -e 'print time')" -lt $(($(date +%s) - 1000)) ] || skip "libraries cannot be loaded before a program here"
    for t in $(every_tool); do
        line "$t"
        rm -f out
        LD_PRELOAD=$PWD/clock.so timeout 60 "${words[@]}" -o out || { echo "$t: $?"; return 1; }
        same "$t" out
    done
    # with a progress line on a terminal, limits of time in the workers, and checkpoints
    rm -f out
    LD_PRELOAD=$PWD/clock.so timeout 60 ir-train -q --threads 1 --no-prog --epochs 3 --checkpoint ck --checkpoint-every 0 n.net in.irt -o out
    ir-train -q --threads 1 --no-prog --epochs 3 n.net in.irt -o want
    ir-cat --compare --data-only out want
    LD_PRELOAD=$PWD/clock.so timeout 60 ir-decode --no-prog --timeout 1 tone.flac -o out
    same ir-decode out
}

@test "table: comma decimals and Turkish case: the same bytes" {
    command -v localedef > /dev/null || skip "localedef is not installed"
    mkdir locales
    for name in de_DE tr_TR; do
        localedef -i $name -f UTF-8 "$PWD/locales/$name.UTF-8" 2> /dev/null || true
    done
    export LOCPATH=$PWD/locales ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # glibc keeps the parts of LOCPATH
    # without the sources of locales localedef leaves a folder that has none
    [ "$(LC_ALL=de_DE.UTF-8 locale decimal_point 2> /dev/null)" = , ] || skip "the sources of locales are not installed"
    for name in de_DE tr_TR; do
        for t in $(every_tool); do
            line "$t"
            rm -f out
            LC_ALL=$name.UTF-8 LANG=$name.UTF-8 "${words[@]}" -o out
            same "$t" out
        done
        LC_ALL=$name.UTF-8 ir-cat --set "labels=flute:0.5" in.irt -o out
        ir-cat --set "labels=flute:0.5" in.irt | ir-cat --compare - out
        LC_ALL=$name.UTF-8 ir-train --list > out
        ir-train --list | cmp - out
    done
}

@test "table: entries of the environment that are no variables" {
    compiled with_env.c -o with_env || skip "cannot build a program"
    for entry in OPENBLAS_FOO OPENBLAS_ GOTO_NUM_THREADS = '' OPENBLAS_NUM_THREADS=x OPENBLAS_CORETYPE=Nonsense OMP_NUM_THREADS=1000000; do
        for t in $(every_tool); do
            line "$t"
            rm -f out
            timeout 60 ./with_env "$entry" "${words[@]}" -o out || { echo "$entry $t: $?"; return 1; }
            same "$t" out
        done
    done
}

@test "table: address-space limits from 32 MB on: done, or status 1 and a message; no signal, no hang" {
    sanitized && skip "the sanitizers need the address space"
    for t in $(every_tool); do
        line "$t"
        for mb in 32 40 48 64 80 96 128 160 200 256 320 400 512; do
            rm -f out
            status=0
            (ulimit -v $((mb * 1000)); exec timeout 100 "${words[@]}" -o out) > said 2>&1 || status=$?
            case $status in
            0) same "$t" out ;;
            1) [ -s said ] && [ ! -e out ] ;;
            127) grep -qE 'error while loading shared libraries|cannot' said ;; # not even begun
            *) false ;;
            esac || { echo "$t with $mb MB: status $status"; cat said; return 1; }
        done
    done
}

@test "table: missing and read-only folders, a full disk: status 1 naming the file, in every tool" {
    mkdir locked
    chmod 555 locked
    [ "$(id -u)" != 0 ] || locked=/proc/self # nobody can make a file there
    for t in $(every_tool); do
        line "$t"
        for o in no/such/x "${locked:-locked}/x" /dev/full; do
            run timeout 60 "${words[@]}" -o "$o"
            [ "$status" -eq 1 ] && [[ $output == *"$t: "*"$o"* ]] || { echo "$t -o $o: $status: $output"; return 1; }
        done
        status=0
        "${words[@]}" > /dev/full 2> said || status=$?
        [ $status -eq 1 ] && grep -q 'No space left' said || { echo "$t > /dev/full: $status"; cat said; return 1; }
    done
    # found before the work begins
    run timeout 20 ir-train -q --epochs 1000000 n.net in.irt -o no/such/x
    [ "$status" -eq 1 ]
    run timeout 20 ir-train -q --epochs 1000000 --checkpoint no/such/ck n.net in.irt -o x
    [ "$status" -eq 1 ]
}

@test "table: a stream that is cut while it is read: status 1, no SIGBUS" {
    for i in $(seq 1000); do cat in.irt; done > many.irt # more than a pipe takes at once (1 MiB)
    [ "$(ir-cat --to raw many.irt | wc -c)" -gt 3000000 ]
    cp many.irt whole.irt
    for words in 'ir-cat many.irt' 'ir-cat --to raw many.irt' 'ir-infer -m m.irt -f irt many.irt'; do
        cp whole.irt many.irt
        rm -f slow
        mkfifo slow
        $words > slow 2> said 3>&- &
        pid=$!
        {
            head -c 1000 > /dev/null
            truncate -s 100000 many.irt
            cat > /dev/null
        } < slow
        status=0
        wait $pid || status=$?
        [ $status -eq 1 ] && grep -q 'many.irt\|changed while it was read' said || { echo "$words: $status"; cat said; return 1; }
    done
    cp whole.irt many.irt
    ir-train -q --threads 1 --epochs 400 --checkpoint ck --checkpoint-every 0 n.net many.irt -o x 2> said 3>&- &
    pid=$!
    for i in $(seq 200); do [ -e ck ] && break; sleep 0.02; done
    truncate -s 100000 many.irt
    status=0
    wait $pid || status=$?
    [ $status -eq 1 ] && grep -q 'many.irt\|changed while it was read' said || { echo "ir-train: $status"; cat said; return 1; }
}

@test "table: 10,000 files with memory and descriptors flat" {
    sanitized && skip "the sanitizer's own memory"
    printf 'RIFF\144\0\0\0WAVEfmt \20\0\0\0\1\0\1\0\100\37\0\0\200\76\0\0\2\0\20\0data\100\0\0\0' > s.wav
    head -c 64 /dev/zero >> s.wav
    ir-cat --count 1 in.irt -o one.irt
    mkdir d
    for i in $(seq 10000); do echo "d/$i"; done | perl -lne 'link "s.wav", "$_.wav"; link "one.irt", "$_.irt"'
    (cd d && printf '%s\n' ./*.wav) > names
    [ "$(wc -l < names)" -eq 10000 ]
    (
        ulimit -n 32 -v 200000
        cd d
        ir-decode --no-prog -j 2 --list ../names -o ../sounds.irt
    )
    [ "$(ir-cat --look sounds.irt | grep -vc '^#')" -eq 10000 ]
    (
        ulimit -n 32 -v 200000
        cd d
        ir-cat --no-prog ./*.irt -o ../all.irt
    )
    [ "$(ir-cat --look all.irt | grep -vc '^#')" -eq 10000 ]
}
