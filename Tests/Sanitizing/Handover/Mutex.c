// Swift's Mutex on Linux. Who finds one free, or lets it go while nobody waits, does so by a compare-and-exchange that is
// compiled into our own code, so the sanitizer sees it. Who must wait, or lets it go while others wait, calls one of these
// functions, and the kernel hands the lock over (FUTEX_LOCK_PI, FUTEX_UNLOCK_PI).
//
// `withLockIfAvailable` has a third one, which is left as it is, since nothing here uses it.
#include "CHandover.h"
#include "Swift.h"

#include <stdint.h>

// By the names that Swift gives them.
#define LOCK_SLOWLY "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOWLY "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT_CALL __attribute__((swiftcall))
#define SWIFT_SELF __attribute__((swift_context))

SWIFT_CALL void lock_slowly(uint32_t thread, SWIFT_SELF void *mutex) __asm__(LOCK_SLOWLY);
SWIFT_CALL void unlock_slowly(SWIFT_SELF void *mutex) __asm__(UNLOCK_SLOWLY);

static SWIFT_CALL void (*swift_lock_slowly)(uint32_t, SWIFT_SELF void *);
static SWIFT_CALL void (*swift_unlock_slowly)(SWIFT_SELF void *);

__attribute__((constructor)) static void find_functions(void) {
    swift_lock_slowly = handover_function_of_swift(LOCK_SLOWLY);
    swift_unlock_slowly = handover_function_of_swift(UNLOCK_SLOWLY);
}

// The sanitizer keeps what it knows of the mutex by the address of its word, and so does the compare-and-exchange of the
// fast way: both ways hand over to each other.

SWIFT_CALL void lock_slowly(uint32_t thread, SWIFT_SELF void *mutex) {
    swift_lock_slowly(thread, mutex);
    handover_acquire(mutex);
}

SWIFT_CALL void unlock_slowly(SWIFT_SELF void *mutex) {
    handover_release(mutex);
    swift_unlock_slowly(mutex);
}
