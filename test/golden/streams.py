"""Random streams as src/core/rng.ts describes them, written a second time.

    python3 test/golden/streams.py > test/golden/streams.txt

sfc32 (Doty-Humphrey, PractRand); keys by rounds of MurmurHash3's mixing (Appleby 2011); normal numbers by the ziggurat
of 256 layers (Marsaglia and Tsang 2000, Doornik 2005). A different seed, key or draw here and there means that saved
runs can no longer be repeated.
"""
import json
from math import exp, log, sqrt

MASK = 0xFFFFFFFF
PI = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]  # the fraction of pi, where a seed's key starts


def rotate(word, by):
    return ((word << by) | (word >> (32 - by))) & MASK


def digest(key, name):
    text = f'#{name}' if isinstance(name, int) else f"'{name}"
    lanes = list(key)

    def absorb(word):
        for lane in range(4):
            k = (word ^ ((lane + 1) * 0x9E3779B9)) * 0xCC9E2D51 & MASK
            k = rotate(k, 15) * 0x1B873593 & MASK
            lanes[lane] = (rotate(lanes[lane] ^ k ^ lanes[(lane + 3) % 4], 13) * 5 + 0xE6546B64) & MASK

    for i, letter in enumerate(text):
        absorb((ord(letter) + i * 0x10001) & MASK)
    for extra in range(4):
        absorb(len(text) + extra)
    for lane in range(4):
        k = lanes[lane]
        k = (k ^ (k >> 16)) * 0x85EBCA6B & MASK
        k = (k ^ (k >> 13)) * 0xC2B2AE35 & MASK
        lanes[lane] = k ^ (k >> 16)
    return lanes


TAIL, AREA = 3.6541528853610088, 0.00492867323399


def density(x):
    return exp(-x * x / 2)


EDGES = [AREA / density(TAIL), TAIL]
while len(EDGES) < 256:
    EDGES.append(sqrt(-2 * log(AREA / EDGES[-1] + density(EDGES[-1]))))
EDGES.append(0.0)


class Stream:
    def __init__(self, key):
        self.key = key
        self.a, self.b, self.c, self.counter = key[0] ^ key[3], key[1], key[2], (1 + key[3]) & MASK
        for _ in range(15):
            self.word()

    def fork(self, name):
        return Stream(digest(self.key, name))

    def word(self):
        out = (self.a + self.b + self.counter) & MASK
        self.counter = (self.counter + 1) & MASK
        self.a = self.b ^ (self.b >> 9)
        self.b = (self.c + (self.c << 3)) & MASK
        self.c = (rotate(self.c, 21) + out) & MASK
        return out

    def uniform(self):
        return self.word() / 2**32

    def integer(self, n):
        while True:
            word = self.word()
            if word < 2**32 - 2**32 % n:
                return word % n

    def normal(self):
        while True:
            layer = self.word() & 255
            u = self.word() / 2**31 - 1
            x = u * EDGES[layer]
            if abs(x) < EDGES[layer + 1]:
                return x
            if layer == 0:
                while True:
                    beyond = -log(1 - self.uniform()) / TAIL
                    y = -log(1 - self.uniform())
                    if 2 * y > beyond**2:
                        return -(TAIL + beyond) if u < 0 else TAIL + beyond
            low, high = density(EDGES[layer]), density(EDGES[layer + 1])
            if low + self.uniform() * (high - low) < density(x):
                return x

    def permutation(self, n):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.integer(i + 1)
            order[i], order[j] = order[j], order[i]
        return order


def stream(seed, path):
    found = Stream(digest(PI, seed))
    for name in path:
        found = found.fork(name)
    return found


if __name__ == '__main__':
    print('# Made by: python3 test/golden/streams.py > test/golden/streams.txt')
    for seed in (0, 1, -7, 2**53 - 1, '1', 'environment', 'Δθ', ''):
        for path in ([], ['environment'], ['environment', 3], [3, 'environment']):
            def at():
                return stream(seed, path)

            words, whole, normals, shuffled = at(), at(), at(), at()
            print(json.dumps({
                'seed': seed, 'path': path,
                'words': [words.word() for _ in range(6)],
                'integers': [whole.integer(n) for n in (2, 6, 1000, 3 * 2**30, 2**32)],
                'normals': [normals.normal() for _ in range(40)],
                'permutation': shuffled.permutation(8),
            }))
    # far draws, where a rare branch would have shown
    far = stream('far', [])
    normals = [far.normal() for _ in range(50000)]
    print(json.dumps({'seed': 'far', 'beyond': [x for x in normals if abs(x) > TAIL], 'last': normals[-1]}))
