/* Loaded before the C library into the real binary: writes down every write, truncation and sync of the database and its
 * WAL, in order; and, by two knobs, lets the disk fail or the clock jump. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE = 2, SYNC = 3, LOST = 4 };
struct record { uint8_t op, file; uint16_t unused; uint32_t length; int64_t offset; };
/* fault: 1 refuses writes to the WAL, 2 its syncs, 3 those of the database. jump: seconds the clock is off. */
struct knobs { int64_t fault, jump; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t files[65536]; /* by descriptor: 1 the database, 2 its WAL */
static int out = -1;
static volatile struct knobs *knobs;

#define REAL(name, type) static __typeof__(type) real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

static int real_open(const char *path, int flags, mode_t mode) {
    REAL("open", int (*)(const char *, int, ...));
    return real(path, flags, mode);
}

__attribute__((constructor)) static void start(void) {
    const char *folder = getenv("TORTURE_FOLDER");
    char path[4096];
    if (!folder) return;
    snprintf(path, sizeof path, "%s/knobs", folder);
    int fd = real_open(path, O_RDWR, 0);
    if (fd >= 0) knobs = mmap(NULL, sizeof *knobs, PROT_READ, MAP_SHARED, fd, 0);
    snprintf(path, sizeof path, "%s/log", folder);
    out = real_open(path, O_WRONLY | O_APPEND, 0);
}

static int opened(const char *path, int fd) {
    size_t n = strlen(path);
    const char *db = "/partyplaylist.db", *wal = "/partyplaylist.db-wal";
    if (fd < 0 || fd >= 65536) return fd;
    files[fd] = n >= strlen(db) && !strcmp(path + n - strlen(db), db) ? 1
              : n >= strlen(wal) && !strcmp(path + n - strlen(wal), wal) ? 2 : 0;
    return fd;
}

static void note(uint8_t op, int fd, int64_t offset, const void *data, size_t length) {
    struct record record = { op, files[fd], 0, (uint32_t)length, offset };
    REAL("write", ssize_t (*)(int, const void *, size_t));
    if (out < 0) return;
    if (real(out, &record, sizeof record) < 0 || (length && real(out, data, length) < 0)) abort();
}

static int watched(int fd) { return fd >= 0 && fd < 65536 && files[fd]; }
static int fails(int fd, int64_t fault) { return knobs && knobs->fault == fault && files[fd] == (fault == 3 ? 1 : 2); }

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return opened(path, real_open(path, flags, mode));
}
int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return opened(path, real_open(path, flags, mode));
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off64_t));
    if (!watched(fd)) return real(fd, data, length, offset);
    if (fails(fd, 1)) { errno = EIO; return -1; }
    pthread_mutex_lock(&lock);
    ssize_t done = real(fd, data, length, offset);
    if (done > 0) note(WRITE, fd, offset, data, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length) {
    REAL("write", ssize_t (*)(int, const void *, size_t));
    if (!watched(fd)) return real(fd, data, length);
    if (fails(fd, 1)) { errno = EIO; return -1; }
    pthread_mutex_lock(&lock);
    off64_t offset = lseek64(fd, 0, SEEK_CUR);
    ssize_t done = real(fd, data, length);
    if (done > 0) note(WRITE, fd, offset, data, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate64(int fd, off64_t length) {
    REAL("ftruncate64", int (*)(int, off64_t));
    if (!watched(fd)) return real(fd, length);
    pthread_mutex_lock(&lock);
    int done = real(fd, length);
    if (!done) note(TRUNCATE, fd, length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int fd, int (*real)(int)) {
    if (!watched(fd)) return real(fd);
    if (fails(fd, 2)) { errno = EIO; return -1; }
    pthread_mutex_lock(&lock);
    if (fails(fd, 3)) {
        note(LOST, fd, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
        errno = EIO;
        return -1;
    }
    int done = real(fd);
    if (!done) note(SYNC, fd, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int fsync(int fd) { REAL("fsync", int (*)(int)); return synced(fd, real); }
int fdatasync(int fd) { REAL("fdatasync", int (*)(int)); return synced(fd, real); }

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL("clock_gettime", int (*)(clockid_t, struct timespec *));
    int done = real(clock, now);
    if (!done && clock == CLOCK_REALTIME && knobs) now->tv_sec += knobs->jump;
    return done;
}
