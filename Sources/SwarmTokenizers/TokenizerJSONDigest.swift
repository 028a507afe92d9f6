internal import SwarmFormats
internal import SwarmKernels

/// The digest of a tokenizer.json.
enum TokenizerJSONDigest {
    /// Over the file's contents but for truncation and padding, which are not used.
    static func hex(_ root: JSONField) -> String {
        var hash = SHA256()
        for (key, value) in root.value?.object?.members ?? [] {
            if key.elementsEqual("truncation".utf8) || key.elementsEqual("padding".utf8)
                || key.elementsEqual("version".utf8)
            {
                continue
            }
            var bytes = key
            Self.serialize(value, into: &bytes)
            hash.update(bytes)
        }
        return hash.finalize().hexadecimal
    }

    private static func serialize(_ value: JSON, into bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(UInt8(ascii: "n"))
        case .bool(let value): bytes.append(UInt8(ascii: value ? "t" : "f"))
        case .integer(let value): bytes += Array("i\(value);".utf8)
        case .double(let value): bytes += Array("d\(value.bitPattern);".utf8)
        case .string(let value): bytes += Array("s\(value.count):".utf8) + value
        case .array(let values):
            bytes += Array("a\(values.count):".utf8)
            for value in values { serialize(value, into: &bytes) }
        case .object(let object):
            bytes += Array("o\(object.members.count):".utf8)
            for (key, value) in object.members {
                bytes += Array("\(key.count):".utf8) + key
                serialize(value, into: &bytes)
            }
        }
    }
}
