// Several instruction sets in one file where the compiler and the machine know how; elsewhere one. The
// choice is made while the program is loaded, before the thread sanitizer could follow it.
#ifndef CK_CLONES_H
#define CK_CLONES_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CK_ONE_INSTRUCTION_SET
#endif
#endif

#if !defined(CK_CLONES) && defined(__x86_64__) && defined(__linux__) &&                            \
    !defined(CK_ONE_INSTRUCTION_SET) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#endif
#ifndef CK_CLONES
#define CK_CLONES
#endif

#endif
