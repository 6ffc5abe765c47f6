#include <vterm.h>

// A terminal with the parts of it that are used; all end with it.
typedef struct {
    VTerm *terminal;
    VTermState *state;
    VTermScreen *screen;
    VTermScreenCallbacks *callbacks;
} sandglass_terminal;

// libvterm's answers to what a program asks are dropped: people's terminals answer.
static inline void sandglass_drop_answer(const char *bytes, size_t count, void *user)
{
    (void)bytes;
    (void)count;
    (void)user;
}

// Makes an empty terminal. Each line that scrolls off its main screen is told with `user`.
static inline sandglass_terminal sandglass_terminal_make(
    int rows, int columns, int (*scrolled_off)(int columns, const VTermScreenCell *cells, void *user), void *user)
{
    sandglass_terminal made = {.terminal = vterm_new(rows, columns)};
    made.callbacks = calloc(1, sizeof(VTermScreenCallbacks));
    if (!made.terminal || !made.callbacks)
        abort();
    made.callbacks->sb_pushline = scrolled_off;
    vterm_set_utf8(made.terminal, 1);
    vterm_output_set_callback(made.terminal, sandglass_drop_answer, NULL);
    made.state = vterm_obtain_state(made.terminal);
    made.screen = vterm_obtain_screen(made.terminal);
    vterm_screen_enable_altscreen(made.screen, 1);
    vterm_screen_set_damage_merge(made.screen, VTERM_DAMAGE_SCREEN);
    vterm_screen_set_callbacks(made.screen, made.callbacks, user);
    vterm_screen_reset(made.screen, 1);
    return made;
}

static inline void sandglass_terminal_free(sandglass_terminal made)
{
    vterm_free(made.terminal);
    free(made.callbacks);
}

static inline void sandglass_terminal_write(sandglass_terminal into, const unsigned char *bytes, size_t count)
{
    vterm_input_write(into.terminal, (const char *)bytes, count);
}

// What every byte of output passes follows: done here it costs the same in every build.

// How many of the bytes from `start` up to `end` are printable ASCII before the first that is not.
static inline size_t sandglass_plain_run(const unsigned char *bytes, size_t start, size_t end)
{
    size_t position = start;
    while (position < end && bytes[position] >= 0x20 && bytes[position] < 0x7F)
        position += 1;
    return position - start;
}

// Writes a line of plain ASCII without colours and attributes to text, which has room for it, and returns its length without
// blanks at its end; -1 when it is another kind of line.
static inline int sandglass_plain_line(const VTermScreenCell *cells, int columns, unsigned char *text)
{
    int length = 0;
    for (int column = 0; column < columns; column += 1) {
        const VTermScreenCell *cell = &cells[column];
        const VTermScreenCellAttrs *set = &cell->attrs;
        uint32_t letter = cell->chars[0] ? cell->chars[0] : ' ';
        if (letter < 0x20 || letter >= 0x7F || (cell->chars[0] && cell->chars[1]) || !VTERM_COLOR_IS_DEFAULT_FG(&cell->fg)
            || !VTERM_COLOR_IS_DEFAULT_BG(&cell->bg) || set->bold || set->underline || set->italic || set->blink
            || set->reverse || set->strike || set->font)
            return -1;
        text[column] = (unsigned char)letter;
        if (letter != ' ')
            length = column + 1;
    }
    return length;
}

// How many cells of a line there are without empty ones at its end.
static inline int sandglass_line_length(const VTermScreenCell *cells, int columns)
{
    int length = columns;
    while (length > 0 && cells[length - 1].chars[0] == 0 && VTERM_COLOR_IS_DEFAULT_BG(&cells[length - 1].bg))
        length -= 1;
    return length;
}
