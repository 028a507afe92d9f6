/// A piece of a template, and the line it begins on.
struct TemplateToken {
    enum Kind: Equatable {
        /// Text that is written as it is.
        case text(Scalars)
        case variableBegin, variableEnd, blockBegin, blockEnd
        case name(String)
        case string(Scalars)
        case integer(Int)
        case number(Double)
        case symbol(String)
        case end
    }

    var kind: Kind
    var line: Int
}

/// Cuts a template into tokens as Jinja does with `trim_blocks` and `lstrip_blocks`: the line end after a statement or
/// comment goes, and so does the indentation before one that begins a line.
struct TemplateLexer {
    private let name: String
    private let source: Scalars
    private var position = 0
    private var line = 1
    private var tokens: [TemplateToken] = []
    /// Whether what was read last ended a line.
    private var isLineStart = true

    /// - Throws: `TemplateError`.
    static func tokens(of text: String, name: String) throws(TemplateError) -> [TemplateToken] {
        var source: Scalars = []
        for scalar in text.unicodeScalars {
            if scalar == "\n", source.last == "\r" { source.removeLast() }
            source.append(scalar)
        }
        for index in source.indices where source[index] == "\r" { source[index] = "\n" }
        if source.last == "\n" { source.removeLast() }
        var lexer = TemplateLexer(name: name, source: source)
        try lexer.run()
        return lexer.tokens
    }

    private init(name: String, source: Scalars) {
        self.name = name
        self.source = source
    }

    private func error(_ problem: String) -> TemplateError {
        TemplateError(template: name, line: line, problem: problem)
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < source.count ? source[position + offset] : nil
    }

    private func stands(_ text: String, at place: Int) -> Bool {
        place <= source.count && source[place...].starts(with: text.unicodeScalars)
    }

    private mutating func advance(to place: Int) {
        for scalar in source[position..<place] where scalar == "\n" { line += 1 }
        if place > position { isLineStart = source[place - 1] == "\n" }
        position = place
    }

    private mutating func add(_ kind: TemplateToken.Kind) { tokens.append(TemplateToken(kind: kind, line: line)) }

    private mutating func run() throws(TemplateError) {
        while position < source.count {
            var open = position
            while open < source.count {
                if source[open] == "{", open + 1 < source.count, ["{", "%", "#"].contains(source[open + 1]) { break }
                open += 1
            }
            guard open < source.count else {
                add(.text(Array(source[position...])))
                advance(to: source.count)
                break
            }
            let kind = source[open + 1]
            let sign = open + 2 < source.count ? source[open + 2] : " "
            addText(upTo: open, strips: sign == "-", keepsIndent: sign == "+" || kind == "{")
            let isSigned = sign == "-" || sign == "+"
            advance(to: open + (isSigned ? 3 : 2))
            switch kind {
            case "#": try comment()
            case "%":
                if let end = rawBegin() { try raw(from: end) } else { try inside("%", .blockBegin, .blockEnd) }
            default: try inside("}", .variableBegin, .variableEnd)
            }
        }
        add(.end)
    }

    private mutating func addText(upTo end: Int, strips: Bool, keepsIndent: Bool) {
        var text = source[position..<end]
        if strips {
            while let last = text.last, last.isPythonSpace { text.removeLast() }
        } else if !keepsIndent {
            let lineStart = text.lastIndex(of: "\n").map { $0 + 1 }
            if lineStart != nil || isLineStart {
                let start = lineStart ?? text.startIndex
                if text[start...].allSatisfy(\.isPythonSpace) { text = text[..<start] }
            }
        }
        if !text.isEmpty { add(.text(Array(text))) }
        advance(to: end)
    }

    /// Goes past the end of a statement or comment whose closing `%` or `#` is at `position`; `sign` stood before it.
    private mutating func close(length: Int, sign: Unicode.Scalar?, trims: Bool) {
        var place = position + length
        if sign == "-" {
            while place < source.count, source[place].isPythonSpace { place += 1 }
        } else if trims, sign != "+", place < source.count, source[place] == "\n" {
            place += 1
        }
        advance(to: place)
    }

    private mutating func comment() throws(TemplateError) {
        var place = position
        while place < source.count, !stands("#}", at: place) { place += 1 }
        guard place < source.count else { throw error("found a comment without end, expected #}") }
        let sign = place > position ? source[place - 1] : nil
        advance(to: place)
        close(length: 2, sign: sign, trims: true)
    }

    /// Where the text of a `raw` block begins, when one begins here.
    private func rawBegin() -> Int? {
        var place = position
        while place < source.count, source[place].isPythonSpace { place += 1 }
        guard stands("raw", at: place) else { return nil }
        place += 3
        while place < source.count, source[place].isPythonSpace { place += 1 }
        let strips = stands("-", at: place)
        if strips { place += 1 }
        guard stands("%}", at: place) else { return nil }
        place += 2
        if strips { while place < source.count, source[place].isPythonSpace { place += 1 } }
        return place
    }

