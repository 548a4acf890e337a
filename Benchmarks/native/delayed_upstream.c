// A provider that takes its time: it answers every request with a fixed document after --delay milliseconds.
//
// nginx has no timer that is cheap enough for 5,000 requests in flight on the core that the load shares. This has one
// queue, as all delays are alike, and says at /count how many it answered and how many it held at once, so that
// the harness knows that they really were in flight. It listens on 127.0.0.1 only.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_connections = 20000, request_bytes = 2048 };

struct connection {
    uint32_t generation; // tells this connection from the next with the same descriptor
    size_t filled;
    char request[request_bytes];
};

struct waiting {
    int descriptor;
    uint32_t generation;
    int64_t due;
};

static struct connection *connections[most_connections];
static struct waiting queue[most_connections]; // a ring, in the order of the times at which answers are due
static size_t first, held, most_held, answered;
static int64_t delay = 200000000;
static char *answer, *key;
static size_t answer_length;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static _Noreturn void fail(const char *what) {
    perror(what);
    exit(1);
}

static char *response(const char *status, const char *body, size_t *length) {
    char *text;
    const char *form = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s";
    int count = asprintf(&text, form, status, strlen(body), body);
    if (count < 0) fail("asprintf");
    *length = (size_t)count;
    return text;
}

static char *read_file(const char *path) {
    static char text[65536];
    FILE *file = fopen(path, "r");
    if (file == NULL) fail(path);
    size_t count = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    while (count > 0 && text[count - 1] == '\n') count--;
    text[count] = 0;
    return text;
}

static void drop(int descriptor) {
    connections[descriptor]->generation++;
    close(descriptor);
}

static void send_all(int descriptor, const char *bytes, size_t length) {
    // The answers are smaller than any socket buffer; whoever does not read them is dropped.
    if (send(descriptor, bytes, length, MSG_NOSIGNAL) != (ssize_t)length) drop(descriptor);
}

static void take_request(int descriptor) {
    struct connection *connection = connections[descriptor];
    size_t length;
    if (strncmp(connection->request, "GET /count ", 11) == 0) {
        char body[128];
        snprintf(body, sizeof body, "{\"answered\": %zu, \"most_in_flight\": %zu}", answered, most_held);
        most_held = held;
        char *text = response("200 OK", body, &length);
        send_all(descriptor, text, length);
        free(text);
    } else if (strstr(connection->request, key) == NULL) {
        char *text = response("401 Unauthorized", "{\"error\": \"Unauthorized\"}", &length);
        send_all(descriptor, text, length);
        free(text);
    } else {
        queue[(first + held) % most_connections] = (struct waiting){descriptor, connection->generation, now() + delay};
        held++;
        if (held > most_held) most_held = held;
    }
    connection->filled = 0;
}

static void receive(int descriptor) {
    struct connection *connection = connections[descriptor];
    size_t space = request_bytes - 1 - connection->filled;
    ssize_t count = space > 0 ? recv(descriptor, connection->request + connection->filled, space, MSG_DONTWAIT) : 0;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return drop(descriptor);
    connection->filled += (size_t)count;
    connection->request[connection->filled] = 0;
    // Status reads have no body, so the end of the head is the end of the request.
    if (strstr(connection->request, "\r\n\r\n") != NULL) take_request(descriptor);
}

static void accept_all(int listener, int poller) {
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor < 0) return;
        if (descriptor >= most_connections) {
            close(descriptor);
            continue;
        }
        int yes = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (connections[descriptor] == NULL) connections[descriptor] = calloc(1, sizeof(struct connection));
        if (connections[descriptor] == NULL) fail("calloc");
        connections[descriptor]->filled = 0;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
    }
}

// Sends what is due; gives the milliseconds until the next is, -1 if none waits.
static int send_due(void) {
    while (held > 0) {
        struct waiting *next = &queue[first];
        int64_t left = next->due - now();
        if (left > 0) return (int)((left + 999999) / 1000000);
        first = (first + 1) % most_connections;
        held--;
        if (connections[next->descriptor]->generation != next->generation) continue;
        answered++;
        send_all(next->descriptor, answer, answer_length);
    }
    return -1;
}

int main(int count, char **words) {
    int port = 0;
    static const struct option options[] = {
        {"port", 1, 0, 'p'}, {"delay", 1, 0, 'd'}, {"answer", 1, 0, 'a'}, {"key", 1, 0, 'k'}, {0, 0, 0, 0}};
    for (int option; (option = getopt_long(count, words, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'd': delay = atoll(optarg) * 1000000; break;
        case 'a': answer = response("200 OK", read_file(optarg), &answer_length); break;
        case 'k': key = optarg; break;
        default: return 64;
        }
    }
    if (answer == NULL || key == NULL) return 64;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, 65535) < 0) fail("listen");
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll_ctl");
    struct epoll_event events[512];
    for (;;) {
        int ready = epoll_wait(poller, events, 512, send_due());
        if (ready < 0 && errno != EINTR) fail("epoll_wait");
        for (int place = 0; place < ready; place++) {
            int descriptor = events[place].data.fd;
            if (descriptor == listener) accept_all(listener, poller);
            else receive(descriptor);
        }
    }
}
