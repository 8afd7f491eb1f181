// file_segment_test.cc: pieces of the file that are handed out, come back, and are handed out
// again.
#include <cstring>
#include <map>
#include <random>

#include <sys/stat.h>

#include "preload/recorder_fixture.h"

extern "C" {
#include "preload/file_space.h"
}

using recorder::Recorder;

namespace {

constexpr uint32_t kPage = 4096;

void *Nothing(void *) {
    return nullptr;
}

// Ends the child when something does not hold.
void Must(bool holds, int line) {
    if (!holds)
        _exit(line < 255 ? line : 254);
}
#define MUST(condition) Must((condition), __LINE__)

void MakeFile() {
    pthread_t thread;
    pthread_create(&thread, nullptr, Nothing, nullptr);
    pthread_join(thread, nullptr);
    MUST(tc_file.header != nullptr);
}

// Pieces in use, by offset.
using Pieces = std::map<uint64_t, tc_range>;

bool Overlaps(const Pieces &pieces, const tc_range &piece) {
    auto after = pieces.lower_bound(piece.offset);
    if (after != pieces.end() && after->first < piece.offset + piece.size)
        return true;
    return after != pieces.begin() &&
           std::prev(after)->first + std::prev(after)->second.size > piece.offset;
}

bool IsZero(const tc_range &piece) {
    for (uint32_t at = 0; at < piece.size; at++)
        if (piece.memory[at])
            return false;
    return true;
}

TEST_F(Recorder, PiecesAreWholeZeroAndApart) {
    int status = Run([] {
        MakeFile();
        std::mt19937 random(1);
        Pieces used;
        for (int i = 0; i < 20000; i++) {
            if (used.size() < 100 || random() % 2) {
                uint32_t size = (1 + random() % 16) * kPage, least = (1 + random() % 2) * kPage;
                tc_range piece;
                MUST(tc_file_carve(size, least < size ? least : size, &piece));
                MUST(piece.size >= (least < size ? least : size) && piece.size % kPage == 0);
                MUST(piece.alone || piece.size <= size);
                MUST(piece.offset + piece.size <= tc_file.end);
                MUST(!Overlaps(used, piece) && IsZero(piece));
                used[piece.offset] = piece;
                continue;
            }
            auto which = std::next(used.begin(), random() % used.size());
            tc_range piece = which->second, rest = piece;
            used.erase(which);
            uint32_t keep = random() % (piece.size / kPage + 1) * kPage;
            memset(piece.memory, 0xa5, keep);
            piece.size = keep;
            rest.memory += keep, rest.offset += keep, rest.size -= keep;
            tc_file_return(rest);
            if (keep)
                tc_file_written(piece);
        }
    });
    EXPECT_EQ(status, 0) << "line " << WEXITSTATUS(status);
}

// Many small pieces that came back do not make each larger one cost a new segment.
TEST_F(Recorder, SmallPiecesThatCameBackAreUsed) {
    int status = Run([] {
        MakeFile();
        tc_range pieces[500];
        for (tc_range &piece : pieces)
            MUST(tc_file_carve(4 * kPage, 4 * kPage, &piece));
        for (const tc_range &piece : pieces) {
            tc_file_written({piece.memory, piece.offset, kPage, piece.alone});
            tc_file_return({piece.memory + kPage, piece.offset + kPage, 3 * kPage, piece.alone});
        }
        uint64_t before = tc_file.end;
        for (int i = 0; i < 500; i++) {
            tc_range piece;
            MUST(tc_file_carve(4 * kPage, kPage, &piece));
            tc_file_written(piece);
        }
        MUST(tc_file.end - before <= 1 << 20); // what a segment may leave over
        for (int i = 0; i < 500; i++) {        // nothing fits, and nothing is lost
            tc_range piece;
            MUST(tc_file_carve(16 * kPage, 16 * kPage, &piece));
            tc_file_written(piece);
        }
        MUST(tc_file.end - before <= 500 * 16 * kPage + (2 << 20));
    });
    EXPECT_EQ(status, 0) << "line " << WEXITSTATUS(status);
}

} // namespace
