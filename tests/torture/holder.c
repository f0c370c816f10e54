// Holds a file in a way that is not in its process's list of descriptors, until its standard input ends; or is a large
// program that has nothing to do with it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char *mapped;
static struct stat about;
static int pair[2];

static int map(const char *path) {
    int file = open(path, O_RDONLY);
    fstat(file, &about);
    mapped = mmap(0, about.st_size, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return mapped == MAP_FAILED;
}

static int send_away(const char *path) {
    int file = open(path, O_RDONLY);
    char byte = 'x', space[CMSG_SPACE(sizeof file)];
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(head), &file, sizeof file);
    int failed = socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || sendmsg(pair[0], &message, 0) != 1;
    close(file);
    return failed;
}

static void *apart(void *path) {
    int ready = unshare(CLONE_FILES) == 0 && open(path, O_RDONLY) >= 0;
    puts(ready ? "ready" : "failed");
    fflush(stdout);
    pause();
    return 0;
}

static void *rest(void *nothing) {
    pause();
    return nothing;
}

static int grow(void) {
    pthread_t thread;
    int failed = 0;
    for (int n = 0; n < 4000 && !failed; n++) failed = dup(0) < 0;
    for (int n = 0; n < 500 && !failed; n++) failed = pthread_create(&thread, 0, rest, 0);
    return failed;
}

int main(int count, char **words) {
    const char *way = words[1], *path = words[2];
    if (count != 3) return 2;
    if (!strcmp(way, "thread")) {
        pthread_t thread;
        pthread_create(&thread, 0, apart, (void *)path);
    } else if (!strcmp(way, "large")) {
        puts(grow() ? "failed" : "ready");
        fflush(stdout);
    } else {
        puts((strcmp(way, "map") ? send_away(path) : map(path)) ? "failed" : "ready");
        fflush(stdout);
    }
    while (getchar() != EOF) {}
    // The last copy of a backup program is written to another file.
    if (mapped) return write(STDOUT_FILENO, mapped, about.st_size) != about.st_size;
    return 0;
}
