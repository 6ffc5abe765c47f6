# The gates that read Swift sources line by line. Arguments: .ci/layers.txt, then the sources, as paths from the root.
# Prints `file:line: what is wrong [rule]`.

function report(line, rule, what) {
    printf "%s:%d: %s [%s]\n", FILENAME, line, what, rule
}

# Whether a line of code holds a word, or words, given as a pattern without anchors.
function has(pattern) {
    return code ~ ("(^|[^A-Za-z0-9_])(" pattern ")")
}

# The line without string contents and comments; sets `comment`. Strings over several lines count as nothing.
function strip(line,    quotes) {
    comment = ""
    gsub(/\\./, "", line)
    quotes = gsub(/"""/, "\001", line)
    if (quotes % 2 == 1) {
        if (in_text) {
            sub(/^[^\001]*\001/, "", line)
        } else {
            sub(/\001.*$/, "", line)
        }
        in_text = !in_text
    } else if (in_text) {
        return ""
    }
    gsub(/\001[^\001]*\001/, "", line)
    gsub(/"[^"]*"/, "\"\"", line)
    if (match(line, /\/\//)) {
        comment = substr(line, RSTART)
        line = substr(line, 1, RSTART - 1)
    }
    return line
}

function end_of_file() {
    if (lines > 500 && last_file !~ /^Tests\/.*Table\.swift$/) {
        printf "%s:%d: %d lines; split it by concept, 500 is the limit [length]\n", last_file, lines, lines
    }
}

function may_use(module, where,    i, rule) {
    rule = module
    if (!(rule in library)) {
        for (i in library) {
            if (i ~ /\*$/ && index(module, substr(i, 1, length(i) - 1)) == 1) {
                rule = i
            }
        }
    }
    if (!(rule in library)) {
        return "is in no line of .ci/layers.txt"
    }
    return index(" " library[rule] " ", " " where " ") ? "" : "belongs to " library[rule]
}

function check_import(    module, why) {
    if (code !~ /^[ \t]*(@[A-Za-z_]+(\([^)]*\))?[ \t]+)*((public|package|internal|private|fileprivate)[ \t]+)?import[ \t]/) {
        return
    }
    module = code
    sub(/^.*import[ \t]+((struct|class|enum|protocol|func|var|let|typealias|actor)[ \t]+)?/, "", module)
    sub(/[^A-Za-z0-9_].*$/, "", module)
    if (module == "XCTest") {
        report(FNR, "testing", "tests are written with swift-testing, not XCTest")
    }
    if (!in_sources) {
        return
    }
    if (!(target in ours)) {
        report(FNR, "layers", "target " target " has no line in .ci/layers.txt")
    } else if (module in ours) {
        if (module != target && !index(" " ours[target] " ", " " module " ")) {
            report(FNR, "layers", target " may not import " module)
        }
    } else if (index(" " ours[target] " ", " alone ")) {
        report(FNR, "layers", target " may import nothing, not even " module)
    } else if (!(module in system_module)) {
        why = may_use(module, target)
        if (why != "") {
            report(FNR, "owner", target " may not import " module ": it " why)
        }
    }
}

function check_type_name(    name) {
    if (match(code, /(^|[^A-Za-z0-9_.])(struct|class|enum|actor|protocol|typealias)[ \t]+[A-Za-z0-9_]+/)) {
        name = substr(code, RSTART, RLENGTH)
        sub(/^.*[ \t]/, "", name)
        if (name ~ /(Utils?|Utilities|Helpers?|Common|Manager)$/) {
            report(FNR, "names", "a type called " name " says nothing: name what it does")
        }
    }
}

function sleeps() {
    return has("(Task|Thread)\\.sleep|(Continuous|Suspending)Clock\\(\\)\\.sleep") \
        || code ~ /(^|[^A-Za-z0-9_.])(u|nano)?sleep\(/ && code !~ /func +sleep/
}

function explained_above(    i) {
    if ($0 ~ /\/\/ SAFETY: ?[^ ]/) {
        return 1
    }
    for (i = 1; i <= 3; i += 1) {
        if (i < FNR && raw[FNR - i] ~ /\/\/ SAFETY: ?[^ ]/) {
            return 1
        }
    }
    return 0
}

# --- .ci/layers.txt ---------------------------------------------------------------------------------------------------

NR == FNR {
    words = $0
    sub(/^[^ ]+ +[^ ]+ */, "", words)
    if ($1 == "target") {
        ours[$2] = words
    } else if ($1 == "library") {
        library[$2] = words
    } else if ($1 == "system") {
        for (i = 2; i <= NF; i += 1) {
            system_module[$i] = 1
        }
    }
    next
}

# --- A source ---------------------------------------------------------------------------------------------------------

FNR == 1 {
    if (last_file != "") {
        end_of_file()
    }
    last_file = FILENAME
    in_text = 0
    before = ""
    in_sources = FILENAME ~ /^Sources\//
    in_tests = FILENAME ~ /^Tests\//
    target = FILENAME
    sub(/^[^\/]*\//, "", target)
    sub(/\/.*$/, "", target)
    of_libvirt = target ~ /^(LibvirtDriver|CLibvirt|LibvirtDriverTests)$/
    never_sleeps = in_tests && target ~ /(Model|Engine)Tests$/
    may_poll = in_tests && !never_sleeps && target != "HostTests"
    of_state = FILENAME ~ /\/(SessionMachine[^\/]*|SessionState|Reconciliation)\.swift$/ && in_sources
}

{
    raw[FNR] = $0
    lines = FNR
    code = strip($0)
    check_import()
    check_type_name()

    if (has("@unchecked +Sendable|nonisolated\\(unsafe\\)|Task\\.detached|Unsafe[A-Za-z]*Pointer|withUnsafe|unsafeBitCast|Unmanaged") \
        && !explained_above()) {
        report(FNR, "safety", "a `// SAFETY:` line within the three above must name the invariant and who upholds it")
    }
    if (has("try\\?") && comment == "" && before == "") {
        report(FNR, "try", "`try?` needs a comment here or on the line above: why is failure harmless?")
    }
    if (in_sources && has("try!|fatalError\\(")) {
        report(FNR, "trap", "`try!` and `fatalError` end the daemon: throw a Failure")
    }
    if (of_state && has("default *:")) {
        report(FNR, "default", "a switch over state names every case")
    }
    if (!of_libvirt && has("vir[A-Z]|OpaquePointer")) {
        report(FNR, "libvirt", "libvirt's names and pointers stay in LibvirtDriver")
    }
    if (in_tests && sleeps()) {
        if (never_sleeps) {
            report(FNR, "sleep", "this test must not sleep: advance the manual clock")
        } else if (may_poll && tolower(comment before) !~ /poll/) {
            report(FNR, "sleep", "a unit test never sleeps for a duration; a wait for a condition says `// Polled: what for`")
        }
    }
    before = comment
}

END {
    if (last_file == "") {
        print ".ci/check:1: no Swift source was read [length]"
    } else {
        end_of_file()
    }
}
