import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An element of an XML document: what little of the format a calibration needs.
struct XMLElement {
  let name: String
  let attributes: [String: String]
  fileprivate(set) var text = ""
  fileprivate(set) var children: [XMLElement] = []

  /// The first child of a name.
  subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

  func children(named name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// The root element of a document.
  ///
  /// - Throws: `MarginError.profile` with the line where the text stops being XML.
  static func root(of data: Data, fileName: String) throws(MarginError) -> XMLElement {
    let builder = Builder()
    let parser = XMLParser(data: data)
    parser.delegate = builder
    guard parser.parse(), let root = builder.root else {
      throw .profile(
        fileName, field: "line \(parser.lineNumber)",
        reason: "is not XML: \(parser.parserError?.localizedDescription ?? "no element")")
    }
    return root
  }

  private final class Builder: NSObject, XMLParserDelegate {
    private var open: [XMLElement] = []
    private(set) var root: XMLElement?

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      open.append(XMLElement(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
      if !open.isEmpty { open[open.count - 1].text += text }
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      var element = open.removeLast()
      element.text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
      if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }
  }
}
