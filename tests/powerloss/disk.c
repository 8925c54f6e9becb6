/* What a process does to the files of one folder: written down, and made to fail; and a clock that is wrong. For
 * LD_PRELOAD.
 *
 * DISK_FOLDER   the folder that is watched, an absolute path
 * DISK_LOG      a file outside of it; every change of the folder's files is appended, with its data (struct record)
 * DISK_CONTROL  a file of struct control, mapped; whoever maps it too decides which calls fail, and how
 *
 * Rules:
 * 1. Calls that change something run one after the other, so that the log's order is what happened.
 * 2. A sync is written down when it returned: what was written before it is on the disk.
 * 3. A call that is made to fail does nothing to the file, but for a write that is cut short.
 * 4. What is not in the folder is none of our business.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, RENAME, UNLINK, MAKE_FOLDER, MAP, NOTE };
enum { OPENS = 1, WRITES = 2, TRUNCATES = 4, SYNCS = 8, NAMES = 16, MAPS = 32, READS = 64 };
enum { FILES_MAX = 65536, DESCRIPTORS_MAX = 4096 };

struct record {
    uint32_t operation;
    uint32_t file;
    uint64_t offset;
    uint64_t length;
} __attribute__((packed));

struct control {
    volatile int32_t kinds;      /* which calls count */
    volatile int32_t after;      /* so many of them are let through */
    volatile int32_t times;      /* so many fail then; -1: all */
    volatile int32_t error;      /* with this errno; 0: a write does half of its work */
    volatile int32_t delay_ms;   /* how long a sync takes longer */
    volatile int32_t calls;      /* how many counted so far */
    volatile int32_t failed;     /* how many were made to fail */
    volatile int32_t armed;      /* 0: nothing fails */
    volatile int32_t clock_s;    /* how far the wall clock is wrong */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_length;
static int log_descriptor = -1;
static struct control *control;
static uint32_t files;
static struct { dev_t device; ino_t inode; uint32_t file; } known[FILES_MAX];
static uint32_t known_count;
static struct { uint32_t file; int is_folder; char path[PATH_MAX]; } descriptors[DESCRIPTORS_MAX];

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void start(void)
{
    const char *watched = getenv("DISK_FOLDER"), *written = getenv("DISK_LOG"), *shared = getenv("DISK_CONTROL");
    if (watched) {
        strncpy(folder, watched, sizeof folder - 1);
        folder_length = strlen(folder);
    }
    if (written)
        log_descriptor = REAL(open)(written, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (shared) {
        int descriptor = REAL(open)(shared, O_RDWR | O_CLOEXEC);
        if (descriptor >= 0) {
            void *place = REAL(mmap)(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
            control = place == MAP_FAILED ? NULL : place;
            REAL(close)(descriptor);
        }
    }
}

static int is_watched(const char *path)
{
    return folder_length && path && !strncmp(path, folder, folder_length)
        && (path[folder_length] == '/' || !path[folder_length]);
}

static int is_ours(int descriptor)
{
    return descriptor >= 0 && descriptor < DESCRIPTORS_MAX && (descriptors[descriptor].file || descriptors[descriptor].is_folder);
}

static void put(uint32_t operation, uint32_t file, uint64_t offset, const void *data, size_t length)
{
    if (log_descriptor < 0)
        return;
    struct record record = { operation, file, offset, length };
    struct iovec parts[2] = { { &record, sizeof record }, { (void *)data, length } };
    if (REAL(writev)(log_descriptor, parts, 2) != (ssize_t)(sizeof record + length))
        abort(); /* a log with holes would prove nothing */
}

/* Whether this call is to fail; errno says how. A short write is told by a zero. */
static int fails(int kind)
{
    if (!control || !control->armed || !(control->kinds & kind))
        return 0;
    int32_t call = __sync_add_and_fetch(&control->calls, 1);
    if (call <= control->after || (control->times >= 0 && control->failed >= control->times))
        return 0;
    __sync_add_and_fetch(&control->failed, 1);
    errno = control->error;
    return 1;
}

static uint32_t number_of(int descriptor, int created)
{
    struct stat status;
    if (fstat(descriptor, &status))
        return 0;
    uint32_t place = 0;
    while (place < known_count && (known[place].inode != status.st_ino || known[place].device != status.st_dev))
        place++;
    if (place == FILES_MAX)
        abort();
    if (place == known_count || created) {
        known[place].device = status.st_dev;
        known[place].inode = status.st_ino;
        known[place].file = ++files;
        if (place == known_count)
            known_count++;
    }
    return known[place].file;
}

static void opened(int descriptor, const char *path, int flags, int existed)
{
    struct stat status;
    if (descriptor < 0 || descriptor >= DESCRIPTORS_MAX || fstat(descriptor, &status))
        return;
    strncpy(descriptors[descriptor].path, path, PATH_MAX - 1);
    if (S_ISDIR(status.st_mode)) {
        descriptors[descriptor].is_folder = 1;
        return;
    }
    uint32_t before = files, file = number_of(descriptor, !existed);
    descriptors[descriptor].file = file;
    if (file > before)
        put(CREATE, file, existed, path, strlen(path));
    if (existed && (flags & O_TRUNC))
        put(TRUNCATE, file, 0, NULL, 0);
}

static int open_any(const char *name, const char *path, int flags, mode_t mode)
{
    int (*next)(const char *, int, ...) = real(name);
    if (!is_watched(path))
        return next(path, flags, mode);
    if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) && fails(OPENS))
        return -1;
    pthread_mutex_lock(&lock);
    struct stat status;
    int existed = !lstat(path, &status), descriptor = next(path, flags, mode), error = errno;
    opened(descriptor, path, flags, existed);
    pthread_mutex_unlock(&lock);
    errno = error;
    return descriptor;
}

