// subject.h: what a subject of the rewriter's test exports.
#ifndef TC_TESTS_REWRITE_SUBJECT_H
#define TC_TESTS_REWRITE_SUBJECT_H

struct Subject {
    const char *name;
    long (*function)(long);
};

extern "C" {
extern const struct Subject subjects[]; // a row of nulls ends them
extern long subject_variable;
void SubjectStore(long value);
extern unsigned char subject_bytes[8];
long SubjectByte(long i);    // reads element i of these,
void SubjectSetByte(long i); // and writes it
void SubjectChange(long value);
void SubjectStep(long value);
void SubjectMeet(long value);
long SubjectCall(void (*function)(void));
}

#endif
