#define _GNU_SOURCE
#include "guest.h"

#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int guest_children(void) {
    int standard;
    do standard = open("/dev/null", O_RDWR);
    while (standard >= 0 && standard < 3);
    if (standard >= 3) close(standard);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &child, NULL) < 0) return -errno;
    int descriptor = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

void guest_children_seen(int descriptor) {
    struct signalfd_siginfo information;
    while (read(descriptor, &information, sizeof information) == sizeof information) {}
}

pid_t guest_reap(enum guest_end *end, uint32_t *value) {
    int status;
    pid_t child = waitpid(-1, &status, WNOHANG);
    if (child <= 0) return 0;
    *end = WIFSIGNALED(status) ? GUEST_SIGNALLED : GUEST_EXITED;
    *value = (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return child;
}

int guest_kill_group(pid_t group, int signal) { return kill(-group, signal) < 0 ? -errno : 0; }

// The texts of a list as pointers, with NULL at their end.
static char **pointers(const char *texts, size_t count) {
    char **list = calloc(count + 1, sizeof *list);
    for (size_t index = 0; list && index < count; index += 1) {
        list[index] = (char *)texts;
        texts += strlen(texts) + 1;
    }
    return list;
}

struct failure {
    int error, stage;
};

static void fail(int report, enum guest_stage stage) {
    struct failure failure = {.error = errno, .stage = stage};
    (void)!write(report, &failure, sizeof failure);
    _exit(127);
}

// Puts three descriptors where they belong, whatever numbers they have now.
static int arrange(const int from[3]) {
    int moved[3];
    for (int index = 0; index < 3; index += 1) {
        int descriptor = from[index] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : from[index];
        // Without /dev there is no /dev/null, and no one to miss it.
        moved[index] = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
        if (descriptor >= 0 && moved[index] < 0) return -1;
    }
    for (int index = 0; index < 3; index += 1) {
        if (moved[index] < 0) close(index);
        else if (dup2(moved[index], index) < 0) return -1;
    }
    return 0;
}

static void become(const struct guest_child *child, char **arguments, char **environment, int report) {
    setsid();
    for (int number = 1; number < NSIG; number += 1) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    umask(022);
    // The agent is the last to be killed when memory is short; what it starts is not.
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0) {
        (void)!write(score, "0", 1);
        close(score);
    }
    // Neither is it before all others when the processor is short.
    (void)setpriority(PRIO_PROCESS, 0, 0);
    if (child->terminal) {
        int terminal = open(child->terminal, O_RDWR);
        if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0) fail(report, GUEST_STAGE_TERMINAL);
        if (fchown(terminal, child->user, (gid_t)-1) < 0 && geteuid() == 0) fail(report, GUEST_STAGE_TERMINAL);
        (void)!fchmod(terminal, 0620);
        if (arrange((int[3]){terminal, terminal, terminal}) < 0) fail(report, GUEST_STAGE_TERMINAL);
        if (terminal > 2) close(terminal);
    } else if (arrange((int[3]){child->input, child->output, child->error}) < 0) {
        fail(report, GUEST_STAGE_START);
    }
    if (geteuid() == 0) {
        if (setgroups(child->group_count, child->groups) < 0 || setgid(child->group) < 0 || setuid(child->user) < 0)
            fail(report, GUEST_STAGE_USER);
    } else if (child->user != geteuid()) {
        errno = EPERM;
        fail(report, GUEST_STAGE_USER);
    }
    if (chdir(child->folder) < 0 && (child->needs_folder || chdir("/") < 0)) fail(report, GUEST_STAGE_FOLDER);
#ifdef SYS_close_range
    // Everything is close-on-exec already; this holds for what a library might open one day.
    syscall(SYS_close_range, 3u, ~0u, 4u);
#endif
    environ = environment;
    if (child->program) execv(child->program, arguments);
    else execvp(arguments[0], arguments);
    fail(report, GUEST_STAGE_EXEC);
}

pid_t guest_spawn(const struct guest_child *child, enum guest_stage *stage) {
    *stage = GUEST_STAGE_START;
    char **arguments = pointers(child->arguments, child->argument_count);
    char **environment = pointers(child->environment, child->environment_count);
    int report[2] = {-1, -1};
    pid_t process = -1;
    int error = ENOMEM;
    if (arguments && environment && pipe2(report, O_CLOEXEC) == 0) {
        process = fork();
        error = errno;
        if (process == 0) become(child, arguments, environment, report[1]);
        close(report[1]);
        struct failure failure;
        ssize_t size;
        do size = process < 0 ? 0 : read(report[0], &failure, sizeof failure);
        while (size < 0 && errno == EINTR);
        if (size == sizeof failure) {
            waitpid(process, NULL, 0);
            process = -1;
            error = failure.error;
            *stage = failure.stage;
        }
        close(report[0]);
    }
    free(arguments);
    free(environment);
    return process < 0 ? -error : process;
}

pid_t guest_commit(int descriptor, const char *from, const char *to, const char *folder) {
    pid_t process = fork();
    if (process < 0) return -errno;
    if (process > 0) return process;
    if (fsync(descriptor) < 0 || rename(from, to) < 0) {
        int error = errno;
        unlink(from);
        _exit(error);
    }
    int parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _exit(parent < 0 || fsync(parent) < 0 ? errno : 0);
}
