package cli

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A formatter says how a record is printed.
type formatter struct {
	timestamp, key, offset, partition, headers, value bool
	separator, end, headersSep, null                  string
	keyOf, valueOf                                    deserializer
	logs, silent                                      bool
}

// A deserializer makes text of bytes. Errors: in Kafka's own words.
type deserializer func([]byte) (string, error)

// deserializers are those of Kafka, by the name of the class.
var deserializers = map[string]deserializer{
	"StringDeserializer":    func(b []byte) (string, error) { return string(b), nil },
	"ByteArrayDeserializer": func(b []byte) (string, error) { return string(b), nil },
	"ShortDeserializer":     number("ShortDeserializer", 2, func(n uint64) string { return strconv.Itoa(int(int16(n))) }),
	"IntegerDeserializer":   number("IntegerDeserializer", 4, func(n uint64) string { return strconv.Itoa(int(int32(n))) }),
	"LongDeserializer":      number("LongDeserializer", 8, func(n uint64) string { return strconv.FormatInt(int64(n), 10) }),
	"DoubleDeserializer": number("DoubleDeserializer", 8, func(n uint64) string {
		return strconv.FormatFloat(math.Float64frombits(n), 'f', -1, 64)
	}),
}

// number reads so many bytes, the highest first.
func number(name string, size int, text func(uint64) string) deserializer {
	return func(b []byte) (string, error) {
		if len(b) != size {
			return "", fmt.Errorf("org.apache.kafka.common.errors.SerializationException: Size of data received by %s is not %d", name, size)
		}
		var whole [8]byte
		copy(whole[8-size:], b)
		return text(binary.BigEndian.Uint64(whole[:])), nil
	}
}

// Where Kafka's classes are.
const (
	serialization = "org.apache.kafka.common.serialization."
	formatters    = "org.apache.kafka.tools.consumer."
)

// deserializerOf finds a class by its name.
func deserializerOf(class string) (deserializer, error) {
	if d, ok := deserializers[strings.TrimPrefix(class, serialization)]; ok {
		return d, nil
	}
	return nil, fmt.Errorf("java.lang.ClassNotFoundException: %s", class)
}

// formatterOf reads how records are to be printed. Errors: ClassNotFoundException.
func (c *call) formatterOf() (formatter, error) {
	f := formatter{value: true, separator: "\t", end: "\n", headersSep: ",", null: "null"}
	switch class := strings.TrimPrefix(c.last("formatter"), formatters); class {
	case "", "DefaultMessageFormatter":
	case "LoggingMessageFormatter":
		f.logs = true
	case "NoOpMessageFormatter":
		f.silent = true
	default:
		return f, fmt.Errorf("java.lang.ClassNotFoundException: %s", c.last("formatter"))
	}
	keyClass, valueClass := c.last("key-deserializer"), c.last("value-deserializer")
	for _, p := range append(c.given["property"], c.given["formatter-property"]...) {
		key, value, _ := strings.Cut(p, "=")
		yes := strings.TrimSpace(value) == "true"
		switch key {
		case "print.timestamp":
			f.timestamp = yes
		case "print.key":
			f.key = yes
		case "print.offset":
			f.offset = yes
		case "print.partition":
			f.partition = yes
		case "print.headers":
			f.headers = yes
		case "print.value":
			f.value = yes
		case "key.separator":
			f.separator = unescaped(value)
		case "line.separator":
			f.end = unescaped(value)
		case "headers.separator":
			f.headersSep = unescaped(value)
		case "null.literal":
			f.null = value
		case "key.deserializer":
			keyClass = value
		case "value.deserializer":
			valueClass = value
		}
	}
	var err error
	if f.keyOf, err = deserializerOf(cmp.Or(keyClass, "StringDeserializer")); err != nil {
		return f, err
	}
	f.valueOf, err = deserializerOf(cmp.Or(valueClass, "StringDeserializer"))
	return f, err
}

// line is a record in words. Errors: those of the deserializers.
func (f formatter) line(rec *kgo.Record) (string, error) {
	key, err := f.text(rec.Key, f.keyOf)
	if err != nil {
		return "", err
	}
	value, err := f.text(rec.Value, f.valueOf)
	if err != nil || f.silent {
		return "", err
	}
	var parts []string
	add := func(wanted bool, text string) {
		if wanted {
			parts = append(parts, text)
		}
	}
	stamp := "CreateTime:"
	if rec.Attrs.TimestampType() == 1 {
		stamp = "LogAppendTime:"
	}
	if f.logs {
		return fmt.Sprintf("%s%d, key:%s, value:%s\n", stamp, rec.Timestamp.UnixMilli(), key, value), nil
	}
	add(f.timestamp, stamp+strconv.FormatInt(rec.Timestamp.UnixMilli(), 10))
	add(f.partition, "Partition:"+strconv.Itoa(int(rec.Partition)))
	add(f.offset, "Offset:"+strconv.FormatInt(rec.Offset, 10))
	if f.headers {
		texts := make([]string, len(rec.Headers))
		for i, h := range rec.Headers {
			texts[i] = h.Key + ":" + string(h.Value)
		}
		text := strings.Join(texts, f.headersSep)
		if len(texts) == 0 {
			text = "NO_HEADERS"
		}
		add(true, text)
	}
	add(f.key, key)
	add(f.value, value)
	return strings.Join(parts, f.separator) + f.end, nil
}

func (f formatter) text(b []byte, read deserializer) (string, error) {
	if b == nil {
		return f.null, nil
	}
	return read(b)
}
