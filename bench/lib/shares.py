"""Reads `perf script -F comm,ip,sym,dso` from standard input, and prints one line "SHARE<tab>PART" for each part of the program.

With a number N as argument it prints the N functions with the most samples instead, as "SHARE<tab>PART: FUNCTION".
A sample in user space counts where it is (the library of its innermost frame), a sample in the kernel counts by the system call.
"""
import collections
import re
import sys

PARTS = ["kernel: network", "kernel: files", "kernel: other (scheduler, futex, memory)", "OpenSSL and the C library", "SQLite", "runtime and GC", "compiling",
         "Kestrel and sockets", "MVC, routing, JSON and middleware", "DumbKV", "other managed code"]
NETWORK, FILES, KERNEL, OPENSSL, SQLITE, RUNTIME, COMPILING, KESTREL, MVC, DUMBKV, MANAGED = PARTS

FRAME = re.compile(r"\s*[0-9a-f]+ (.*) \((.*?)(?: \(deleted\))?\)$")
ASSEMBLY = re.compile(r"\[([A-Za-z_][\w.-]*)\] ?(?=[\w.<])")  # In the name of a compiled method: [System.Text.Json] System.Text.Json.…
CALLS_NETWORK = re.compile(r"^(__x64_sys_|__sys_|do_|)(sendto|sendmsg|recvfrom|recvmsg|accept4?|epoll_\w+|epoll|shutdown|setsockopt|socket)$|^(tcp_|ep_|sock_|net_rx)")
CALLS_FILES = re.compile(r"^__x64_sys_(p?writev?|p?readv?|pread64|pwrite64|fsync|fdatasync|openat|newfstatat|fstat|lseek|fcntl|ftruncate|fallocate|unlink|mmap|msync)$|^(vfs_|ext4_|xfs_|btrfs_|jbd2_|blk_)")

NATIVE = [  # the beginning of a library's file name
    ("libcrypto", OPENSSL), ("libssl", OPENSSL), ("libSystem.Security.Cryptography", OPENSSL), ("libc.", OPENSSL), ("libc-", OPENSSL),
    ("libm.", OPENSSL), ("ld-", OPENSSL), ("libpthread", OPENSSL), ("libe_sqlite3", SQLITE), ("libcoreclr", RUNTIME), ("libclrjit", COMPILING), ("libclr", RUNTIME),
    ("libSystem.", RUNTIME), ("libstdc++", RUNTIME), ("libgcc", RUNTIME), ("[vdso]", RUNTIME)]
MANAGED_PARTS = [  # the beginning of an assembly's name
    ("Microsoft.AspNetCore.Server.Kestrel", KESTREL), ("System.Net.Sockets", KESTREL), ("System.IO.Pipelines", KESTREL),
    ("Microsoft.AspNetCore.Connections", KESTREL), ("Microsoft.AspNetCore.", MVC), ("System.Text.Json", MVC), ("System.Text.Encodings", MVC),
    ("Microsoft.Extensions.", MVC), ("Microsoft.Net.Http", MVC), ("System.Threading.RateLimiting", MVC), ("DumbKv", DUMBKV), ("dumbkv", DUMBKV)]


def first(table, name, otherwise):
    return next((part for start, part in table if name.startswith(start)), otherwise)


def part_of(thread, frames):
    if thread.startswith(".NET Tiered"):
        return COMPILING
    function, library = frames[0]
    if library.startswith("[kernel") or library.startswith("[guest"):
        names = [name for name, where in frames if where.startswith("[kernel")]
        # The system call is the outermost frame that names one.
        for name in reversed(names):
            if CALLS_FILES.match(name):
                return FILES
            if CALLS_NETWORK.match(name):
                return NETWORK
        return KERNEL
    name = library.rsplit("/", 1)[-1]
    if name.endswith(".dll"):  # code that was compiled before the start (ReadyToRun)
        return first(MANAGED_PARTS, name, MANAGED)
    if name.startswith("perf-") or name in ("[unknown]", "//anon"):
        assembly = ASSEMBLY.search(function)
        # A stub or a helper of the runtime has no assembly.
        return first(MANAGED_PARTS, assembly.group(1), MANAGED) if assembly else RUNTIME
    return first(NATIVE, name, RUNTIME)


def samples(lines):
    thread, frames = "", []
    for line in lines:
        line = line.rstrip("\n")
        if line.startswith((" ", "\t")):
            frame = FRAME.match(line)
            if frame:
                frames.append(frame.groups())
        else:
            if frames:
                yield thread, frames
            frames = []
            if line:
                thread = line
    if frames:
        yield thread, frames


def main():
    parts, functions, total = collections.Counter(), collections.Counter(), 0
    for thread, frames in samples(sys.stdin):
        part = part_of(thread, frames)
        total += 1
        parts[part] += 1
        functions[part + ": " + frames[0][0] + (" in " + frames[0][1].rsplit("/", 1)[-1] if frames[0][0] == "[unknown]" else "")] += 1
    if len(sys.argv) > 1:
        for function, count in functions.most_common(int(sys.argv[1])):
            print(f"{count / total:.4f}\t{function}")
    else:
        for part in PARTS:
            print(f"{parts[part] / max(total, 1):.4f}\t{part}")


main()
