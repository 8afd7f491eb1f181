// rewrite_test.cc: functions give the same after they were rewritten, their accesses are told of,
// and addresses of clones lead back to the originals.  argv: shared objects made of subject.cc.
#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unwind.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "preload/rewrite/rewrite.h"
}
#include "tests/rewrite/subject.h"

namespace {

std::vector<std::string> files;

// What stands for the race core: remembers what it is told.
struct Told {
    uintptr_t address;
    size_t size;
    uint32_t access;
    struct tc_site site;
};
std::vector<Told> told;
long before, after, ranges;
__thread struct tc_race_local local;

bool NotQuick(uintptr_t, uint32_t, uintptr_t, uintptr_t) {
    return false;
}
void Access(uintptr_t address, size_t size, uint32_t access, struct tc_site site) {
    if (told.size() < 100000)
        told.push_back({address, size, access, site});
}
void Range(const void *, size_t, uint32_t, struct tc_site) {
    ranges++;
}
void Before(uintptr_t, size_t, uint32_t, struct tc_site) {
    before++;
}
void After(uintptr_t, size_t, uint32_t, struct tc_site) {
    after++;
}

int32_t OffsetOf(const void *variable) {
    uintptr_t thread;
    __asm__("mov %%fs:0, %0" : "=r"(thread));
    return static_cast<int32_t>(reinterpret_cast<intptr_t>(variable) -
                                static_cast<intptr_t>(thread));
}

// Frames as the program's own unwinder sees them.
std::vector<uintptr_t> frames;
_Unwind_Reason_Code AddFrame(_Unwind_Context *context, void *) {
    frames.push_back(_Unwind_GetIP(context));
    return _URC_NO_REASON;
}
void Walk() {
    frames.clear();
    _Unwind_Backtrace(AddFrame, nullptr);
    __asm__ volatile(""); // not a tail call: the first frame is this one
}

struct Loaded {
    std::string name;
    long (*call)(void (*)());
    std::vector<uintptr_t> frames;
    const Subject *subjects;
    void (*store)(long);
    long (*byte)(long);
    void (*set_byte)(long);
    unsigned char *bytes;
    void (*change)(long);
    void (*step)(long);
    void (*meet)(long);
    long *variable;
    uintptr_t begin;
    std::map<std::string, std::vector<long>> results;
};
std::vector<Loaded> loaded;
const struct tc_rewriter *rewriter;
tc_rewrite_host host;

__attribute__((noinline)) std::vector<uintptr_t> FramesIn(const Loaded &one) {
    one.call(Walk);
    return frames;
}

std::vector<long> ResultsOf(const Subject &subject) {
    std::vector<long> results;
    for (long i = 0; i < 60; i++)
        results.push_back(subject.function(i * 37 % 1000));
    return results;
}

class Rewrite : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        const size_t shadow = TC_SHADOW_SIZE;
        void *got = mmap(reinterpret_cast<void *>(TC_SHADOW_MAP), shadow, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        ASSERT_EQ(got, reinterpret_cast<void *>(TC_SHADOW_MAP));
        local.base = TC_SHADOW_BASE + TC_SHADOW_PLANE;
        local.key = 1ull << 56 | 1ull << 32;
        for (const std::string &file : files) {
            void *handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
            ASSERT_NE(handle, nullptr) << dlerror();
            Loaded one;
            one.name = file;
            one.subjects = static_cast<const Subject *>(dlsym(handle, "subjects"));
            one.store = reinterpret_cast<void (*)(long)>(dlsym(handle, "SubjectStore"));
            one.byte = reinterpret_cast<long (*)(long)>(dlsym(handle, "SubjectByte"));
            one.set_byte = reinterpret_cast<void (*)(long)>(dlsym(handle, "SubjectSetByte"));
            one.bytes = static_cast<unsigned char *>(dlsym(handle, "subject_bytes"));
            one.change = reinterpret_cast<void (*)(long)>(dlsym(handle, "SubjectChange"));
            one.step = reinterpret_cast<void (*)(long)>(dlsym(handle, "SubjectStep"));
            one.meet = reinterpret_cast<void (*)(long)>(dlsym(handle, "SubjectMeet"));
            one.call = reinterpret_cast<long (*)(void (*)())>(dlsym(handle, "SubjectCall"));
            one.variable = static_cast<long *>(dlsym(handle, "subject_variable"));
            ASSERT_TRUE(one.subjects && one.store && one.change && one.step && one.meet &&
                        one.call && one.variable && one.byte && one.set_byte && one.bytes);
            Dl_info info;
            ASSERT_NE(dladdr(reinterpret_cast<void *>(one.store), &info), 0);
            one.begin = reinterpret_cast<uintptr_t>(info.dli_fbase);
            for (const Subject *subject = one.subjects; subject->name; subject++)
                one.results[subject->name] = ResultsOf(*subject);
            one.frames = FramesIn(one);
            loaded.push_back(one);
        }
        host.modules = "*subject*";
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
        counts = {};
        rewriter->run(&counts, TC_REWRITE_ALL, nullptr, 0);
    }
    static tc_rewrite_counts counts;
};
tc_rewrite_counts Rewrite::counts;

