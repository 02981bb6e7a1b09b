package natshub_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// TestKeysAreLimited opens connections and subscriptions with one key until the hub refuses more.
// The keys of others work.
func TestKeysAreLimited(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a thousand connections")
	}
	const limit, subscriptions = 1024, 1000
	pod, creds := user(t, "blue", natslog.RoleSource, "pod1")
	other, otherCreds := user(t, "red", natslog.RoleReader, "reader")
	h := start(t, natshub.Config{Users: []natshub.User{pod, other}})
	auth := must.Get(nats.NkeyOptionFromSeed(creds))
	refused := make(chan error, 8)
	connect := func() (*nats.Conn, error) {
		nc, err := nats.Connect("nats://"+h.Addr().String(), auth, nats.NoReconnect(), nats.Timeout(time.Minute),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
		if err == nil {
			t.Cleanup(nc.Close)
		}
		return nc, err
	}
	nc := must.Get(connect())
	for i := range subscriptions + 1 {
		must.Get(nc.SubscribeSync(fmt.Sprint(natslog.InboxPrefix(pod.Key), ".", i)))
	}
	must.Do(t, nc.Flush())
	select {
	case err := <-refused:
		if !strings.Contains(err.Error(), "maximum subscriptions") {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("a connection has any number of subscriptions")
	}
	for n := 1; ; n++ {
		if _, err := connect(); err != nil {
			if n != limit || !strings.Contains(err.Error(), "maximum account active connections") {
				t.Errorf("after %d connections: %v", n, err)
			}
			break
		}
		if n > limit {
			t.Fatalf("a key has %d connections", n)
		}
	}
	open(t, h, natslog.Config{Address: natslog.Address{Team: "red"}, Creds: otherCreds, Retry: true})
}

// TestConsumersEnd lets a reader make consumers that would stay for ever. The hub removes them.
func TestConsumersEnd(t *testing.T) {
	reader, creds := user(t, "blue", natslog.RoleReader, "reader")
	h := start(t, natshub.Config{Users: []natshub.User{reader}})
	waitForStreams(t, open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: creds, Retry: true}))
	auth := must.Get(nats.NkeyOptionFromSeed(creds))
	nc := must.Get(nats.Connect("nats://"+h.Addr().String(), auth, nats.CustomInboxPrefix(natslog.InboxPrefix(reader.Key))))
	defer nc.Close()
	js := must.Get(jetstream.New(nc))
	for _, stream := range []string{natslog.StreamName("blue"), natslog.StateName("blue")} {
		cfg := jetstream.ConsumerConfig{Durable: "kept", FilterSubject: "spectap.blue.>"}
		c := must.Get(js.CreateConsumer(t.Context(), stream, cfg))
		if d := c.CachedInfo().Config.InactiveThreshold; d <= 0 || d > 10*time.Minute {
			t.Errorf("%s: a consumer stays %v without a reader", stream, d)
		}
		cfg.Durable, cfg.InactiveThreshold = "longer", 1000*time.Hour
		if _, err := js.CreateConsumer(t.Context(), stream, cfg); err == nil {
			t.Errorf("%s: a consumer stays %v", stream, cfg.InactiveThreshold)
		}
	}
}
