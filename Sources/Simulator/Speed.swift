/// How much faster the lab's own delays and lifetimes pass than those of the clouds.
///
/// Clocks stay true: only a duration that the lab itself sets is divided.
struct Speed: Hashable, Sendable {
    /// At least 1 in practice; 720 turns a day into two minutes.
    let speed: Double

    /// A delay or lifetime of the clouds as the lab lets it pass.
    func scaled(_ duration: Duration) -> Duration {
        duration / speed
    }
}
