// A client that counts every answer: what wrk cannot do, and what the benchmarks need beside it.
//
// Open loop (--rate): requests are due at fixed times, whether or not the answers come, and the latency of each
// counts from the time at which it was due. A server that stalls is charged for everything that had to wait.
// Closed loop (--rate 0): every connection asks again as soon as it is answered, until --total are answered.
//
// The connections are opened and warmed first; then one line says so, and a line on standard input starts the measured
// part. Between the two, and at any other time, the harness can look at the server: 10,000 idle connections are
// a client that is never told to start. It speaks to 127.0.0.1 only, and --deadline ends it in any case.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { answer_bytes = 4096, request_bytes = 2048, nanoseconds = 1000000000 };

struct connection {
    int descriptor; // -1 once it is lost
    bool busy;
    int64_t due; // when the request in flight should have been sent
    size_t filled;
    char answer[answer_bytes];
};

struct settings {
    int port, connections, warm, in_flight, rate, total, ids, deadline;
    const char *before, *after;
};

static struct settings settings = {.connections = 1, .deadline = 60, .before = "", .after = ""};
static struct connection *connections;
static int *idle; // a ring of the connections that have nothing to do, the longest idle first
static int idle_first, idle_count, alive, poller;
static int64_t named; // how many ids were used, those of the warm-up too: none is used twice
static int64_t asked, answered, refused;
static uint32_t *latencies; // of the measured part, in microseconds
static bool measuring;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * nanoseconds + time.tv_nsec;
}

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void rest(int index) {
    idle[(idle_first + idle_count++) % settings.connections] = index;
}

static void lose(struct connection *connection) {
    close(connection->descriptor);
    connection->descriptor = -1;
    connection->busy = false;
    alive--;
}

static void open_connection(int index) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)settings.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) fail("socket");
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
    connections[index].descriptor = descriptor;
    rest(index);
    alive++;
}

// Sends the next request on an idle connection. Its id is new, or one of --ids.
static void ask(int64_t due) {
    struct connection *connection = &connections[idle[idle_first]];
    idle_first = (idle_first + 1) % settings.connections;
    idle_count--;
    if (connection->descriptor < 0) return; // lost while it was idle; the request was not made
    char request[request_bytes];
    long long id = settings.ids > 0 ? named % settings.ids : named;
    int length = snprintf(request, sizeof request, "%s%010lld%s", settings.before, id, settings.after);
    named++;
    asked++;
    if (write(connection->descriptor, request, (size_t)length) != length) {
        lose(connection);
        return;
    }
    connection->due = due;
    connection->busy = true;
    connection->filled = 0;
}

// How many bytes the answer has, its head included; 0 while that cannot be said.
static size_t answer_length(const struct connection *connection) {
    const char *end = memmem(connection->answer, connection->filled, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    size_t head = (size_t)(end - connection->answer) + 4;
    for (const char *line = connection->answer; line < end;) {
        line = (const char *)memchr(line, '\n', (size_t)(end + 4 - line)) + 1;
        if (strncasecmp(line, "content-length:", 15) == 0) return head + strtoul(line + 15, NULL, 10);
    }
    errno = EPROTO;
    fail("an answer without Content-Length");
}

static void take_answer(struct connection *connection, int index) {
    int64_t latency = (now() - connection->due) / 1000;
    if (measuring) latencies[answered + refused] = latency > UINT32_MAX ? UINT32_MAX : (uint32_t)latency;
    bool good = connection->filled > 12 && connection->answer[9] == '2';
    if (good) answered++;
    else refused++;
    connection->busy = false;
    rest(index);
}

static void receive(int index) {
    struct connection *connection = &connections[index];
    if (connection->descriptor < 0) return;
    if (connection->filled == answer_bytes) {
        errno = EMSGSIZE;
        fail("an answer");
    }
    char *free_bytes = connection->answer + connection->filled;
    ssize_t count = read(connection->descriptor, free_bytes, answer_bytes - connection->filled);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0 || !connection->busy) {
        lose(connection);
        return;
    }
    connection->filled += (size_t)count;
    size_t length = answer_length(connection);
    if (length > 0 && connection->filled >= length) take_answer(connection, index);
}

