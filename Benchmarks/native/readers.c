// Thousands of readers of event streams in one process, which cost little and miss nothing.
//
// Reader n shows the task n % --tasks. Once each has its first event, one line says so. From then on each line on standard
// input is answered with one line of JSON. "count" says how many events reached at least one reader since the last report;
// "report" says all that came since then, and begins anew: to be asked when nothing is on its way, for every event must
// reach all readers of its task, each once and in order. When standard input closes, so do the readers.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    line_bytes = 1024, // what is longer is cut: nothing that is looked for stands behind
    read_bytes = 65536,
    request_bytes = 2048,
    readers_per_address = 20000, // the ports that one address of ours has for connections to one of theirs
    // How much older than the first event that is read another one can be: readers of other tasks are read in any order.
    disorder = 10000
};

struct reader {
    int descriptor; // -1 once it is lost
    bool begun;     // whether the first event has come
    bool happened;  // whether the event that is arriving says that something happened
    int64_t sequence, last;
    int64_t observed;
    unsigned filled;
    char line[line_bytes];
};

// One event, and when it came to its readers; microseconds of the wall clock.
struct event {
    int64_t observed, first, last;
    int task, count;
};

static struct {
    int port, readers, tasks, at_once, deadline;
    const char *before, *after;
} settings = {.readers = 1, .tasks = 1, .at_once = 50, .deadline = 60, .before = "", .after = ""};

static struct reader *readers;
static struct event *events; // by sequence, from event_base on
static int64_t event_base = -1, event_room;
static int alive, begun, poller;
static int64_t beats, changes, deliveries, disordered, bytes;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "readers: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t microseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void open_reader(int index) {
    struct sockaddr_in ours = {.sin_family = AF_INET}, theirs = {.sin_family = AF_INET};
    ours.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(index / readers_per_address));
    theirs.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    theirs.sin_port = htons((uint16_t)settings.port);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    if (descriptor < 0) fail("socket");
    // The port is chosen when the connection is made, so that it need not be free towards everybody.
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (bind(descriptor, (struct sockaddr *)&ours, sizeof ours) < 0) fail("bind");
    if (connect(descriptor, (struct sockaddr *)&theirs, sizeof theirs) < 0) fail("connect");
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    struct epoll_event interest = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &interest) < 0) fail("epoll_ctl");
    readers[index] = (struct reader){.descriptor = descriptor};
    alive++;
    char request[request_bytes];
    int length =
        snprintf(request, sizeof request, "%s%010d%s", settings.before, index % settings.tasks, settings.after);
    if (write(descriptor, request, (size_t)length) != length) fail("write");
}

static struct event *event_of(int64_t sequence) {
    if (event_base < 0) event_base = sequence > disorder ? sequence - disorder : 0;
    if (sequence < event_base) return NULL;
    if (sequence - event_base >= event_room) {
        int64_t room = (sequence - event_base + 1) * 2;
        events = realloc(events, (size_t)room * sizeof *events);
        if (events == NULL) fail("realloc");
        memset(events + event_room, 0, (size_t)(room - event_room) * sizeof *events);
        event_room = room;
    }
    return &events[sequence - event_base];
}

// An event is whole.
static void take_event(struct reader *reader, int index, int64_t now) {
    if (!reader->begun) {
        reader->begun = true;
        reader->last = reader->sequence;
        begun++;
    } else if (reader->happened) {
        deliveries++;
        if (reader->sequence <= reader->last) disordered++;
        reader->last = reader->sequence;
        struct event *event = event_of(reader->sequence);
        if (event == NULL) {
            disordered++;
        } else {
            if (event->count++ == 0) {
                *event = (struct event){reader->observed, now, now, index % settings.tasks, 1};
                changes++;
            }
            event->last = now;
        }
    }
    reader->happened = false;
}

// The time in "observed_at":"2026-11-22T03:23:36.123Z"; 0 where there is none.
static int64_t observed_at(const char *line, size_t length) {
    static const char key[] = "\"observed_at\":\"";
    const char *found = memmem(line, length, key, sizeof key - 1);
    struct tm day = {0};
    int milliseconds;
    if (found == NULL || line + length - found < 39 ||
        sscanf(found + sizeof key - 1, "%4d-%2d-%2dT%2d:%2d:%2d.%3d", &day.tm_year, &day.tm_mon, &day.tm_mday,
               &day.tm_hour, &day.tm_min, &day.tm_sec, &milliseconds) != 7) {
        return 0;
    }
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    return (int64_t)timegm(&day) * 1000000 + milliseconds * 1000;
}

