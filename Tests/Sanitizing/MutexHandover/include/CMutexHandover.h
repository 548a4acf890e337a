// Tells the Thread Sanitizer what it cannot see of Swift's Mutex on Linux; there is nothing to call.
//
// Who finds a Mutex free, or lets it go while nobody waits, does so by a compare-and-exchange that is compiled into our own
// code, so the sanitizer sees it. Who must wait, or lets it go while others wait, calls a function of
// libswiftSynchronization, and there the kernel hands the lock over (FUTEX_LOCK_PI, FUTEX_UNLOCK_PI). The sanitizer sees
// neither that library nor the kernel, and so reports what the second holder reads as a race with what the first wrote.
// `withLockIfAvailable` has a third such function, which is left as it is, since nothing here uses it.
#pragma once
