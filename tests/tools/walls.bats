#!/usr/bin/env bats
# The walls of the architecture: who includes what, names, sizes, documents. Each test prints what breaks it.

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    t=$BATS_TEST_TMPDIR
}

# fails when FILE is not empty, and shows it
nothing_in() {
    [ ! -s "$1" ] || { echo "$2:"; cat "$1"; return 1; }
}

@test "each outside library is included by exactly one file" {
    bad=$BATS_TEST_TMPDIR/bad
    : > "$bad"
    while read -r header file; do
        grep -rlE "^[[:space:]]*#[[:space:]]*include[[:space:]]*<$header>" --include='*.[ch]' lib tools | sort > "$t/found" || true
        [ -e "$file" ] || [ -s "$t/found" ] || continue
        [ "$(cat "$t/found")" = "$file" ] || echo "<$header> belongs to $file, is in: $(tr '\n' ' ' < "$t/found")" >> "$bad"
    done <<'LIST'
mpg123\.h lib/decode/read_mpeg.c
FLAC/stream_decoder\.h lib/decode/read_flac.c
vorbis/vorbisfile\.h lib/decode/read_vorbis.c
fftw3\.h lib/dsp/fft.c
cblas\.h lib/kern/gemm.c
zlib\.h lib/irt/codec.c
yaml\.h lib/label/yaml.c
jansson\.h lib/base/json.c
utf8proc\.h lib/base/unicode.c
png\.h lib/plot/png.c
hdf5\.h lib/convert/h5.c
fluidsynth\.h lib/render/render.c
lame/lame\.h lib/augment/augment_codec.c
seccomp\.h lib/decode/sandbox.c
mpi\.h lib/train/ranks_mpi.c
LIST
    nothing_in "$bad" "outside libraries"
}

@test "only listed outside libraries are included" {
    bad=$BATS_TEST_TMPDIR/bad
    known='assert|ctype|dirent|dlfcn|errno|fcntl|fenv|float|fnmatch|ftw|getopt|glob|inttypes|libgen|limits|locale|malloc|math|poll|pthread|sched|setjmp|signal|spawn|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|termios|time|unistd|immintrin|arm_neon|cpuid|sys/[a-z_]+|linux/[a-z_]+'
    libs='mpg123|FLAC/stream_decoder|vorbis/vorbisfile|fftw3|cblas|zlib|yaml|jansson|png|fluidsynth|lame/lame|seccomp|hdf5|mpi|utf8proc'
    grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' --include='*.[ch]' lib tools |
        grep -vE "<($known|$libs)\.h>" > "$bad" || true
    nothing_in "$bad" "headers that no wall knows"
}

