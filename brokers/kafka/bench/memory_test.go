package bench

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// BenchmarkMemory prints how much memory a stored record takes, its journal not counted. It
// measures once, in this process.
func BenchmarkMemory(b *testing.B) { measureMemory.Do(func() { memory(b) }) }

var measureMemory sync.Once

func memory(b *testing.B) {
	addrs, stop, err := startMiniature(1000)
	must(b, err)
	defer stop()
	p := &peer{name: "miniature", addrs: addrs}
	p.connect(b)
	topic := p.topic(b, partitions)
	stored := func(n int, size int) int64 {
		p.produce(b, topic, bytes.Repeat([]byte("x"), size), n)
		return heap()
	}
	before := stored(10_000, 10) // the client's and the journal's own are there from now on
	for _, size := range []int{100, 1024} {
		n := 60 << 20 / (size + 100)
		after := stored(n, size)
		fmt.Printf("memory: a record of %d B on three replicas takes %.0f B\n", size, float64(after-before)/float64(n))
		before = after
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
