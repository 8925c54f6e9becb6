// ircload: a load generator for IRC servers on loopback, one process, one epoll loop.
//
// It connects clients, lets each join one channel, and has some of them post. It measures deliveries per second, the
// latency from the sender's send() to a receiver's recv(), and the CPU time and memory of the server itself.
//
// Build: cc -O2 -o ircload ircload.c -lm
// Use:   ircload -p PORT [options]
//   -c N   clients                                        (1000)
//   -k N   channels; client i joins #bench<i mod k>       (1)
//   -s N   senders per channel                            (1)
//   -w N   messages outstanding per sender, closed loop   (8)
//   -t S   seconds to measure, or to hold with -i         (10)
//   -r N   messages per second over all senders, an open loop; 0 is the closed loop
//   -b N   bytes of text in a message                     (64)
//   -P PID the server: its CPU time and RSS, those of its descendants included
//   -i N   idle: 1 join and hold, 2 register and hold; nobody posts
//   -n S   prefix of the nicks                            (u)
//   -o N   registrations under way at once                (200); a server with a short listen backlog wants few
//   -d S   seconds that the set-up may take               (300)
//
// Closed loop: each sender has one watcher, another member of its channel, and posts again when the watcher has heard
// the message before. A channel's deliveries are those to its members other than the sender.
//
// Output: lines of "setup", "idle" and "run", each followed by key=value words. Exit code 1 when the set-up fails.
// Latency is recorded for the watchers and for every 64th client, in buckets of 1 %.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES 4096
#define EVENTS_MAX 512
#define BUCKETS 4000
#define BUCKET_RATIO 1.01
#define FAULTS_MAX 20        // More than so many errors or lost connections end the set-up.
#define STAMP_BYTES 30       // What "@<id> <nanoseconds> " takes of a message's text at most.
#define SETTLED_SECONDS 0.3  // No byte for so long means that everything sent has arrived.
#define SETTLE_SECONDS_MAX 30.0
#define LATENCY_SAMPLE 64

typedef enum { CONNECTING, REGISTERING, JOINING, READY } State;
typedef enum { SETTING_UP, MEASURING, DRAINING } Phase;

typedef struct {
    int fd, id, channel, watcher;  // watcher: the client that closes this sender's loop, -1 for one that never posts
    State state;
    char *in, *out;
    int in_length, in_size, out_length, out_size;
    uint64_t heard;
} Client;

static struct {
    int port, clients, channels, senders, window, text_bytes, server, idle, pending;
    double seconds, rate, setup_seconds;
    char prefix[16];
} option = {6667, 1000, 1, 1, 8, 64, 0, 0, 200, 10, 0, 300, "u"};

static Client *clients;
static Phase phase = SETTING_UP;
static int poller, ready;
static uint64_t deliveries, posted, bytes_in, errors, closed;
static uint64_t histogram[BUCKETS], samples;

static uint64_t nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static double now(void) { return (double)nanoseconds() * 1e-9; }

static void record_latency(uint64_t sent_at) {
    double us = (double)(nanoseconds() - sent_at) / 1000.0;
    int bucket = us < 1 ? 0 : (int)(log(us) / log(BUCKET_RATIO));
    histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    samples++;
}

static double percentile(double share) {
    uint64_t seen = 0, wanted = (uint64_t)((double)samples * share);
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        if ((seen += histogram[bucket]) > wanted) return pow(BUCKET_RATIO, bucket);
    return -1;
}

// What the kernel says of a process and its descendants.
typedef struct {
    double user_seconds, system_seconds;
    long rss_kib;
} Usage;

static size_t slurp(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, size - 1, file) : 0;
    if (file) fclose(file);
    text[length] = 0;
    return length;
}

static void add_process(int pid, Usage *usage) {
    char path[96], text[8192];
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (!slurp(path, text, sizeof text)) return;
    unsigned long user = 0, system = 0;
    long pages = 0;
    // Fields 14 and 15 (utime, stime) and 24 (rss) of proc(5), counted from behind the name in parentheses.
    sscanf(strrchr(text, ')') + 2,
           "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld",
           &user, &system, &pages);
    usage->user_seconds += (double)user * tick;
    usage->system_seconds += (double)system * tick;
    usage->rss_kib += pages * (sysconf(_SC_PAGESIZE) / 1024);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    slurp(path, text, sizeof text);
    char *rest = text;
    for (long child; (child = strtol(rest, &rest, 10)) > 0;) add_process((int)child, usage);
}

