internal import GatewaySettings
internal import Glibc
internal import TaskModel

extension CredentialSource {
    /// What became of looking for a key.
    enum Resolution {
        /// None is wanted.
        case none
        case key(Secret, warning: String?)
        /// Each caller brings one.
        case callers
        /// It is not there; the text says what to do.
        case missing(String)
        /// It is there, and cannot be a key; the text says why, without showing it.
        case unfit(String)
    }

    /// Looks for the key in the environment or in its file.
    func resolve() -> Resolution {
        switch self {
        case .none: return .none
        case .caller: return .callers
        case .environment(let name):
            guard let value = getenv(name).map({ String(cString: $0) }) else {
                return .missing("set the environment variable \(name)")
            }
            return Self.clean(value, missing: "the environment variable \(name) is empty", warning: nil)
        case .file(let path):
            guard let file = WholeFile(path: path) else { return .missing("\(path) cannot be read") }
            return Self.clean(
                String(decoding: file.bytes, as: UTF8.self),
                missing: "\(path) is empty",
                warning: WholeFile.isReadByAll(path) ? "everybody on this machine can read \(path); chmod o-r it" : nil
            )
        }
    }

    private static func clean(_ text: String, missing: String, warning: String?) -> Resolution {
        do throws(SettingsProblem) {
            guard let secret = try Credential.clean(text) else { return .missing(missing) }
            return .key(secret, warning: warning)
        } catch {
            return .unfit(error.description)
        }
    }
}
