/// Where a simulator listens, what it lives by, and whom it lets in.
package struct SimulatorSettings: Sendable {
    /// The address of the five providers; the control interface stays on the loopback whatever is said here.
    package var host = "127.0.0.1"
    /// The port of each provider; any free one for those left out.
    package var ports: [SimulatedProvider: Int] = [:]
    /// The port of the control interface; any free one by default.
    package var controlPort = 0
    /// How many threads serve all of it.
    package var threads = 1
    /// What the tasks live by.
    package var clock = SimulatorClock.real()
    /// The keys that a provider accepts; any key of the documented shape for those left out.
    package var keys: [SimulatedProvider: Set<String>] = [:]
    /// How many requests each provider remembers.
    package var remembers = 100_000
    /// Whether there are tasks to look at from the start, one for each thing worth seeing.
    package var holdsDemoTasks = true
    /// How the providers behave where their pages leave a choice.
    package var quirks = SimulatorQuirks()

    /// Free ports on the loopback, the real clock, any key, and the demonstration's tasks.
    package init() {}
}

/// What the providers' pages leave open or allow both ways.
package struct SimulatorQuirks: Sendable, Equatable {
    /// Whether a cancel of a finished agent run is a 400; by default it answers 200 with the status of the run, for the
    /// page calls `status` the "status of the run after the operation" (docs.blackbox.ai/api-reference/v1/cancel-task).
    package var agentRefusesCancelOfFinished = false
    /// How long an xpander worker goes on after a stop that was answered with `stopped`; zero for not at all.
    package var xpanderWorkerRunsOn = Duration.seconds(3)
    /// Whether more than 100 requests in a minute are answered with 429, docs.xpander.ai/api-reference/rest-api.
    package var xpanderLimitsRate = false
    /// How long a QMail task needs to notice that it was cancelled.
    package var qmailCancelTakes = Duration.seconds(3)
    /// Whether a QMail task runs to its end in spite of an accepted cancel, as the page's examples allow.
    package var qmailCompletesDespiteCancel = false
    /// Whether QMail writes the times and errors of its source code instead of those of its pages.
    package var qmailSpeaksAsItsSource = false
    /// How long QMail remembers a finished task.
    package var qmailForgetsAfter = Duration.seconds(3600)
    /// How many tasks QMail holds before it drops finished ones.
    package var qmailHolds = 1000

    /// What the pages say, read by their letter.
    package init() {}
}
