# options.awk - put the options that `ir-NAME --help` prints into the OPTIONS section of ir-NAME.1.
#   ir-NAME --help | awk -f tools/options.awk - tools/ir-NAME.1 > new      (`make man` does all)

function escaped(s) {
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    gsub(/"/, "\\(dq", s)
    return s
}
function finish() {
    if (text != "")
        list = list escaped(text) "\n"
    text = ""
}
# "-o, --output=FILE" to the macros of mdoc
function item(word,    n, part, line, i, at) {
    n = split(word, part, ", ")
    line = ".It"
    for (i = 1; i <= n; i++) {
        at = index(part[i], "=")
        line = line (i > 1 ? " ," : "") " Fl " escaped(substr(at ? substr(part[i], 1, at - 1) : part[i], 2))
        if (at)
            line = line " Ns = Ns Ar " substr(part[i], at + 1)
    }
    return line
}

NR == FNR && /^examples:$/ { inside = 0; next }
NR == FNR && /^[a-z][^:]*:$/ {
    finish()
    sub(/:$/, "")
    list = list (inside ? ".El\n" : "") ".Ss " toupper(substr($0, 1, 1)) escaped(substr($0, 2)) "\n.Bl -tag -width Ds\n"
    inside = 1
    next
}
NR == FNR && inside && /^(  |      )-/ {
    finish()
    sub(/^ +/, "")
    if (match($0, /^(-., )?--[^ ]+/)) {
        list = list item(substr($0, 1, RLENGTH)) "\n"
        text = substr($0, RLENGTH + 1)
        sub(/^ +/, "", text)
    }
    next
}
NR == FNR && inside && NF {
    sub(/^ +/, "")
    text = text (text == "" ? "" : " ") $0
    next
}
NR == FNR { next }

/^\.Sh / { skip = 0 }
/^\.Sh OPTIONS/ {
    finish()
    printf "%s\n%s.El\n", $0, list
    skip = 1
}
!skip { print }
