/// Names and values of one level of a template; what is not here is looked up outside.
package final class TemplateScope {
    var values: [String: TemplateValue] = [:]
    let outer: TemplateScope?

    init(outer: TemplateScope? = nil) { self.outer = outer }

    subscript(name: String) -> TemplateValue? {
        var scope: TemplateScope? = self
        while let here = scope {
            if let value = here.values[name] { return value }
            scope = here.outer
        }
        return nil
    }
}
