# help.awk - the lines "target | what | needs | time" of the make files as one screen; lines of another form as they are.

BEGIN { printf "%-16s %-74s %-24s %s\n", "make …", "", "needs", "takes" }
NF < 2 { sub(/^make /, ""); print; next }
length($1) > 15 { printf "%s\n%-16s %-74s %-24s %s\n", $1, "", $2, $3, $4; next }
{ printf "%-16s %-74s %-24s %s\n", $1, $2, $3, $4 }
