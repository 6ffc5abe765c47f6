import Foundation
import SessionModel

/// Runs the disk tool on files of strangers: without network, with a file system that holds the host's programs, the one
/// file to read and the one file to write, under a user id that owns nothing, without privileges, and under limits of
/// memory, processor time and file size.
struct DiskSandbox {
    /// An existing, empty folder of ours that becomes the mount point.
    let mountPoint: String
    /// The user id to run under.
    let userID: UInt32
    /// The largest file it may write.
    let largestFile: ByteCount
    /// Processor time it may use.
    var processorTime: Duration = .seconds(1800)
    /// Address space it may use.
    var addressSpace: ByteCount = .gibibytes(2)

    /// Name of the readable file inside; the working folder is the one it is in.
    static let source = "source"
    /// Name of the writable file inside.
    static let target = "target"

    /// Exit status when the sandbox could not be made.
    private static let setupStatus = 125

    /// A program that runs inside.
    ///
    /// - Parameters:
    ///   - name: What it is called in messages.
    ///   - command: The program and its arguments.
    ///   - source: The host path of the file that is readable as ``source``.
    ///   - stamp: What that file must be; another one in its place is refused.
    ///   - target: The host path of an existing file that is writable as ``target``.
    /// - Returns: The program, not started.
    /// - Throws: ``Failure`` with `storage` when the target cannot be given to the sandbox's user.
    func tool(_ name: String, _ command: [String], source: String, stamp: FileStamp, target: String? = nil) throws
        -> HostTool
    {
        if let target { try OpenFile(reading: target).own(FileOwner(user: userID, group: userID), mode: 0o600) }
        let limits = [
            "\(addressSpace.bytes)", "\(processorTime.components.seconds)", "\(largestFile.bytes)",
        ]
        return HostTool(
            name: name,
            command: [
                "setpriv", "--pdeathsig", "KILL",
                "unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child=KILL", "--",
                "sh", "-c", Self.script, "sandbox",
                mountPoint, source, "\(stamp.inode)", target ?? "", "\(userID)",
            ] + limits + command,
        )
    }

    /// Makes a failure of a sandboxed tool say whether the host or the file is to blame.
    static func explaining<Result>(_ trouble: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let failure as Failure where failure.code == .hostTool {
            guard let said = failure.cause as? ToolMessage, said.exitStatus != setupStatus else {
                throw Failure(
                    .hostUnfit,
                    "the disk tool could not be locked in; the service must run as root",
                    cause: failure,
                )
            }
            throw Failure(.invalidInput, trouble, cause: failure)
        }
    }

    // The shell stays, as the first process of its namespace: it is what dies with the service, and all others with it. A
    // process that gave up its privileges no longer would, because the kernel forgets the wish then.
    // The kernel's table of mounts must be visible until the host's tree is let go; the link to it dangles from then on.
    private static let script = """
        set -eu
        trap 'exit \(setupStatus)' EXIT
        root=$1 source=$2 inode=$3 target=$4 user=$5 space=$6 seconds=$7 size=$8
        shift 8
        mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev sandbox "$root"
        mkdir "$root/usr" "$root/dev" "$root/work" "$root/old"
        ln -s old/proc "$root/proc"
        mount --bind /usr "$root/usr"
        mount -o remount,bind,ro,nosuid,nodev "$root/usr"
        for name in bin sbin lib lib32 lib64 libx32; do
            if [ -L "/$name" ]; then
                ln -s "$(readlink "/$name")" "$root/$name"
            elif [ -d "/$name" ]; then
                mkdir "$root/$name"
                mount --bind "/$name" "$root/$name"
                mount -o remount,bind,ro,nosuid,nodev "$root/$name"
            fi
        done
        : >"$root/dev/null"
        mount --bind /dev/null "$root/dev/null"
        : >"$root/work/\(source)"
        mount --bind "$source" "$root/work/\(source)"
        mount -o remount,bind,ro,nosuid,nodev,noexec "$root/work/\(source)"
        [ "$(stat -c %i "$root/work/\(source)")" = "$inode" ]
        if [ -n "$target" ]; then
            : >"$root/work/\(target)"
            mount --bind "$target" "$root/work/\(target)"
            mount -o remount,bind,rw,nosuid,nodev,noexec "$root/work/\(target)"
        fi
        mount -o remount,ro,nosuid,nodev "$root"
        cd "$root"
        pivot_root . old
        umount -l /old
        cd /work
        trap - EXIT
        status=0
        prlimit --core=0 --as="$space" --cpu="$seconds" --fsize="$size" --nofile=64 \\
            setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \\
            "$@" || status=$?
        exit "$status"
        """
}
