import Documents
import GatewaySettings

/// Reads a configuration file's text as the gateway does, from a folder that no test depends on.
func settings(_ text: String, folder: String = "/etc/taskgate") throws(DocumentFaults) -> Settings {
    try Settings.read(Array(text.utf8), file: "config.json", folder: folder)
}

/// The mistakes that are found in a text, as they are printed.
func faults(_ text: String) -> [String] {
    do throws(DocumentFaults) {
        _ = try settings(text)
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

/// The mistakes in a file that has `member` beside a provider without mistakes.
func faults(beside member: String) -> [String] {
    faults(#"{"providers": {"qmail": {}}, \#(member)}"#)
}

/// The mistakes in one provider.
func faults(inProvider members: String) -> [String] {
    faults(#"{"providers": {"qmail": {\#(members)}}}"#)
}
