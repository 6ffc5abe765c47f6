# shellcheck shell=bash
# Marks in what the terminal shows where a prompt ends, where a command begins, and how it ended (OSC 133): the list of
# commands beside a recording is read from them. The shell does it all itself; it starts nothing, and keeps nothing.
#
# A prompt that is set later is marked too. PROMPT_COMMAND is everybody's as ever: this is an element of it far behind.
__sandglass_marks() {
    local status=$? end='\[\e]133;B\a\]'
    builtin printf '\e]133;D;%d;aid=%d\a\e]133;A;aid=%d\a' "$status" $$ $$
    case ${PS0-} in *'133;C'*) ;; *) PS0=${PS0-}'\e]133;C;aid=$$\a' ;; esac
    # Behind whatever somebody has put around it.
    case ${PS1-} in *"$end") ;; *) PS1=${PS1-} PS1=${PS1//"$end"/}$end ;; esac
    case ${PS2-} in *'133;B'*) ;; *) PS2='\[\e]133;P;k=s\a\]'${PS2-}$end ;; esac
}

if [ "${TERM:-dumb}" != dumb ]; then
    # Whoever traces the shell (set -x) does not see it; a restricted shell lets nothing be sent to a file.
    PROMPT_COMMAND[133]='{ __sandglass_marks; } 2>&-'
fi
