/// A disk of nothing but a boot sector that tells whether a processor runs what kernels are made of.
///
/// It does what every kernel does first: builds page tables, switches to long mode, runs for a while, and exchanges 16
/// bytes under a lock, then reports the result through QEMU's `isa-debug-exit` device.
///
/// A hypervisor that interprets a guest's kernel may do the first and is no use: it needs a minute for the turns that a
/// processor does in some 20 ms, and may know the ordinary instructions only.
///
/// ```text
///     7C00  cli                              ; 16-bit code, loaded here by the firmware
///           xor  ax, ax
///           mov  ds, ax / es, ax / ss, ax
///           mov  sp, 0x7C00
///           cld
///           mov  di, 0x1000                  ; clear three pages
///           mov  cx, 0x1800
///           rep  stosw
///           mov  word [0x1000], 0x2003       ; level 4 -> level 3, present and writable
///           mov  word [0x2000], 0x3003       ; level 3 -> level 2
///           mov  word [0x3000], 0x0083       ; level 2: the first 2 MiB, mapped to themselves
///           mov  eax, 0x1000
///           mov  cr3, eax
///           mov  eax, 0x20                   ; CR4.PAE
///           mov  cr4, eax
///           mov  ecx, 0xC0000080             ; EFER
///           rdmsr
///           or   ax, 0x100                   ; EFER.LME
///           wrmsr
///           lgdt [7CA0]
///           mov  eax, 0x80000001             ; CR0.PG and CR0.PE: long mode begins
///           mov  cr0, eax
///           jmp  8:7C59
///     7C59  mov  ecx, 0x2000000              ; 64-bit code, 33 million turns
///     7C5E  dec  ecx
///           jnz  7C5E
///           xor  eax, eax                    ; the 16 bytes at 3FF0 are zero: they become RCX and RBX, that is 0 and 42
///           xor  edx, edx
///           mov  ebx, 42
///           lock cmpxchg16b [3FF0]
///           mov  rax, [3FF0]
///           shl  rax, 32                     ; survives only in a 64-bit register
///           shr  rax, 32
///           mov  dx, 0x501
///           out  dx, al                      ; the emulator exits
///     7C8A  hlt
///           jmp  7C8A
///     7C90  descriptors: none, 64-bit code
///     7CA0  their size and address
/// ```
enum BootSector {
    /// The port that the debug-exit device must be at.
    static let exitPort = "0x501"
    /// The emulator's exit status once the sector has run: the device answers 42 with 42 × 2 + 1.
    static let exitStatus: Int32 = 85
    /// Size of the disk in bytes; firmware boots nothing smaller than a cylinder.
    static let diskSize = 1 << 20

    /// The disk's content.
    static var disk: [UInt8] {
        var disk = code
        disk += [UInt8](repeating: 0, count: 510 - disk.count)
        disk += [0x55, 0xAA]
        disk += [UInt8](repeating: 0, count: diskSize - disk.count)
        return disk
    }

    private static let code: [UInt8] = [
        0xFA, 0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xC0, 0x8E, 0xD0, 0xBC, 0x00, 0x7C, 0xFC, 0xBF, 0x00, 0x10,
        0xB9, 0x00, 0x18, 0xF3, 0xAB, 0xC7, 0x06, 0x00, 0x10, 0x03, 0x20, 0xC7, 0x06, 0x00, 0x20, 0x03,
        0x30, 0xC7, 0x06, 0x00, 0x30, 0x83, 0x00, 0x66, 0xB8, 0x00, 0x10, 0x00, 0x00, 0x0F, 0x22, 0xD8,
        0x66, 0xB8, 0x20, 0x00, 0x00, 0x00, 0x0F, 0x22, 0xE0, 0x66, 0xB9, 0x80, 0x00, 0x00, 0xC0, 0x0F,
        0x32, 0x0D, 0x00, 0x01, 0x0F, 0x30, 0x0F, 0x01, 0x16, 0xA0, 0x7C, 0x66, 0xB8, 0x01, 0x00, 0x00,
        0x80, 0x0F, 0x22, 0xC0, 0xEA, 0x59, 0x7C, 0x08, 0x00, 0xB9, 0x00, 0x00, 0x00, 0x02, 0xFF, 0xC9,
        0x75, 0xFC, 0x31, 0xC0, 0x31, 0xD2, 0xBB, 0x2A, 0x00, 0x00, 0x00, 0xF0, 0x48, 0x0F, 0xC7, 0x0C,
        0x25, 0xF0, 0x3F, 0x00, 0x00, 0x48, 0x8B, 0x04, 0x25, 0xF0, 0x3F, 0x00, 0x00, 0x48, 0xC1, 0xE0,
        0x20, 0x48, 0xC1, 0xE8, 0x20, 0x66, 0xBA, 0x01, 0x05, 0xEE, 0xF4, 0xEB, 0xFD, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9A, 0x20, 0x00,
        0x0F, 0x00, 0x90, 0x7C, 0x00, 0x00,
    ]
}
