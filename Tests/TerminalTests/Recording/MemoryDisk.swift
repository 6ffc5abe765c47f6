import SessionModel
import Synchronization
import TestKit

@testable import Terminal

/// A disk in memory that fails when a test says so, and forgets what was not synced when its host loses power.
final class MemoryDisk: RecordingDisk {
    /// A call that may fail.
    enum Call: Equatable {
        case makeFolder, names, open(String), read(String), append(String), truncate(String), sync(String)
        case rename(String), remove(String), syncFolder
    }

    /// What becomes of a call.
    enum Outcome {
        case success
        case failure
        /// The part of an append that is written before it fails.
        case torn(Int)
    }

    fileprivate struct Node {
        var content: [UInt8] = []
        var durable: [UInt8] = []
        var isOpenToOthers = false
    }

    fileprivate struct State {
        var nodes: [Int: Node] = [:]
        var entries: [String: Int] = [:]
        /// What the folders held since they were synced last, oldest first.
        var history: [[String: Int]] = [[:]]
        var nextNode = 0
        var capacity = Int.max
        var calls = 0
        var judge: (@Sendable (Int, Call) -> Outcome)?
    }

    fileprivate let state = Mutex(State())

    /// Decides about every call from now on, by its number and what it is; `nil` lets all succeed.
    func judge(_ judge: (@Sendable (Int, Call) -> Outcome)?) {
        state.withLock { state in
            state.judge = judge
            state.calls = 0
        }
    }

    /// How many calls there were since the judge came.
    var calls: Int { state.withLock { $0.calls } }

    /// Limits what all files may have together; `nil` lifts the limit.
    func limit(to bytes: Int?) { state.withLock { $0.capacity = bytes ?? .max } }

    /// What a file has; `nil` when there is none.
    subscript(_ path: String) -> [UInt8]? {
        get { state.withLock { state in state.entries[path].flatMap { state.nodes[$0]?.content } } }
        set {
            state.withLock { state in
                guard let newValue else {
                    state.entries[path] = nil
                    state.history = [state.entries]
                    return
                }
                state.nextNode += 1
                state.nodes[state.nextNode] = Node(content: newValue, durable: newValue)
                state.entries[path] = state.nextNode
                state.history = [state.entries]
            }
        }
    }

    /// What a file would have after a failure of power, at least.
    func durable(_ path: String) -> [UInt8] {
        state.withLock { state in state.history[0][path].flatMap { state.nodes[$0]?.durable } ?? [] }
    }

    /// All paths of files, sorted.
    var paths: [String] { state.withLock { $0.entries.keys.sorted() } }

    /// A copy of all as it is now.
    func copy() -> MemoryDisk {
        let copy = MemoryDisk()
        let now = state.withLock { $0 }
        copy.state.withLock { copied in
            copied = now
            copied.judge = nil
            copied.capacity = .max
        }
        return copy
    }

    /// What is found after a failure of power: of what was not synced, any part may be there.
    func afterPowerFailure(using generator: inout some RandomNumberGenerator) -> MemoryDisk {
        let disk = copy()
        disk.state.withLock { state in
            state.entries = state.history.randomElement(using: &generator) ?? [:]
            state.history = [state.entries]
            for (number, node) in state.nodes {
                var content = node.durable
                if node.content.starts(with: node.durable) {
                    content = Array(
                        node.content[..<Int.random(in: content.count...node.content.count, using: &generator)]
                    )
                    // Some file systems know the new size before they have the content.
                    if Int.random(in: 0..<4, using: &generator) == 0, content.count > node.durable.count {
                        let kept = Int.random(in: node.durable.count..<content.count, using: &generator)
                        content = content[..<kept] + [UInt8](repeating: 0, count: content.count - kept)
                    }
                } else if Bool.random(using: &generator) {
                    content = node.content
                }
                state.nodes[number]?.content = content
                state.nodes[number]?.durable = content
            }
        }
        return disk
    }

