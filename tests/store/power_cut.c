/* Notes, in order, what a process writes to files and when it waits for the disk.
 *
 * Loaded before libc (LD_PRELOAD). Each note goes to the file that POWER_CUT_LOG names: one letter
 * (w write, t truncate, s sync, u unlink), offset and length in 8 bytes each, length of the path in
 * 2, path, and what was written. What is written elsewhere than in POWER_CUT_FOLDER is left out.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int notes = -1;

#define REAL(name, result, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static void put(const void *data, size_t size) {
    REAL("write", ssize_t, int, const void *, size_t);
    while (size > 0) {
        ssize_t done = real(notes, data, size);
        if (done <= 0) abort();
        data = (const char *)data + done;
        size -= (size_t)done;
    }
}

static void note(char what, const char *path, uint64_t offset, const void *data, uint64_t size) {
    const char *folder = getenv("POWER_CUT_FOLDER"), *log = getenv("POWER_CUT_LOG");
    if (!folder || !log || strncmp(path, folder, strlen(folder)) != 0) return;
    uint16_t length = (uint16_t)strlen(path);
    pthread_mutex_lock(&lock);
    if (notes < 0) notes = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    put(&what, 1);
    put(&offset, 8);
    put(&size, 8);
    put(&length, 2);
    put(path, length);
    if (data) put(data, size);
    pthread_mutex_unlock(&lock);
}

static const char *path_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX);
    path[length < 0 ? 0 : length] = 0;
    return path;
}

static void note_file(char what, int file, uint64_t offset, const void *data, uint64_t size) {
    char path[PATH_MAX + 1];
    if (file != notes) note(what, path_of(file, path), offset, data, size);
}

ssize_t write(int file, const void *data, size_t size) {
    REAL("write", ssize_t, int, const void *, size_t);
    off_t offset = lseek(file, 0, SEEK_CUR);
    ssize_t done = real(file, data, size);
    if (done > 0) note_file('w', file, (uint64_t)offset, data, (uint64_t)done);
    return done;
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
    REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
    ssize_t done = real(file, data, size, offset);
    if (done > 0) note_file('w', file, (uint64_t)offset, data, (uint64_t)done);
    return done;
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
    return pwrite(file, data, size, (off_t)offset);
}

int ftruncate(int file, off_t size) {
    REAL("ftruncate", int, int, off_t);
    int failed = real(file, size);
    if (!failed) note_file('t', file, (uint64_t)size, NULL, 0);
    return failed;
}

int ftruncate64(int file, off64_t size) { return ftruncate(file, (off_t)size); }

int fsync(int file) {
    REAL("fsync", int, int);
    int failed = real(file);
    if (!failed) note_file('s', file, 0, NULL, 0);
    return failed;
}

int fdatasync(int file) {
    REAL("fdatasync", int, int);
    int failed = real(file);
    if (!failed) note_file('s', file, 0, NULL, 0);
    return failed;
}

int unlink(const char *path) {
    REAL("unlink", int, const char *);
    int failed = real(path);
    if (!failed) note('u', path, 0, NULL, 0);
    return failed;
}
