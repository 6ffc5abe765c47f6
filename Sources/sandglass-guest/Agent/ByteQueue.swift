/// Bytes that wait to be written, first in, first out.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var head = 0

    var count: Int { bytes.count - head }
    var isEmpty: Bool { count == 0 }

    /// The bytes that wait.
    var waiting: ArraySlice<UInt8> { bytes[head...] }

    mutating func append(_ more: ArraySlice<UInt8>) {
        // SAFETY: the pointer is used during the call only. As a collection the bytes would be copied one by one.
        more.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// Appends through a body that writes to the end of an array.
    mutating func append(_ body: (inout [UInt8]) -> Void) { body(&bytes) }

    /// Drops the first bytes; memory that a burst needed is given back after it.
    mutating func drop(_ count: Int) {
        head += count
        if head == bytes.count {
            head = 0
            bytes.removeAll(keepingCapacity: bytes.capacity <= 32_768)
        } else if head >= 65_536, head >= self.count {
            // Never more is moved than was dropped.
            bytes.removeFirst(head)
            head = 0
        }
    }

    mutating func clear() {
        bytes = []
        head = 0
    }
}
