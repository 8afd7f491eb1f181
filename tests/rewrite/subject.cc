// subject.cc: functions of every shape that the rewriter must leave as they are: called before and
// after, they give the same.  Compiled several times with other options.
#include "tests/rewrite/subject.h"

#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

namespace {

__attribute__((noinline)) long Switch(long i) {
    switch (i % 14) {
    case 0:
        return 5;
    case 1:
        return i * 3;
    case 2:
        return i ^ 7;
    case 3:
        return i - 9;
    case 4:
        return 11;
    case 5:
        return i / 3;
    case 6:
        return 1;
    case 7:
        return i + i * i;
    case 8:
        return 44;
    case 9:
        return ~i;
    default:
        return 2;
    }
}

__attribute__((noinline)) long Computed(long i) {
    static const void *const labels[] = {&&add, &&twice, &&less, &&end};
    long value = i;
    int step = 0;
    goto *labels[i & 3];
add:
    value += 7;
    goto *labels[1 + (step++ & 1)];
twice:
    value *= 2;
    goto *labels[2 + (step++ & 1)];
less:
    value -= 3;
end:
    return value + step;
}

struct Counted {
    explicit Counted(long *count) : count(count) {}
    ~Counted() { ++*count; }
    long *count;
};

__attribute__((noinline)) long Throw(long i, long *count) {
    Counted counted(count);
    if (i % 3 == 0)
        throw std::runtime_error("r" + std::to_string(i));
    if (i % 5 == 0)
        throw i;
    return i;
}

__attribute__((noinline)) long Catch(long n) {
    long sum = 0, count = 0;
    for (long i = 1; i < n; i++) {
        try {
            Counted counted(&count);
            sum += Throw(i, &count);
        } catch (const std::exception &error) {
            sum += error.what()[1];
        } catch (long value) {
            sum -= value;
        }
    }
    return sum * 1000 + count;
}

__attribute__((noinline)) long Nested(long depth) {
    if (depth == 0)
        throw std::string("deep");
    try {
        return Nested(depth - 1);
    } catch (const std::string &text) {
        if (depth == 5)
            throw std::logic_error(text + "5");
        throw;
    }
}

__attribute__((noinline)) long Rethrow(long n) {
    try {
        return Nested(5 + n % 7);
    } catch (const std::logic_error &error) {
        return static_cast<long>(std::strlen(error.what()));
    }
}

jmp_buf place;

__attribute__((noinline)) void Leave(long value) {
    longjmp(place, static_cast<int>(value | 1));
}

__attribute__((noinline)) long Jump(long i) {
    volatile long kept = i;
    int got = setjmp(place);
    if (got == 0) {
        kept = kept + 5;
        Leave(kept);
    }
    return got + kept;
}

double numbers[64];

__attribute__((noinline)) long Vectors(long n) {
    double sum = 0;
    for (int i = 0; i < 64; i++)
        numbers[i] = i * 0.5;
    for (long k = 0; k < n % 50; k++)
        for (int i = 0; i < 64; i++) {
            numbers[i] = numbers[i] * 1.0001 + sum * 1e-9;
            sum += numbers[i];
        }
    return static_cast<long>(sum * 1000);
}

struct Fields {
    unsigned a : 3, b : 9;
    unsigned char c;
    short d;
    long e;
} fields;

__attribute__((noinline)) long Narrow(long i) {
    if (i == 0)
        fields = Fields();
    fields.a = i;
    fields.b += i;
    fields.c ^= i;
    fields.d = static_cast<short>(fields.d + i);
    fields.e = fields.a + fields.b + fields.c + fields.d;
    return fields.e;
}

char text[256];

__attribute__((noinline)) long Strings(long i) {
    size_t size = 100 + i % 100;
    char *to = text;
    const char *from = text + 20;
    std::memset(text, static_cast<int>('a' + i % 20), 200);
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    to = text;
    size = 3;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(size) : "a"(i) : "memory");
    return text[0] + text[40] + text[199] + (to - text);
}

long atomic_value;

