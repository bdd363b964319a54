import TestSupport
import Testing

@testable import ConfigurationFile

@Suite(.limited) struct ConfigurationLocationTests {
    @Test(arguments: [
        (nil, ["HOME": "/h"], "/h/.config/cambist/config.yaml", false),
        (nil, ["HOME": "/h", "XDG_CONFIG_HOME": "/x"], "/x/cambist/config.yaml", false),
        (nil, ["HOME": "/h", "XDG_CONFIG_HOME": "relative"], "/h/.config/cambist/config.yaml", false),
        (nil, ["HOME": "/h", "XDG_CONFIG_HOME": "/x", "CAMBIST_CONFIG": "c.yaml"], "c.yaml", true),
        (nil, ["HOME": "/h", "CAMBIST_CONFIG": ""], "/h/.config/cambist/config.yaml", false),
        ("o.yaml", ["HOME": "/h", "CAMBIST_CONFIG": "c.yaml"], "o.yaml", true),
    ])
    func `the option precedes the variable, which precedes the XDG directories`(
        _ named: String?,
        _ environment: [String: String],
        _ file: String,
        _ isNamed: Bool
    ) {
        let location = ConfigurationLocation(named: named, environment: environment)
        #expect(location.file == file)
        #expect(location.isNamed == isNamed)
    }

    @Test(arguments: [
        (["HOME": "/h"], "/h/.local/state/cambist"),
        (["HOME": "/h", "XDG_STATE_HOME": "/s"], "/s/cambist"),
    ])
    func `the state directory is below XDG_STATE_HOME`(_ environment: [String: String], _ directory: String) {
        #expect(ConfigurationLocation(environment: environment).stateDirectory == directory)
    }
}
