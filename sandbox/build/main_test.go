package build

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"testing"
)

// testPack is shared by all tests; the first run on a machine makes it.
var testPack *Pack

// testCache is where it is.
var testCache string

// TestMain plays the children when it is started as one, and otherwise makes
// the pack before the tests run.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case "check":
			os.Exit(CheckMain())
		case "build":
			os.Exit(BuildMain())
		}
	}
	var err error
	if testCache, err = cacheDir(); err != nil {
		log.Fatal(err)
	}
	testPack, err = MakePack(context.Background(), filepath.Join("..", ".."), testCache, nil)
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(m.Run())
}

// cacheDir is BROKERLAB_CACHE, else the user's cache, so that the pack is made
// once for all test runs.
func cacheDir() (string, error) {
	if dir := os.Getenv("BROKERLAB_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "brokerlab"), err
}