#define MODE(flags, mode)                                                                                              \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                             \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, mode_t);                                                                                   \
        va_end(rest);                                                                                                  \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags, mode)
    return open_any("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags, mode)
    return open_any("open64", path, flags, mode);
}

int close(int descriptor)
{
    if (is_ours(descriptor)) {
        pthread_mutex_lock(&lock);
        descriptors[descriptor].file = 0;
        descriptors[descriptor].is_folder = 0;
        pthread_mutex_unlock(&lock);
    }
    return REAL(close)(descriptor);
}

static size_t shortened(int failing, size_t length) { return failing && !control->error && length > 1 ? length / 2 : length; }

static ssize_t pwrite_any(const char *name, int descriptor, const void *data, size_t length, off_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off_t) = real(name);
    if (!is_ours(descriptor))
        return next(descriptor, data, length, offset);
    int failing = fails(WRITES);
    if (failing && control->error)
        return -1;
    pthread_mutex_lock(&lock);
    ssize_t written = next(descriptor, data, shortened(failing, length), offset);
    int error = errno;
    if (written > 0)
        put(WRITE, descriptors[descriptor].file, (uint64_t)offset, data, (size_t)written);
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

ssize_t pwrite(int descriptor, const void *data, size_t length, off_t offset)
{
    return pwrite_any("pwrite", descriptor, data, length, offset);
}

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset)
{
    return pwrite_any("pwrite64", descriptor, data, length, offset);
}

