import Testing

@testable import Terminal

/// What of somebody's typing may be recorded.
@Suite struct PasswordWatchTests {
    @Test(
        "An answer is withheld where a password is asked for, and only there",
        arguments: [
            ("box$ ", "ls\r", "ls\r"),
            ("[sudo] password for ada: ", "secret\rls\r", "ls\r"),
            ("Password: ", "secret", ""),
            ("Enter passphrase for key '/root/.ssh/id': ", "a\u{3}b", "b"),
            ("\u{1B}[1mMot de passe :\u{1B}[0m ", "secret\n", ""),
            ("Password: \r\nbox$ ", "ls\r", "ls\r"),
            ("changing the password of ada\r\nbox$ ", "ls\r", "ls\r"),
            ("Name: ", "ada\r", "ada\r"),
        ],
    )
    func withheld(shown: String, typed: String, kept: String) {
        var watch = PasswordWatch()
        watch.show(bytes(shown))
        #expect(watch.type(bytes(typed)).kept == bytes(kept))
    }

    @Test("What the guest says is a secret is withheld, whatever was asked and until it says otherwise")
    func secret() {
        var watch = PasswordWatch()
        watch.show(bytes("PIN? "))
        #expect(watch.type(bytes("12"), isSecret: true) == ([], true))
        #expect(watch.type(bytes("34\r"), isSecret: true) == ([], false))
        #expect(watch.type(bytes("again\ragain\r"), isSecret: true) == ([], true))
        #expect(watch.type(bytes("5"), isSecret: true) == ([], true))
        #expect(watch.type(bytes("ls\r"), isSecret: false) == (bytes("ls\r"), false))
        // Of another machine, where the guest sees nothing, words tell.
        watch.show(bytes("ada@far's password: "))
        #expect(watch.type(bytes("secret\r"), isSecret: false) == ([], true))
    }

    @Test("Typed key by key an answer is withheld as a whole, and that is said once")
    func keyByKey() {
        var watch = PasswordWatch()
        watch.show(bytes("pass"))
        watch.show(bytes("word: "))
        var kept: [UInt8] = []
        var said = 0
        for key in bytes("secret\rls") {
            let (more, begins) = watch.type([key])
            kept += more
            said += begins ? 1 : 0
        }
        #expect(kept == bytes("ls"))
        #expect(said == 1)
    }
}
