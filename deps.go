//go:build deps

// Nothing builds this file. It keeps the modules that only tests, tools or the
// compiler pack of student programs use from being tidied away.

package brokerlab

import (
	_ "github.com/alecthomas/chroma/v2"
	_ "github.com/alecthomas/kong"
	_ "github.com/apache/pulsar-client-go/pulsar"
	_ "github.com/aws/aws-sdk-go-v2/aws"
	_ "github.com/aws/aws-sdk-go-v2/config"
	_ "github.com/aws/aws-sdk-go-v2/credentials"
	_ "github.com/aws/aws-sdk-go-v2/service/sqs"
	_ "github.com/chromedp/chromedp"
	_ "github.com/eclipse/paho.mqtt.golang"
	_ "github.com/elastic/go-seccomp-bpf"
	_ "github.com/fsnotify/fsnotify"
	_ "github.com/go-stomp/stomp/v3"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/labstack/echo/v4"
	_ "github.com/landlock-lsm/go-landlock/landlock"
	_ "github.com/mattn/go-sqlite3"
	_ "github.com/microcosm-cc/bluemonday"
	_ "github.com/pressly/goose/v3"
	_ "github.com/rabbitmq/amqp091-go"
	_ "github.com/redis/go-redis/v9"
	_ "github.com/twmb/franz-go/pkg/kadm"
	_ "github.com/twmb/franz-go/pkg/kgo"
	_ "github.com/yuin/goldmark"
	_ "github.com/yuin/goldmark-highlighting/v2"
	_ "go.abhg.dev/goldmark/frontmatter"
	_ "go.uber.org/goleak"
	_ "golang.org/x/net/html"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/text/language"
	_ "golang.org/x/tools/go/packages"
	_ "gopkg.in/yaml.v3"
	_ "oss.terrastruct.com/d2/d2lib"
	_ "pgregory.net/rapid"
)
