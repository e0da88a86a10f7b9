package main

import (
	"fmt"
	"net/url"
)

func main() {
	u, err := url.Parse("amqp://guest:guest@localhost:5672/vh?heartbeat=10&x=a%20b")
	fmt.Println(u.Host, u.Port(), u.User.Username(), u.Query().Get("heartbeat"), u.Query()["x"], err)
	v := url.Values{}
	v.Set("b", "2")
	v.Add("a", "1")
	fmt.Println(v.Encode())
}