TEST_F(Rewrite, CoversEveryModule) {
    EXPECT_EQ(counts.modules, files.size());
    EXPECT_EQ(counts.modules_left, 0u);
    EXPECT_GT(counts.checks, 100u);
    EXPECT_GT(counts.left[TC_WHY_CLONED], 20u * files.size());
    EXPECT_EQ(counts.left[TC_WHY_CODE], 0u);
    EXPECT_EQ(counts.left[TC_WHY_UNWIND], 0u);
}

TEST_F(Rewrite, FunctionsGiveTheSame) {
    for (const Loaded &one : loaded)
        for (const Subject *subject = one.subjects; subject->name; subject++)
            EXPECT_EQ(ResultsOf(*subject), one.results.at(subject->name))
                << one.name << " " << subject->name;
}

TEST_F(Rewrite, EntriesLeadToClones) {
    for (const Loaded &one : loaded) {
        const uint8_t *entry = reinterpret_cast<const uint8_t *>(one.store);
        if (entry[0] == 0xf3) // endbr64
            entry += 4;
        EXPECT_EQ(entry[0], 0xe9) << one.name;
    }
}

TEST_F(Rewrite, TellsOfAnAccessWithItsPlace) {
    for (const Loaded &one : loaded) {
        told.clear();
        one.store(77);
        EXPECT_EQ(*one.variable, 77);
        const Told *found = nullptr;
        for (const Told &each : told)
            if (each.address == reinterpret_cast<uintptr_t>(one.variable))
                found = &each;
        ASSERT_NE(found, nullptr) << one.name;
        EXPECT_EQ(found->size, sizeof(long));
        EXPECT_EQ(found->access, static_cast<uint32_t>(TC_ACCESS_WRITE | TC_ACCESS_PLAIN_MOVE));
        uintptr_t store = reinterpret_cast<uintptr_t>(one.store);
        EXPECT_GT(found->site.return_address, store);
        EXPECT_LT(found->site.return_address, store + 64);
    }
}

// A read that a write of the same place follows is told of by the write: once, as both.
TEST_F(Rewrite, TellsOfAReadAndItsWriteAtOnce) {
    for (const Loaded &one : loaded) {
        told.clear();
        one.store(5);
        one.change(4);
        EXPECT_EQ(*one.variable, 19);
        std::vector<uint32_t> accesses;
        for (const Told &each : told)
            if (each.address == reinterpret_cast<uintptr_t>(one.variable))
                accesses.push_back(each.access);
        const uint32_t write = TC_ACCESS_WRITE | TC_ACCESS_PLAIN_MOVE;
        EXPECT_TRUE(accesses == (std::vector<uint32_t>{write, write | TC_ACCESS_MODIFY}) ||
                    one.name.find("_o0") != std::string::npos)
            << one.name << " " << accesses.size();
    }
}

std::vector<uint32_t> ToldOf(const long *variable) {
    std::vector<uint32_t> accesses;
    for (const Told &each : told)
        if (each.address == reinterpret_cast<uintptr_t>(variable) && each.size == sizeof *variable)
            accesses.push_back(each.access);
    return accesses;
}

// Also where the pointer moves on by constants, or where others branch to the write.
TEST_F(Rewrite, KnowsAPlaceAfterItsPointerMovedOn) {
    const std::vector<uint32_t> both = {TC_ACCESS_WRITE | TC_ACCESS_PLAIN_MOVE | TC_ACCESS_MODIFY};
    for (const Loaded &one : loaded) {
        one.store(5);
        told.clear();
        one.step(4);
        EXPECT_EQ(*one.variable, 9);
        EXPECT_EQ(ToldOf(one.variable), both) << one.name;
        told.clear();
        one.meet(7);
        EXPECT_EQ(*one.variable, 16);
        EXPECT_EQ(ToldOf(one.variable), both) << one.name;
        told.clear();
        one.meet(2);
        EXPECT_EQ(*one.variable, 3);
        EXPECT_EQ(ToldOf(one.variable), both) << one.name;
    }
}

