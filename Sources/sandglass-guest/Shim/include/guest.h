// What Swift cannot import (variadic calls, macros) or should not be trusted to do between fork and exec.
// Every function returns -errno where it fails, unless it says otherwise.
#ifndef SANDGLASS_GUEST_H
#define SANDGLASS_GUEST_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

// The program's arguments from its name on; NULL after the last.
const char *guest_argument(int index);

// --- Descriptors: all are close-on-exec and do not block, where that means something ---------------------------------

enum guest_open_mode { GUEST_READ, GUEST_READ_WRITE, GUEST_CREATE, GUEST_DIRECTORY, GUEST_WRITE_TERMINAL };
int guest_open(const char *path, enum guest_open_mode mode);
ssize_t guest_read(int descriptor, void *bytes, size_t count);
ssize_t guest_write(int descriptor, const void *bytes, size_t count);
// Neither end is non-blocking: programs expect theirs not to be.
int guest_pipe(int ends[2]);
int guest_never_block(int descriptor);
// Makes a pipe hold more than the usual 64 KiB; returns how much it holds.
int guest_widen(int pipe, int size);
// How many bytes a pipe holds.
int guest_available(int pipe);
// Moves up to `count` bytes out of a pipe without copying them, where the kernel can.
ssize_t guest_splice(int pipe, int to, size_t count);
// Lets others have their turn.
void guest_yield(void);
int guest_rename(const char *from, const char *to);
int guest_unlink(const char *path);
int guest_link(const char *target, const char *path);

struct guest_file_status {
    uint64_t size, modified;
    uint32_t mode, user, group;
    int is_regular;
};
int guest_file(int descriptor, struct guest_file_status *file);
int guest_mode(int descriptor, uint32_t mode, uint32_t user, uint32_t group);
// Writes the names in a folder, each with its 0, and returns how many bytes that took; 0 when there is no folder.
size_t guest_names(const char *path, void *names, size_t capacity);

// --- The port ---------------------------------------------------------------------------------------------------------

int guest_listen(const char *path);
int guest_accept(int listener);
// Connects to a port of this machine; returns a socket that may still be connecting.
int guest_connect(uint16_t port, int is_version_6);
int guest_socket_error(int descriptor);
int guest_shut_writing(int descriptor);
// A descriptor that becomes readable when the state of another changes, even one that always says it hung up.
int guest_watch(int descriptor);
void guest_watched(int watch);

// --- Time and signals -------------------------------------------------------------------------------------------------

uint64_t guest_milliseconds(void);
uint64_t guest_uptime_milliseconds(void);
// Opens what is closed of descriptors 0 to 2, ignores SIGPIPE and SIGHUP; returns a descriptor that is readable when a child has ended.
int guest_children(void);
void guest_children_seen(int descriptor);
enum guest_end { GUEST_EXITED, GUEST_SIGNALLED };
// A child that has ended, 0 when there is none.
pid_t guest_reap(enum guest_end *end, uint32_t *value);
int guest_kill_group(pid_t group, int signal);

// --- Children ---------------------------------------------------------------------------------------------------------

enum guest_stage { GUEST_STAGE_START = 1, GUEST_STAGE_USER, GUEST_STAGE_FOLDER, GUEST_STAGE_TERMINAL, GUEST_STAGE_EXEC };

struct guest_child {
    const char *program;     // a path, or NULL to look the first argument up in PATH
    const char *arguments;   // texts that end with 0, one after the other
    const char *environment; // the same
    size_t argument_count, environment_count;
    const char *folder;
    int needs_folder;        // whether the child fails without it; otherwise it is in /
    const char *terminal;    // controlling terminal and descriptors 0 to 2, or NULL
    int input, output, error; // descriptors 0 to 2 without a terminal; -1 for /dev/null
    uint32_t user, group;
    const uint32_t *groups;
    size_t group_count;
};
// Starts a child in a session of its own and waits until its program runs. *stage says where it failed.
pid_t guest_spawn(const struct guest_child *child, enum guest_stage *stage);
// Makes a written file durable under its name, in a child whose exit status is 0 or an error number.
pid_t guest_commit(int descriptor, const char *from, const char *to, const char *folder);

// --- Terminals --------------------------------------------------------------------------------------------------------

// A new terminal's controlling side; `name` receives the path of the other.
int guest_terminal(char *name, size_t capacity);
int guest_terminal_name(int descriptor, char *name, size_t capacity);
int guest_resize(int descriptor, uint16_t columns, uint16_t rows);
// Bit 0: whole lines, bit 1: shown.
int guest_modes(int descriptor);

// --- The machine ------------------------------------------------------------------------------------------------------

int guest_freeze(const char *mount_point);
int guest_thaw(const char *mount_point);
int guest_add_entropy(const void *bytes, size_t count);
int guest_set_clock(uint64_t nanoseconds);
int guest_set_hostname(const char *name, size_t count);
int guest_random(void *bytes, size_t count);
struct guest_disk_room {
    uint64_t total, available;
};
int guest_disk(const char *path, struct guest_disk_room *disk);
int guest_processors(void);

// --- The service manager ----------------------------------------------------------------------------------------------

// Tells the service manager something, with a descriptor unless it is -1; does nothing without one.
void guest_notify(const char *state, int descriptor);
// How many descriptors it kept for us, from 3 on.
int guest_kept(void);

#endif
