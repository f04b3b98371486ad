/* AES-128-GCM, encryption only, by the processor's own instructions; see gcm.c. */
#ifndef DIEMCAU_GCM_H
#define DIEMCAU_GCM_H

#include <stdint.h>

enum { GCM_IV_BYTES = 12, GCM_TAG_BYTES = 16 };

/* A key that is ready for use. */
struct gcm_key;

/* Of 16 bytes; ``wide``: two blocks an instruction, where the processor can. NULL where it has not even the instructions for one,
 * or no memory is left. */
struct gcm_key *gcm_key_new(const uint8_t *bytes, int wide);

/* Forget a key. */
void gcm_key_free(struct gcm_key *key);

/* Encrypt ``length`` bytes at ``text`` in place, and write the tag behind them. ``header`` is only authenticated. No two texts may
 * have the same ``iv`` under one key. */
void gcm_seal(const struct gcm_key *key, const uint8_t iv[GCM_IV_BYTES], const uint8_t *header, uint32_t header_length,
              uint8_t *text, uint32_t length);

#endif
