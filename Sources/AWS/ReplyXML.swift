import CExpat
import Federation
import FoundationEssentials

/// An XML element of an AWS response: its local name, text, and child elements.
struct ReplyElement: Hashable, Sendable {
    let name: String
    /// The character data directly inside the element.
    fileprivate(set) var content = ""
    fileprivate(set) var children: [ReplyElement] = []

    fileprivate init(name: String) {
        self.name = name
    }

    /// The content without surrounding white space.
    var text: String { content.trimmed }

    /// Returns the first child with this name, if any.
    subscript(name: String) -> ReplyElement? {
        children.first { $0.name == name }
    }

    /// Returns the trimmed text of the first child with this name, if any.
    func text(_ name: String) -> String? {
        self[name]?.text
    }

    /// Returns the integer in the first child with this name; `nil` if the child is missing or not an integer.
    func integer(_ name: String) -> Int? {
        self[name].flatMap { Int($0.text) }
    }

    /// Returns the only child with this name.
    ///
    /// - Throws: ``ReplyXMLError`` if the element has no child or several children with this name.
    func only(_ name: String) throws(ReplyXMLError) -> ReplyElement {
        let found = children.filter { $0.name == name }
        guard let first = found.first else { throw .missing(element: name) }
        guard found.count == 1 else { throw .repeated(element: name) }
        return first
    }

    /// Returns the elements of the list `<name><member>…</member></name>`; empty if the list is missing.
    func list(_ name: String) -> [ReplyElement] {
        self[name]?.children.filter { $0.name == "member" } ?? []
    }

    /// Returns the tags in a list of `Key` and `Value` pairs.
    func tags(_ name: String = "Tags") -> [String: String] {
        let pairs = list(name).compactMap { tag in tag.text("Key").map { ($0, tag.text("Value") ?? "") } }
        return Dictionary(pairs) { _, last in last }
    }
}

/// The reason that a response is not the expected XML; the description is a noun phrase.
enum ReplyXMLError: Error, Hashable, Sendable {
    case tooLarge(limit: Int)
    case tooDeep(limit: Int)
    case tooManyElements(limit: Int)
    /// The text of a single element is too long.
    case tooMuchText(limit: Int)
    case documentType
    case malformed
    case missing(element: String)
    case repeated(element: String)
    case invalid(element: String)
}

extension ReplyXMLError: CustomStringConvertible {
    var description: String {
        switch self {
        case .tooLarge(let limit): "XML larger than \(limit) bytes"
        case .tooDeep(let limit): "XML nested more than \(limit) levels deep"
        case .tooManyElements(let limit): "XML with more than \(limit) elements"
        case .tooMuchText(let limit): "XML with more than \(limit) bytes of text in one element"
        case .documentType: "XML with a document type declaration, which AWS never sends"
        case .malformed: "unexpected XML"
        case .missing(let element): "XML without \(element)"
        case .repeated(let element): "XML with more than one \(element)"
        case .invalid(let element): "XML with an invalid \(element)"
        }
    }
}

/// A streaming parser of AWS responses, based on libexpat.
///
/// The parser is not recursive, so nesting consumes no stack. The parser rejects document type declarations, so only
/// XML's five predefined entities can occur. Namespaces are ignored, because Ceph and moto do not use AWS's namespaces.
struct ReplyXMLReader {
    /// The limits on a document.
    struct Limits {
        var size = 1 << 20
        var depth = 16
        var elements = 20_000
        /// The maximum text in one element, in bytes; policy documents are percent-encoded.
        var text = 128 * 1024
    }

    private var limits: Limits
    private var open: [ReplyElement] = []
    private var root: ReplyElement?
    private var count = 0
    private var problem: ReplyXMLError?

    private init(_ limits: Limits) {
        self.limits = limits
    }

    /// Parses a document and returns its root element.
    ///
    /// - Throws: ``ReplyXMLError`` if the document is malformed or exceeds a limit.
    static func read(_ data: Data, limits: Limits = Limits()) throws(ReplyXMLError) -> ReplyElement {
        guard data.count <= limits.size else { throw .tooLarge(limit: limits.size) }
        // With this separator, expat passes names as `namespace\nlocal`.
        guard let parser = XML_ParserCreateNS(nil, XML_Char(UInt8(ascii: "\n"))) else { throw .malformed }
        defer { XML_ParserFree(parser) }
        let state = Parse(parser: parser, reader: ReplyXMLReader(limits))
        XML_SetUserData(parser, Unmanaged.passUnretained(state).toOpaque())
        XML_SetElementHandler(
            parser,
            { data, name, _ in Parse.of(data)?.update { $0.start(name) } },
            { data, _ in Parse.of(data)?.update { $0.end() } }
        )
        XML_SetCharacterDataHandler(parser) { data, text, length in
            Parse.of(data)?.update { $0.append(text, Int(length)) }
        }
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
            Parse.of(data)?.update { $0.problem = .documentType }
        }
        let status = data.withUnsafeBytes { bytes in
            XML_Parse(parser, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), 1)
        }
        let reader = state.reader
        if let problem = reader.problem { throw problem }
        guard status == XML_STATUS_OK, let root = reader.root else { throw .malformed }
        return root
    }

    private mutating func start(_ name: UnsafePointer<XML_Char>?) {
        count += 1
        guard count <= limits.elements else {
            problem = .tooManyElements(limit: limits.elements)
            return
        }
        guard open.count < limits.depth else {
            problem = .tooDeep(limit: limits.depth)
            return
        }
        let full = name.map { String(cString: $0) } ?? ""
        let local = full.utf8.lastIndex(of: UInt8(ascii: "\n")).map { full[full.utf8.index(after: $0)...] }
        open.append(ReplyElement(name: local.map(String.init) ?? full))
    }

    private mutating func end() {
        guard let element = open.popLast() else { return }
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    private mutating func append(_ text: UnsafePointer<XML_Char>?, _ length: Int) {
        guard let text, !open.isEmpty else { return }
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        open[open.count - 1].content += String(decoding: bytes, as: UTF8.self)
        guard open[open.count - 1].content.utf8.count <= limits.text else {
            problem = .tooMuchText(limit: limits.text)
            return
        }
    }

    /// The parser state passed to expat's callbacks; a class, because the callbacks receive a pointer.
    private final class Parse {
        private let parser: XML_Parser
        private(set) var reader: ReplyXMLReader

        init(parser: XML_Parser, reader: ReplyXMLReader) {
            self.parser = parser
            self.reader = reader
        }

        static func of(_ data: UnsafeMutableRawPointer?) -> Parse? {
            data.map { Unmanaged<Parse>.fromOpaque($0).takeUnretainedValue() }
        }

        /// Applies one event and stops the parser at the first error.
        func update(_ event: (inout ReplyXMLReader) -> Void) {
            guard reader.problem == nil else { return }
            event(&reader)
            if reader.problem != nil { XML_StopParser(parser, XML_Bool(XML_FALSE)) }
        }
    }
}
