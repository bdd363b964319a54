import Console
import Drawing
import TestSupport
import Testing

@testable import ConsoleRuntime

/// The queue of the exchanges that the operator starts.
@Suite(.limited) struct ExchangeQueueTests {
    private let queue = ExchangeQueue(width: 2)

    private func add(_ count: Int) -> Int {
        (0..<count).count {
            queue.add(ExchangeQueue.Entry(mapping: "m\($0)", request: Request(number: $0), purpose: .test))
        }
    }

    @Test func `any number of exchanges needs a few workers, which run them in order`() {
        #expect(add(10_000) == 2)
        let names = (0..<10_000).map { _ in queue.next()?.mapping }
        #expect(names == (0..<10_000).map { "m\($0)" })
        #expect(queue.next() == nil)
    }

    @Test func `a worker that found no exchange is replaced for the next exchange`() {
        #expect(add(1) == 1)
        #expect(queue.next() != nil)
        #expect(queue.next() == nil)
        #expect(add(3) == 2)
    }
}

/// The order in which messages leave the mailbox.
@Suite(.limited) struct MailboxTests {
    @Test func `urgent messages leave the mailbox before all others, each kind in its order`() {
        let mailbox = Mailbox()
        for number in 1...3 { mailbox.send(.opening("\(number)")) }
        mailbox.send(.key(.character("a")))
        mailbox.send(.key(.character("b")))
        #expect(mailbox.nextOrdinary() == nil, "keys precede other messages")
        #expect(mailbox.nextUrgent() == .key(.character("a")))
        #expect(mailbox.nextUrgent() == .key(.character("b")))
        #expect(mailbox.nextUrgent() == nil)
        #expect(mailbox.hasNews(isUrgentOnly: false))
        #expect(!mailbox.hasNews(isUrgentOnly: true))
        #expect((1...3).map { _ in mailbox.nextOrdinary() } == (1...3).map { .opening("\($0)") })
        #expect(!mailbox.hasNews(isUrgentOnly: false))
    }
}