@test "tools include only lib/*.h, and the system" {
    bad=$BATS_TEST_TMPDIR/bad
    grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' tools/*.c | while IFS=: read -r file line text; do
        header=$(sed 's/.*"\(.*\)".*/\1/' <<< "$text")
        case $header in
        */*) echo "$file:$line: $header" ;;
        *) [ -e "lib/$header" ] || echo "$file:$line: lib/$header is missing" ;;
        esac
    done > "$bad"
    grep -nE '<(mpg123|FLAC|vorbis|fftw3|cblas|zlib|yaml|jansson|png|fluidsynth|lame/lame|seccomp|hdf5|mpi)\.h>' tools/*.c >> "$bad" || true
    nothing_in "$bad" "tools"
}

@test "every external symbol of the library starts with ir_" {
    bad=$BATS_TEST_TMPDIR/bad
    nm -g --defined-only "$IR_BUILD/libirtools.a" 2>/dev/null |
        awk 'NF == 3 && $2 ~ /^[A-Z]$/ && $3 !~ /^(_?ir_|__odr_asan|__asan_|__ubsan|_?DW\.ref|__x86)/ { print $3 }' |
        sort -u > "$bad"
    nothing_in "$bad" "external symbols"
}

@test "no C file has more than 400 lines" {
    bad=$BATS_TEST_TMPDIR/bad
    find lib tools tests -name '*.[ch]' -exec awk 'END { if (NR > 400) print NR, FILENAME }' {} \; > "$bad"
    nothing_in "$bad" "long files"
}

@test "no tool has more than 280 lines: what it does is in lib" {
    bad=$BATS_TEST_TMPDIR/bad
    wc -l tools/*.c | awk '$1 > 280 && $2 != "total" { print $2 ": " $1 " lines" }' > "$bad"
    nothing_in "$bad" "long tools"
}

@test "no function of lib and tools has more than 60 lines" {
    bad=$BATS_TEST_TMPDIR/bad
    for f in $(find lib tools -name '*.[ch]'); do
        # A body starts with a { in the first column and ends with a } there.
        awk '/^\{/ { start = FNR } /^\}[^;]*$/ { if (start && FNR - start - 1 > 60) print FNR - start - 1, FILENAME ":" start; start = 0 } /^\};/ { start = 0 }' "$f"
    done > "$bad"
    nothing_in "$bad" "long functions"
}

@test "only base and tool end the program or prints" {
    bad=$BATS_TEST_TMPDIR/bad
    grep -rnE '\b(exit|abort|_exit|perror)\(|\bf?printf\((stderr|stdout)|^[^"]*[^a-z_f]printf\("' --include='*.c' lib |
        grep -vE '^lib/(base|tool|decode)/' > "$bad" || true
    nothing_in "$bad" "prints or exits"
}

@test "every tool has a man page with all sections" {
    bad=$BATS_TEST_TMPDIR/bad
    for f in tools/ir-*.c; do
        m=${f%.c}.1
        [ -e "$m" ] || { echo "$m is missing"; continue; }
        for s in NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES 'EXIT STATUS' 'SEE ALSO'; do
            grep -q "^\.Sh $s\$" "$m" || echo "$m: no section $s"
        done
    done > "$bad"
    nothing_in "$bad" "man pages"
}

@test "the options of each man page are those of --help, neither more nor fewer" {
    bad=$BATS_TEST_TMPDIR/bad
    for tool in "$IR_BUILD"/bin/ir-*; do
        m=tools/$(basename "$tool").1
        [ -e "$m" ] || continue
        "$tool" --help | sed '/^examples:/,$d' | sed -nE 's/^(  -., |      )--([a-z0-9-]+).*/\2/p' | sort > "$t/help"
        # The list of OPTIONS: .It lines with Fl -name (hyphens may be escaped).
        sed -n '/^\.Sh OPTIONS/,/^\.Sh EXAMPLES/p' "$m" | sed 's/\\-/-/g; s/\\&//g' |
            grep '^\.It' | grep -oE 'Fl -[a-z0-9-]+' | sed 's/^Fl -//' | sort -u > "$t/man"
        diff "$t/help" "$t/man" | sed -n "s|^< |$m lacks --|p; s|^> |$m has too much: --|p"
    done > "$bad"
    nothing_in "$bad" "run make man"
}

@test "a tool with many options has them below headings, each below one, in --help and man page alike" {
    bad=$BATS_TEST_TMPDIR/bad
    for tool in "$IR_BUILD"/bin/ir-*; do
        n=$(basename "$tool")
        [ -e "tools/$n.1" ] || continue
        "$tool" --help > "$t/help"
        [ "$("$tool" --help=tsv | wc -l)" -lt 20 ] || ! grep -qx 'options:' "$t/help" || echo "$n: not below a heading: $(sed -n '/^options:/,/^$/p' "$t/help" | grep -oE '^ +.*--[a-z-]+' | paste -sd' ')"
        sed '/^examples:/,$d' "$t/help" | sed -nE 's/^(  -., |      )--([a-z0-9-]+).*/\2/p' | sort > "$t/names"
        uniq -d "$t/names" | sed "s/^/$n: below two headings: --/"
        diff "$t/names" <("$tool" --help=tsv | tail -n +2 | cut -f 2 | sort) | sed -n "s/^[<>]/$n: not in the table, or not in the help:/p"
        diff <(sed '/^examples:/,$d' "$t/help" | sed -nE 's/^([a-z][^:]*):$/\1/p') <(sed '/^\.Sh OPTIONS/,/^\.Sh EXAMPLES/!d' "tools/$n.1" | sed -nE 's/\\-/-/g; s/^\.Ss (.*)/\l\1/p') |
            sed -n "s/^[<>]/$n: headings of help and man page differ:/p"
    done > "$bad"
    nothing_in "$bad" "headings; run make man"
}