static Usage server_usage(void) {
    Usage usage = {0, 0, 0};
    if (option.server) add_process(option.server, &usage);
    return usage;
}

static double cpu_seconds(Usage from, Usage to) {
    return to.user_seconds + to.system_seconds - from.user_seconds - from.system_seconds;
}

static void poll_for(Client *client, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)client->id};
    epoll_ctl(poller, EPOLL_CTL_MOD, client->fd, &event);
}

static void flush_client(Client *client) {
    while (client->out_length) {
        ssize_t n = send(client->fd, client->out, (size_t)client->out_length, MSG_NOSIGNAL);
        if (n <= 0) {
            if (errno == EAGAIN) poll_for(client, EPOLLIN | EPOLLOUT);
            else errors++;
            return;
        }
        client->out_length -= (int)n;
        memmove(client->out, client->out + n, (size_t)client->out_length);
    }
}

static void queue_line(Client *client, const char *text, int length) {
    if (client->out_length + length > client->out_size) {
        client->out_size = (client->out_length + length) * 2;
        client->out = realloc(client->out, (size_t)client->out_size);
    }
    memcpy(client->out + client->out_length, text, (size_t)length);
    client->out_length += length;
}

static void post(Client *client) {
    static char padding[1500];
    if (!padding[0]) memset(padding, 'x', 1400);
    char line[2048];
    int fill = option.text_bytes > STAMP_BYTES ? option.text_bytes - STAMP_BYTES : 0;
    int length = snprintf(line, sizeof line, "PRIVMSG #bench%d :@%d %llu %.*s\r\n", client->channel, client->id,
                          (unsigned long long)nanoseconds(), fill, padding);
    queue_line(client, line, length);
    posted++;
}

// Counts a message that carries our stamp; a watcher lets its sender post again.
static void hear_message(Client *client, char *stamp) {
    char *rest;
    int sender = (int)strtol(stamp, &rest, 10);
    uint64_t sent_at = strtoull(rest, NULL, 10);
    client->heard++;
    if (phase != MEASURING) return;
    deliveries++;
    int watched = sender >= 0 && sender < option.clients && clients[sender].watcher == client->id;
    if (watched || client->id % LATENCY_SAMPLE == 0) record_latency(sent_at);
    if (watched && option.rate == 0) {
        post(&clients[sender]);
        flush_client(&clients[sender]);
    }
}

// "366 nick #bench7 :..." of the very channel: a server may have put the client in others by itself.
static int is_end_of_names(Client *client, const char *numeric) {
    char wanted[40];
    int length = snprintf(wanted, sizeof wanted, " #bench%d ", client->channel);
    const char *found = strstr(numeric, wanted);
    return !strncmp(numeric, "366 ", 4) && found && found[length] == ':';
}

static void join_or_rest(Client *client) {
    char line[64];
    if (option.idle == 2) {
        client->state = READY;
        ready++;
        return;
    }
    client->state = JOINING;
    queue_line(client, line, snprintf(line, sizeof line, "JOIN #bench%d\r\n", client->channel));
    flush_client(client);
}

static void hear_line(Client *client, char *line) {
    char *stamp;
    if (client->state == READY && phase != SETTING_UP && (stamp = strstr(line, " PRIVMSG #bench"))) {
        if ((stamp = strstr(stamp, ":@"))) hear_message(client, stamp + 2);
        return;
    }
    if (!strncmp(line, "PING", 4)) {
        char answer[600];
        queue_line(client, answer, snprintf(answer, sizeof answer, "PONG%s\r\n", line + 4));
        flush_client(client);
        return;
    }
    char *space = strchr(line, ' ');
    if (!space) return;
    if (client->state == REGISTERING && !strncmp(space + 1, "001 ", 4)) {
        join_or_rest(client);
    } else if (client->state == JOINING && is_end_of_names(client, space + 1)) {
        client->state = READY;
        ready++;
    } else if (!strncmp(line, "ERROR", 5) || !strncmp(space + 1, "433 ", 4)) {
        fprintf(stderr, "client %d: %s\n", client->id, line);
        errors++;
    }
}

