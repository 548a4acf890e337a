package import Addresses
internal import Documents

extension ListenAddress {
    /// The address that a key gives, or nil after a fault; with clients it may be one that others can reach.
    init?(reading cursor: DocumentCursor, folder: String, hasClients: Bool) {
        guard let text = cursor.text() else { return nil }
        do throws(AddressProblem) {
            try self.init(text, resolve: { FilePath.resolve($0, folder: folder) })
        } catch {
            cursor.fault(error.description)
            return nil
        }
        do throws(AddressProblem) {
            if !hasClients { try requireLoopback() }
        } catch {
            cursor.fault("\(error); \"taskgate key\" makes a key, and \"clients\" names who has it")
            return nil
        }
    }

    /// Throws unless a gateway without client keys may listen here.
    package func requireLoopback() throws(AddressProblem) {
        guard !isLoopback else { return }
        throw AddressProblem(
            "\(self) is not loopback: without client keys the gateway listens on loopback or a Unix socket only"
        )
    }
}
