# shellcheck shell=bash
# Marks in what the terminal shows where a prompt ends, where a command begins, and how it ended (OSC 133): the list of
# commands beside a recording is read from them. The shell does it all itself; it starts nothing, and keeps nothing.
#
# A prompt that is set later is marked too. PROMPT_COMMAND is everybody's as ever: this is an element of it far behind.
__sandglass_marks() {
    printf '\e]133;D;%d;aid=%d\a\e]133;A;aid=%d\a' "$?" $$ $$
    case ${PS0-} in *'133;C'*) ;; *) PS0=${PS0-}'\e]133;C;aid=$$\a' ;; esac
    case ${PS1-} in *'133;B'*) ;; *) PS1=${PS1-}'\[\e]133;B\a\]' ;; esac
    case ${PS2-} in *'133;B'*) ;; *) PS2='\[\e]133;P;k=s\a\]'${PS2-}'\[\e]133;B\a\]' ;; esac
}

if [ "${TERM:-dumb}" != dumb ]; then
    # Whoever traces the shell (set -x) does not see it.
    PROMPT_COMMAND[133]='{ __sandglass_marks; } 2>/dev/null'
fi