static bool begins(const char *line, size_t length, const char *word) {
    return length >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

// Lines that end with a carriage return are HTTP's: the head, and what frames the chunks.
static void take_line(struct reader *reader, int index, const char *line, size_t length, int64_t now) {
    if (length == 0) return take_event(reader, index, now);
    if (begins(line, length, "HTTP/1.1 ") && !begins(line, length, "HTTP/1.1 200 ")) {
        fprintf(stderr, "readers: %.*s\n", (int)length, line);
        exit(1);
    }
    if (line[0] == ':') {
        beats++;
    } else if (begins(line, length, "id: ")) {
        reader->sequence = strtoll(line + 4, NULL, 10);
    } else if (begins(line, length, "event: ")) {
        reader->happened = begins(line, length, "event: task.");
    } else if (begins(line, length, "data: ") && reader->happened) {
        struct event *event = event_of(reader->sequence);
        // All readers of an event have the same bytes.
        if (event != NULL && event->count == 0) reader->observed = observed_at(line, length);
    }
}

static void receive(int index) {
    static char buffer[read_bytes];
    struct reader *reader = &readers[index];
    if (reader->descriptor < 0) return;
    ssize_t count = read(reader->descriptor, buffer, sizeof buffer);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        close(reader->descriptor);
        reader->descriptor = -1;
        alive--;
        return;
    }
    bytes += count;
    int64_t now = microseconds(CLOCK_REALTIME);
    for (char *place = buffer, *end = buffer + count; place < end;) {
        char *line_end = memchr(place, '\n', (size_t)(end - place));
        size_t length = (size_t)((line_end == NULL ? end : line_end) - place);
        if (line_end != NULL && reader->filled == 0) {
            take_line(reader, index, place, length, now);
        } else {
            size_t kept = length < line_bytes - reader->filled ? length : line_bytes - reader->filled;
            memcpy(reader->line + reader->filled, place, kept);
            reader->filled += (unsigned)kept;
            if (line_end != NULL) {
                take_line(reader, index, reader->line, reader->filled, now);
                reader->filled = 0;
            }
        }
        place += length + (line_end != NULL);
    }
}

// Whether anything came within the time.
static bool turn(int milliseconds) {
    struct epoll_event ready[256];
    int count = epoll_wait(poller, ready, 256, milliseconds);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    bool spoken = false;
    for (int place = 0; place < count; place++) {
        if (ready[place].data.u32 == UINT32_MAX) spoken = true;
        else receive((int)ready[place].data.u32);
    }
    return spoken;
}

static int by_size(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void print_times(const char *name, int64_t *times, int64_t count) {
    qsort(times, (size_t)count, sizeof *times, by_size);
#define SHARE(share) (long long)(count > 0 ? times[(int64_t)((double)(count - 1) * (share))] : 0)
    printf("\"%s_p50_us\": %lld, \"%s_p99_us\": %lld, \"%s_max_us\": %lld, ", name, SHARE(0.5), name, SHARE(0.99), name,
           SHARE(1.0));
}

// What came since the last report.
static void report(void) {
    int64_t incomplete = 0, place = 0;
    int64_t *spreads = calloc((size_t)event_room + 1, sizeof *spreads);
    int64_t *ages = calloc((size_t)event_room + 1, sizeof *ages);
    if (spreads == NULL || ages == NULL) fail("calloc");
    for (struct event *event = events; event < events + event_room; event++) {
        if (event->count == 0) continue;
        int wanted = settings.readers / settings.tasks + (event->task < settings.readers % settings.tasks);
        if (event->count != wanted) incomplete++;
        spreads[place] = event->last - event->first;
        ages[place++] = event->last - event->observed;
    }
    printf("{");
    print_times("spread", spreads, changes);
    print_times("age", ages, changes);
    printf("\"readers\": %d, \"beats\": %lld, \"deliveries\": %lld, \"changes\": %lld, \"incomplete\": %lld, "
           "\"disordered\": %lld, \"bytes\": %lld}\n",
           alive, (long long)beats, (long long)deliveries, (long long)changes, (long long)incomplete,
           (long long)disordered, (long long)bytes);
    free(spreads);
    free(ages);
    free(events);
    events = NULL;
    event_base = -1;
    event_room = 0;
    beats = changes = deliveries = disordered = bytes = 0;
}

static void read_settings(int count, char **words) {
    static const struct option options[] = {{"port", 1, 0, 'p'},   {"readers", 1, 0, 'r'},  {"tasks", 1, 0, 't'},
                                            {"before", 1, 0, 'b'}, {"after", 1, 0, 'a'},    {"at-once", 1, 0, 'o'},
                                            {"deadline", 1, 0, 'd'}, {0, 0, 0, 0}};
    for (int option; (option = getopt_long(count, words, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': settings.port = atoi(optarg); break;
        case 'r': settings.readers = atoi(optarg); break;
        case 't': settings.tasks = atoi(optarg); break;
        case 'b': settings.before = optarg; break;
        case 'a': settings.after = optarg; break;
        case 'o': settings.at_once = atoi(optarg); break;
        case 'd': settings.deadline = atoi(optarg); break;
        default: exit(64);
        }
    }
}

int main(int count, char **words) {
    read_settings(count, words);
    readers = calloc((size_t)settings.readers, sizeof *readers);
    if (readers == NULL) fail("calloc");
    poller = epoll_create1(EPOLL_CLOEXEC);
    int64_t end = microseconds(CLOCK_MONOTONIC) + (int64_t)settings.deadline * 1000000;
    for (int opened = 0; begun < settings.readers;) {
        // Not faster than they are answered: the system's line of new connections is short.
        while (opened < settings.readers && opened - begun < settings.at_once) open_reader(opened++);
        turn(100);
        if (alive < opened || microseconds(CLOCK_MONOTONIC) > end) {
            fprintf(stderr, "readers: %d opened, %d connected, %d begun\n", opened, alive, begun);
            return 1;
        }
    }
    printf("{\"ready\": %d}\n", begun);
    fflush(stdout);
    struct epoll_event interest = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &interest) < 0) fail("epoll_ctl");
    for (char line[16];;) {
        if (!turn(-1)) continue;
        ssize_t length = read(STDIN_FILENO, line, sizeof line);
        if (length <= 0) return 0;
        if (line[0] == 'r') report();
        else printf("{\"changes\": %lld}\n", (long long)changes);
        fflush(stdout);
    }
}
