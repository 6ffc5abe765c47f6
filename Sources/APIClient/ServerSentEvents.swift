/// Puts server-sent events together from lines.
///
/// Only their data matters here: names and ids stand in it too.
struct ServerSentEvents {
    private var data: [UInt8]?

    /// Takes the next line and returns the data of the event that it completes.
    mutating func add(_ line: [UInt8]) -> [UInt8]? {
        guard !line.isEmpty else {
            defer { data = nil }
            return data
        }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        guard name.elementsEqual("data".utf8) else { return nil }
        var value = line.dropFirst(name.count + 1)
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        data = data.map { $0 + [0x0A] + value } ?? Array(value)
        return nil
    }
}
