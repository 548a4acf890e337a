import GatewaySettings
import TaskModel
import Testing

@Suite struct `A key` {
    @Test(arguments: ["sk-1_~a", "sk-1_~a\n", "sk-1_~a\r\n", "sk-1_~a \t\n"])
    func `loses the white space at its end`(_ raw: String) throws {
        #expect(try Credential.clean(raw)?.reveal() == "sk-1_~a")
    }

    @Test(arguments: ["", "\n", " \t\r\n"])
    func `that is empty is none`(_ raw: String) throws {
        #expect(try Credential.clean(raw) == nil)
    }

    @Test(arguments: [
        "sk-1 2", " sk-1", "sk-1\n2", "sk-1\r\nX-Injected: 1", "sk-1\u{0}", "sk-1\u{7f}", "schlüssel", "\u{feff}sk-1",
    ])
    func `that holds what no header may carry is refused, and not repeated`(_ raw: String) throws {
        let problem = try #require(throws: SettingsProblem.self) { try Credential.clean(raw) }
        #expect(!problem.description.contains("sk-1"))
        #expect(problem.description.hasPrefix("the key holds white space, a control character or a character beyond"))
    }
}
