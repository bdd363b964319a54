import Testing
import TrustPolicy

@testable import Diagnosis
@testable import Federation

/// The tables of pitfalls of both references, row by row.
@Suite struct PitfallTests {
    /// Every row: `A` to `C` of the table for Azure, the numbers of the one for AWS; letters where a row has several
    /// causes.
    static let rows: Set<String> = {
        let azure = (1...18).map { "A\($0)" } + (1...14).map { "B\($0)" } + (1...12).map { "C\($0)" }
        let aws = (1...40).map { "\($0)" }
        let parts = [
            "B4": "abcde", "1": "abcdefghijkl", "2": "abcdef", "3": "abcde", "4": "abcd", "10": "ab",
            "20": "abc",
            "21": "abcd",
        ]
        return Set(
            (azure + aws).flatMap { row in parts[row].map { $0.map { "\(row)\($0)" } } ?? [row] }
        )
    }()

    @Test func `every row of both tables is told`() {
        let told = Set(Pitfall.table.flatMap(\.rows))
        #expect(Self.rows.subtracting(told).sorted() == [])
        #expect(told.subtracting(Self.rows).sorted() == [])
    }

    @Test(arguments: Pitfall.table)
    func `a row is told as the reference has it`(row: Pitfall) throws {
        switch row.situation {
        case .answer(let side, let code, let message):
            let known = try #require(KnownError.find(side, code: code, message: message))
            #expect(known.id == row.id)
            #expect(!known.fix.isEmpty)
        case .evidence(let evidence):
            let explanation = Explanation(evidence)
            if case .weakness(let id) = row.told {
                #expect(explanation.causes.map(\.id) == [])
                #expect(explanation.lint.first?.id == id)
                return
            }
            let cause = try #require(explanation.causes.first)
            #expect(cause.id == row.id)
            #expect(!cause.summary.isEmpty && !cause.evidence.isEmpty && !cause.fix.isEmpty)
            expect(cause.openQuestion, as: row.told)
        }
    }

    private func expect(_ question: OpenQuestion?, as told: Pitfall.Told) {
        guard case .open(_, let causes, let tell) = told else {
            #expect(question == nil)
            return
        }
        #expect(Set(causes).subtracting(question?.causes ?? []) == [])
        #expect((question?.causes.count ?? 0) > 1)
        #expect(question?.tell.contains(tell) == true, "\(question?.tell ?? "nothing")")
    }

    /// The finding that each is told by is not merely the other side's words again.
    @Test func `what the tables leave without a cause of its own is said to be unknown`() {
        #expect(Explanation(EvidenceFixture.refused("Strange", "x")).causes.map(\.id) == ["unknown-error"])
        #expect(
            Explanation(EvidenceFixture.noToken("418", "teapot", .imds)).causes.map(\.id) == [
                "source-refused"
            ]
        )
    }
}
