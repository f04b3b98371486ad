/* One batch of packets to many viewers: each packet is written with the viewer's own numbers, protected in place, and all
 * that goes to one viewer leaves as one message where the kernel can cut it up again (UDP_SEGMENT, udp(7)).
 *
 * Loaded by media/sfu/fanout_native.py, which owns all memory but the arena; media/sfu/fanout.py does the same in Python.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "gcm.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    HEADER_BYTES = 20,      /* RTP header and one header extension */
    OVERHEAD_BYTES = 20,    /* what SRTP adds at most */
    SEEN_WORDS = 8,
    FIRST_CYCLE = 0x10000,  /* viewers' numbers begin in the second cycle, see DownTrack */
    MESSAGES = 128,
    MAX_SEGMENTS = 64,      /* UDP_MAX_SEGMENTS of kernels before 6.2 */
    MAX_MESSAGE_BYTES = 65000,
    ARENA_BYTES = 512 * 1024,
};

typedef int (*protect_function)(void *context, void *packet, int *length);

struct fan_packet {
    const uint8_t *payload;
    int64_t index;
    uint32_t timestamp;
    uint32_t send_time;     /* 24 bits, 6.18 seconds */
    uint32_t length;
    int16_t picture_at;     /* -1: none */
    int16_t tl0_at;
    uint16_t picture;
    uint8_t tl0;
    uint8_t marker;
    uint8_t padding;
};

struct fan_outlet {
    uint8_t address[sizeof(struct sockaddr_in)];
    void *context;          /* of libsrtp */
    uint64_t bytes;
    struct gcm_key *key;    /* of the session; NULL where libsrtp is to protect */
    uint8_t salt[GCM_IV_BYTES];  /* of the session */
};

/* Which numbers of one SSRC were protected: the highest, and a bit for each of the last ones. */
struct fan_numbers {
    int64_t highest;
    uint64_t seen[SEEN_WORDS];
};

struct fan_member {
    struct fan_outlet *outlet;
    struct fan_numbers *numbers;
    int64_t first_index;
    int64_t sequence;       /* viewer's number = packet's index + this */
    uint64_t packets;
    uint64_t octets;
    uint32_t ssrc;
    uint32_t timestamp;
    uint16_t picture;
    uint8_t tl0;
    uint8_t payload_type;
};

struct fan_state {
    uint64_t sent;
    uint64_t dropped;       /* the kernel did not take it */
    uint64_t refused;       /* SRTP would not protect it */
    uint64_t calls;
    int32_t segmentation;   /* 0 where the kernel or the device cannot */
};

struct fan {
    struct fan_state state;
    int descriptor;
    protect_function protect;
    uint32_t used;
    uint32_t messages;
    uint8_t *arena;
    struct mmsghdr headers[MESSAGES];
    struct iovec vectors[MESSAGES];
    uint16_t segment[MESSAGES];
    uint16_t segments[MESSAGES];
    union { struct cmsghdr align; uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))]; } control[MESSAGES];
};

struct fan *fan_new(int descriptor, void *protect, int segmentation)
{
    struct fan *fan = calloc(1, sizeof *fan);
    if (!fan)
        return NULL;
    fan->arena = malloc(ARENA_BYTES);
    if (!fan->arena) {
        free(fan);
        return NULL;
    }
    fan->descriptor = descriptor;
    fan->protect = (protect_function)protect;
    fan->state.segmentation = segmentation;
    for (int i = 0; i < MESSAGES; i++) {
        struct msghdr *header = &fan->headers[i].msg_hdr;
        header->msg_namelen = sizeof(struct sockaddr_in);
        header->msg_iov = &fan->vectors[i];
        header->msg_iovlen = 1;
        struct cmsghdr *control = (struct cmsghdr *)fan->control[i].bytes;
        control->cmsg_level = SOL_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    }
    return fan;
}

struct fan_state *fan_state(struct fan *fan)
{
    return &fan->state;
}

void fan_free(struct fan *fan)
{
    free(fan->arena);
    free(fan);
}

