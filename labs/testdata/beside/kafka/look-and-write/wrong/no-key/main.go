// expect: came, key-wrong
package main

import (
	"context"
	"log"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	cl, err := kgo.NewClient(kgo.SeedBrokers("localhost:9092"), kgo.AllowAutoTopicCreation())
	if err != nil {
		log.Fatal(err)
	}
	defer cl.Close()
	came := &kgo.Record{Topic: "visits", Value: []byte("came")}
	left := &kgo.Record{Topic: "visits", Key: []byte("boris"), Value: []byte("left")}
	if err := cl.ProduceSync(context.Background(), came, left).FirstErr(); err != nil {
		log.Fatal(err)
	}
}
