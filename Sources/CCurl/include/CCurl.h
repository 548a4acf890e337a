// The narrow door to libcurl.
//
// `curl_easy_setopt` and its kin are variadic: Swift cannot call them, and a wrong type there is no compile error but
// garbage on some machines. So there is one function for each option in use, with the type that libcurl reads, and
// libcurl's own header is seen by CCurl.c alone.
#pragma once

#include "CLoop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct ccurl_easy ccurl_easy;
typedef struct ccurl_multi ccurl_multi;
typedef struct ccurl_url ccurl_url;
typedef struct ccurl_headers ccurl_headers;

// The library

enum {
    CCURL_LIBRARY_READY = 0,
    CCURL_LIBRARY_TOO_OLD = 1,
    CCURL_LIBRARY_NOT_THREADSAFE = 2,
    CCURL_LIBRARY_NOT_OPENSSL = 3,
    CCURL_LIBRARY_FAILED = 4,
};

// Once per process, before any other function. Ignores SIGPIPE, and keeps OpenSSL from cleaning up at exit, where
// it races with threads that still run.
int ccurl_library_prepare(void);
const char *ccurl_library_version_text(void);

// How a transfer ended

enum {
    CCURL_END_COMPLETE = 0,
    CCURL_END_UNRESOLVABLE = 1,
    CCURL_END_NOT_CONNECTED = 2,
    CCURL_END_TLS = 3,
    CCURL_END_TIMEOUT = 4,
    CCURL_END_EMPTY = 5,
    CCURL_END_BROKEN = 6,
    CCURL_END_MALFORMED = 7,
    CCURL_END_STOPPED = 8,
    CCURL_END_TOO_LARGE = 9,
    CCURL_END_NO_MEMORY = 10,
    CCURL_END_PROTOCOL = 11,
    CCURL_END_OTHER = 12,
};

// Sorts libcurl's own result code into one of the above.
int ccurl_end_of(int code);
// libcurl's fixed words for a result code; never holds anything of a request or an answer.
const char *ccurl_text_of(int code);

// Parsed URLs

// Returns NULL unless `origin` is scheme, host and perhaps port of http or https, and nothing more.
ccurl_url *_Nullable ccurl_url_make(const char *origin);
// What the Host field says of it: the host, and the port unless it is the scheme's own. To be freed; NULL when out of
// memory.
char *_Nullable ccurl_url_host(ccurl_url *url);
void ccurl_text_free(char *text);
void ccurl_url_free(ccurl_url *url);

// Header lists

// Appends a copy of `line`. Returns the list's head, or NULL when out of memory (`list` is then unchanged).
ccurl_headers *_Nullable ccurl_headers_append(ccurl_headers *_Nullable list, const char *line);
void ccurl_headers_free(ccurl_headers *_Nullable list);

// Easy handles

typedef size_t (*ccurl_bytes_callback)(char *_Null_unspecified bytes, size_t size, size_t count,
                                       void *_Null_unspecified context);
typedef int (*ccurl_request_callback)(void *_Null_unspecified context, char *_Null_unspecified peer,
                                      char *_Null_unspecified local, int peer_port, int local_port);

// What is told of sockets: of a new one after `socket`, and before `close`. Must outlive all handles and connections.
typedef struct ccurl_socket_hooks {
    void *_Null_unspecified context;
    void (*opened)(void *_Null_unspecified context, int descriptor);
    void (*closing)(void *_Null_unspecified context, int descriptor);
    // Whether sockets are opened to addresses of the public internet alone.
    bool is_public_only;
} ccurl_socket_hooks;

// Whether an address, as `inet_ntop` writes it, is one of the public internet: none of this machine, of a private or
// link-local network, of a carrier's, of documentation, multicast or reserved. False for what is no address.
bool ccurl_is_public_address(const char *text);

#define CCURL_ERROR_TEXT_SIZE 256
#define CCURL_REQUEST_GOES_ON 0
#define CCURL_REQUEST_STOPS 1

ccurl_easy *_Nullable ccurl_easy_make(void);
void ccurl_easy_free(ccurl_easy *easy);

// Every setter says whether libcurl took the value. Strings are copied; lists, URLs, buffers and contexts are not,
// and must outlive the transfer.
bool ccurl_set_url(ccurl_easy *easy, ccurl_url *url);
bool ccurl_set_request_target(ccurl_easy *easy, const char *target);
// Forgets the target that was set before; the next request must set one.
bool ccurl_set_no_request_target(ccurl_easy *easy);
bool ccurl_set_headers(ccurl_easy *easy, ccurl_headers *_Nullable headers);
// A request without a body, and without a Content-Length. Drops the body that was set before.
bool ccurl_set_no_body(ccurl_easy *easy, const char *method);
// A request with a body, which is copied; `size` may be 0.
bool ccurl_set_body(ccurl_easy *easy, const char *method, const void *_Nullable bytes, size_t size);

