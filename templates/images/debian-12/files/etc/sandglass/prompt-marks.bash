# shellcheck shell=bash
# Marks in what the terminal shows where a prompt ends, where a command begins, and how it ended (OSC 133): the list of
# commands beside a recording is read from them. The shell does it all itself; it starts nothing, and keeps nothing.
#
# A prompt that is set later is marked too, by an element of PROMPT_COMMAND far behind everybody's. Of a prompt that is
# handed on to another shell nothing shows there: it does not know these names.
__sandglass_end=$'\001\e]133;B\a\002'
__sandglass_ps2=$'\001\e]133;P;k=s\a\002'

# shellcheck disable=SC2016 # the prompts have the variables, not what they stand for
__sandglass_marks() {
    builtin printf '\e]133;D;%d;aid=%d\a\e]133;A;aid=%d\a' $? $$ $$
    local run='\e]133;C;aid=$$\a' end='${__sandglass_end-}' more='${__sandglass_ps2-}'
    # Where the shell puts no variables into prompts, their names would show.
    [[ $BASHOPTS == *promptvars* ]] || end='' more=''
    # Each is taken out and put around whatever somebody has put around it. In one step: a trap of DEBUG hears of each
    # where functions are traced.
    PS0=${PS0-} PS0=${PS0//"$run"/}$run \
        PS1=${PS1-} PS1=${PS1//'${__sandglass_end-}'/}$end \
        PS2=${PS2-} PS2=$more${PS2//'${__sandglass_'???'-}'/}$end
}

if [ "${TERM:-dumb}" != dumb ]; then
    # Whoever traces the shell (set -x) does not see it; a restricted shell lets nothing be sent to a file.
    PROMPT_COMMAND[133]='{ __sandglass_marks; } 2>&-'
fi
