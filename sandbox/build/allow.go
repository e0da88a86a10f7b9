package build

import (
	"slices"
	"strings"
)

// A Package is one that a program may import.
type Package struct {
	Path string `json:"path"`
	Name string `json:"name"`
}

// Clients are the packages outside the standard library that a program may
// import: the broker clients and what their own signatures name.
var Clients = []string{
	"github.com/apache/pulsar-client-go/pulsar",
	"github.com/aws/aws-sdk-go-v2/aws",
	"github.com/aws/aws-sdk-go-v2/config",
	"github.com/aws/aws-sdk-go-v2/credentials",
	"github.com/aws/aws-sdk-go-v2/service/sqs",
	"github.com/aws/aws-sdk-go-v2/service/sqs/types",
	"github.com/eclipse/paho.mqtt.golang",
	"github.com/go-stomp/stomp/v3",
	"github.com/go-stomp/stomp/v3/frame",
	"github.com/rabbitmq/amqp091-go",
	"github.com/redis/go-redis/v9",
	"github.com/twmb/franz-go/pkg/kadm",
	"github.com/twmb/franz-go/pkg/kerr",
	"github.com/twmb/franz-go/pkg/kgo",
	"github.com/twmb/franz-go/pkg/kmsg",
}

// lockdownPath is imported by the generated file of every program.
const lockdownPath = "github.com/brokerlab/brokerlab/sandbox/lockdown"

// refusedStd are packages of the standard library that open a door or need a
// tool that is not in the pack.
var refusedStd = map[string]bool{
	"C": true, "unsafe": true, "plugin": true, "embed": true, "runtime/cgo": true,
}

// allowedStd reports whether a package of the standard library may be imported.
func allowedStd(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "internal" || part == "vendor" || part == "cmd" {
			return false
		}
	}
	return !refusedStd[path]
}

// isClient reports whether path is one of Clients.
func isClient(path string) bool { return slices.Contains(Clients, path) }

// closest gives up to three allowed paths that a student may have meant by path.
func closest(path string, allowed []Package) []string {
	type guess struct {
		path string
		far  int
	}
	var guesses []guess
	for _, p := range allowed {
		if far, ok := resemblance(path, p); ok {
			guesses = append(guesses, guess{p.Path, far})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return a.far - b.far })
	var near []string
	for _, g := range guesses[:min(3, len(guesses))] {
		near = append(near, g.path)
	}
	return near
}

// resemblance measures how far path is from an allowed package, 0 being the
// nearest. It is not ok when they have nothing in common.
func resemblance(path string, p Package) (far int, ok bool) {
	last := lastElem(path)
	switch {
	case known[path] == p.Path:
		return 0, true
	case strings.EqualFold(path, p.Path):
		return 0, true
	case isClient(p.Path) && sameRepository(path, p.Path):
		return 1, true
	case last == p.Name || last == lastElem(p.Path):
		return 2, true
	}
	limit := max(1, len(path)/6)
	if d := distance(path, p.Path, limit); d <= limit {
		return 2 + d, true
	}
	return 0, false
}

// known maps clients that people know from elsewhere to ours for the same broker.
var known = map[string]string{
	"github.com/streadway/amqp":                     "github.com/rabbitmq/amqp091-go",
	"github.com/segmentio/kafka-go":                 "github.com/twmb/franz-go/pkg/kgo",
	"github.com/IBM/sarama":                         "github.com/twmb/franz-go/pkg/kgo",
	"github.com/Shopify/sarama":                     "github.com/twmb/franz-go/pkg/kgo",
	"github.com/confluentinc/confluent-kafka-go":    "github.com/twmb/franz-go/pkg/kgo",
	"github.com/confluentinc/confluent-kafka-go/v2": "github.com/twmb/franz-go/pkg/kgo",
	"github.com/go-redis/redis":                     "github.com/redis/go-redis/v9",
	"github.com/go-redis/redis/v8":                  "github.com/redis/go-redis/v9",
	"github.com/go-redis/redis/v9":                  "github.com/redis/go-redis/v9",
	"github.com/gomodule/redigo/redis":              "github.com/redis/go-redis/v9",
	"github.com/aws/aws-sdk-go/service/sqs":         "github.com/aws/aws-sdk-go-v2/service/sqs",
	"github.com/go-stomp/stomp":                     "github.com/go-stomp/stomp/v3",
	"golang.org/x/exp/slices":                       "slices",
	"golang.org/x/exp/maps":                         "maps",
	"golang.org/x/net/context":                      "context",
	"github.com/pkg/errors":                         "errors",
	"github.com/sirupsen/logrus":                    "log/slog",
	"go.uber.org/zap":                               "log/slog",
}

// sameRepository compares host, owner and repository.
func sameRepository(a, b string) bool {
	as, bs := strings.SplitN(a, "/", 4), strings.SplitN(b, "/", 4)
	return len(as) >= 3 && len(bs) >= 3 && slices.Equal(as[:3], bs[:3])
}

// lastElem is the last element of an import path that is not a major version.
func lastElem(path string) string {
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = parts[len(parts)-2]
	}
	return last
}

// distance is the number of letters to change between a and b; anything over
// limit is reported as limit+1, so that a long hostile path costs little.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > 128 {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