ssize_t write(int descriptor, const void *data, size_t length)
{
    if (!is_ours(descriptor))
        return REAL(write)(descriptor, data, length);
    int failing = fails(WRITES);
    if (failing && control->error)
        return -1;
    pthread_mutex_lock(&lock);
    struct stat status;
    off_t offset = fcntl(descriptor, F_GETFL) & O_APPEND && !fstat(descriptor, &status)
        ? status.st_size
        : lseek(descriptor, 0, SEEK_CUR);
    ssize_t written = REAL(write)(descriptor, data, shortened(failing, length));
    int error = errno;
    if (written > 0)
        put(WRITE, descriptors[descriptor].file, (uint64_t)offset, data, (size_t)written);
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

static ssize_t pread_any(const char *name, int descriptor, void *data, size_t length, off_t offset)
{
    ssize_t (*next)(int, void *, size_t, off_t) = real(name);
    if (is_ours(descriptor) && fails(READS)) {
        if (control->error)
            return -1;
        length = length > 1 ? length / 2 : length;
    }
    return next(descriptor, data, length, offset);
}

ssize_t pread(int descriptor, void *data, size_t length, off_t offset)
{
    return pread_any("pread", descriptor, data, length, offset);
}

ssize_t pread64(int descriptor, void *data, size_t length, off64_t offset)
{
    return pread_any("pread64", descriptor, data, length, offset);
}

static int truncate_any(const char *name, int descriptor, off_t size)
{
    int (*next)(int, off_t) = real(name);
    if (!is_ours(descriptor))
        return next(descriptor, size);
    if (fails(TRUNCATES))
        return -1;
    pthread_mutex_lock(&lock);
    int result = next(descriptor, size), error = errno;
    if (!result)
        put(TRUNCATE, descriptors[descriptor].file, (uint64_t)size, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int ftruncate(int descriptor, off_t size) { return truncate_any("ftruncate", descriptor, size); }

int ftruncate64(int descriptor, off64_t size) { return truncate_any("ftruncate64", descriptor, size); }

static int sync_any(const char *name, int descriptor)
{
    int (*next)(int) = real(name);
    if (!is_ours(descriptor))
        return next(descriptor);
    if (control && control->delay_ms) {
        struct timespec delay = { control->delay_ms / 1000, control->delay_ms % 1000 * 1000000L };
        nanosleep(&delay, NULL);
    }
    if (fails(SYNCS))
        return -1;
    pthread_mutex_lock(&lock);
    int result = next(descriptor), error = errno;
    if (!result && descriptors[descriptor].is_folder)
        put(SYNC_FOLDER, 0, 0, descriptors[descriptor].path, strlen(descriptors[descriptor].path));
    else if (!result)
        put(SYNC, descriptors[descriptor].file, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int fsync(int descriptor) { return sync_any("fsync", descriptor); }

int fdatasync(int descriptor) { return sync_any("fdatasync", descriptor); }

int rename(const char *old, const char *new)
{
    if (!is_watched(old) && !is_watched(new))
        return REAL(rename)(old, new);
    if (fails(NAMES))
        return -1;
    pthread_mutex_lock(&lock);
    int result = REAL(rename)(old, new), error = errno;
    if (!result) {
        char both[2 * PATH_MAX];
        size_t length = strlen(old) + 1;
        memcpy(both, old, length);
        memcpy(both + length, new, strlen(new));
        put(RENAME, 0, 0, both, length + strlen(new));
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int unlink(const char *path)
{
    if (!is_watched(path))
        return REAL(unlink)(path);
    if (fails(NAMES))
        return -1;
    pthread_mutex_lock(&lock);
    int result = REAL(unlink)(path), error = errno;
    if (!result)
        put(UNLINK, 0, 0, path, strlen(path));
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    if (!is_watched(path))
        return REAL(mkdir)(path, mode);
    if (fails(NAMES))
        return -1;
    pthread_mutex_lock(&lock);
    int result = REAL(mkdir)(path, mode), error = errno;
    if (!result)
        put(MAKE_FOLDER, 0, 0, path, strlen(path));
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

static void *map_any(const char *name, void *place, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    void *(*next)(void *, size_t, int, int, int, off_t) = real(name);
    if (is_ours(descriptor)) {
        if (fails(MAPS))
            return MAP_FAILED;
        pthread_mutex_lock(&lock);
        put(MAP, 0, 0, descriptors[descriptor].path, strlen(descriptors[descriptor].path));
        pthread_mutex_unlock(&lock);
    }
    return next(place, length, protection, flags, descriptor, offset);
}

void *mmap(void *place, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    return map_any("mmap", place, length, protection, flags, descriptor, offset);
}

void *mmap64(void *place, size_t length, int protection, int flags, int descriptor, off64_t offset)
{
    return map_any("mmap64", place, length, protection, flags, descriptor, offset);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*next)(clockid_t, struct timespec *);
    if (!next)
        next = real("clock_gettime");
    int result = next(clock, now);
    if (!result && clock == CLOCK_REALTIME && control)
        now->tv_sec += control->clock_s;
    return result;
}

/* For the program itself: put a remark into the log, at this place of the order. */
void disk_note(const char *text, size_t length)
{
    pthread_mutex_lock(&lock);
    put(NOTE, 0, 0, text, length);
    pthread_mutex_unlock(&lock);
}
