#define _GNU_SOURCE
#include "guest.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>

static int argument_count;
static char **argument_list;

// The C library hands these to constructors; Embedded Swift does not hand them to anyone.
__attribute__((constructor)) static void keep_arguments(int count, char **list) {
    argument_count = count;
    argument_list = list;
}

const char *guest_argument(int index) { return index < argument_count ? argument_list[index] : NULL; }

static uint64_t milliseconds(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t guest_milliseconds(void) { return milliseconds(CLOCK_MONOTONIC); }
uint64_t guest_uptime_milliseconds(void) { return milliseconds(CLOCK_BOOTTIME); }

int guest_terminal_name(int descriptor, char *name, size_t capacity) {
    unsigned number;
    if (ioctl(descriptor, TIOCGPTN, &number) < 0) return -errno;
    snprintf(name, capacity, "/dev/pts/%u", number);
    return 0;
}

int guest_terminal(char *name, size_t capacity) {
    int descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return -errno;
    int locked = 0;
    if (ioctl(descriptor, TIOCSPTLCK, &locked) < 0 || guest_terminal_name(descriptor, name, capacity) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    struct termios modes;
    // What is typed is UTF-8: erasing takes away a character, not a byte.
    if (tcgetattr(descriptor, &modes) == 0) {
        modes.c_iflag |= IUTF8;
        tcsetattr(descriptor, TCSANOW, &modes);
    }
    return descriptor;
}

int guest_resize(int descriptor, uint16_t columns, uint16_t rows) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(descriptor, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int guest_modes(int descriptor) {
    struct termios modes;
    if (tcgetattr(descriptor, &modes) < 0) return -errno;
    return (modes.c_lflag & ICANON ? 1 : 0) | (modes.c_lflag & ECHO ? 2 : 0);
}

static int on_mount(const char *mount_point, unsigned long request) {
    int descriptor = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    int result = ioctl(descriptor, request, 0) < 0 ? -errno : 0;
    close(descriptor);
    return result;
}

int guest_freeze(const char *mount_point) { return on_mount(mount_point, FIFREEZE); }
int guest_thaw(const char *mount_point) { return on_mount(mount_point, FITHAW); }

int guest_add_entropy(const void *bytes, size_t count) {
    union {
        struct rand_pool_info information;
        uint8_t room[sizeof(struct rand_pool_info) + 4096];
    } pool;
    if (count > 4096) return -EINVAL;
    int descriptor = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    pool.information.entropy_count = (int)count * 8;
    pool.information.buf_size = (int)count;
    memcpy(pool.information.buf, bytes, count);
    int result = ioctl(descriptor, RNDADDENTROPY, &pool) < 0 || ioctl(descriptor, RNDRESEEDCRNG, 0) < 0 ? -errno : 0;
    close(descriptor);
    return result;
}

int guest_set_clock(uint64_t nanoseconds) {
    struct timespec now = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    return clock_settime(CLOCK_REALTIME, &now) < 0 ? -errno : 0;
}

int guest_set_hostname(const char *name, size_t count) { return sethostname(name, count) < 0 ? -errno : 0; }

int guest_random(void *bytes, size_t count) {
    // Never waits: early at boot there may be no randomness yet, and what it is for here is only to differ.
    return getrandom(bytes, count, GRND_INSECURE) == (ssize_t)count ? 0 : -errno;
}

int guest_disk(const char *path, struct guest_disk_room *disk) {
    struct statvfs status;
    if (statvfs(path, &status) < 0) return -errno;
    disk->total = (uint64_t)status.f_blocks * status.f_frsize;
    disk->available = (uint64_t)status.f_bavail * status.f_frsize;
    return 0;
}

int guest_processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 && count < 65536 ? (int)count : 0;
}

void guest_notify(const char *state, int descriptor) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof address.sun_path) return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@') address.sun_path[0] = 0;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec text = {.iov_base = (char *)state, .iov_len = strlen(state)};
    struct msghdr message = {.msg_name = &address, .msg_namelen = size, .msg_iov = &text, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    }
    int socket_descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_descriptor < 0) return;
    (void)!sendmsg(socket_descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(socket_descriptor);
}

int guest_kept(void) {
    const char *process = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    if (!process || !count || atoi(process) != getpid()) return 0;
    int kept = atoi(count);
    for (int descriptor = 3; descriptor < 3 + kept; descriptor += 1) {
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    }
    return kept > 0 && kept < 1024 ? kept : 0;
}
