import Testing

/// Everything here, one after another: each has the machine to itself, and times that it can be held to.
@Suite(.serialized, .timeLimit(.minutes(10))) struct Chaos {}
