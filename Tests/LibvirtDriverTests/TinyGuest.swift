/// A guest of one boot sector: it says `hello` on its serial port, then does what each byte it receives tells it.
///
/// ```text
///     7C00  cli                    ; 16-bit code, loaded here by the firmware
///           xor  ax, ax
///           mov  ds, ax / ss, ax
///           mov  sp, 0x7C00
///           sti
///           cld
///           mov  si, 0x7C72        ; "hello\r\n"
///     7C0F  lodsb
///           test al, al
///           je   7C1A
///           call 7C61
///           jmp  7C0F
///     7C19  hlt                    ; idle until the next timer tick
///     7C1A  mov  dx, 0x3FD         ; has a byte come?
///           in   al, dx
///           test al, 1
///           je   7C19
///           mov  dx, 0x3F8         ; which?
///           in   al, dx
///           cmp  al, 'q' / je 7C3F
///           cmp  al, 'r' / je 7C48
///           cmp  al, 'p' / je 7C50
///           cmp  al, 'c' / je 7C58
///           cmp  al, 's'
///     7C38  je   7C38              ; spin for ever
///     7C3A  call 7C61              ; anything else comes back
///           jmp  7C1A
///     7C3F  mov  dx, 0x604         ; ACPI: off
///           mov  ax, 0x2000
///           out  dx, ax
///           jmp  7C19
///     7C48  mov  dx, 0xCF9         ; reset
///           mov  al, 6
///           out  dx, al
///           jmp  7C19
///     7C50  mov  dx, 0x505         ; the panic device
///           mov  al, 1
///           out  dx, al
///           jmp  7C19
///     7C58  inc  byte [7C7A]       ; count in memory, and send the count
///           mov  al, [7C7A]
///           jmp  7C3A
///     7C61  mov  ah, al            ; write al to the serial port
///     7C63  mov  dx, 0x3FD
///           in   al, dx
///           test al, 0x20
///           je   7C63
///           mov  al, ah
///           mov  dx, 0x3F8
///           out  dx, al
///           ret
///     7C72  "hello\r\n", 0
///     7C7A  "0"                    ; the count
/// ```
enum TinyGuest {
    /// What a byte on the serial port makes the guest do; any other byte is sent back.
    enum Command: UInt8 {
        case powerOff = 0x71
        case reset = 0x72
        case panic = 0x70
        case spin = 0x73
        /// Adds one to a digit in memory, which is `0` after a boot, and sends it.
        case count = 0x63
    }

    /// The disk's content: 1 MiB, the least that firmware boots.
    static var disk: [UInt8] {
        var disk = code
        disk += [UInt8](repeating: 0, count: 510 - disk.count)
        disk += [0x55, 0xAA]
        disk += [UInt8](repeating: 0, count: (1 << 20) - disk.count)
        return disk
    }

    private static let code: [UInt8] = [
        0xFA, 0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x7C, 0xFB, 0xFC, 0xBE, 0x72, 0x7C, 0xAC,
        0x84, 0xC0, 0x74, 0x06, 0xE8, 0x4A, 0x00, 0xEB, 0xF6, 0xF4, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01,
        0x74, 0xF7, 0xBA, 0xF8, 0x03, 0xEC, 0x3C, 0x71, 0x74, 0x15, 0x3C, 0x72, 0x74, 0x1A, 0x3C, 0x70,
        0x74, 0x1E, 0x3C, 0x63, 0x74, 0x22, 0x3C, 0x73, 0x74, 0xFE, 0xE8, 0x24, 0x00, 0xEB, 0xDB, 0xBA,
        0x04, 0x06, 0xB8, 0x00, 0x20, 0xEF, 0xEB, 0xD1, 0xBA, 0xF9, 0x0C, 0xB0, 0x06, 0xEE, 0xEB, 0xC9,
        0xBA, 0x05, 0x05, 0xB0, 0x01, 0xEE, 0xEB, 0xC1, 0xFE, 0x06, 0x7A, 0x7C, 0xA0, 0x7A, 0x7C, 0xEB,
        0xD9, 0x88, 0xC4, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x20, 0x74, 0xF8, 0x88, 0xE0, 0xBA, 0xF8, 0x03,
        0xEE, 0xC3, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x0D, 0x0A, 0x00, 0x30,
    ]
}
