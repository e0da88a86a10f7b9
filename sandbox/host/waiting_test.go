package host

import "testing"

func TestWaiting(t *testing.T) {
	const consume = `goroutine 1 gp=0x1 m=nil [select]:
runtime.gopark(0x0?)
	/usr/local/go/src/runtime/proc.go:462 +0xce
runtime.selectgo(0x1)
	/usr/local/go/src/runtime/select.go:351 +0x8a5
github.com/rabbitmq/amqp091-go.(*Channel).call(0x1, {0x2, 0x3})
	/pack/channel.go:186 +0x2b
github.com/rabbitmq/amqp091-go.(*Channel).Consume(0x1, {0x2, 0x3})
	/pack/channel.go:1150 +0x17
main.work(...)
	main.go:21
main.main()
	/src/main.go:9 +0x1d
`
	const sleep = `goroutine 1 [sleep]:
time.Sleep(0x1)
	/usr/local/go/src/runtime/time.go:300 +0x1
main.main()
	/src/main.go:9 +0x1d
`
	const helper = `goroutine 20 [chan receive]:
main.worker(0x1)
	/src/worker.go:30 +0x1
created by main.main in goroutine 1
	/src/main.go:8 +0x1
`
	for _, tt := range []struct{ name, dump, want string }{
		{"nothing", "", ""},
		{"no dump", "hello\nworld\n\ngoroutine", ""},
		{"a client call, through the student's own functions", consume, "amqp.(*Channel).Consume at main.go:21"},
		{"the standard library", sleep, "time.Sleep at main.go:9"},
		{"a channel", helper, "chan receive at worker.go:30"},
		{"a client call before the main goroutine", sleep + "\n" + "goroutine 30 [select]:\n" + consume[len("goroutine 1 gp=0x1 m=nil [select]:\n"):], "amqp.(*Channel).Consume at main.go:21"},
		{"the main goroutine before others", helper + "\n" + sleep, "time.Sleep at main.go:9"},
		{"running", "SIGQUIT: quit\nPC=0x1\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:9 +0x1\n", "running at main.go:9"},
		{"running where nobody sees", "goroutine 1 [running]:\n\tgoroutine running on other thread; stack unavailable\n", ""},
		{"running before a client call", "goroutine 7 [running]:\nmain.spin()\n\t/src/main.go:9 +0x1\n\n" + consume, "running at main.go:9"},
		{"only the client's own goroutines", "goroutine 7 [IO wait]:\nnet.Read(0x1)\n\t/x/net.go:1 +0x1\ncreated by main.main in goroutine 1\n\t/src/main.go:9 +0x1\n", ""},
		{"a version in the path", "goroutine 1 [IO wait]:\ngithub.com/redis/go-redis/v9.(*Client).BLPop(0x1)\n\t/x/c.go:1 +0x1\nmain.main()\n\t/src/main.go:5 +0x1\n", "redis.(*Client).BLPop at main.go:5"},
		{"another version in the path", "goroutine 1 [IO wait]:\ngithub.com/go-stomp/stomp/v3.(*Conn).Send(0x1)\n\t/x/c.go:1 +0x1\nmain.main()\n\t/src/main.go:5 +0x1\n", "stomp.(*Conn).Send at main.go:5"},
		{"a dot in the last element", "goroutine 1 [IO wait]:\ngithub.com/eclipse/paho%2emqtt%2egolang.(*client).Connect(0x1)\n\t/x/c.go:1 +0x1\nmain.main()\n\t/src/main.go:5 +0x1\n", "mqtt.(*client).Connect at main.go:5"},
	} {
		if got := Waiting(tt.dump); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// FuzzWaiting reads what a hostile program may print in place of a dump.
func FuzzWaiting(f *testing.F) {
	f.Add("goroutine 1 [sleep]:\ntime.Sleep(0x1)\n\t/x/time.go:300 +0x1\nmain.main()\n\t/src/main.go:9 +0x1\n")
	f.Add("goroutine 1 [\x00]:\nmain.\n\t.go:1")
	f.Fuzz(func(t *testing.T, dump string) {
		if got := Waiting(dump); len(got) > len(dump)+8 {
			t.Errorf("%d bytes from %d", len(got), len(dump))
		}
	})
}
