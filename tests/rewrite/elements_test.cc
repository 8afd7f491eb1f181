// elements_test.cc: instructions whose addresses stand in vector registers, masks, or the data:
// they do the same after they were rewritten, and exactly what they access is told of.  argv[1]:
// the shared object that elements.S is made of.
#include <dlfcn.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "preload/rewrite/rewrite.h"
}

namespace {

std::string file;
__thread struct tc_race_local local;

struct Piece {
    long offset;
    size_t size;
    bool write;
    bool operator<(const Piece &other) const { return offset < other.offset; }
    bool operator==(const Piece &other) const {
        return offset == other.offset && size == other.size && write == other.write;
    }
};
std::ostream &operator<<(std::ostream &out, const Piece &piece) {
    return out << (piece.write ? "w" : "r") << piece.offset << "+" << piece.size;
}

constexpr size_t kSize = 512;
struct Memory {
    alignas(64) uint8_t bytes[kSize], other[kSize];
} memory;
alignas(64) uint8_t indices[64], mask[64], result[64];
std::vector<Piece> told, atomics;

void Note(std::vector<Piece> *to, uintptr_t address, size_t size, bool write) {
    uintptr_t base = reinterpret_cast<uintptr_t>(&memory);
    if (address - base < sizeof memory)
        to->push_back({static_cast<long>(address - base), size, write});
}
bool NotQuick(uintptr_t, uint32_t, uintptr_t, uintptr_t) {
    return false;
}
void Access(uintptr_t address, size_t size, uint32_t access, struct tc_site) {
    Note(&told, address, size, access & TC_ACCESS_WRITE);
}
void Range(const void *address, size_t size, uint32_t access, struct tc_site) {
    Note(&told, reinterpret_cast<uintptr_t>(address), size, access & TC_ACCESS_WRITE);
}
void Before(uintptr_t address, size_t size, uint32_t access, struct tc_site) {
    Note(&atomics, address, size, access & TC_ACCESS_WRITE);
}
void After(uintptr_t address, size_t size, uint32_t access, struct tc_site) {
    Note(&atomics, address, size, access & TC_ACCESS_WRITE);
}

int32_t OffsetOf(const void *variable) {
    uintptr_t thread;
    __asm__("mov %%fs:0, %0" : "=r"(thread));
    return static_cast<int32_t>(reinterpret_cast<intptr_t>(variable) -
                                static_cast<intptr_t>(thread));
}

// One function of elements.S, what it is given, and what it must access.
using Function = long (*)(void *memory, const void *indices, const void *mask, void *result);
struct Case {
    const char *name;
    bool wide; // needs AVX-512
    std::vector<long> indices;
    unsigned index_size;
    std::vector<long> mask;
    unsigned mask_size;
    std::vector<Piece> accesses;
};

const std::vector<Case> cases = {
    {"gather_4_by_4",
     false,
     {0, 5, -1, 9, 20, 3, 1, 60},
     4,
     {-1, 0, -1, -1, 1, 0, 0, -1},
     4,
     {{8, 4, false}, {4, 4, false}, {44, 4, false}, {248, 4, false}}},
    {"gather_4_by_8",
     false,
     {3, 77, 100, 0},
     8,
     {-1, -1, 0, 0},
     4,
     {{3, 4, false}, {77, 4, false}}},
    {"gather_8_by_4", false, {7, 2, 1, 4}, 4, {0, 0, -1, -1}, 8, {{8, 8, false}, {32, 8, false}}},
    {"gather_16_wide",
     true,
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 50, 51, 52, -3, 54, 55},
     4,
     {0xa002},
     8,
     {{20, 4, false}, {4, 4, false}, {236, 4, false}}},
    {"scatter_8", true, {0, 9, 2, 3, 4, 5, 6, 31}, 4, {0x82}, 8, {{72, 8, true}, {248, 8, true}}},
    {"mask_load_4", false, {}, 4, {0, -1, -1, 0, 0, 0, 0, -1}, 4, {{8, 8, false}, {32, 4, false}}},
    {"mask_store_8", false, {}, 4, {0, -1, 0, -1}, 8, {{8, 8, true}, {24, 8, true}}},
    {"mask_store_bytes",
     false,
     {},
     4,
     {-1, 0, 0, 1, -128, -1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0},
     1,
     {{0, 1, true}, {4, 2, true}, {9, 1, true}}},
    {"masked_bytes",
     true,
     {},
     4,
     {static_cast<long>(0x8000000000000f01)},
     8,
     {{3, 1, true}, {11, 4, true}, {66, 1, true}}},
    {"masked_sum", true, {}, 4, {0x8003}, 8, {{0, 8, false}, {60, 4, false}}},
    {"masked_broadcast", true, {}, 4, {0x8000}, 8, {{12, 4, false}}},
    {"masked_broadcast", true, {}, 4, {0}, 8, {}},
    {"compress", true, {}, 4, {0x9010}, 8, {{8, 8, true}, {16, 4, true}}},
    {"bit_64", false, {-65}, 8, {}, 4, {{0, 8, false}}},
    {"bit_64", false, {1000}, 8, {}, 4, {{16 + 120, 8, false}}},
    {"bit_set_32", false, {-1}, 4, {}, 4, {{60, 4, true}}},
    {"bit_set_32", false, {67}, 4, {}, 4, {{72, 4, true}}},
    {"bit_change_16", false, {17}, 8, {}, 4, {{64 + 34 + 2, 2, true}}},
    {"bit_clear_flags", false, {100}, 8, {}, 4, {}},
    {"scan_words", false, {}, 4, {}, 4, {{0, 14, false}}},
    {"load_words", false, {}, 4, {}, 4, {{0, 8, false}, {8, 4, false}}},
};

