#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/* The number of allocations of this process so far, by malloc and all its relatives; −1 where they
   cannot be counted, which is everywhere but with glibc. */
long allocation_count(void);

#endif
