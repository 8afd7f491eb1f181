/* poison.h: makes a compile error of every libc call that a hook must not make.
 *
 * Include it last, after all system headers.  What allocates, locks, prints or looks symbols up may
 * be the program's own version, may take a lock that the program holds, or may call back into a
 * hook.  preload/sys.h has what may be used in their place.
 */
#ifndef TC_PRELOAD_POISON_H
#define TC_PRELOAD_POISON_H

#pragma GCC poison malloc calloc realloc reallocarray free strdup strndup asprintf vasprintf
#pragma GCC poison printf fprintf dprintf vprintf vfprintf sprintf snprintf vsnprintf puts fputs
#pragma GCC poison putchar fputc perror fopen fdopen fclose fread fwrite fflush getline
#pragma GCC poison dlsym dlopen dladdr backtrace
#pragma GCC poison setenv putenv unsetenv strerror strtok localtime gmtime strtod
#pragma GCC poison system popen fork vfork posix_spawn execv execve execvp
#pragma GCC poison abort exit

#endif
