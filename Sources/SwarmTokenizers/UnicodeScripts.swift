internal import SwarmFormats

/// Cuts text where the script changes, as SentencePiece's trainer does: Hiragana and Katakana count as Han, spaces and
/// scalars without a script go with what stands before them.
enum UnicodeScripts {
    /// What stands before the first scalar with a script is dropped, as in the reference.
    static func split(_ input: PieceText) -> PieceText {
        guard let expression else { return input }
        var pieces: [Range<Int>] = []
        expression.forEachMatch(in: masked(input.text.bytes), pieces: input.pieces) { _, match in
            pieces.append(match)
        }
        return PieceText(text: input.text, pieces: pieces)
    }

    /// The text with scalars whose script the reference does not know as others, as long, that have none.
    private static func masked(_ text: [UInt8]) -> [UInt8] {
        var result = text
        var index = 0
        while index < text.count {
            let (scalar, length) = UnicodeText.decodeScalar(text, at: index)
            if let scalar, scalar >= 0x80, ReferenceUnicode.scriptless.contains(scalar) {
                // U+0530, U+E000 and U+F0000: unassigned or for private use.
                let others: [[UInt8]] = [[0xD4, 0xB0], [0xEE, 0x80, 0x80], [0xF3, 0xB0, 0x80, 0x80]]
                result.replaceSubrange(index..<index + length, with: others[length - 2])
            }
            index += length
        }
        return result
    }

    /// The scripts of Unicode 14 but for Han, Hiragana, Katakana, Common and Inherited.
    private static let scripts = """
        Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki \
        Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee \
        Chorasmian Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan \
        Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi \
        Gurmukhi Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Imperial_Aramaic Inscriptional_Pahlavi \
        Inscriptional_Parthian Javanese Kaithi Kannada Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi \
        Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean \
        Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi \
        Mongolian Mro Multani Myanmar Nabataean Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham \
        Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian \
        Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician \
        Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian \
        Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil \
        Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi \
        Yi Zanabazar_Square
        """.split(separator: " ")

    private static let expression: RegularExpression? = {
        let open = #"\x20\p{sc:Unknown}"#
        func run(_ own: String, _ first: String? = nil) -> String {
            "\(first ?? "[\(own)]")(?:[\(open)]|\(first ?? "[\(own)]"))*"
        }
        let common = #"(?![\x20\x{30FC}])\p{sc:Common}"#
        let runs =
            [
                run(#"\p{sc:Han}\p{sc:Hiragana}\p{sc:Katakana}\x{30FC}"#), run("", "(?:\(common))"),
                run(#"\p{sc:Inherited}"#),
            ]
            + scripts.map { run("\\p{sc:\($0)}") }
        return RegularExpression.compile(runs.joined(separator: "|")).0
    }()
}
