# What the tests of ir-decode share; D is the folder of their data.

sound() { # sound FILE KIND CODING RATE CHANNELS FRAMES [NAME=VALUE…]
    local file=$1
    shift
    perl "$D/sound.pl" "$@" > "$file"
}
good() { sound "$1" wav s16 8000 1 "${2:-800}"; }
decode() { ir-decode --no-prog "$@"; }
look() { ir-cat --look "$1" | grep -v '^#' | cut -f2,4,5; }
# refused FILE MESSAGE: exit status 1, this one line, no output file
refused() {
    rm -f x.irt
    run env PATH="$IR_BUILD/bin" "$(command -v timeout)" 20 ir-decode --no-prog --strict "$1" -o x.irt # without ffmpeg
    [ "$status" -eq 1 ] || { echo "status $status: $output"; return 1; }
    [ "$output" = "ir-decode: clip 1 ($1): $2" ] || { echo "$output"; return 1; }
    [ ! -e x.irt ] && [ ! -e .x.irt.part ]
}
shim() { # run the rest with a decoder misbehaving; see shim.c
    [ -e shim.so ] || ${CC:-cc} -shared -fPIC -O1 -o shim.so "$D/shim.c" -ldl
    LD_PRELOAD=$PWD/shim.so ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 "$@"
}
kids() { # kids PID: the workers of that ir-decode
    cat /proc/[0-9]*/stat 2> /dev/null | sed -n "s/^\([0-9]*\) (ir-decode) [A-Z] $1 .*/\1/p"
}
sanitized() { grep -q -e __asan_init -e __tsan_init "$IR_BUILD/bin/ir-cat"; }
load no_filter