@test "man pages are well-formed" {
    command -v mandoc > /dev/null || skip "mandoc is not installed"
    bad=$BATS_TEST_TMPDIR/bad
    mandoc -Tlint -W warning tools/*.1 | grep -v 'sections out of conventional order' > "$bad" || true
    nothing_in "$bad" "mandoc"
}

@test "every option has a help text without a full stop, and every tool an example" {
    bad=$BATS_TEST_TMPDIR/bad
    for tool in "$IR_BUILD"/bin/ir-*; do
        n=$(basename "$tool")
        "$tool" --help > "$t/help" || echo "$n --help failed"
        grep -q '^usage: ' "$t/help" || echo "$n: no usage line"
        grep -q '^examples:' "$t/help" || echo "$n: no examples"
        awk -v n="$n" '/^examples:/ { exit } /^ .*[a-z]\.$/ { print n ": full stop: " $0 }' "$t/help"
    done > "$bad"
    nothing_in "$bad" "help"
}

@test "every tool: exit 2 and a hint for an unknown option, 1 for a missing file" {
    bad=$BATS_TEST_TMPDIR/bad
    for tool in "$IR_BUILD"/bin/ir-*; do
        n=$(basename "$tool")
        status=0
        "$tool" --no-such-option > "$t/out" 2> "$t/err" < /dev/null || status=$?
        [ $status -eq 2 ] || echo "$n --no-such-option: status $status"
        grep -q "^$n: .*no-such-option" "$t/err" || echo "$n --no-such-option: does not name it"
        [ ! -s "$t/out" ] || echo "$n --no-such-option: writes to stdout"
        "$tool" --version | grep -q "^$n (irtools) " || echo "$n --version"
    done > "$bad"
    nothing_in "$bad" "tools"
}

@test "every public header says what it is, and guards itself" {
    bad=$BATS_TEST_TMPDIR/bad
    for h in lib/*.h lib/*/*.h; do
        head -n 1 "$h" | grep -qE '^/\* ' || echo "$h: no purpose in its first line"
# Parts of another file that is included several times say so at their top.
        grep -qE '^#(ifndef|pragma once)' "$h" ||
            sed -n '1,3s/^ \* //; 1,3p' "$h" | tr '\n' ' ' | grep -qE '[Ii]ncluded|Part of' ||
            echo "$h: no include guard"
    done > "$bad"
    nothing_in "$bad" "headers"
}

@test "nothing of a machine, and no secret, is in the repository" {
    bad=$BATS_TEST_TMPDIR/bad
    git rev-parse > /dev/null 2>&1 || skip "not a git clone"
    git grep -nIE '/work/|/home/[a-z]+/|BEGIN [A-Z ]*PRIVATE KEY' -- . ':!tests/tools/walls.bats' > "$bad" || true
    git ls-files -z | xargs -0 -I {} find {} -maxdepth 0 -size +5M >> "$bad"
    nothing_in "$bad" "strings and large files"
}

@test "no external symbol of the library is defined twice" {
    bad=$BATS_TEST_TMPDIR/bad
    nm -g --defined-only "$IR_BUILD/libirtools.a" 2>/dev/null |
        awk 'NF == 3 && $2 ~ /^[A-Z]$/ && $3 ~ /^ir_/ { print $3 }' | sort | uniq -d > "$bad"
    nothing_in "$bad" "symbols defined twice"
}

@test "a tag of a struct, union or enum means one thing" {
    bad=$BATS_TEST_TMPDIR/bad
    grep -rhoE '^(struct|union|enum) ir_[a-z0-9_]+ \{' --include='*.[ch]' lib | sort | uniq -d > "$bad"
    nothing_in "$bad" "tags with two meanings"
}

@test "no folder of lib includes the private header of another" {
    bad=$BATS_TEST_TMPDIR/bad
    grep -rnE '^#[[:space:]]*include "[^"]*/' --include='*.[ch]' lib | while IFS=: read -r file line text; do
        own=${file#lib/} own=${own%%/*}
        header=$(sed 's/.*"\(.*\)".*/\1/' <<< "$text")
        header=${header#../}
        [ "$header" = "${header#*/}" ] || [ "${header%%/*}" = "$own" ] || echo "$file:$line: $header"
    done > "$bad"
    nothing_in "$bad" "private headers of others"
}

@test "every C file is as clang-format has it" {
    command -v clang-format > /dev/null || skip "clang-format is not installed"
    case $(clang-format --version) in *' 14.'*) ;; *) skip "not clang-format 14" ;; esac
    bad=$BATS_TEST_TMPDIR/bad
    for f in lib/*.h lib/*/*.[ch] tools/*.c tests/*/*.[ch]; do
        [ ! -e "$f" ] || clang-format "$f" | cmp -s - "$f" || echo "$f: run make format"
    done > "$bad"
    nothing_in "$bad" "format"
}