class Elements : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        void *got =
            mmap(reinterpret_cast<void *>(TC_SHADOW_MAP), TC_SHADOW_SIZE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        ASSERT_EQ(got, reinterpret_cast<void *>(TC_SHADOW_MAP));
        local.base = TC_SHADOW_BASE + TC_SHADOW_PLANE;
        local.key = 1ull << 56 | 1ull << 32;
        library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        ASSERT_NE(library, nullptr) << dlerror();
        if (__builtin_cpu_supports("avx2"))
            for (const Case &one : cases)
                if (Runs(one))
                    alone.push_back(Outcome(one));
        compared = Compare("compare_bytes");
        compared_back = Compare("compare_back");
        host.modules = "*elements*";
        host.key_offset = OffsetOf(&local.key);
        host.base_offset = OffsetOf(&local.base);
        host.renew = NotQuick;
        host.quick = NotQuick;
        host.access = Access;
        host.range = Range;
        host.atomic_before = Before;
        host.atomic_after = After;
        rewriter = tc_rewriter();
        const char *why = "";
        ASSERT_TRUE(rewriter->begin(&host, &why)) << why;
        rewriter->run(&counts, TC_REWRITE_ALL, nullptr, 0);
    }
    static bool Runs(const Case &one) {
        return !one.wide ||
               (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512vl"));
    }
    static Function Find(const char *name) {
        return reinterpret_cast<Function>(dlsym(library, name));
    }
    static void Fill() {
        for (size_t i = 0; i < kSize; i++)
            memory.bytes[i] = memory.other[i] = static_cast<uint8_t>(i * 7 + 1);
        const uint16_t sought = 0x1234;
        memcpy(memory.bytes + 12, &sought, 2);
        for (size_t i = 0; i < sizeof result; i++)
            result[i] = static_cast<uint8_t>(200 - i);
    }
    // What it returns, and leaves in memory.
    static std::string Outcome(const Case &one) {
        Fill();
        memset(mask, 0, sizeof mask);
        for (size_t i = 0; i < one.indices.size(); i++)
            memcpy(indices + i * one.index_size, &one.indices[i], one.index_size);
        for (size_t i = 0; i < one.mask.size(); i++)
            memcpy(mask + i * one.mask_size, &one.mask[i], one.mask_size);
        told.clear();
        long value = Find(one.name)(memory.bytes, indices, mask, result);
        std::string all(reinterpret_cast<char *>(&memory), sizeof memory);
        bool returns = !strncmp(one.name, "bit", 3) || strstr(one.name, "words");
        return all + std::string(reinterpret_cast<char *>(result), sizeof result) +
               (returns ? std::to_string(value) : "");
    }
    static long Compare(const char *name) {
        Fill();
        memory.other[10] = 0;
        told.clear();
        return Find(name)(memory.bytes, nullptr, memory.other, nullptr);
    }
    static void *library;
    static std::vector<std::string> alone;
    static long compared, compared_back;
    static tc_rewrite_host host;
    static tc_rewrite_counts counts;
    static const struct tc_rewriter *rewriter;
};
void *Elements::library;
std::vector<std::string> Elements::alone;
long Elements::compared, Elements::compared_back;
tc_rewrite_host Elements::host;
tc_rewrite_counts Elements::counts;
const struct tc_rewriter *Elements::rewriter;

