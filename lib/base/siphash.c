/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/siphash.h"

/* The paper's parameters c and d. */
enum {
	ROUNDS_PER_WORD = 2,
	ROUNDS_AT_END = 4,
	WORD_SIZE = 8,
};

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void
sip_rounds(struct state *s, int count)
{
	for (int i = 0; i < count; i++) {
		s->v0 += s->v1;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v2 = rotate(s->v2, 32);
	}
}

static void
absorb(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	sip_rounds(s, ROUNDS_PER_WORD);
	s->v0 ^= word;
}

/* Up to WORD_SIZE bytes, the first in the lowest place. */
static uint64_t
little_endian(const char *bytes, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
	return word;
}

static uint64_t
squeeze(struct state *s)
{
	sip_rounds(s, ROUNDS_AT_END);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

struct siphash
siphash_of(struct siphash secret, struct span input)
{
	/* "somepseudorandomlygeneratedbytes", and 0xee for 128 bits. */
	struct state s = {
		secret.word[0] ^ UINT64_C(0x736f6d6570736575),
		secret.word[1] ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
		secret.word[0] ^ UINT64_C(0x6c7967656e657261),
		secret.word[1] ^ UINT64_C(0x7465646279746573),
	};
	size_t whole = input.len - input.len % WORD_SIZE;
	struct siphash hash;

	for (size_t i = 0; i < whole; i += WORD_SIZE)
		absorb(&s, little_endian(input.ptr + i, WORD_SIZE));
	absorb(&s,
	    (uint64_t)input.len << 56 |
		(whole < input.len
		        ? little_endian(input.ptr + whole, input.len - whole)
		        : 0));
	s.v2 ^= 0xee;
	hash.word[0] = squeeze(&s);
	s.v1 ^= 0xdd;
	hash.word[1] = squeeze(&s);
	return hash;
}
