import GatewayCore
import Testing

@Suite struct `An alarm` {
    @Test func `is set for the earliest time, and no timer is needed for a later one`() {
        var alarm = Alarm()
        let timers = [5, 5, 6, 3, 4].filter { alarm.set(.seconds($0)) }
        #expect(timers == [5, 3])
    }

    @Test func `comes once, however many timers were set`() {
        var alarm = Alarm()
        for time in [5, 4, 3] { _ = alarm.set(.seconds(time)) }
        let come = [3, 4, 5].filter { alarm.comes(.seconds($0)) }
        #expect(come == [3])
    }

    @Test func `can be set again once it came, also for a time before`() {
        var alarm = Alarm()
        for time in [5, 4] {
            let isSet = alarm.set(.seconds(time))
            let comes = alarm.comes(.seconds(time))
            #expect(isSet && comes)
        }
    }
}
