// A continuation that is resumed before its task has come to wait for it. Whoever resumes a task tells the sanitizer so,
// and a task that is started again asks it; but a task that finds itself resumed already goes on at once, and does not.
#include "CHandover.h"
#include "Swift.h"

#include <stddef.h>

#define SWIFT_CALL __attribute__((swiftcall))
#define SWIFT_ASYNC_CALL __attribute__((swiftasynccall))

SWIFT_CALL void *swift_task_getCurrent(void);
SWIFT_ASYNC_CALL void swift_continuation_await(void *continuation);
SWIFT_CALL void swift_task_enterThreadLocalContext(char *context);

static SWIFT_ASYNC_CALL void (*swift_await)(void *);
static SWIFT_CALL void (*swift_enter)(char *);

__attribute__((constructor)) static void find_functions(void) {
    swift_await = handover_function_of_swift("swift_continuation_await");
    swift_enter = handover_function_of_swift("swift_task_enterThreadLocalContext");
}

static void acquire_current_task(void) {
    void *task = swift_task_getCurrent();
    if (task != NULL) {
        handover_acquire(task);
    }
}

// For what was resumed before this.
SWIFT_ASYNC_CALL void swift_continuation_await(void *continuation) {
    acquire_current_task();
    __attribute__((musttail)) return swift_await(continuation);
}

// For what is resumed while Swift makes ready to wait: it then enters the task's context once more, and goes on.
SWIFT_CALL void swift_task_enterThreadLocalContext(char *context) {
    acquire_current_task();
    swift_enter(context);
}
