package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
)

func main() {
	h := sha256.Sum256([]byte("a"))
	fmt.Println(hex.EncodeToString(h[:4]))
	b := make([]byte, 8)
	binary.BigEndian.PutUint32(b[2:], 0xdeadbeef)
	fmt.Printf("% x\n", b)
	fmt.Println(base64.StdEncoding.EncodeToString(b), bytes.Equal(b, b))
	f := fnv.New32a()
	f.Write([]byte("key"))
	fmt.Println(f.Sum32() % 6)
	copy(b, "héllo")
	fmt.Println(b, string(b[:3]))
}