TEST_F(Rewrite, IsSilentOnceAThreadHasTheGranule) {
    for (const Loaded &one : loaded) {
        struct tc_granule *granule = tc_granule(reinterpret_cast<uintptr_t>(one.variable));
        *tc_cell(granule, 1) = local.key; // every byte read and written
        told.clear();
        one.store(78);
        for (const Told &each : told)
            EXPECT_NE(each.address, reinterpret_cast<uintptr_t>(one.variable)) << one.name;
        *tc_cell(granule, 1) = local.key | 0x00ff0000; // read only: a write is told of
        one.store(79);
        bool found = false;
        for (const Told &each : told)
            found |= each.address == reinterpret_cast<uintptr_t>(one.variable);
        EXPECT_TRUE(found) << one.name;
        *tc_cell(granule, 1) = 0;
    }
}

// Elements of an array of bytes, of which some or all were read.
TEST_F(Rewrite, KnowsWhichBytesOfAGranuleAThreadHas) {
    const uint32_t read = TC_ACCESS_PLAIN_MOVE, write = read | TC_ACCESS_WRITE;
    for (const Loaded &one : loaded) {
        const uintptr_t bytes = reinterpret_cast<uintptr_t>(one.bytes);
        auto told_by = [&](auto &&access, long i) {
            told.clear();
            access(i);
            std::vector<uint32_t> accesses;
            for (const Told &each : told)
                if (each.address == bytes + static_cast<uintptr_t>(i) && each.size == 1)
                    accesses.push_back(each.access);
            return accesses;
        };
        const std::vector<uint32_t> nothing, reads = {read}, writes = {write};
        uint64_t *cell = tc_cell(tc_granule(bytes), 1);
        *cell = local.key | (0x00ff00ff & ~0x42u); // bytes 1 and 6 were read
        for (long i = 0; i < 8; i++) {
            EXPECT_EQ(told_by(one.byte, i), i == 1 || i == 6 ? nothing : reads) << one.name << i;
            EXPECT_EQ(told_by(one.set_byte, i), writes) << one.name << i;
            EXPECT_EQ(one.byte(i), (i + 1) * 3) << one.name << i;
        }
        *cell = local.key | 0x00ff0000; // all were
        for (long i = 0; i < 8; i++) {
            EXPECT_EQ(told_by(one.byte, i), nothing) << one.name << i;
            EXPECT_EQ(told_by(one.set_byte, i), writes) << one.name << i;
        }
        *cell = local.key | 0x00df0000; // and byte 5 was written
        for (long i = 0; i < 8; i++)
            EXPECT_EQ(told_by(one.set_byte, i), i == 5 ? nothing : writes) << one.name << i;
        *cell = local.key;
        for (long i = 0; i < 8; i++)
            EXPECT_EQ(told_by(one.set_byte, i), nothing) << one.name << i;
        *cell = 0;
        EXPECT_EQ(told_by(one.byte, 3), reads) << one.name;
    }
}

TEST_F(Rewrite, TellsOfAtomicsAndRanges) {
    before = after = ranges = 0;
    for (const Loaded &one : loaded)
        for (const Subject *subject = one.subjects; subject->name; subject++)
            if (std::string(subject->name) == "atomics" || std::string(subject->name) == "strings")
                subject->function(5);
    EXPECT_EQ(before, after);
    EXPECT_GE(before, 3 * static_cast<long>(loaded.size()));
    EXPECT_GE(ranges, 3 * static_cast<long>(loaded.size()));
}

TEST_F(Rewrite, UnwindersPassThroughClones) {
    for (const Loaded &one : loaded) {
        std::vector<uintptr_t> now = FramesIn(one);
        ASSERT_GT(now.size(), 4u) << one.name;
        // Walk, SubjectCall, and who called that.
        EXPECT_NE(now[1], one.frames[1]) << one.name;
        EXPECT_EQ(rewriter->original(now[1], nullptr), one.frames[1]) << one.name;
        EXPECT_EQ(rewriter->returns_to(one.frames[1]), now[1]) << one.name;
    }
}

TEST_F(Rewrite, AddressesOfOthersAreTheirOwn) {
    uintptr_t here = reinterpret_cast<uintptr_t>(&OffsetOf);
    EXPECT_EQ(rewriter->original(here, nullptr), here);
    EXPECT_EQ(rewriter->returns_to(here), here);
}

