package host

import "syscall"

// errAddrInUse is WSAEADDRINUSE, which package syscall does not have.
const errAddrInUse = syscall.Errno(10048)