    fileprivate func admit(_ call: Call) throws -> Int? {
        let (judge, number) = state.withLock { state in
            state.calls += 1
            return (state.judge, state.calls)
        }
        switch judge?(number, call) ?? .success {
        case .success: return nil
        case .torn(let count): return count
        case .failure: throw Failure(.storage, "the test refuses \(call)")
        }
    }

    // MARK: RecordingDisk

    func makeFolder(_ path: String) throws { _ = try admit(.makeFolder) }

    func names(in folder: String) throws -> [String] {
        _ = try admit(.names)
        let inner = paths.filter { $0.hasPrefix(folder + "/") }.map { $0.dropFirst(folder.count + 1) }
        return Set(inner.map { String($0.prefix { $0 != "/" }) }).sorted()
    }

    func open(_ path: String, for use: RecordingFileUse) throws -> any RecordingFile {
        _ = try admit(.open(path))
        return try state.withLock { state in
            if use == .making {
                guard state.entries[path] == nil else { throw Failure(.storage, "\(path) is there") }
                state.nextNode += 1
                state.nodes[state.nextNode] = Node()
                state.entries[path] = state.nextNode
                state.history.append(state.entries)
            }
            guard let node = state.entries[path] else { throw Failure(.notFound, "\(path) is not there") }
            return MemoryFile(disk: self, path: path, node: node)
        }
    }

    func rename(_ path: String, to target: String) throws {
        _ = try admit(.rename(target))
        try state.withLock { state in
            guard let node = state.entries.removeValue(forKey: path) else {
                throw Failure(.notFound, "\(path) is not there")
            }
            state.entries[target] = node
            state.history.append(state.entries)
        }
    }

    func remove(_ path: String) throws {
        _ = try admit(.remove(path))
        state.withLock { state in
            state.entries[path] = nil
            state.history.append(state.entries)
        }
    }

    func removeFolder(_ path: String) throws {
        _ = try admit(.remove(path))
        guard try names(in: path).isEmpty else { throw Failure(.storage, "\(path) is not empty") }
    }

    func syncFolder(_ path: String) throws {
        _ = try admit(.syncFolder)
        state.withLock { $0.history = [$0.entries] }
    }
}

private struct MemoryFile: RecordingFile {
    let disk: MemoryDisk
    let path: String
    let node: Int

    func size() throws -> Int64 { Int64(content.count) }

    func read(_ count: Int, at offset: Int64) throws -> [UInt8] {
        _ = try disk.admit(.read(path))
        return Array(content.dropFirst(Int(offset)).prefix(count))
    }

    func append(_ bytes: [UInt8]) throws {
        let torn = try disk.admit(.append(path))
        let isWhole = disk.state.withLock { state in
            let used = state.entries.values.reduce(0) { $0 + (state.nodes[$1]?.content.count ?? 0) }
            let written = min(bytes.count, torn ?? bytes.count, max(0, state.capacity - used))
            state.nodes[node]?.content += bytes[..<written]
            return written == bytes.count
        }
        guard isWhole else { throw Failure(.storage, "cannot write \(path): no space is left") }
    }

    func truncate(to size: Int64) throws {
        _ = try disk.admit(.truncate(path))
        disk.state.withLock { state in
            guard let count = state.nodes[node]?.content.count, count > size else { return }
            state.nodes[node]?.content.removeLast(count - Int(size))
        }
    }

    func sync() throws {
        do {
            _ = try disk.admit(.sync(path))
        } catch {
            // What a sync has failed for is forgotten, and the next one succeeds all the same.
            disk.state.withLock { state in
                guard let node = state.nodes[node] else { return }
                state.nodes[self.node]?.content =
                    node.durable + node.content.dropFirst(node.durable.count).map { _ in 0 }
            }
            throw error
        }
        disk.state.withLock { state in
            guard let content = state.nodes[node]?.content else { return }
            state.nodes[node]?.durable = content
        }
    }

    func isOpenToOthers() throws -> Bool { disk.state.withLock { $0.nodes[node]?.isOpenToOthers ?? false } }

    func isInPlace() throws -> Bool { disk.state.withLock { $0.entries[path] == node } }

    private var content: [UInt8] { disk.state.withLock { $0.nodes[node]?.content ?? [] } }
}