    private mutating func raw(from start: Int) throws(TemplateError) {
        advance(to: start)
        var open = start
        while open < source.count {
            if stands("{%", at: open) {
                var place = open + 2
                let sign = place < source.count ? source[place] : " "
                if sign == "-" || sign == "+" { place += 1 }
                while place < source.count, source[place].isPythonSpace { place += 1 }
                if stands("endraw", at: place) {
                    place += 6
                    while place < source.count, source[place].isPythonSpace { place += 1 }
                    let endSign = place < source.count ? source[place] : " "
                    if endSign == "-" || endSign == "+" { place += 1 }
                    if stands("%}", at: place) {
                        addText(upTo: open, strips: sign == "-", keepsIndent: sign == "+")
                        advance(to: place)
                        return close(length: 2, sign: endSign, trims: true)
                    }
                }
            }
            open += 1
        }
        throw error("found a raw block without end, expected {% endraw %}")
    }

    // MARK: Inside statements and expressions

    private static let symbols = [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";",
    ]

    private mutating func inside(
        _ closing: Unicode.Scalar, _ begin: TemplateToken.Kind, _ end: TemplateToken.Kind
    ) throws(TemplateError) {
        add(begin)
        let opened = line
        var brackets: [String] = []
        while let scalar = peek() {
            if brackets.isEmpty {
                let sign = scalar == "-" || (scalar == "+" && closing == "%") ? scalar : nil
                let place = position + (sign == nil ? 0 : 1)
                if place + 1 < source.count, source[place] == closing, source[place + 1] == "}" {
                    add(end)
                    advance(to: place)
                    return close(length: 2, sign: sign, trims: closing == "%")
                }
            }
            if scalar.isPythonSpace {
                advance(to: position + 1)
            } else if scalar == "\"" || scalar == "'" {
                try string(scalar)
            } else if ("0"..."9").contains(scalar) {
                try number()
            } else if scalar == "_" || scalar.properties.isXIDStart {
                var place = position
                while place < source.count, source[place] == "_" || source[place].properties.isXIDContinue {
                    place += 1
                }
                add(.name(Array(source[position..<place]).text))
                advance(to: place)
            } else if let symbol = Self.symbols.first(where: { stands($0, at: position) }) {
                switch symbol {
                case "(": brackets.append(")")
                case "[": brackets.append("]")
                case "{": brackets.append("}")
                case ")", "]", "}":
                    guard brackets.popLast() == symbol else { throw error("found \(symbol), expected what it closes") }
                default: break
                }
                add(.symbol(symbol))
                advance(to: position + symbol.unicodeScalars.count)
            } else {
                throw error("found the character \(scalar.escaped(asASCII: true)), expected an expression")
            }
        }
        throw TemplateError(
            template: name, line: opened, problem: "found a tag without end, expected \(closing)}")
    }

    private mutating func number() throws(TemplateError) {
        var place = position
        func digits() {
            while place < source.count, ("0"..."9").contains(source[place]) || source[place] == "_" { place += 1 }
        }
        func isDigit(_ place: Int) -> Bool { place < source.count && ("0"..."9").contains(source[place]) }
        digits()
        var isWhole = true
        let followsDot = position > 0 && source[position - 1] == "."
        if !followsDot, place < source.count, source[place] == ".", isDigit(place + 1) {
            isWhole = false
            place += 1
            digits()
        }
        if !followsDot, place < source.count, source[place] == "e" || source[place] == "E" {
            let signed = place + 1 < source.count && (source[place + 1] == "+" || source[place + 1] == "-")
            if isDigit(place + (signed ? 2 : 1)) {
                isWhole = false
                place += signed ? 2 : 1
                digits()
            }
        }
        let text = Array(source[position..<place].filter { $0 != "_" }).text
        if isWhole {
            guard let value = Int(text) else { throw error("found the number \(text), expected one of 64 bits") }
            add(.integer(value))
        } else {
            guard let value = Double(text) else { throw error("found \(text), expected a number") }
            add(.number(value))
        }
        advance(to: place)
    }

    private mutating func string(_ mark: Unicode.Scalar) throws(TemplateError) {
        var place = position + 1
        var text: Scalars = []
        while place < source.count, source[place] != mark {
            guard source[place] == "\\", place + 1 < source.count else {
                text.append(source[place])
                place += 1
                continue
            }
            let next = source[place + 1]
            place += 2
            switch next {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "a": text.append("\u{7}")
            case "b": text.append("\u{8}")
            case "f": text.append("\u{C}")
            case "v": text.append("\u{B}")
            case "\\", "'", "\"": text.append(next)
            case "\n": break
            case "x", "u", "U":
                let length = next == "x" ? 2 : next == "u" ? 4 : 8
                let digits = Array(source[place..<min(place + length, source.count)]).text
                guard digits.utf8.count == length, let value = UInt32(digits, radix: 16),
                    let scalar = Unicode.Scalar(value)
                else { throw error("found the escape \\\(next)\(digits), expected \(length) digits of a character") }
                text.append(scalar)
                place += length
            case "0"..."7":
                var digits = String(next)
                while digits.utf8.count < 3, place < source.count, ("0"..."7").contains(source[place]) {
                    digits.unicodeScalars.append(source[place])
                    place += 1
                }
                if let scalar = UInt32(digits, radix: 8).flatMap({ Unicode.Scalar($0) }) { text.append(scalar) }
            default: text += ["\\", next]
            }
        }
        guard place < source.count else { throw error("found a string without end, expected \(mark)") }
        add(.string(text))
        advance(to: place + 1)
    }
}