static void hear_lines(Client *client) {
    char *start = client->in, *end = client->in + client->in_length, *newline;
    while ((newline = memchr(start, '\n', (size_t)(end - start)))) {
        *newline = 0;
        if (newline > start && newline[-1] == '\r') newline[-1] = 0;
        hear_line(client, start);
        start = newline + 1;
    }
    client->in_length = (int)(end - start);
    if (start > client->in) memmove(client->in, start, (size_t)client->in_length);
}

static void read_client(Client *client) {
    ssize_t n;
    do {
        if (client->in_size - client->in_length < READ_BYTES) {
            client->in_size = client->in_size ? client->in_size * 2 : 2 * READ_BYTES;
            client->in = realloc(client->in, (size_t)client->in_size + 1);
        }
        n = recv(client->fd, client->in + client->in_length, (size_t)(client->in_size - client->in_length), 0);
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            closed++;
            close(client->fd);
            client->fd = -1;
        }
        if (n <= 0) return;
        bytes_in += (uint64_t)n;
        client->in_length += (int)n;
        hear_lines(client);
    } while (n >= READ_BYTES);
}

static void write_client(Client *client) {
    if (client->state == CONNECTING) {
        char line[128];
        client->state = REGISTERING;
        int length = snprintf(line, sizeof line, "NICK %s%d\r\nUSER u 0 * :load\r\n", option.prefix, client->id);
        queue_line(client, line, length);
    }
    poll_for(client, EPOLLIN);
    flush_client(client);
}

static void turn(int wait_ms) {
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(poller, events, EVENTS_MAX, wait_ms);
    for (int i = 0; i < n; i++) {
        Client *client = &clients[events[i].data.u32];
        if (client->fd >= 0 && events[i].events & EPOLLOUT) write_client(client);
        if (client->fd >= 0 && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_client(client);
    }
}

// Turns until no byte has come for SETTLED_SECONDS.
static void settle(double seconds_max) {
    double deadline = now() + seconds_max, quiet_until = now() + SETTLED_SECONDS;
    uint64_t before = bytes_in;
    while (now() < quiet_until && now() < deadline) {
        turn(50);
        if (bytes_in != before) quiet_until = now() + SETTLED_SECONDS;
        before = bytes_in;
    }
}

static void start_client(int id) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)option.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = (uint32_t)id};
    int one = 1;
    Client *client = &clients[id];
    client->id = id;
    client->channel = id % option.channels;
    client->watcher = -1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0) {
        perror("socket");
        exit(1);
    }
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(client->fd, (void *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
        perror("connect");
        exit(1);
    }
    epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &event);
}

static void set_up(void) {
    double start = now();
    Usage before = server_usage();
    for (int started = 0; ready < option.clients; turn(100)) {
        while (started < option.clients && started - ready < option.pending) start_client(started++);
        if (now() - start > option.setup_seconds || errors > FAULTS_MAX || closed > FAULTS_MAX) {
            fprintf(stderr, "setup failed: %d of %d clients ready after %.0f s, errors %llu, connections closed %llu\n",
                    ready, option.clients, now() - start, (unsigned long long)errors, (unsigned long long)closed);
            exit(1);
        }
    }
    double seconds = now() - start;
    settle(SETTLE_SECONDS_MAX);
    Usage after = server_usage();
    printf("setup clients=%d channels=%d secs=%.2f conn/s=%.0f", option.clients, option.channels, seconds,
           option.clients / seconds);
    if (option.server)
        printf(" server_cpu_s=%.2f rss_kb=%ld rss_per_client_kb=%.2f", cpu_seconds(before, after), after.rss_kib,
               (double)(after.rss_kib - before.rss_kib) / option.clients);
    printf("\n");
    fflush(stdout);
}

static void hold_idle(void) {
    Usage before = server_usage();
    for (double end = now() + option.seconds; now() < end;) turn(100);
    Usage after = server_usage();
    printf("idle secs=%.1f closed=%llu errors=%llu", option.seconds, (unsigned long long)closed,
           (unsigned long long)errors);
    if (option.server) printf(" server_cpu_s=%.2f rss_kb=%ld", cpu_seconds(before, after), after.rss_kib);
    printf("\n");
}

static Client *sender(int index) {
    int channel = index % option.channels, place = (index / option.channels) % option.senders;
    return &clients[channel + place * option.channels];
}

