import CYAML
import Federation

/// Composes the tree of a document from the events of libyaml.
///
/// The composer stops if the document exceeds the maximum number of values or the maximum depth. Expanded aliases count
/// for both limits.
final class YAMLComposer {
    /// A value with an anchor, to which aliases can refer.
    private struct Anchor {
        let content: YAMLNode.Content
        /// The number of values in the content, with aliases expanded.
        let count: Int
        /// The number of levels in the content; 1 for a scalar.
        let height: Int
    }

    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let bytes: UnsafeBufferPointer<UInt8>
    private var anchors: [String: Anchor] = [:]
    private var count = 0
    /// The deepest level so far within the current value.
    private var deepest = 0

    /// - Parameter bytes: The UTF-8 text, which must outlive the composer.
    /// - Throws: ``YAMLProblem`` if there is not enough memory.
    private init(_ bytes: UnsafeBufferPointer<UInt8>) throws(YAMLProblem) {
        self.bytes = bytes
        guard yaml_parser_initialize(parser) != 0 else { throw .syntax("no memory", .wholeFile) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// Parses a text that contains at most one document.
    ///
    /// - Returns: The root; `nil` if the text has no document.
    /// - Throws: The first syntax error, or the error for an exceeded limit.
    static func root(of text: String) throws(YAMLProblem) -> YAMLNode? {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(YAMLProblem) in try YAMLComposer(bytes).root() }
        }
        return try result.get()
    }

    private func root() throws(YAMLProblem) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            var event = try nextEvent()
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_STREAM_END_EVENT: return root
            case YAML_DOCUMENT_START_EVENT where root == nil: root = try value(depth: 1)
            case YAML_DOCUMENT_START_EVENT:
                throw .syntax("found a second document", Self.place(event.start_mark))
            default: break
            }
        }
    }

    private func nextEvent() throws(YAMLProblem) -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) != 0 else { throw problem }
        return event
    }

    /// Returns the next value at this depth; `nil` at the end of the enclosing collection.
    private func value(depth: Int) throws(YAMLProblem) -> YAMLNode? {
        var event = try nextEvent()
        defer { yaml_event_delete(&event) }
        let place = Self.place(event.start_mark)
        let (outer, start) = (deepest, count)
        deepest = depth
        let content: YAMLNode.Content
        let anchor: UnsafeMutablePointer<yaml_char_t>?
        switch event.type {
        case YAML_SCALAR_EVENT:
            try add(1, height: 1, at: depth)
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            content = .scalar(String(decoding: bytes, as: UTF8.self), isPlain: isPlain)
            anchor = scalar.anchor
        case YAML_SEQUENCE_START_EVENT:
            try add(1, height: 1, at: depth)
            var items: [YAMLNode] = []
            while let item = try value(depth: depth + 1) { items.append(item) }
            content = .sequence(items)
            anchor = event.data.sequence_start.anchor
        case YAML_MAPPING_START_EVENT:
            try add(1, height: 1, at: depth)
            var members: [YAMLNode.Member] = []
            while let key = try value(depth: depth + 1), let value = try value(depth: depth + 1) {
                members.append(YAMLNode.Member(key: key, value: value))
            }
            let isBlock = event.data.mapping_start.style != YAML_FLOW_MAPPING_STYLE
            content = .mapping(marking: members, isBlock: isBlock)
            anchor = event.data.mapping_start.anchor
        case YAML_ALIAS_EVENT:
            guard let anchor = anchors[Self.name(event.data.alias.anchor)] else {
                throw .syntax("found undefined alias", place)
            }
            try add(anchor.count, height: anchor.height, at: depth)
            deepest = max(outer, deepest)
            return YAMLNode(content: anchor.content, place: place)
        default:
            deepest = outer
            return nil
        }
        if let anchor {
            anchors[Self.name(anchor)] = Anchor(
                content: content,
                count: count - start,
                height: deepest - depth + 1
            )
        }
        deepest = max(outer, deepest)
        return YAMLNode(content: content, place: place)
    }

    /// Counts values and updates the depth.
    ///
    /// - Throws: ``YAMLProblem`` if the number or the depth exceeds the limit.
    private func add(_ number: Int, height: Int, at depth: Int) throws(YAMLProblem) {
        count += number
        deepest = max(deepest, depth + height - 1)
        guard count <= YAMLDocument.maximumValueCount else {
            throw .overLimit(
                "more than \(YAMLDocument.maximumValueCount) values, with aliases expanded",
                accepted: "at most \(YAMLDocument.maximumValueCount)"
            )
        }
        guard deepest <= YAMLDocument.maximumDepth else {
            throw .overLimit(
                "nesting deeper than \(YAMLDocument.maximumDepth) levels",
                accepted: "at most \(YAMLDocument.maximumDepth)"
            )
        }
    }

    private var problem: YAMLProblem {
        let reason = parser.pointee.problem.map { String(cString: $0) } ?? "no memory"
        if parser.pointee.error == YAML_READER_ERROR {
            return YAMLProblem(
                place: place(ofByte: parser.pointee.problem_offset),
                keyPath: "",
                found: "a character that is not allowed (\(reason))",
                accepted: "YAML"
            )
        }
        let context = parser.pointee.context.map { " " + String(cString: $0) } ?? ""
        return .syntax(reason + context, Self.place(parser.pointee.problem_mark))
    }

    private func place(ofByte offset: Int) -> YAMLProblem.Place {
        let lines = String(decoding: bytes.prefix(offset), as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return .file(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
    }

    private static func place(_ mark: yaml_mark_t) -> YAMLProblem.Place {
        .file(line: mark.line + 1, column: mark.column + 1)
    }

    private static func name(_ anchor: UnsafeMutablePointer<yaml_char_t>) -> String {
        String(cString: anchor)
    }
}

extension YAMLProblem {
    fileprivate static func syntax(_ error: String, _ place: Place) -> Self {
        Self(place: place, keyPath: "", found: "a syntax error (\(error))", accepted: "YAML")
    }
}
