package main

import (
	"fmt"

	"github.com/go-stomp/stomp/v3"
	"github.com/go-stomp/stomp/v3/frame"
)

func main() {
	f := frame.New(frame.SEND, frame.Destination, "/queue/orders", frame.ContentType, "text/plain")
	f.Header.Add("priority", "9")
	fmt.Println(f.Command, f.Header.Get(frame.Destination), f.Header.Get("priority"), f.Header.Len())
	_, err := stomp.Dial("tcp", "127.0.0.1:1", stomp.ConnOpt.Login("guest", "guest"), stomp.ConnOpt.HeartBeat(0, 0))
	fmt.Println(err != nil)
	fmt.Println(stomp.AckClient, stomp.AckClientIndividual, stomp.ErrAlreadyClosed)
}
