// Package packfiles holds the compiler pack inside the brokerlab command that
// make dist builds, so that it needs no Go toolchain. In any other build it is
// empty, and the pack is made from the toolchain on PATH.
package packfiles

import (
	"embed"
	"io"
)

// data holds pack.tar.zst, which build.Pack.WriteArchive wrote, or only README.
//
//go:embed all:data
var data embed.FS

// Name is the file in this folder that make dist puts the archive into.
const Name = "data/pack.tar.zst"

// Open opens the archive for build.ReadArchive. It is not ok when this build has
// none.
func Open() (archive io.ReadCloser, ok bool) {
	f, err := data.Open(Name)
	if err != nil {
		return nil, false
	}
	return f, true
}