/* Send the segments of one message one by one: the kernel refused to cut it. */
static void send_apart(struct fan *fan, uint32_t number)
{
    struct msghdr *header = &fan->headers[number].msg_hdr;
    uint8_t *at = fan->vectors[number].iov_base;
    size_t left = fan->vectors[number].iov_len;
    while (left) {
        size_t length = left < fan->segment[number] ? left : fan->segment[number];
        fan->state.calls++;
        if (sendto(fan->descriptor, at, length, MSG_DONTWAIT, header->msg_name, header->msg_namelen) < 0)
            fan->state.dropped++;
        else
            fan->state.sent++;
        at += length;
        left -= length;
    }
}

void fan_flush(struct fan *fan)
{
    uint32_t first = 0, count = fan->messages;
    for (uint32_t i = 0; i < count; i++) {
        struct msghdr *header = &fan->headers[i].msg_hdr;
        if (fan->segments[i] > 1) {
            header->msg_control = fan->control[i].bytes;
            header->msg_controllen = sizeof fan->control[i].bytes;
            memcpy(CMSG_DATA((struct cmsghdr *)fan->control[i].bytes), &fan->segment[i], sizeof(uint16_t));
        } else {
            header->msg_control = NULL;
            header->msg_controllen = 0;
        }
    }
    while (first < count) {
        fan->state.calls++;
        int sent = sendmmsg(fan->descriptor, fan->headers + first, count - first, MSG_DONTWAIT);
        if (sent > 0) {
            while (sent--)
                fan->state.sent += fan->segments[first++];
        } else if (errno == EINTR) {
            continue;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            /* The socket's buffer is full: what is left is lost, as on any network, and viewers ask for it again. */
            for (; first < count; first++)
                fan->state.dropped += fan->segments[first];
        } else {
            if (fan->segments[first] > 1) {
                if (errno == EIO || errno == EOPNOTSUPP)
                    fan->state.segmentation = 0;  /* the device cannot; EINVAL and EMSGSIZE are about this message only */
                send_apart(fan, first);
            } else {
                fan->state.dropped++;
            }
            first++;
        }
    }
    fan->messages = 0;
    fan->used = 0;
}

static uint32_t write_packet(uint8_t *out, const struct fan_packet *packet, const struct fan_member *member)
{
    uint16_t sequence = htons((uint16_t)(packet->index + member->sequence));
    uint32_t timestamp = htonl(packet->timestamp + member->timestamp);
    uint32_t ssrc = htonl(member->ssrc);
    uint32_t extension = htonl(2u << 28 | 2u << 24 | packet->send_time);
    out[0] = packet->padding ? 0xB0 : 0x90;
    out[1] = member->payload_type | (packet->marker ? 0x80 : 0);
    memcpy(out + 2, &sequence, 2);
    memcpy(out + 4, &timestamp, 4);
    memcpy(out + 8, &ssrc, 4);
    memcpy(out + 12, "\xBE\xDE\x00\x01", 4);
    memcpy(out + 16, &extension, 4);
    uint8_t *payload = out + HEADER_BYTES;
    memcpy(payload, packet->payload, packet->length);
    if (packet->picture_at >= 0) {
        uint16_t picture = 0x8000 | ((packet->picture + member->picture) & 0x7FFF);
        payload[packet->picture_at] = picture >> 8;
        payload[packet->picture_at + 1] = picture & 0xFF;
    }
    if (packet->tl0_at >= 0)
        payload[packet->tl0_at] = packet->tl0 + member->tl0;
    uint32_t length = HEADER_BYTES + packet->length;
    if (packet->padding) {
        memset(out + length, 0, packet->padding - 1);
        length += packet->padding;
        out[length - 1] = packet->padding;
    }
    return length;
}

/* Note that this number is used. Returns 0 where it was before, or is too old to know: with GCM a number must never stand for
 * two packets (RFC 7714 section 8.1). */
