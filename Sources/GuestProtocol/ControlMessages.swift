/// Asks for ``GuestStatistics``.
package struct StatisticsRequest: WireValue {
    /// Returned with the answer.
    package let request: UInt32

    /// Makes a request.
    package init(request: UInt32) { self.request = request }

    package init(from reader: inout ByteReader) throws(ProtocolError) { request = try reader.word() }
    package func write(to writer: inout ByteWriter) { writer.word(request) }
}

/// What the guest is doing; a figure that cannot be had is 0.
package struct GuestStatistics: WireValue {
    /// The request that asked.
    package var request: UInt32
    /// Processors.
    package var processors: UInt16 = 0
    /// Processes.
    package var processes: UInt32 = 0
    /// Time since boot, in milliseconds.
    package var uptimeMilliseconds: UInt64 = 0
    /// Time all processors together were busy since boot, in hundredths of a second.
    package var busyTicks: UInt64 = 0
    /// Time all processors together had since boot, in hundredths of a second.
    package var totalTicks: UInt64 = 0
    /// Memory, in bytes.
    package var memoryTotal: UInt64 = 0
    /// Memory that could be had without swapping, in bytes.
    package var memoryAvailable: UInt64 = 0
    /// Size of the root file system, in bytes.
    package var diskTotal: UInt64 = 0
    /// Space of the root file system that anyone may use, in bytes.
    package var diskAvailable: UInt64 = 0
    /// Load averages over 1, 5 and 15 minutes, in hundredths.
    package var load1: UInt32 = 0
    /// See ``load1``.
    package var load5: UInt32 = 0
    /// See ``load1``.
    package var load15: UInt32 = 0

    /// Length of the payload.
    package static let size = 4 + 2 + 4 + 7 * 8 + 3 * 4

    /// Makes figures that are all 0.
    package init(request: UInt32) { self.request = request }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        request = try reader.word()
        processors = try reader.half()
        processes = try reader.word()
        uptimeMilliseconds = try reader.long()
        busyTicks = try reader.long()
        totalTicks = try reader.long()
        memoryTotal = try reader.long()
        memoryAvailable = try reader.long()
        diskTotal = try reader.long()
        diskAvailable = try reader.long()
        load1 = try reader.word()
        load5 = try reader.word()
        load15 = try reader.word()
    }

    package func write(to writer: inout ByteWriter) {
        writer.word(request)
        writer.half(processors)
        writer.word(processes)
        for value in [
            uptimeMilliseconds, busyTicks, totalTicks, memoryTotal, memoryAvailable, diskTotal, diskAvailable,
        ] {
            writer.long(value)
        }
        for value in [load1, load5, load15] { writer.word(value) }
    }
}

/// Writes what is pending to disk and lets nobody write until ``ThawRequest`` or the time limit.
package struct FreezeRequest: WireValue {
    /// Returned with the answer.
    package let request: UInt32
    /// When the guest thaws by itself; at most ``GuestLimits/maximumFreezeMilliseconds``, 0 for that.
    package let limitMilliseconds: UInt32
    /// Where the file systems are mounted; empty for all on block devices.
    package let mountPoints: [[UInt8]]

    /// Makes a request.
    package init(request: UInt32, limitMilliseconds: UInt32, mountPoints: [[UInt8]] = []) {
        self.request = request
        self.limitMilliseconds = limitMilliseconds
        self.mountPoints = mountPoints
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        request = try reader.word()
        limitMilliseconds = try reader.word()
        mountPoints = try reader.texts()
    }

    package func write(to writer: inout ByteWriter) {
        writer.word(request)
        writer.word(limitMilliseconds)
        writer.texts(mountPoints)
    }
}

/// Lets everybody write again.
package struct ThawRequest: WireValue {
    /// Returned with the answer.
    package let request: UInt32

    /// Makes a request.
    package init(request: UInt32) { self.request = request }

    package init(from reader: inout ByteReader) throws(ProtocolError) { request = try reader.word() }
    package func write(to writer: inout ByteWriter) { writer.word(request) }
}

