import Foundation
import TestSupport
import Testing

@testable import Federation

/// Regular expressions typed by users.
@Suite(.limited) struct SearchExpressionTests {
    @Test(arguments: [
        ("denied", "AccessDenied no", "Denied"), ("^access", "AccessDenied", "Access"), ("x*", "axxb", "xx"),
        ("a.*z", "no", nil), ("x*", "abc", nil), ("日.", "das 日本", "日本"),
    ])
    func `the first nonempty match is found, ignoring letter case`(
        pattern: String,
        text: String,
        found: String?
    ) throws {
        let expression = try #require(SearchExpression(pattern))
        #expect(expression.range(in: text).map { String(text[$0]) } == found)
    }

    @Test(arguments: ["[", "(", "*a", "a{2"])
    func `an invalid pattern is not an expression`(pattern: String) {
        #expect(SearchExpression(pattern) == nil)
    }

    @Test func `exponential backtracking ends with the budget`() throws {
        let expression = try #require(SearchExpression("(a+)+$"))
        let text = String(repeating: "a", count: 60) + "!"
        #expect(expression.range(in: text) == nil)
        var budget = 25
        #expect(expression.range(in: text, budget: &budget) == nil)
        #expect(budget == 0)
        #expect(expression.range(in: "aaa", budget: &budget) == nil, "without a budget, nothing is found")
    }

    @Test func `an ordinary search uses no budget`() throws {
        let expression = try #require(SearchExpression("web.*identity"))
        var budget = 1
        for number in 0..<1000 {
            let text = "AccessDenied Not authorized to perform sts:AssumeRoleWithWebIdentity \(number)"
            #expect(expression.range(in: text, budget: &budget) != nil)
        }
        #expect(budget == 1)
    }
}
