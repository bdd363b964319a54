import TestSupport
import Testing
import TrustPolicy

@testable import Diagnosis
@testable import Federation

/// The tables of pitfalls of Azure and AWS, row by row.
@Suite(.computing) struct PitfallTests {
    /// The IDs of all rows: `A1` to `C12` for Azure, `1` to `40` for AWS, with a letter for each cause of a
    /// row.
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

    @Test func `every row of both tables has a case`() {
        let covered = Set(Pitfall.table.flatMap(\.rows))
        #expect(Self.rows.subtracting(covered).sorted() == [])
        #expect(covered.subtracting(Self.rows).sorted() == [])
    }

    @Test(arguments: Pitfall.table)
    func `a pitfall has its documented cause`(row: Pitfall) throws {
        switch row.situation {
        case .answer(let side, let code, let message):
            let known = try #require(side.error(code: code, message: message))
            #expect(known.id == row.id)
            #expect(!known.fix.isEmpty)
        case .evidence(let evidence):
            let explanation = Explanation(evidence)
            if case .weakness(let id) = row.expected {
                #expect(explanation.causes.map(\.id) == [])
                #expect(explanation.lint.first?.id == id)
                return
            }
            let cause = try #require(explanation.causes.first)
            #expect(cause.id == row.id)
            #expect(!cause.summary.isEmpty && !cause.evidence.isEmpty && !cause.fix.isEmpty)
            expect(cause.possibleCauses, as: row.expected)
        }
    }

    private func expect(_ possible: PossibleCauses?, as expected: Pitfall.Expected) {
        guard case .open(_, let causes, let toFindOut) = expected else {
            #expect(possible == nil)
            return
        }
        #expect(Set(causes).subtracting(possible?.causes ?? []) == [])
        #expect((possible?.causes.count ?? 0) > 1)
        #expect(possible?.toFindOut.contains(toFindOut) == true, "\(possible?.toFindOut ?? "nothing")")
    }

    @Test func `an error that no table lists is reported as unknown`() {
        #expect(Explanation(EvidenceFixture.refused("Strange", "x")).causes.map(\.id) == ["unknown-error"])
        #expect(
            Explanation(EvidenceFixture.noToken("418", "teapot", .imds)).causes.map(\.id) == [
                "source-refused"
            ]
        )
    }
}
