/*
 * Stands before the C library's <threads.h> where librdkafka is built for AddressSanitizer, and cannot be compiled.
 *
 * The sanitizer is told of threads that pthread_create starts, and of no others: what is allocated on a thread from
 * thrd_create has no call stack and is never reported as a leak. librdkafka's configure tries <threads.h>, sees that it
 * does not work, and takes POSIX threads instead.
 */
#error "AddressSanitizer knows POSIX threads only"
