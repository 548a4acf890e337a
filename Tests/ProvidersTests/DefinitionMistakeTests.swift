import Documents
import TaskModel
import Testing

@testable import Providers

@Suite struct `Compiling a provider's file` {
    private static let good = """
        {
          "title": "Example", "documentation": "https://example.com/docs", "base_url": "https://{host}",
          "variables": {"host": {"description": "the host", "pattern": "^[a-z.]+$", "example": "example.com"}},
          "credential": {"header": "Authorization", "prefix": "Bearer "},
          "id": {"parts": [{"name": "task", "pattern": "^[a-z]{1,9}$"}], "example": "abc"},
          "words": [{"is": "on", "status": "running"}],
          "status": {"request": "GET /tasks/{task}", "word": "/status"},
          "cancel": {"request": "POST /tasks/{task}/stop", "body": {"id": "{task}"}, "belief": "final"}
        }
        """

    private func faults(_ text: String) -> [String] {
        do {
            _ = try ProviderDefinition.read(Array(text.utf8), name: "example", file: "example.json")
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func `succeeds for a file that is right`() {
        #expect(faults(Self.good) == [])
    }

    @Test(arguments: [
        (#"{"per_second": 5, "burst": 12}"#, CallRate(perSecond: 5, burst: 12)),
        (#"{"per_second": 2.5}"#, CallRate(perSecond: 2.5, burst: 3)),
        (#"{"per_second": 0.1}"#, CallRate(perSecond: 0.1, burst: 1)),
    ])
    func `takes the rate that the provider bears`(_ text: String, _ rate: CallRate) throws {
        let file = Self.good.replacing("\"words\"", with: "\"rate\": \(text), \"words\"", maxReplacements: 1)
        #expect(try ProviderDefinition.read(Array(file.utf8), name: "example", file: "example.json").rate == rate)
        #expect(try ProviderDefinition.read(Array(Self.good.utf8), name: "example", file: "").rate == nil)
    }

    @Test func `reports every mistake at once, each with its place and what would be right`() {
        let found = faults(
            """
            {
              "title": "", "base_url": "http://example.com", "colour": "red",
              "credential": {"header": "Authorization", "query": "key"},
              "id": {"parts": [{"name": "task", "pattern": "^(a|b)$"}, {"name": "reason", "pattern": "^a$"}], "example": "x"},
              "words": [
                {"is": "on", "status": "runing"}, {"is": "off", "status": "unknown"},
                {"is": "a", "status": "running"}, {"is": "A ", "status": "failed"},
                {"is": "b", "status": "paused", "cancelling": true}, {"is": "c", "when": {"x": 1}, "status": "failed"}
              ],
              "times": "minutes", "poll": {"minimum": "5s", "first": "1s", "maximum": "2d"},
              "rate": {"per_second": 0, "burst": 0, "each": "second"},
              "status": {"request": "FETCH tasks", "read": {"progres": "/p", "title": "title"}, "answers": [{"http": 404, "do": "settle"}]},
              "cancel": {
                "request": "POST /x/{run}/{status:agent}", "headers": {"Content-Type": "x", "X-Y": "{status:/agent}"},
                "body": {"id": "id-{task}", "n": "{task:number}"}, "belief": "maybe", "from": ["completed"],
                "answers": [{"do": "accept"}, {"http": 99, "do": "task_gone"}, {"http": "4xx", "when": {"/a": {"above": "x"}}, "do": "accept"}]
              }
            }
            """
        )
        let expected = [
            "#/colour: unknown key",
            "#/title: must not be empty",
            "#: \"documentation\" is missing",
            "#/id/parts/0/pattern: not a pattern",
            "#/id/parts/1/name: a part's name",
            "#/base_url: must be https, or http to loopback",
            "#/credential: must have one of",
            "#/words/0/status: \"runing\" is not one of",
            "did you mean \"running\"?",
            "#/words/1/status: a word that is known cannot mean unknown",
            "#/words/3: an earlier rule without \"when\" takes \"a\" already",
            "#/words/4/cancelling: a task that is being stopped is running",
            "#/words/5/when/x: \"x\" is not a JSON Pointer",
            "#/times: \"minutes\" is not one of",
            "#/poll/maximum: must be a duration",
            "#/poll: minimum, first and maximum must not fall",
            "#/rate/burst: 0 is not between 1 and 100000",
            "#/rate/per_second: must be between 0.01 and 100000",
            "#/rate/each: unknown key",
            "#/status: \"word\" is missing",
            "#/status/request: must be a method",
            "#/status/read/progres: unknown key; did you mean \"progress\"?",
            "#/status/read/title: \"title\" is not a JSON Pointer",
            "#/status/answers/0/do: only an answer to a cancel can be settled",
            "#/cancel/request: {run} is not known here; known: ",
            "#/cancel/headers/Content-Type: Content-Type is set by the gateway; use content_type",
            "#/cancel/body/id: a hole fills a whole value",
            "#/cancel/body/n: ",
            "#/cancel/belief: \"maybe\" is not one of \"final\", \"promise\"",
            "#/cancel/from/0: \"completed\" is not one of",
            "#/cancel/answers/0: needs \"http\" or \"when\"",
            "#/cancel/answers/1/http: must be an HTTP status",
            "#/cancel/answers/1/do: \"task_gone\" is not one of",
            "#/cancel/answers/2/when/~1a/above: must be a number",
        ]
        for text in expected {
            #expect(found.contains { $0.contains(text) }, "\(text)")
        }
    }

    @Test(arguments: [
        (
            "\"headers\": {}", "\"credential\": {\"header\": \"Authorization\", \"prefix\": \"Bearer \"}",
            "#: \"credential\" is missing"
        ),
        ("\"first\": \"state\", \"belief\"", "\"belief\"", "#/cancel/first: must be \"status\""),
        ("/tasks/{task}/{status:/agent}/stop", "/tasks/{task}/stop", "needs \"first\": \"status\""),
        ("\"example\": \"ABC\"", "\"example\": \"abc\"", "#/id/example: does not fit"),
        (
            "\"parts\": [], \"example\"",
            "\"parts\": [{\"name\": \"task\", \"pattern\": \"^[a-z]{1,9}$\"}], \"example\"", "#/id/parts: an id has"
        ),
        ("\"part\": [", "\"parts\": [", "#/id: \"parts\" is missing"),
        ("\"{task:path}\"", "\"{task}\"", "#/cancel/body/id: a hole in a body cannot be path"),
        ("GET /tasks/{task", "GET /tasks/{task}", "a { without its }"),
        ("\"/status~\"", "\"/status\"", "#/status/word: \"/status~\" is not a JSON Pointer"),
    ])
    func `says what is wrong with one thing in a file that is else right`(
        _ bad: String,
        _ good: String,
        _ fault: String
    ) {
        let found = faults(Self.good.replacing(good, with: bad, maxReplacements: 1))
        #expect(found.contains { $0.contains(fault) }, "\(found)")
    }
}
