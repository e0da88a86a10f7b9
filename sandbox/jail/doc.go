// Package jail puts processes where they can do no harm. It knows nothing of
// brokers, labs or programs; it is the one place that names kernel features.
//
// Read it in this order:
//
//	level.go     the three levels, and what each of them means
//	attr.go      parent side: the namespaces that a child is started in
//	command.go   parent side: the lab command as a child in a jail of its own
//	keeper.go    parent side: why children are started from one thread
//	streams.go   parent side: what stands in for /dev/null in a root without one
//	root.go      child side: an empty read-only root, with binds where asked
//	limits.go    child side: rlimits, capabilities, no_new_privs
//	files.go     child side: no descriptor is inherited but what is meant to be
//	landlock.go  child side: files and TCP ports, as far as the kernel has it
//	filter.go    child side: loads a seccomp filter
//	profile/     builds those filters; apart, so that programs need not link it
//
// Files that end in _other, and jail_other.go, are for systems without Linux's features: level C,
// where only wall time and output are limited.
package jail
