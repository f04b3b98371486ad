/* AES-128-GCM (NIST SP 800-38D), encryption only, by AES-NI and PCLMULQDQ. Nothing is looked up in tables, so that no time depends
 * on key or text. A packet costs a third of what it does through a library's calls, which are made for long messages.
 *
 * The hash is computed as POLYVAL (RFC 8452, appendix A), whose bits lie as the processor multiplies them: of blocks with their
 * bytes reversed, and of the hash key times x. Eight blocks are multiplied by eight powers of the key and reduced together
 * (Gueron and Kounavis, "Intel Carry-Less Multiplication Instruction and its Usage for Computing the GCM Mode", 2010).
 */
#define _GNU_SOURCE
#include "gcm.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define NARROW __attribute__((target("aes,pclmul,avx")))
#define WIDE __attribute__((target("aes,pclmul,avx2,vaes,vpclmulqdq")))
#define INLINE NARROW static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

enum { ROUNDS = 10, BLOCK = 16, GROUP = 8, PAIRS = GROUP / 2, GROUP_BYTES = GROUP * BLOCK };

struct gcm_key {
    __m128i round[ROUNDS + 1];
    __m128i power[GROUP];  /* the hash key to the 8, to the 7, ... to the 1 */
    int wide;              /* two blocks an instruction */
};

/* A product before it is reduced: the lower half, the upper one, and what stands across them. */
struct product {
    __m128i low, middle, high;
};

INLINE __m128i load(const void *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

INLINE void store(void *to, __m128i block)
{
    _mm_storeu_si128((__m128i *)to, block);
}

/* A block of these bytes, at most 16, and zeros. */
INLINE __m128i filled(const uint8_t *bytes, uint32_t length)
{
    uint8_t block[BLOCK] = {0};
    memcpy(block, bytes, length);
    return load(block);
}

INLINE __m128i backwards(void)
{
    return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

INLINE __m128i reversed(__m128i block)
{
    return _mm_shuffle_epi8(block, backwards());
}

INLINE struct product nothing(void)
{
    return (struct product){_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
}

INLINE void multiply_add(struct product *sum, __m128i one, __m128i other)
{
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(one, other, 0x00));
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(one, other, 0x11));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(one, other, 0x01));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(one, other, 0x10));
}

/* The product times x^-128, modulo x^128 + x^127 + x^126 + x^121 + 1: what is added clears the lower half, 64 bits at a time. */
INLINE __m128i reduced(struct product sum)
{
    const __m128i polynomial = _mm_set_epi64x(0, (long long)0xC200000000000000);
    __m128i low = _mm_xor_si128(sum.low, _mm_slli_si128(sum.middle, 8));
    __m128i high = _mm_xor_si128(sum.high, _mm_srli_si128(sum.middle, 8));
    for (int half = 0; half < 2; half++)
        low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4E), _mm_clmulepi64_si128(low, polynomial, 0x00));
    return _mm_xor_si128(high, low);
}

INLINE __m128i encrypted(const struct gcm_key *key, __m128i block)
{
    block = _mm_xor_si128(block, key->round[0]);
    UNROLL
    for (int round = 1; round < ROUNDS; round++)
        block = _mm_aesenc_si128(block, key->round[round]);
    return _mm_aesenclast_si128(block, key->round[ROUNDS]);
}

INLINE __m128i counter_block(__m128i iv, uint32_t counter)
{
    return _mm_insert_epi32(iv, (int)__builtin_bswap32(counter), 3);
}

/* The hash with at most a group more; the last block is filled up with zeros. */
INLINE __m128i hashed(const struct gcm_key *key, __m128i hash, const uint8_t *data, uint32_t length)
{
    struct product sum = nothing();
    uint32_t blocks = (length + BLOCK - 1) / BLOCK;
    for (uint32_t number = 0; number < blocks; number++, data += BLOCK, length -= BLOCK) {
        __m128i block = reversed(length >= BLOCK ? load(data) : filled(data, length));
        multiply_add(&sum, number ? block : _mm_xor_si128(block, hash), key->power[GROUP - blocks + number]);
    }
    return blocks ? reduced(sum) : hash;
}

