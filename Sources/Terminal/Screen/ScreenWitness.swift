/// Hears of a screen what its contents do not tell: what leaves it, and what programs mark.
///
/// Called while the screen reads what is written to it; the witness may look at the screen, and writes nothing to it.
protocol ScreenWitness: AnyObject {
    /// A line has scrolled off the main screen; its text, without blanks at the end.
    func screenLost(_ line: String)
    /// All that the main screen shows is about to be erased.
    func screenWillBeErased()
    /// The alternate screen is about to show.
    func screenWillHideMain()
    /// The main screen shows again.
    func screenShowsMainAgain()
    /// A program has marked a prompt or a command: what follows `OSC 133 ;`, at the cursor.
    func screenHeardMark(_ mark: ArraySlice<UInt8>)
}