// Asks `total` times, never more than `most` at once, and waits for the answers; false if some are missing at the end.
static bool run(int64_t total, int rate, int64_t most, int64_t end) {
    asked = answered = refused = 0;
    struct epoll_event events[256];
    int64_t start = now();
    while (answered + refused < total && alive > 0) {
        int64_t moment = now();
        if (moment >= end) return false;
        int64_t wake = end;
        while (asked < total && idle_count > 0 && asked - answered - refused < most) {
            int64_t due = rate > 0 ? start + asked * nanoseconds / rate : moment;
            if (due > moment) {
                wake = due < end ? due : end;
                break;
            }
            ask(due);
        }
        int64_t wait = wake - moment;
        struct timespec timeout = {.tv_sec = wait / nanoseconds, .tv_nsec = wait % nanoseconds};
        int count = epoll_pwait2(poller, events, 256, &timeout, NULL);
        if (count < 0 && errno != EINTR) fail("epoll_pwait2");
        for (int place = 0; place < count; place++) receive((int)events[place].data.u32);
    }
    return answered + refused == total;
}

static int by_size(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void report(double seconds) {
    int64_t count = answered + refused;
    qsort(latencies, (size_t)count, sizeof *latencies, by_size);
#define PERCENTILE(share) (count > 0 ? latencies[(int64_t)((double)(count - 1) * (share))] : 0)
    printf("{\"asked\": %lld, \"answered\": %lld, \"refused\": %lld, \"lost\": %lld, \"seconds\": %.6f, "
           "\"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u, \"connections\": %d}\n",
           (long long)settings.total, (long long)answered, (long long)refused, (long long)(settings.total - count),
           seconds, PERCENTILE(0.5), PERCENTILE(0.99), PERCENTILE(1.0), alive);
}

static void read_settings(int count, char **words) {
    static const struct option options[] = {
        {"port", 1, 0, 'p'}, {"connections", 1, 0, 'c'}, {"warm", 1, 0, 'w'}, {"in-flight", 1, 0, 'f'},
        {"rate", 1, 0, 'r'}, {"total", 1, 0, 't'},       {"ids", 1, 0, 'i'},  {"deadline", 1, 0, 'd'},
        {"before", 1, 0, 'b'}, {"after", 1, 0, 'a'},     {0, 0, 0, 0}};
    for (int option; (option = getopt_long(count, words, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': settings.port = atoi(optarg); break;
        case 'c': settings.connections = atoi(optarg); break;
        case 'w': settings.warm = atoi(optarg); break;
        case 'f': settings.in_flight = atoi(optarg); break;
        case 'r': settings.rate = atoi(optarg); break;
        case 't': settings.total = atoi(optarg); break;
        case 'i': settings.ids = atoi(optarg); break;
        case 'd': settings.deadline = atoi(optarg); break;
        case 'b': settings.before = optarg; break;
        case 'a': settings.after = optarg; break;
        default: exit(64);
        }
    }
}

int main(int count, char **words) {
    read_settings(count, words);
    if (settings.in_flight == 0) settings.in_flight = settings.connections;
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); // otherwise each due time may come 50 µs late
    int64_t end = now() + (int64_t)settings.deadline * nanoseconds;
    connections = calloc((size_t)settings.connections, sizeof *connections);
    idle = calloc((size_t)settings.connections, sizeof *idle);
    latencies = calloc((size_t)settings.total + 1, sizeof *latencies);
    if (connections == NULL || idle == NULL || latencies == NULL) fail("calloc");
    poller = epoll_create1(EPOLL_CLOEXEC);
    for (int index = 0; index < settings.connections; index++) {
        open_connection(index);
        // Not faster than a backlog of 128 can bear: a lost SYN comes again after a second.
        if (index % 50 == 49) nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    for (int round = 0; round < settings.warm; round++) {
        if (!run(settings.connections, 0, settings.in_flight, end) || refused > 0) {
            errno = EPROTO;
            fail("not every request of the warm-up was answered well");
        }
    }
    printf("{\"ready\": %d}\n", alive);
    fflush(stdout);
    char line[16];
    if (fgets(line, sizeof line, stdin) == NULL || settings.total == 0) return 0;
    measuring = true;
    int64_t start = now();
    run(settings.total, settings.rate, settings.connections, end);
    report((double)(now() - start) / nanoseconds);
    return 0;
}
