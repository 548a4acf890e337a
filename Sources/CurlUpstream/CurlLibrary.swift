internal import CCurl

/// The process's one libcurl: made ready once, before the first handle, and checked for what this room stands on.
package enum CurlLibrary {
    /// The versions of libcurl and of what it was built with, for logs and for people.
    package static var versionText: String { String(cString: ccurl_library_version_text()) }

    /// Makes libcurl ready, at the first call; later calls repeat that one's outcome.
    ///
    /// It takes `SSLKEYLOGFILE` out of the environment, in which libcurl would look for a file to write the secrets of
    /// TLS connections to. It ignores SIGPIPE for the whole process: with signals forbidden to libcurl, OpenSSL may still raise it when it
    /// closes a dead connection. It also keeps OpenSSL from cleaning up at exit, which races with running threads.
    package static func prepare() throws(CurlSetupError) {
        switch outcome {
        case CCURL_LIBRARY_READY:
            return
        case CCURL_LIBRARY_TOO_OLD:
            throw CurlSetupError("libcurl 7.85 or newer is needed, and this is \(versionText)")
        case CCURL_LIBRARY_NOT_THREADSAFE:
            throw CurlSetupError("a libcurl with the threadsafe feature is needed, and this is \(versionText)")
        case CCURL_LIBRARY_NOT_OPENSSL:
            throw CurlSetupError("a libcurl built with OpenSSL is needed, and this is \(versionText)")
        default:
            throw CurlSetupError("libcurl or OpenSSL cannot be initialised")
        }
    }

    private static let outcome = Int(ccurl_library_prepare())
}

/// Why there can be no transport: something that only whoever runs the process can put right.
package struct CurlSetupError: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
