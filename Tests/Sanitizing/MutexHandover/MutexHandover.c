#define _GNU_SOURCE
#include "CMutexHandover.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Functions of libswiftSynchronization, by the names that Swift gives them; `self` is the address of the mutex.
#define LOCK_SLOWLY "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOWLY "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT_CALL __attribute__((swiftcall))
#define SWIFT_SELF __attribute__((swift_context))

// Of the Thread Sanitizer's runtime; there is none in other builds.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

// These stand before Swift's own, since the program is searched before its libraries.
SWIFT_CALL void lock_slowly(uint32_t thread, SWIFT_SELF void *mutex) __asm__(LOCK_SLOWLY);
SWIFT_CALL void unlock_slowly(SWIFT_SELF void *mutex) __asm__(UNLOCK_SLOWLY);

static SWIFT_CALL void (*swift_lock_slowly)(uint32_t, SWIFT_SELF void *);
static SWIFT_CALL void (*swift_unlock_slowly)(SWIFT_SELF void *);

static void *of_swift(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        fprintf(stderr, "This Swift has no %s: see MutexHandover.c\n", name);
        abort();
    }
    return function;
}

__attribute__((constructor)) static void find_functions_of_swift(void) {
    swift_lock_slowly = of_swift(LOCK_SLOWLY);
    swift_unlock_slowly = of_swift(UNLOCK_SLOWLY);
}

// The sanitizer keeps what it knows of the mutex by the address of its word, which is what the compare-and-exchange of
// the fast way goes by, too: both ways hand over to each other.

SWIFT_CALL void lock_slowly(uint32_t thread, SWIFT_SELF void *mutex) {
    swift_lock_slowly(thread, mutex);
    if (__tsan_acquire != NULL) {
        __tsan_acquire(mutex);
    }
}

SWIFT_CALL void unlock_slowly(SWIFT_SELF void *mutex) {
    if (__tsan_release != NULL) {
        __tsan_release(mutex);
    }
    swift_unlock_slowly(mutex);
}
