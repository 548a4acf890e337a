#define _GNU_SOURCE
#include "CProcess.h"

#include <link.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

// By the program headers and not by the kernel's list of mappings: there a segment that was written by relocation and
// then protected looks like one that never changed.
static int forget_object(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    const uintptr_t page = *(const uintptr_t *)context;
    for (size_t index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) {
            continue;
        }
        // Whole pages only: the first and the last may be shared with another segment.
        const uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        const uintptr_t first = (start + page - 1) / page * page;
        const uintptr_t end = (start + segment->p_filesz) / page * page;
        if (end > first) {
            madvise((void *)first, end - first, MADV_DONTNEED);
        }
    }
    return 0;
}

void cprocess_forget_start(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(forget_object, &page);
}

void cprocess_name_thread(const char *name) {
    prctl(PR_SET_NAME, name);
}

uint32_t cprocess_file_system(int file) {
    struct statfs system;
    return fstatfs(file, &system) == 0 ? (uint32_t)system.f_type : 0;
}
