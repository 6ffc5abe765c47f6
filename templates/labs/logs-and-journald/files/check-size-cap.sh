#!/bin/sh
# Whether what journald reads, all files in their order, limits it to 64 MiB or less.
said=$(systemd-analyze cat-config systemd/journald.conf 2>/dev/null) || exit 2
echo "$said" | awk '
    /^[ \t]*[#;]/ { next }
    /^[ \t]*\[/ { inside = $0 ~ /^[ \t]*\[Journal\]/; next }
    inside && /^[ \t]*SystemMaxUse[ \t]*=/ { sub(/^[^=]*=[ \t]*/, ""); sub(/[ \t]+$/, ""); value = $0 }
    END {
        unit = substr(value, length(value))
        size = value + 0
        if (unit == "K") size *= 1024
        else if (unit == "M") size *= 1048576
        else if (unit == "G") size *= 1073741824
        else if (value !~ /^[0-9]+$/) size = 0
        if (size > 0 && size <= 67108864) exit 0
        print "the limit is " (value == "" ? "not set" : value)
        exit 1
    }'