bool ccurl_set_accepted_encodings(ccurl_easy *easy, const char *text);
bool ccurl_set_http11_only(ccurl_easy *easy);
bool ccurl_set_http09_refused(ccurl_easy *easy);
bool ccurl_set_protocols(ccurl_easy *easy, const char *names);
bool ccurl_set_no_redirects(ccurl_easy *easy);
bool ccurl_set_no_proxy(ccurl_easy *easy);
bool ccurl_set_no_netrc(ccurl_easy *easy);
bool ccurl_set_no_signals(ccurl_easy *easy);
bool ccurl_set_quick_exit(ccurl_easy *easy);

bool ccurl_set_tls_verified(ccurl_easy *easy);
bool ccurl_set_tls12_or_newer(ccurl_easy *easy);
bool ccurl_set_ca_file(ccurl_easy *easy, const char *path);
bool ccurl_set_no_ca_directory(ccurl_easy *easy);
// PEM texts, not copied. The first takes the place of the CA file.
bool ccurl_set_ca_text(ccurl_easy *easy, const void *bytes, size_t size);
bool ccurl_set_client_certificate_text(ccurl_easy *easy, const void *bytes, size_t size);
bool ccurl_set_client_key_text(ccurl_easy *easy, const void *bytes, size_t size);

bool ccurl_set_connect_timeout_ms(ccurl_easy *easy, long milliseconds);
bool ccurl_set_timeout_ms(ccurl_easy *easy, long milliseconds);
bool ccurl_set_stall_timeout_s(ccurl_easy *easy, long bytes_per_second, long seconds);

bool ccurl_set_buffer_size(ccurl_easy *easy, long bytes);
bool ccurl_set_upload_buffer_size(ccurl_easy *easy, long bytes);
bool ccurl_set_idle_age_limit_s(ccurl_easy *easy, long seconds);
bool ccurl_set_lifetime_limit_s(ccurl_easy *easy, long seconds);
bool ccurl_set_tcp_no_delay(ccurl_easy *easy);
bool ccurl_set_tcp_keepalive_s(ccurl_easy *easy, long idle_seconds, long interval_seconds);

bool ccurl_set_private(ccurl_easy *easy, void *_Nullable context);
bool ccurl_set_error_text(ccurl_easy *easy, char *_Nullable buffer);
bool ccurl_set_on_body(ccurl_easy *easy, ccurl_bytes_callback callback, void *context);
bool ccurl_set_on_header(ccurl_easy *easy, ccurl_bytes_callback callback, void *context);
bool ccurl_set_before_request(ccurl_easy *easy, ccurl_request_callback callback, void *context);
bool ccurl_set_socket_hooks(ccurl_easy *easy, const ccurl_socket_hooks *hooks);

void *_Nullable ccurl_get_private(ccurl_easy *easy);
long ccurl_get_status(ccurl_easy *easy);

// Multi handles

enum {
    CCURL_INTEREST_NONE = 0,
    CCURL_INTEREST_READ = 1,
    CCURL_INTEREST_WRITE = 2,
    CCURL_INTEREST_BOTH = 3,
    CCURL_INTEREST_REMOVE = 4,
};

#define CCURL_READY_READ 1
#define CCURL_READY_WRITE 2
#define CCURL_READY_ERROR 4

typedef int (*ccurl_socket_callback)(void *_Null_unspecified easy, int descriptor, int interest,
                                     void *_Null_unspecified context, void *_Null_unspecified socket_context);
typedef int (*ccurl_timer_callback)(void *_Null_unspecified multi, long milliseconds,
                                    void *_Null_unspecified context);

ccurl_multi *_Nullable ccurl_multi_make(void);
// All easy handles must have been removed. Closes the connections that were kept.
void ccurl_multi_free(ccurl_multi *multi);

bool ccurl_multi_set_on_socket(ccurl_multi *multi, ccurl_socket_callback callback, void *context);
bool ccurl_multi_set_on_timer(ccurl_multi *multi, ccurl_timer_callback callback, void *context);
bool ccurl_multi_set_connections_per_host(ccurl_multi *multi, long count);
bool ccurl_multi_set_connections_kept(ccurl_multi *multi, long count);
bool ccurl_multi_set_no_multiplexing(ccurl_multi *multi);

bool ccurl_multi_add(ccurl_multi *multi, ccurl_easy *easy);
void ccurl_multi_remove(ccurl_multi *multi, ccurl_easy *easy);
// False when libcurl failed: the state of all its transfers is then uncertain.
bool ccurl_multi_socket_ready(ccurl_multi *multi, int descriptor, int readiness);
bool ccurl_multi_timer_fired(ccurl_multi *multi);
// The next transfer that ended, or NULL. `code` gets libcurl's own result code.
ccurl_easy *_Nullable ccurl_multi_next_ended(ccurl_multi *multi, int *code);

#pragma clang assume_nonnull end