__attribute__((noinline)) long Atomics(long i) {
    __atomic_add_fetch(&atomic_value, i, __ATOMIC_SEQ_CST);
    long expected = atomic_value;
    __atomic_compare_exchange_n(&atomic_value, &expected, i * 3, false, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
    return __atomic_exchange_n(&atomic_value, i, __ATOMIC_SEQ_CST) + atomic_value;
}

// Flags that live across an access to memory, which a check comes before.
long addend[4] = {1, -1, 3, 4};
__attribute__((noinline)) long Carry(long i) {
    unsigned long low = static_cast<unsigned long>(i) * 0x9e3779b97f4a7c15ul, high = 5;
    __asm__ volatile("add %2, %0\n mov 8(%3), %%r11\n adc %%r11, %1\n setc %%r11b\n"
                     "movzbl %%r11b, %%r11d\n add %%r11, %0"
                     : "+r"(low), "+r"(high)
                     : "r"(addend[2] << 40), "r"(addend)
                     : "r11", "cc", "memory");
    return static_cast<long>(low ^ high);
}

__attribute__((noinline)) long Loop(long i) {
    long sum = 0, count = 1 + i % 9;
    __asm__ volatile("1: add (%2), %0\n loop 1b" : "+r"(sum), "+c"(count) : "r"(addend) : "memory");
    __asm__ volatile("jrcxz 2f\n add $100, %0\n 2:" : "+r"(sum), "+c"(count));
    return sum;
}

// Below the stack pointer, with a check in between.
__attribute__((noinline)) long RedZone(long i) {
    long a[6];
    if (i == 0)
        addend[3] = 4;
    for (int k = 0; k < 6; k++)
        a[k] = addend[k & 3] + i;
    long sum = 0;
    for (int k = 0; k < 6; k++) {
        addend[3] = a[k] & 7;
        sum += a[5 - k] * addend[3];
    }
    return sum;
}

__attribute__((noinline)) long Fibonacci(long *calls, long n) {
    ++*calls;
    return n < 2 ? n : Fibonacci(calls, n - 1) + Fibonacci(calls, n - 2);
}

__attribute__((noinline)) long Recursion(long i) {
    long calls = 0;
    return Fibonacci(&calls, i % 12) + calls;
}

struct Base {
    virtual ~Base() {}
    virtual long Value(long i) const { return i; }
};
struct Derived : Base {
    long Value(long i) const override { return i * 7; }
};
Base base;
Derived derived;
const Base *objects[] = {&base, &derived};

__attribute__((noinline)) long Virtual(long i) {
    return objects[i & 1]->Value(i);
}

__attribute__((noinline)) long Alloca(long i) {
    char *memory = static_cast<char *>(__builtin_alloca(16 + i % 200));
    std::memset(memory, static_cast<int>(i), 16 + i % 200);
    return memory[i % 16];
}

typedef long Wide __attribute__((vector_size(32)));
__attribute__((noinline)) long Aligned(long i) {
    Wide wide = {i, i + 1, i + 2, i + 3};
    Wide *volatile pointer = &wide;
    *pointer += *pointer;
    return (*pointer)[i & 3];
}

} // namespace

extern "C" {
long subject_variable;
__attribute__((noinline)) void SubjectStore(long value) {
    subject_variable = value;
}

alignas(8) unsigned char subject_bytes[8];
__attribute__((noinline)) long SubjectByte(long i) {
    return subject_bytes[i] * 3;
}
__attribute__((noinline)) void SubjectSetByte(long i) {
    subject_bytes[i] = static_cast<unsigned char>(i + 1);
}

__attribute__((noinline)) // Reads and writes a place, whose pointer moves on in between; then goes
                          // over it once more.
                          void
                          SubjectStep(long value) {
    long *place = &subject_variable, sum;
    __asm__ volatile("mov (%0), %1\n add $8, %0\n add %2, %1\n mov %1, -8(%0)\n"
                     "lea -16(%0), %0\n mov 8(%0), %1\n dec %0\n mov 9(%0), %1"
                     : "+&r"(place), "=&r"(sum)
                     : "r"(value)
                     : "memory", "cc");
}

// The write is branched to, past the read, unless `value` is odd.
void SubjectMeet(long value) {
    long *place = &subject_variable, sum = 3;
    __asm__ volatile("test $1, %2\n jz 1f\n mov (%0), %1\n add %2, %1\n 1: mov %1, (%0)"
                     : "+&r"(place), "+&r"(sum)
                     : "r"(value)
                     : "memory", "cc");
}

void SubjectChange(long value) {
    long *variable = &subject_variable; // volatile: read, then written, each by an instruction
    long old = *const_cast<volatile long *>(variable);
    *const_cast<volatile long *>(variable) = old * 3 + value;
}

__attribute__((noinline)) long SubjectCall(void (*function)(void)) {
    subject_variable += 2; // so that the entry has room for a jump before the call
    function();
    return ++subject_variable;
}

const struct Subject subjects[] = {
    {"switch", Switch},       {"computed", Computed}, {"catch", Catch},   {"rethrow", Rethrow},
    {"jump", Jump},           {"vectors", Vectors},   {"narrow", Narrow}, {"strings", Strings},
    {"atomics", Atomics},     {"carry", Carry},       {"loop", Loop},     {"red zone", RedZone},
    {"recursion", Recursion}, {"virtual", Virtual},   {"alloca", Alloca}, {"aligned", Aligned},
    {nullptr, nullptr},
};
}
