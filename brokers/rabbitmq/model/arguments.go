package model

import (
	"fmt"
	"strings"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

func inequivalent(name, what, received, current string) error {
	return Errorf(PreconditionFailed, "inequivalent arg '%s' for %s: received %s but current is %s", name, what, received, current)
}

// sameArgument refuses an argument that differs from the one of what is there.
func sameArgument(name, what string, current, received wire.Table) error {
	now, hadIt := current.Get(name)
	asked, hasIt := received.Get(name)
	if hadIt && hasIt && !sameValue(now, asked) {
		return inequivalent(name, what, fmt.Sprintf("'%v'", asked), fmt.Sprintf("'%v'", now))
	}
	if hadIt != hasIt {
		return inequivalent(name, what, argument(asked, hasIt), argument(now, hadIt))
	}
	return nil
}

// argument is an argument, or the lack of it, in RabbitMQ's words.
func argument(value any, ok bool) string {
	if !ok {
		return "none"
	}
	return fmt.Sprintf("the value '%v' of type '%s'", value, typeName(value))
}

// typeName is what RabbitMQ calls a type of field tables.
func typeName(value any) string {
	switch value.(type) {
	case string:
		return "longstr"
	case bool:
		return "bool"
	case int8:
		return "byte"
	case uint8:
		return "unsignedbyte"
	case int16:
		return "short"
	case uint16:
		return "unsignedshort"
	case int32:
		return "signedint"
	case uint32:
		return "unsignedint"
	case int64:
		return "long"
	case float32:
		return "float"
	case float64:
		return "double"
	case wire.Table:
		return "table"
	case []any:
		return "array"
	case wire.Timestamp:
		return "timestamp"
	case []byte:
		return "binary"
	}
	return "void"
}

// erlang writes a value as RabbitMQ's own language does.
func erlang(value any) string {
	switch v := value.(type) {
	case string:
		if v == "" {
			return "<<>>"
		}
		return `<<"` + strings.ReplaceAll(v, `"`, `\"`) + `">>`
	case nil:
		return "undefined"
	}
	return fmt.Sprint(value)
}