TEST_F(Rewrite, AddressesOfClonesLeadToOriginals) {
    for (const Loaded &one : loaded) {
        const uint8_t *entry = reinterpret_cast<const uint8_t *>(one.store);
        if (entry[0] == 0xf3)
            entry += 4;
        int32_t distance;
        __builtin_memcpy(&distance, entry + 1, 4);
        uintptr_t clone = reinterpret_cast<uintptr_t>(entry) + 5 + static_cast<intptr_t>(distance);
        EXPECT_EQ(rewriter->original(clone, nullptr), reinterpret_cast<uintptr_t>(one.store));
    }
}

// Whether what is decoded by the short way is decoded the same by the long one, from each
// instruction of a module's code on; counts them.
int CompareDecoders(dl_phdr_info *info, size_t, void *count) {
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) &segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X))
            continue;
        const uint8_t *at = reinterpret_cast<const uint8_t *>(info->dlpi_addr + segment.p_vaddr);
        const uint8_t *end = at + segment.p_filesz;
        while (at + 15 < end) {
            struct tc_insn shorter, longer;
            memset(&longer, 0, sizeof longer);
            uint64_t room = static_cast<uint64_t>(end - at);
            bool known = tc_insn_decode_any(at, room, &longer);
            if (tc_insn_decode_short(at, room, &shorter)) {
                ++*static_cast<long *>(count);
                EXPECT_TRUE(known && memcmp(&shorter, &longer, sizeof longer) == 0)
                    << info->dlpi_name << std::hex << " " << reinterpret_cast<uintptr_t>(at) << ": "
                    << unsigned{at[0]} << " " << unsigned{at[1]} << " " << unsigned{at[2]};
                if (testing::Test::HasFailure())
                    return 1;
            }
            at += known ? longer.length : 1;
        }
    }
    return 0;
}

TEST(Decoder, ShortWaySaysWhatTheLongOneSays) {
    ASSERT_TRUE(tc_insn_begin());
    long count = 0;
    dl_iterate_phdr(CompareDecoders, &count);
    EXPECT_GT(count, 100000);
}

// What compilers hardly make: every prefix and opcode with every operand.
class AnyEncoding : public testing::TestWithParam<int> {};

TEST_P(AnyEncoding, IsDecodedTheSameBothWays) {
    ASSERT_TRUE(tc_insn_begin());
    const uint8_t sibs[] = {0x00, 0x24, 0x25, 0x65, 0xa4, 0xe5, 0xff};
    long count = 0;
    for (int rex = 0x3f; rex < 0x50; rex++)
        for (int escaped = 0; escaped < 2; escaped++)
            for (int opcode = 0; opcode < 256; opcode++)
                for (int operand = 0; operand < 256; operand++)
                    for (uint8_t sib : sibs) {
                        uint8_t code[24] = {}, *at = code;
                        if (GetParam())
                            *at++ = static_cast<uint8_t>(GetParam());
                        if (rex >= 0x40)
                            *at++ = static_cast<uint8_t>(rex);
                        if (escaped)
                            *at++ = 0x0f;
                        *at++ = static_cast<uint8_t>(opcode);
                        *at++ = static_cast<uint8_t>(operand);
                        *at++ = sib;
                        for (uint8_t next = 0x81; at < code + sizeof code; next += 13)
                            *at++ = next;
                        struct tc_insn shorter, longer;
                        if (!tc_insn_decode_short(code, sizeof code, &shorter))
                            continue;
                        count++;
                        memset(&longer, 0, sizeof longer);
                        bool known = tc_insn_decode_any(code, sizeof code, &longer);
                        ASSERT_TRUE(known && memcmp(&shorter, &longer, sizeof longer) == 0)
                            << std::hex << "prefix " << GetParam() << " rex " << rex << " escaped "
                            << escaped << " opcode " << opcode << " operand " << operand << " sib "
                            << unsigned{sib};
                    }
    EXPECT_GT(count, 1000);
}

INSTANTIATE_TEST_SUITE_P(Prefixes, AnyEncoding, testing::Values(0, 0x66, 0xf2, 0xf3));

} // namespace

int main(int argc, char **argv) {
    testing::InitGoogleTest(&argc, argv);
    for (int i = 1; i < argc; i++)
        files.push_back(argv[i][0] == '/' ? argv[i] : std::string("./") + argv[i]);
    return RUN_ALL_TESTS();
}