static void choose_watchers(void) {
    int members = option.clients / option.channels;
    for (int index = 0; index < option.channels * option.senders; index++) {
        int place = (index / option.channels + 1) % members;
        sender(index)->watcher = index % option.channels + place * option.channels;
    }
}

static void post_closed_loop(double end) {
    for (int index = 0; index < option.channels * option.senders; index++) {
        for (int w = 0; w < option.window; w++) post(sender(index));
        flush_client(sender(index));
    }
    while (now() < end) turn(100);
}

static void post_at_rate(double end) {
    double next = now();
    for (int index = 0; now() < end; index = index % (option.channels * option.senders)) {
        for (; now() >= next; next += 1.0 / option.rate) {
            Client *client = sender(index++);
            post(client);
            flush_client(client);
        }
        double wait_ms = (next - now()) * 1000;
        turn(wait_ms > 1 ? (int)wait_ms : 0);
    }
}

static double own_cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void measure(void) {
    choose_watchers();
    Usage before = server_usage();
    double own_before = own_cpu_seconds(), start = now();
    uint64_t bytes_before = bytes_in;
    phase = MEASURING;
    if (option.rate == 0) post_closed_loop(start + option.seconds);
    else post_at_rate(start + option.seconds);
    double seconds = now() - start, own = own_cpu_seconds() - own_before;
    Usage after = server_usage();
    uint64_t bytes = bytes_in - bytes_before;
    phase = DRAINING;
    settle(SETTLE_SECONDS_MAX);
    uint64_t heard = 0, expected = posted * (uint64_t)(option.clients / option.channels - 1);
    for (int i = 0; i < option.clients; i++) heard += clients[i].heard;
    printf("run secs=%.2f sent=%llu deliveries=%llu deliveries/s=%.0f MB/s=%.1f p50_us=%.0f p99_us=%.0f p999_us=%.0f",
           seconds, (unsigned long long)posted, (unsigned long long)deliveries, (double)deliveries / seconds,
           (double)bytes / seconds / 1e6, percentile(.5), percentile(.99), percentile(.999));
    if (option.server) {
        double cpu = cpu_seconds(before, after);
        printf(" server_cpu_s=%.2f user_s=%.2f sys_s=%.2f util=%.0f cpu_us/delivery=%.3f rss_kb=%ld", cpu,
               after.user_seconds - before.user_seconds, after.system_seconds - before.system_seconds,
               100 * cpu / seconds, cpu * 1e6 / (double)(deliveries ? deliveries : 1), after.rss_kib);
    }
    printf(" gen_util=%.0f missing=%lld closed=%llu errors=%llu\n", 100 * own / seconds,
           (long long)(expected - heard), (unsigned long long)closed, (unsigned long long)errors);
}

static void read_options(int count, char **words) {
    int letter;
    while ((letter = getopt(count, words, "p:c:k:s:w:t:r:b:P:i:n:o:d:")) != -1) switch (letter) {
        case 'p': option.port = atoi(optarg); break;
        case 'c': option.clients = atoi(optarg); break;
        case 'k': option.channels = atoi(optarg); break;
        case 's': option.senders = atoi(optarg); break;
        case 'w': option.window = atoi(optarg); break;
        case 't': option.seconds = atof(optarg); break;
        case 'r': option.rate = atof(optarg); break;
        case 'b': option.text_bytes = atoi(optarg); break;
        case 'P': option.server = atoi(optarg); break;
        case 'i': option.idle = atoi(optarg); break;
        case 'n': snprintf(option.prefix, sizeof option.prefix, "%s", optarg); break;
        case 'o': option.pending = atoi(optarg); break;
        case 'd': option.setup_seconds = atof(optarg); break;
        default: exit(2);
    }
    int members = option.channels > 0 ? option.clients / option.channels : 0;
    if (members < 1 || (!option.idle && (members < 2 || option.senders > members))) {
        fprintf(stderr, "ircload: -c must give each of the -k channels two members and room for its -s senders\n");
        exit(2);
    }
}

int main(int count, char **words) {
    read_options(count, words);
    struct rlimit files = {20000, 20000};
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    poller = epoll_create1(0);
    clients = calloc((size_t)option.clients, sizeof *clients);
    set_up();
    if (option.idle) hold_idle();
    else measure();
    return 0;
}
