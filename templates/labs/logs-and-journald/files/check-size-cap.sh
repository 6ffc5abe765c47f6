#!/bin/sh
# Whether what journald reads, all files in their order, limits it to 64 MiB or less.
value=$(systemd-analyze cat-config systemd/journald.conf 2>/dev/null | awk '
    /^[ \t]*[#;]/ { next }
    /^[ \t]*\[/ { inside = $0 ~ /^[ \t]*\[Journal\]/; next }
    inside && /^[ \t]*SystemMaxUse[ \t]*=/ { sub(/^[^=]*=[ \t]*/, ""); sub(/[ \t]+$/, ""); value = $0 }
    END { print value }')
case $value in
    *K) size=$((${value%K} * 1024)) 2>/dev/null ;;
    *M) size=$((${value%M} * 1048576)) 2>/dev/null ;;
    *[0-9]) size=$value ;;
    *) size= ;;
esac
[ "${size:-0}" -gt 0 ] 2>/dev/null || { echo "the limit is ${value:-not set}" && exit 1; }
[ "$size" -le 67108864 ] || { echo "the limit is $value" && exit 1; }
