# complete.fish - fish completion for all ir-* tools, from the table that --help=tsv prints. Installed as the completion
# of ir-cat; the other tools link to it. By hand:  source tools/complete.fish

function __ir_complete
    set -l tool (commandline -opc)[1]
    set -l current (commandline -ct)
    $tool --help=tsv 2>/dev/null | awk -F '\t' -v current="$current" '
        NR == 1 { next }
        index(current, "--" $2 "=") == 1 { n = split($9, word, "|"); for (i = 1; i <= n; i++) print "--" $2 "=" word[i] }
        index(current, "=") == 0 { print "--" $2 ($4 == "" ? "" : "=") "\t" $11 }'
end

for tool in ir-augment ir-cat ir-decode ir-infer ir-label ir-mel ir-model ir-plot ir-render ir-report ir-score ir-train
    complete -c $tool -n 'string match -q -- "-*" (commandline -ct)' -f -a '(__ir_complete)'
end