TEST_F(Elements, AreCovered) {
    EXPECT_EQ(counts.modules, 1u);
    EXPECT_EQ(counts.left[TC_WHY_CODE] + counts.left[TC_WHY_UNWIND] + counts.left[TC_WHY_SHORT],
              0u);
}

TEST_F(Elements, DoTheSameAndAreToldOf) {
    if (!__builtin_cpu_supports("avx2"))
        GTEST_SKIP() << "needs AVX2";
    size_t number = 0;
    for (const Case &one : cases) {
        if (!Runs(one))
            continue;
        EXPECT_EQ(Outcome(one), alone[number]) << one.name;
        number++;
        std::vector<Piece> want = one.accesses, have = told;
        std::stable_sort(want.begin(), want.end());
        std::stable_sort(have.begin(), have.end());
        std::vector<Piece> joined; // neighbours are one, however they are told of
        for (const Piece &piece : have) {
            Piece *last = joined.empty() ? nullptr : &joined.back();
            bool joins = last && last->write == piece.write && last->size + piece.size <= 8 &&
                         last->offset + static_cast<long>(last->size) == piece.offset;
            if (joins && (piece.offset & 7))
                last->size += piece.size;
            else
                joined.push_back(piece);
        }
        EXPECT_EQ(joined, want) << one.name << " case " << number;
    }
}

TEST_F(Elements, ACompareEndsWhereTheDataDiffer) {
    EXPECT_EQ(Compare("compare_bytes"), compared);
    std::sort(told.begin(), told.end());
    EXPECT_EQ(told, (std::vector<Piece>{{0, 11, false}, {static_cast<long>(kSize), 11, false}}));
    EXPECT_EQ(Compare("compare_back"), compared_back);
    std::sort(told.begin(), told.end());
    EXPECT_EQ(told,
              (std::vector<Piece>{{24, 12, false}, {static_cast<long>(kSize) + 24, 12, false}}));
}

TEST_F(Elements, ALockedBitIsAnAtomicOfItsWord) {
    Fill();
    const long bit = 64 * 3 + 5;
    memcpy(indices, &bit, sizeof bit);
    told.clear();
    atomics.clear();
    memory.bytes[64 + 24] &= static_cast<uint8_t>(~32);
    EXPECT_EQ(Find("bit_set_locked")(memory.bytes, indices, mask, result), 0);
    EXPECT_EQ(memory.bytes[64 + 24] & 32, 32);
    EXPECT_EQ(atomics, (std::vector<Piece>{{88, 8, true}, {88, 8, true}}));
    EXPECT_TRUE(told.empty());
}

} // namespace

int main(int argc, char **argv) {
    testing::InitGoogleTest(&argc, argv);
    file = argc > 1 ? std::string(argv[1][0] == '/' ? "" : "./") + argv[1] : "";
    return RUN_ALL_TESTS();
}
