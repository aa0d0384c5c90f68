/*
 * Makes system calls of a process fail, at the border between it and the C
 * library: preloaded, it stands before the library's functions. What it is to
 * do is in the environment:
 *
 *   FAULT_CALL   name of the call, without the 64; `*`: any (fnmatch)
 *   FAULT_PATH   pattern of the path that it is about (fnmatch)
 *   FAULT_ERRNO  number of the error that it fails with; 0: it does a part of what it was asked for
 *   FAULT_FROM   which of the calls is the first to fail, from 1; 0: none
 *   FAULT_COUNT  how many fail; 0: all from there on
 *   FAULT_LOG    a file that gets a line for each call: `.` for one that was let through or `X` for one that
 *                failed, its name, its path
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum verdict { PASSES, FAILS, IS_SHORT };

static const char *call_name, *path_pattern;
static int error_number, log_descriptor = -1;
static long first, how_many, calls;

__attribute__((constructor)) static void learn(void) {
  call_name = getenv("FAULT_CALL");
  path_pattern = getenv("FAULT_PATH");
  const char *number = getenv("FAULT_ERRNO"), *from = getenv("FAULT_FROM"), *count = getenv("FAULT_COUNT");
  error_number = number ? atoi(number) : 0;
  first = from ? atol(from) : 0;
  how_many = count ? atol(count) : 1;
  const char *log = getenv("FAULT_LOG");
  if (log) log_descriptor = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_meant(const char *name) {
  return call_name && path_pattern && fnmatch(call_name, name, 0) == 0;
}

static void note(int strikes, const char *name, const char *path) {
  if (log_descriptor < 0) return;
  char line[PATH_MAX + 32];
  int length = snprintf(line, sizeof line, "%c %s %s\n", strikes ? 'X' : '.', name, path);
  syscall(SYS_write, log_descriptor, line, length);
}

static enum verdict verdict_on_path(const char *name, const char *path) {
  if (!is_meant(name) || fnmatch(path_pattern, path, 0) != 0) return PASSES;
  long number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
  int strikes = first > 0 && number >= first && (how_many == 0 || number < first + how_many);
  note(strikes, name, path);
  if (!strikes) return PASSES;
  if (error_number == 0) return IS_SHORT;
  errno = error_number;
  return FAILS;
}

static enum verdict verdict_on(const char *name, int descriptor) {
  if (!is_meant(name)) return PASSES;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return PASSES;
  path[length] = 0;
  return verdict_on_path(name, path);
}

/* The function that this one stands before. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define TRANSFER(name, plain, parameters, count, ...)                      \
  ssize_t name parameters {                                                \
    static __typeof__(&name) real;                                         \
    if (!real) real = REAL(name);                                          \
    enum verdict verdict = verdict_on(plain, descriptor);                  \
    if (verdict == FAILS) return -1;                                       \
    if (verdict == IS_SHORT && count > 1) count /= 2;                      \
    return real(__VA_ARGS__);                                              \
  }

#define ON_DESCRIPTOR(name, plain, parameters, ...)                        \
  int name parameters {                                                    \
    static __typeof__(&name) real;                                         \
    if (!real) real = REAL(name);                                          \
    return verdict_on(plain, descriptor) == PASSES ? real(__VA_ARGS__) : -1; \
  }

#define ON_PATH(name, plain, path, parameters, ...)                        \
  int name parameters {                                                    \
    static __typeof__(&name) real;                                         \
    if (!real) real = REAL(name);                                          \
    return verdict_on_path(plain, path) == PASSES ? real(__VA_ARGS__) : -1; \
  }

#define OPEN(name)                                                         \
  int name(const char *path, int flags, ...) {                             \
    static __typeof__(&name) real;                                         \
    if (!real) real = REAL(name);                                          \
    va_list rest;                                                          \
    va_start(rest, flags);                                                 \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                          \
    return verdict_on_path("open", path) == PASSES ? real(path, flags, mode) : -1; \
  }

TRANSFER(read, "read", (int descriptor, void *to, size_t count), count, descriptor, to, count)
TRANSFER(write, "write", (int descriptor, const void *from, size_t count), count, descriptor, from, count)
TRANSFER(pread, "pread", (int descriptor, void *to, size_t count, off_t at), count, descriptor, to, count, at)
TRANSFER(pread64, "pread", (int descriptor, void *to, size_t count, off64_t at), count, descriptor, to, count, at)
TRANSFER(pwrite, "pwrite", (int descriptor, const void *from, size_t count, off_t at), count, descriptor, from, count, at)
TRANSFER(pwrite64, "pwrite", (int descriptor, const void *from, size_t count, off64_t at), count, descriptor, from, count, at)
ON_DESCRIPTOR(fsync, "fsync", (int descriptor), descriptor)
ON_DESCRIPTOR(fdatasync, "fdatasync", (int descriptor), descriptor)
ON_DESCRIPTOR(ftruncate, "ftruncate", (int descriptor, off_t length), descriptor, length)
ON_DESCRIPTOR(ftruncate64, "ftruncate", (int descriptor, off64_t length), descriptor, length)
ON_PATH(rename, "rename", from, (const char *from, const char *to), from, to)
ON_PATH(link, "link", from, (const char *from, const char *to), from, to)
ON_PATH(unlink, "unlink", path, (const char *path), path)
ON_PATH(remove, "unlink", path, (const char *path), path)
OPEN(open)
OPEN(open64)
