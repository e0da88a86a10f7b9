package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// object reads a flag that holds a JSON object.
func (c *call) object(name string) (o row, ok bool) {
	if err := json.Unmarshal([]byte(c.or(name, "{}")), &o); err != nil || o == nil { // null is no object
		c.fail("Failed to parse JSON argument: %s is %s, expected an object", name, c.or(name, ""))
		return nil, false
	}
	return o, true
}

// truth reads a flag that says true or false.
func (c *call) truth(name string, otherwise bool) (value, ok bool) {
	switch c.or(name, fmt.Sprint(otherwise)) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	c.misusedText(fmt.Sprintf("invalid value '%s' for '--%s <%s>'\n  [possible values: true, false]", c.or(name, ""), name, strings.ReplaceAll(name, "-", "_")), "rabbitmqadmin [OPTIONS] <COMMAND>")
	return false, false
}

// declaration is what queues and exchanges have in common.
func (c *call) declaration() (body row, ok bool) {
	durable, ok := c.truth("durable", true)
	if !ok {
		return nil, false
	}
	autoDelete, ok := c.truth("auto-delete", false)
	if !ok {
		return nil, false
	}
	arguments, ok := c.object("arguments")
	return row{"durable": durable, "auto_delete": autoDelete, "arguments": arguments}, ok
}

func (c *call) declareExchange() int {
	body, ok := c.declaration()
	if !ok {
		return exitFlagsV2
	}
	body["type"] = c.or("type", "direct")
	_, code := c.askV2(http.MethodPut, at("exchanges", c.or("vhost", "/"), c.or("name", "")), body)
	return code
}

func (c *call) declareQueue() int {
	body, ok := c.declaration()
	if !ok {
		return exitFlagsV2
	}
	if kind := c.or("type", "classic"); kind != "classic" {
		body["arguments"].(row)["x-queue-type"] = kind
	}
	_, code := c.askV2(http.MethodPut, at("queues", c.or("vhost", "/"), c.or("name", "")), body)
	return code
}

// ends is the path between the two ends of a binding.
func (c *call) ends() (path string, ok bool) {
	kind := c.or("destination-type", "")
	if kind != "queue" && kind != "exchange" {
		c.misusedText(fmt.Sprintf("invalid value '%s' for '--destination-type <destination_type>': expected queue or exchange", kind), "rabbitmqadmin [OPTIONS] <COMMAND>")
		return "", false
	}
	return at("bindings", c.or("vhost", "/"), "e", c.or("source", ""), kind[:1], c.or("destination", "")), true
}

func (c *call) declareBinding() int {
	path, ok := c.ends()
	arguments, read := c.object("arguments")
	if !ok || !read {
		return exitFlagsV2
	}
	_, code := c.askV2(http.MethodPost, path, row{"routing_key": c.or("routing-key", ""), "arguments": arguments})
	return code
}

// deleteBinding looks for the binding of that key, since requests name it otherwise.
func (c *call) deleteBinding() int {
	path, ok := c.ends()
	if !ok {
		return exitFlagsV2
	}
	got, code := c.askV2(http.MethodGet, path, nil)
	if code != 0 {
		return code
	}
	bound, err := got.rows()
	if err != nil {
		c.fail("%s", err)
		return exitDataV2
	}
	bound = slices.DeleteFunc(bound, func(b row) bool { return text(b, "routing_key") != c.or("routing-key", "") })
	switch len(bound) {
	case 0:
		c.fail("API responded with a 404 Not Found")
		return exitDataV2
	case 1:
		_, code = c.askV2(http.MethodDelete, path+at(text(bound[0], "properties_key")), nil)
		return code
	}
	c.fail("multiple bindings match, cannot determine which binding to delete without explicitly provided binding properties")
	return exitUsageV2
}

func (c *call) declareVHost() int {
	_, code := c.askV2(http.MethodPut, at("vhosts", c.or("name", "")), row{"description": c.or("description", "")})
	return code
}

func (c *call) declareUser() int {
	password, hash := c.or("password", ""), c.or("password-hash", "")
	if (password == "") == (hash == "") {
		c.fail("Please provide either --password or --password-hash")
		return exitUsageV2
	}
	body := row{"tags": c.or("tags", "")}
	if hash != "" {
		body["password_hash"] = hash
	} else {
		body["password"] = password
	}
	_, code := c.askV2(http.MethodPut, at("users", c.or("name", "")), body)
	return code
}

func (c *call) declarePermissions() int {
	_, code := c.askV2(http.MethodPut, at("permissions", c.or("vhost", "/"), c.or("username", "")), row{
		"configure": c.or("configure", ""), "write": c.or("write", ""), "read": c.or("read", ""),
	})
	return code
}

func (c *call) declarePolicy() int {
	definition, ok := c.object("definition")
	if !ok {
		return exitDataV2
	}
	var priority json.Number = "0"
	if c.has("priority") {
		priority = json.Number(c.or("priority", ""))
	}
	_, code := c.askV2(http.MethodPut, at("policies", c.or("vhost", "/"), c.or("name", "")), row{
		"pattern": c.or("pattern", ""), "definition": definition, "priority": priority, "apply-to": c.or("apply-to", "all"),
	})
	return code
}

// deleteV2 deletes one thing of a kind.
func deleteV2(kind string) func(*call) int {
	return func(c *call) int {
		path := at(kind, c.or("vhost", "/"), c.or("name", c.or("username", "")))
		switch kind {
		case "vhosts", "users", "connections":
			path = at(kind, c.or("name", ""))
		}
		_, code := c.askV2(http.MethodDelete, path, nil)
		return code
	}
}

func (c *call) purgeQueue() int {
	_, code := c.askV2(http.MethodDelete, at("queues", c.or("vhost", "/"), c.or("name", ""), "contents"), nil)
	return code
}

func (c *call) publishMessage() int {
	properties, ok := c.object("properties")
	if !ok {
		return exitDataV2
	}
	payload := c.or("payload", "test")
	if file := c.or("payload-file", ""); file == "-" {
		data, err := io.ReadAll(io.LimitReader(c.io.In, maxAnswer))
		if err != nil {
			return exitDataV2 // it was interrupted
		}
		payload = string(data)
	} else if file != "" {
		c.fail("could not read message payload from `%s`: there are no files here", file)
		return exitDataV2
	}
	exchange := c.or("exchange", "")
	if exchange == "" {
		exchange = "amq.default"
	}
	got, code := c.askV2(http.MethodPost, at("exchanges", c.or("vhost", "/"), exchange, "publish"), row{
		"routing_key": c.or("routing-key", ""), "properties": properties, "payload": payload, "payload_encoding": "string",
	})
	if code == 0 {
		c.print("%s\n", map[bool]string{true: "Message published and routed successfully", false: "Message published but NOT routed"}[routed(got)])
	}
	return code
}

func (c *call) getMessages() int {
	mode := c.or("ack-mode", "ack_requeue_false")
	if !slices.Contains(ackModes, mode) {
		c.fail("Unsupported argument value for property (field) ack_mode")
		return exitUsageV2
	}
	got, code := c.askV2(http.MethodPost, at("queues", c.or("vhost", "/"), c.or("queue", ""), "get"), row{
		"count": c.or("count", "1"), "ackmode": mode, "encoding": "auto",
	})
	if code != 0 {
		return code
	}
	return c.table(got, messageColumns)
}

func (c *call) showEndpoint() int {
	c.print("Using endpoint: http://%s:%s/api\n", c.api.host, c.api.port)
	return 0
}
