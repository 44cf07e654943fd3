# complete.bash - bash completion for all ir-* tools, taken from what their --help prints.
# Installed as the completion of ir-cat; the other tools link to it. By hand:  . tools/complete.bash

_ir_complete() {
    local tool=$1 current=$2 previous=$3 help words
    local LC_ALL=C # a-z are these 26 letters
    help=$("$tool" --help 2>/dev/null) || return
    # --name=value arrives as three words.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = && $COMP_CWORD -ge 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [[ $previous == -?* && $current != -* ]]; then
        # The choices of that option: the last "one|two|three" of its paragraph.
        words=$(awk -v want="$previous" '
            /^examples:/ { exit }
            /^(  |      )-/ {
                line = $0
                sub(/^ +/, "", line)
                n = split(line, part, /[ ,=]+/)
                hit = part[1] == want || part[2] == want
                takes = line ~ /^(-., )?--[a-z0-9-]+=/
                if (hit && !takes) exit
            }
            hit {
                m = split($0, word, " ")
                for (i = 1; i <= m; i++)
                    if (word[i] ~ /^[(]?[A-Za-z0-9.-]+([|][A-Za-z0-9.-]+)+[)]?$/) {
                        gsub(/[()]/, "", word[i])
                        gsub(/[|]/, " ", word[i])
                        found = word[i]
                    }
            }
            END { print found }' <<< "$help")
        if [[ $words ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            return
        fi
    fi
    if [[ $current == -* ]]; then
        words=$(sed -nE '/^examples:/q; s/^(  -., |      )(--[a-z0-9-]+=?).*/\2/p' <<< "$help")
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
        return 0
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
    return 0
}

complete -F _ir_complete ir-augment ir-cat ir-decode ir-infer ir-label ir-mel ir-model ir-plot ir-render \
    ir-score ir-train