/* Encrypt whole groups, the first block with this counter. Returns the hash with them. */
NARROW static __m128i groups_narrow(const struct gcm_key *key, __m128i iv, uint32_t counter, __m128i hash, uint8_t *text,
                                    uint32_t groups)
{
    for (; groups; groups--, text += GROUP_BYTES, counter += GROUP) {
        __m128i stream[GROUP];
        struct product sum = nothing();
        UNROLL
        for (int number = 0; number < GROUP; number++)
            stream[number] = _mm_xor_si128(counter_block(iv, counter + number), key->round[0]);
        UNROLL
        for (int round = 1; round < ROUNDS; round++) {
            UNROLL
            for (int number = 0; number < GROUP; number++)
                stream[number] = _mm_aesenc_si128(stream[number], key->round[round]);
        }
        UNROLL
        for (int number = 0; number < GROUP; number++) {
            uint8_t *place = text + BLOCK * number;
            __m128i block = _mm_xor_si128(_mm_aesenclast_si128(stream[number], key->round[ROUNDS]), load(place));
            store(place, block);
            block = reversed(block);
            multiply_add(&sum, number ? block : _mm_xor_si128(block, hash), key->power[number]);
        }
        hash = reduced(sum);
    }
    return hash;
}

/* The same, with two blocks in each register. */
WIDE static __m128i groups_wide(const struct gcm_key *key, __m128i iv, uint32_t counter, __m128i hash, uint8_t *text,
                                uint32_t groups)
{
    const __m256i swap = _mm256_broadcastsi128_si256(backwards());
    const __m256i two = _mm256_set_epi32(0, 0, 0, 2, 0, 0, 0, 2);
    __m256i count = _mm256_set_epi32(0, 0, 0, (int)counter + 1, 0, 0, 0, (int)counter);
    count = _mm256_or_si256(count, _mm256_broadcastsi128_si256(reversed(iv)));
    for (; groups; groups--, text += GROUP_BYTES) {
        __m256i stream[PAIRS];
        __m256i low = _mm256_setzero_si256(), middle = low, high = low;
        const __m256i first = _mm256_broadcastsi128_si256(key->round[0]);
        UNROLL
        for (int pair = 0; pair < PAIRS; pair++) {
            stream[pair] = _mm256_xor_si256(_mm256_shuffle_epi8(count, swap), first);
            count = _mm256_add_epi32(count, two);
        }
        UNROLL
        for (int round = 1; round < ROUNDS; round++) {
            const __m256i both = _mm256_broadcastsi128_si256(key->round[round]);
            UNROLL
            for (int pair = 0; pair < PAIRS; pair++)
                stream[pair] = _mm256_aesenc_epi128(stream[pair], both);
        }
        const __m256i last = _mm256_broadcastsi128_si256(key->round[ROUNDS]);
        UNROLL
        for (int pair = 0; pair < PAIRS; pair++) {
            __m256i *place = (__m256i *)(text + 2 * BLOCK * pair);
            const __m256i powers = _mm256_loadu_si256((const __m256i *)&key->power[2 * pair]);
            __m256i blocks = _mm256_xor_si256(_mm256_aesenclast_epi128(stream[pair], last), _mm256_loadu_si256(place));
            _mm256_storeu_si256(place, blocks);
            blocks = _mm256_shuffle_epi8(blocks, swap);
            if (!pair)
                blocks = _mm256_xor_si256(blocks, _mm256_inserti128_si256(_mm256_setzero_si256(), hash, 0));
            low = _mm256_xor_si256(low, _mm256_clmulepi64_epi128(blocks, powers, 0x00));
            high = _mm256_xor_si256(high, _mm256_clmulepi64_epi128(blocks, powers, 0x11));
            middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(blocks, powers, 0x01));
            middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(blocks, powers, 0x10));
        }
        hash = reduced((struct product){
            _mm_xor_si128(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1)),
            _mm_xor_si128(_mm256_castsi256_si128(middle), _mm256_extracti128_si256(middle, 1)),
            _mm_xor_si128(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1)),
        });
    }
    return hash;
}

/* FIPS 197 section 5.2; the instruction substitutes the last word's bytes and turns them. */
INLINE void expand(struct gcm_key *key, const uint8_t *bytes)
{
    static const uint8_t constants[ROUNDS] = {1, 2, 4, 8, 16, 32, 64, 128, 27, 54};
    key->round[0] = load(bytes);
    for (int number = 0; number < ROUNDS; number++) {
        const __m128i before = key->round[number];
        __m128i word = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(before, 0), 0xFF);
        __m128i round = _mm_xor_si128(before, _mm_slli_si128(before, 4));
        round = _mm_xor_si128(round, _mm_slli_si128(round, 8));
        word = _mm_xor_si128(word, _mm_set1_epi32(constants[number]));
        key->round[number + 1] = _mm_xor_si128(round, word);
    }
}

