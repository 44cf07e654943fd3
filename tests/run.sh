#!/bin/sh
# run.sh BUILD [NAME…] - run the unit tests (cmocka) and the tool tests (bats), print what failed and, last,
# "N passed, N failed". NAME limits the run to test files whose name contains it. EMULATOR=qemu-aarch64 and the like, from
# the environment, runs the unit tests of a build for another processor.
set -u
export LC_ALL=C.UTF-8
case $1 in /*) build=$1 ;; *) build=$PWD/$1 ;; esac
shift
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
PATH=$build/bin:$PATH
IR_BUILD=$build
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
TSAN_OPTIONS=${TSAN_OPTIONS:-exitcode=66 halt_on_error=1}
export PATH IR_BUILD ASAN_OPTIONS TSAN_OPTIONS
# Where no system call filter can be made (some containers, emulators), ir-decode says so on a line that the tests drop.
[ -n "${EMULATOR:-}" ] || ir-decode --no-prog tests/data/demo/flute-A4.mp3 2>&1 >/dev/null | grep -q 'system call filter' && export IR_NO_FILTER=1
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

wanted() {
    [ $# -eq 1 ] && return 0
    file=$1
    shift
    for w in "$@"; do
        case $file in *"$w"*) return 0 ;; esac
    done
    return 1
}

list=$out/list
for f in tests/unit/test_*.c tests/tools/*.bats; do
    [ -e "$f" ] && wanted "$f" "$@" && echo "$f" >> "$list"
done
[ -s "$list" ] || { echo "no test matches: $*" >&2; exit 1; }

cat > "$out/one" <<'ONE'
#!/bin/sh
# one FILE OUT: run one test file, leave TAP in OUT/NAME.tap
name=$(basename "$1")
case $1 in
*.bats) timeout 900 bats --tap "$1" > "$2/$name.tap" 2>&1 ;;
*) base=${name%.c}
   [ -x "$IR_BUILD/unit/$base" ] || { echo "ok 1 $base # skip not built here" > "$2/$name.tap"; exit 0; }
   CMOCKA_MESSAGE_OUTPUT=TAP timeout 900 ${EMULATOR:-} "$IR_BUILD/unit/$base" > "$2/$name.tap" 2>&1 ;;
esac
status=$?
sed -i 's/^not ok \(.*# *SKIP\)/ok \1/' "$2/$name.tap" # as cmocka writes a skipped test
if [ $status -ne 0 ] && ! grep -q '^not ok' "$2/$name.tap"; then
    echo "not ok - $name ended with status $status" >> "$2/$name.tap"
fi
exit 0
ONE
built() { stat -c '%n %i %s %y' "$build"/bin/ir-* | cksum; }
built=$(built)
xargs -P 2 -I {} sh "$out/one" {} "$out" < "$list"
# a test that has the tools built again makes others of their run fail by chance
[ "$built" = "$(built)" ] || echo "not ok - the tools in $build/bin changed while the tests ran" > "$out/run.sh.tap"

cat "$out"/*.tap > "$out/all"
for t in "$out"/*.tap; do
    if grep -q '^not ok' "$t"; then
        echo "== $(basename "$t" .tap)"
        cat "$t"
    fi
done
skipped=$(grep -ci '^ok.*# *skip' "$out/all")
passed=$(($(grep -c '^ok' "$out/all") - skipped))
failed=$(grep -c '^not ok' "$out/all")
[ "$skipped" -eq 0 ] || { echo "skipped:"; grep -i '^ok.*# *skip' "$out/all"; }
if [ "$skipped" -eq 0 ]; then
    echo "$passed passed, $failed failed"
else
    echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
