package containers

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// An Image says how a broker is started.
type Image struct {
	Ref    string        // with its tag, pinned
	Env    []string      // NAME=value
	Port   int           // where the broker's protocol is spoken
	Admin  int           // its management API; 0 for none
	Memory int64         // limit in bytes
	Pids   int64         // limit of processes and threads
	Wait   time.Duration // how long it may take until it speaks
	Tested bool          // this project's own tests have been run against Ref
	hello  hello         // how its protocol begins
}

// defaults are the images that stand for brokers where nobody says otherwise.
//
// Tested says where our own tests were run. The official image is configuration:
// it is what a site with a network would use, and it was not run here. The tests
// run against brokerlab/rabbitmq-test:bookworm, which testimage/build makes of
// Debian's rabbitmq-server 3.10.8; name it with --image rabbitmq=NAME or
// BROKERLAB_IMAGE_RABBITMQ.
var defaults = map[string]Image{
	"rabbitmq": {
		Ref:  "rabbitmq:4.3-management", // untested
		Port: 5672, Admin: 15672, Memory: 1 << 30, Pids: 512, Wait: 90 * time.Second,
		Env: []string{
			"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 2:2 +sbwt none", // two schedulers that do not spin while idle
		},
		hello: amqp,
	},
}

// TestImage is what testimage/build makes, and what the tests run against.
const TestImage = "brokerlab/rabbitmq-test:bookworm"

// tested are the references that our tests have been run against.
var tested = []string{TestImage}

// Images holds the image of each broker by the broker's name.
type Images map[string]Image

// Configure returns the images to use: the defaults, changed by the environment
// (BROKERLAB_IMAGE_RABBITMQ=NAME) and then by overrides, each "broker=NAME" as
// --image takes it. Error: an override of what is no broker here, or without a name.
func Configure(overrides []string) (Images, error) {
	images := Images(maps.Clone(defaults))
	for name := range images {
		if ref := os.Getenv("BROKERLAB_IMAGE_" + strings.ToUpper(name)); ref != "" {
			images.set(name, ref)
		}
	}
	for _, o := range overrides {
		name, ref, ok := strings.Cut(o, "=")
		if _, known := images[name]; !ok || !known || ref == "" {
			known := slices.Sorted(maps.Keys(defaults))
			return nil, fmt.Errorf("image %q: want BROKER=NAME, where BROKER is one of %s", o, strings.Join(known, ", "))
		}
		images.set(name, ref)
	}
	return images, nil
}

func (im Images) set(name, ref string) {
	image := im[name]
	image.Ref, image.Tested = ref, slices.Contains(tested, ref)
	im[name] = image
}

// split takes a reference apart into what docker calls repository and tag.
func split(ref string) (repository, tag string) {
	if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		return ref[:i], ref[i+1:]
	}
	return ref, "latest"
}