/* The hash key times x (one bit to the left, and the polynomial added where one fell out), and its powers. */
INLINE void raise(struct gcm_key *key)
{
    const __m128i hash_key = reversed(encrypted(key, _mm_setzero_si128()));
    const __m128i fell_out = _mm_shuffle_epi32(_mm_srai_epi32(hash_key, 31), 0xFF);
    const __m128i polynomial = _mm_and_si128(fell_out, _mm_set_epi64x((long long)0xC200000000000000, 1));
    const __m128i carried = _mm_slli_si128(_mm_srli_epi64(hash_key, 63), 8);
    key->power[GROUP - 1] = _mm_xor_si128(_mm_or_si128(_mm_slli_epi64(hash_key, 1), carried), polynomial);
    for (int number = GROUP - 2; number >= 0; number--) {
        struct product product = nothing();
        multiply_add(&product, key->power[number + 1], key->power[GROUP - 1]);
        key->power[number] = reduced(product);
    }
}

NARROW struct gcm_key *gcm_key_new(const uint8_t *bytes, int wide)
{
    if (!__builtin_cpu_supports("aes") || !__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("avx"))
        return NULL;
    const size_t alignment = 64;
    struct gcm_key *key = aligned_alloc(alignment, (sizeof *key + alignment - 1) / alignment * alignment);
    if (key) {
        expand(key, bytes);
        raise(key);
        key->wide = wide && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vaes")
                    && __builtin_cpu_supports("vpclmulqdq");
    }
    return key;
}

void gcm_key_free(struct gcm_key *key)
{
    explicit_bzero(key, sizeof *key);
    free(key);
}

NARROW void gcm_seal(const struct gcm_key *key, const uint8_t iv_bytes[GCM_IV_BYTES], const uint8_t *header,
                     uint32_t header_length, uint8_t *text, uint32_t length)
{
    uint8_t iv_block[BLOCK] = {0};
    memcpy(iv_block, iv_bytes, GCM_IV_BYTES);
    const __m128i iv = load(iv_block);
    const uint32_t groups = length / GROUP_BYTES;
    uint32_t counter = 2;  /* 1 is the tag's */
    __m128i hash = _mm_setzero_si128();
    for (uint32_t at = 0; at < header_length; at += GROUP_BYTES)
        hash = hashed(key, hash, header + at, header_length - at < GROUP_BYTES ? header_length - at : GROUP_BYTES);
    hash = (key->wide ? groups_wide : groups_narrow)(key, iv, counter, hash, text, groups);
    counter += GROUP * groups;
    uint8_t *rest = text + GROUP_BYTES * groups, *end = text + length;
    uint8_t *at = rest;
    for (; end - at >= BLOCK; at += BLOCK)
        store(at, _mm_xor_si128(encrypted(key, counter_block(iv, counter++)), load(at)));
    if (at < end) {
        uint8_t block[BLOCK];
        store(block, _mm_xor_si128(encrypted(key, counter_block(iv, counter)), filled(at, end - at)));
        memcpy(at, block, end - at);
    }
    hash = hashed(key, hash, rest, end - rest);
    struct product sum = nothing();
    const __m128i lengths = _mm_set_epi64x(8LL * header_length, 8LL * length);
    multiply_add(&sum, _mm_xor_si128(hash, lengths), key->power[GROUP - 1]);
    store(end, _mm_xor_si128(reversed(reduced(sum)), encrypted(key, counter_block(iv, 1))));
}

#else

struct gcm_key *gcm_key_new(const uint8_t *bytes, int wide)
{
    (void)bytes, (void)wide;
    return NULL;
}

void gcm_key_free(struct gcm_key *key)
{
    (void)key;
}

void gcm_seal(const struct gcm_key *key, const uint8_t iv[GCM_IV_BYTES], const uint8_t *header, uint32_t header_length,
              uint8_t *text, uint32_t length)
{
    (void)key, (void)iv, (void)header, (void)header_length, (void)text, (void)length;
}

#endif