/// Writes a line on all terminals.
package struct NoticeRequest: WireValue {
    /// Returned with the answer.
    package let request: UInt32
    /// What is written, as it is.
    package let text: [UInt8]

    /// Makes a request.
    package init(request: UInt32, text: [UInt8]) {
        self.request = request
        self.text = text
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        request = try reader.word()
        text = try reader.text()
    }

    package func write(to writer: inout ByteWriter) {
        writer.word(request)
        writer.text(text)
    }
}

/// Makes a copy of a machine a machine of its own.
///
/// Done in the order of the properties.
package struct IdentifyRequest: WireValue {
    /// Returned with the answer.
    package let request: UInt32
    /// Wall clock, nanoseconds since 1970; 0 leaves it.
    package var wallClockNanoseconds: UInt64 = 0
    /// Randomness the kernel takes in before anything below is made; at most ``GuestLimits/maximumEntropy``.
    package var entropy: [UInt8] = []
    /// Name of the machine; empty leaves it.
    package var hostname: [UInt8] = []
    /// Sixteen bytes; empty leaves it.
    package var machineID: [UInt8] = []
    /// Whether the keys of its ssh server, if it has one, are made anew.
    package var renewsHostKeys = false
    /// Services that are restarted if they run.
    package var units: [[UInt8]] = []

    /// Makes a request that changes nothing; set what should change.
    package init(request: UInt32) { self.request = request }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        request = try reader.word()
        wallClockNanoseconds = try reader.long()
        entropy = try reader.text(limit: GuestLimits.maximumEntropy)
        hostname = try reader.text(limit: 64)
        machineID = try reader.text(limit: 16)
        guard machineID.isEmpty || machineID.count == 16 else { throw .malformed }
        renewsHostKeys = try reader.flag()
        units = try reader.texts()
    }

    package func write(to writer: inout ByteWriter) {
        writer.word(request)
        writer.long(wallClockNanoseconds)
        writer.text(entropy)
        writer.text(hostname)
        writer.text(machineID)
        writer.flag(renewsHostKeys)
        writer.texts(units)
    }
}

/// What came of a request, item by item, in the order in which they were done.
package struct GuestReport: WireValue {
    /// The request.
    package let request: UInt32
    /// What was done.
    package var items: [Item]

    /// Makes a report.
    package init(request: UInt32, items: [Item] = []) {
        self.request = request
        self.items = items
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        request = try reader.word()
        items = []
        while reader.remaining > 0 { items.append(try Item(from: &reader)) }
    }

    package func write(to writer: inout ByteWriter) {
        writer.word(request)
        for item in items { item.write(to: &writer) }
    }

    /// One thing that was to be done.
    package struct Item: WireValue {
        /// What: `clock`, `entropy`, `hostname`, `hosts`, `machine-id`, `host-keys`, `host-key …`, a unit or a mount point.
        package let name: [UInt8]
        /// What came of it.
        package let result: Result
        /// The guest's error number, or a program's exit status, of a failure.
        package let value: UInt32

        /// Makes an item; a name that is too long is cut.
        package init(_ name: [UInt8], _ result: Result, value: UInt32 = 0) {
            self.name = Array(name.prefix(GuestLimits.maximumMessage))
            self.result = result
            self.value = value
        }

        package init(from reader: inout ByteReader) throws(ProtocolError) {
            name = try reader.text(limit: GuestLimits.maximumMessage)
            guard let result = Result(rawValue: try reader.byte()) else { throw .malformed }
            self.result = result
            value = try reader.word()
        }

        package func write(to writer: inout ByteWriter) {
            writer.text(name)
            writer.byte(result.rawValue)
            writer.word(value)
        }
    }

    /// What can come of an item.
    package enum Result: UInt8, Sendable, CaseIterable {
        /// It was done.
        case done = 0
        /// There was nothing to do it to, or it is not done in a rehearsal.
        case skipped = 1
        /// It failed.
        case failed = 2
        /// It took too long and was ended.
        case timedOut = 3
    }
}