static int is_new(struct fan_numbers *numbers, int64_t number)
{
    const int64_t window = 64 * SEEN_WORDS;
    if (number > numbers->highest) {
        int64_t known = number - numbers->highest > window ? number - window : numbers->highest;
        while (++known <= number)
            numbers->seen[known / 64 % SEEN_WORDS] &= ~(UINT64_C(1) << known % 64);
        numbers->highest = number;
    } else if (number <= numbers->highest - window) {
        return 0;
    }
    uint64_t *word = &numbers->seen[number / 64 % SEEN_WORDS], bit = UINT64_C(1) << number % 64;
    if (*word & bit)
        return 0;
    *word |= bit;
    return 1;
}

/* Protect with AEAD_AES_128_GCM in place (RFC 7714 sections 8.1 to 9.1). Returns 0 and the new length, or -1. */
static int seal(const struct fan_member *member, int64_t number, uint8_t *out, int *length)
{
    const struct fan_outlet *outlet = member->outlet;
    uint64_t index = (uint64_t)(number - FIRST_CYCLE);  /* rollover counter and sequence number */
    uint8_t iv[GCM_IV_BYTES] = {0, 0};
    if (number < FIRST_CYCLE || !is_new(member->numbers, number))
        return -1;
    memcpy(iv + 2, out + 8, 4);
    for (int i = 0; i < 6; i++)
        iv[6 + i] = index >> (40 - 8 * i);
    for (int i = 0; i < GCM_IV_BYTES; i++)
        iv[i] ^= outlet->salt[i];
    gcm_seal(outlet->key, iv, out, HEADER_BYTES, out + HEADER_BYTES, *length - HEADER_BYTES);
    *length += GCM_TAG_BYTES;
    return 0;
}

/* Queue ``count`` packets of one source for each member, beginning with the member number ``start``; sends when full. */
void fan_send(struct fan *fan, const struct fan_packet *packets, uint32_t count, struct fan_member *const *members,
              uint32_t member_count, uint32_t start)
{
    for (uint32_t turn = 0; turn < member_count; turn++) {
        uint32_t place = start + turn;
        struct fan_member *member = members[place < member_count ? place : place - member_count];
        struct fan_outlet *outlet = member->outlet;
        int open = 0;  /* the last message can take more segments */
        for (uint32_t i = 0; i < count; i++) {
            const struct fan_packet *packet = &packets[i];
            if (packet->index < member->first_index)
                continue;
            uint32_t most = HEADER_BYTES + packet->length + packet->padding + OVERHEAD_BYTES;
            if (fan->used + most > ARENA_BYTES || (!open && fan->messages == MESSAGES)) {
                fan_flush(fan);
                open = 0;
            }
            uint8_t *out = fan->arena + fan->used;
            int length = (int)write_packet(out, packet, member);
            int refused = outlet->key ? seal(member, packet->index + member->sequence, out, &length)
                                      : fan->protect(outlet->context, out, &length);
            if (refused) {
                fan->state.refused++;
                continue;
            }
            uint32_t last = fan->messages - 1;
            if (open && (uint32_t)length <= fan->segment[last] && fan->segments[last] < MAX_SEGMENTS
                && fan->vectors[last].iov_len + length <= MAX_MESSAGE_BYTES) {
                fan->vectors[last].iov_len += length;
                fan->segments[last]++;
            } else {
                if (fan->messages == MESSAGES) {
                    fan_flush(fan);
                    memmove(fan->arena, out, length);
                    out = fan->arena;
                }
                last = fan->messages++;
                fan->vectors[last].iov_base = out;
                fan->vectors[last].iov_len = length;
                fan->headers[last].msg_hdr.msg_name = outlet->address;
                fan->segment[last] = length;
                fan->segments[last] = 1;
                open = fan->state.segmentation;
            }
            if ((uint32_t)length < fan->segment[last])
                open = 0;  /* only the last segment may be shorter */
            fan->used += length;
            outlet->bytes += length;
            member->packets++;
            member->octets += packet->length;
        }
    }
}
