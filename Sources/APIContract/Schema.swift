/// A type whose shape in JSON is declared beside it.
package protocol Described: Codable, Sendable {
    /// The shape that it is encoded to and decoded from.
    static var schema: Schema { get }
}

/// The shape of a value in JSON.
package struct Schema: Sendable {
    /// What kind of value it is.
    package var shape: Shape
    /// What it means; absent where its name says it.
    package var description: String?
    /// A value as it may be.
    package var example: String?

    private init(_ shape: Shape, description: String? = nil) {
        self.shape = shape
        self.description = description
    }

    /// The kinds of values.
    package indirect enum Shape: Sendable {
        /// `true` or `false`.
        case boolean
        /// A whole number within bounds; those of 64 bits where they are absent.
        case integer(from: Int64?, through: Int64?)
        /// A number.
        case number
        /// Text, in a format of JSON Schema where one is named.
        case string(format: String?)
        /// One of some texts.
        case choice([String])
        /// Values of one shape, in order.
        case array(Schema)
        /// Values of one shape, by any keys.
        case map(Schema)
        /// Named values, in order.
        case object([Property])
        /// The shape of a type.
        case reference(any Described.Type)
    }

    /// A named value of an object.
    package struct Property: Sendable {
        /// Its name.
        package let name: String
        /// Its shape.
        package let schema: Schema
        /// Whether no object is without it.
        package let isRequired: Bool

        /// A value that every object has.
        package static func required(_ name: String, _ schema: Schema, _ description: String? = nil) -> Self {
            Property(name: name, schema: schema.described(description), isRequired: true)
        }

        /// A value that may be absent.
        package static func optional(_ name: String, _ schema: Schema, _ description: String? = nil) -> Self {
            Property(name: name, schema: schema.described(description), isRequired: false)
        }
    }
}

extension Schema {
    /// `true` or `false`.
    package static let boolean = Schema(.boolean)
    /// A number.
    package static let number = Schema(.number)
    /// Any text.
    package static let string = Schema(.string(format: nil))
    /// A point in time, in RFC 3339.
    package static let time = Schema(.string(format: "date-time"))
    /// A secret that is never shown.
    package static let password = Schema(.string(format: "password"))
    /// A whole number of 64 bits.
    package static let integer = Schema(.integer(from: nil, through: nil))
    /// A text in each of some languages, by language tag.
    package static let texts = map(.string)

    /// A whole number within bounds, both included.
    package static func integer(_ bounds: ClosedRange<Int64>) -> Schema {
        Schema(.integer(from: bounds.lowerBound, through: bounds.upperBound))
    }

    /// A whole number that is not less than a bound.
    package static func integer(_ bounds: PartialRangeFrom<Int64>) -> Schema {
        Schema(.integer(from: bounds.lowerBound, through: nil))
    }

    /// One of some texts.
    package static func choice(_ values: String...) -> Schema { Schema(.choice(values)) }

    /// One of a type's values.
    package static func choice<Value: CaseIterable & RawRepresentable<String>>(of type: Value.Type) -> Schema {
        Schema(.choice(Value.allCases.map(\.rawValue)))
    }

    /// Values of one shape, in order.
    package static func array(_ element: Schema) -> Schema { Schema(.array(element)) }

    /// Values of one shape, by any keys.
    package static func map(_ value: Schema) -> Schema { Schema(.map(value)) }

    /// Named values.
    package static func object(_ description: String, _ properties: Property...) -> Schema {
        Schema(.object(properties), description: description)
    }

    /// Named values of what needs no words.
    package static func object(_ properties: Property...) -> Schema { Schema(.object(properties)) }

    /// The shape of a type.
    package static func of(_ type: any Described.Type) -> Schema { Schema(.reference(type)) }

    /// The same, with an example.
    package func example(_ value: String) -> Schema {
        var copy = self
        copy.example = value
        return copy
    }

    /// The same, with what it means.
    package func described(_ text: String?) -> Schema {
        var copy = self
        copy.description = text ?? description
        return copy
    }
}

extension Described {
    /// What the type is called, without its module: `LabResource.Machine`.
    package static var schemaName: String {
        String(reflecting: Self.self).split(separator: ".").dropFirst().joined(separator: ".")
    }
}
