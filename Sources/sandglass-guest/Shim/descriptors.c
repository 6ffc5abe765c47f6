#define _GNU_SOURCE
#include "guest.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int or_errno(int result) { return result < 0 ? -errno : result; }

int guest_open(const char *path, enum guest_open_mode mode) {
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    switch (mode) {
    case GUEST_READ: flags |= O_RDONLY; break;
    case GUEST_READ_WRITE: flags |= O_RDWR; break;
    case GUEST_CREATE: flags |= O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW; break;
    case GUEST_DIRECTORY: flags |= O_RDONLY | O_DIRECTORY; break;
    case GUEST_WRITE_TERMINAL: flags |= O_WRONLY; break;
    }
    return or_errno(open(path, flags, 0600));
}

ssize_t guest_read(int descriptor, void *bytes, size_t count) {
    ssize_t result;
    do result = read(descriptor, bytes, count);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

ssize_t guest_write(int descriptor, const void *bytes, size_t count) {
    ssize_t result;
    do result = write(descriptor, bytes, count);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int guest_pipe(int ends[2]) { return or_errno(pipe2(ends, O_CLOEXEC)); }
int guest_widen(int pipe, int size) { return or_errno(fcntl(pipe, F_SETPIPE_SZ, size)); }
int guest_available(int pipe) {
    int count = 0;
    return ioctl(pipe, FIONREAD, &count) < 0 ? -errno : count;
}

ssize_t guest_splice(int pipe, int to, size_t count) {
    ssize_t result;
    do result = splice(pipe, NULL, to, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

void guest_yield(void) { sched_yield(); }

int guest_never_block(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return or_errno(flags < 0 ? flags : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK));
}
int guest_rename(const char *from, const char *to) { return or_errno(rename(from, to)); }
int guest_unlink(const char *path) { return or_errno(unlink(path)); }
int guest_link(const char *target, const char *path) { return or_errno(symlink(target, path)); }

int guest_file(int descriptor, struct guest_file_status *file) {
    struct stat status;
    if (fstat(descriptor, &status) < 0) return -errno;
    file->size = (uint64_t)status.st_size;
    file->modified = status.st_mtime < 0 ? 0 : (uint64_t)status.st_mtime;
    file->mode = status.st_mode & 07777;
    file->user = status.st_uid;
    file->group = status.st_gid;
    file->is_regular = S_ISREG(status.st_mode);
    return 0;
}

int guest_mode(int descriptor, uint32_t mode, uint32_t user, uint32_t group) {
    // The owner first: changing it takes the set-user-id bit away.
    if (fchown(descriptor, user, group) < 0) return -errno;
    return or_errno(fchmod(descriptor, mode & 07777));
}

size_t guest_names(const char *path, void *names, size_t capacity) {
    size_t used = 0;
    DIR *folder = opendir(path);
    if (!folder) return 0;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        size_t size = strlen(entry->d_name) + 1;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (size > capacity - used) break;
        memcpy((char *)names + used, entry->d_name, size);
        used += size;
    }
    closedir(folder);
    return used;
}

int guest_listen(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) return -errno;
    unlink(path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0) {
        int error = errno;
        close(listener);
        return -error;
    }
    return listener;
}

int guest_accept(int listener) { return or_errno(accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }

int guest_connect(uint16_t port, int is_version_6) {
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(is_version_6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection < 0) return -errno;
    int result = is_version_6 ? connect(connection, (struct sockaddr *)&v6, sizeof v6)
                              : connect(connection, (struct sockaddr *)&v4, sizeof v4);
    if (result < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(connection);
        return -error;
    }
    return connection;
}

int guest_socket_error(int descriptor) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return errno;
    return error;
}

int guest_shut_writing(int descriptor) { return or_errno(shutdown(descriptor, SHUT_WR)); }

int guest_watch(int descriptor) {
    int watch = epoll_create1(EPOLL_CLOEXEC);
    if (watch < 0) return -errno;
    // Edge-triggered: a port without a host says "hung up" without end, but changes only when a host comes.
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    if (epoll_ctl(watch, EPOLL_CTL_ADD, descriptor, &event) < 0) {
        int error = errno;
        close(watch);
        return -error;
    }
    return watch;
}

void guest_watched(int watch) {
    struct epoll_event event;
    epoll_wait(watch, &event, 1, 0);
}
