package natshub_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// TestHostilePod tries with the credentials of a source, and without our client, to publish for
// others, to delete, to read data of others and to change the streams. All is refused.
func TestHostilePod(t *testing.T) {
	pod, creds := user(t, "blue", natslog.RoleSource, "pod1")
	worker, workerCreds := user(t, "blue", natslog.RoleWorker, "worker")
	h := start(t, natshub.Config{Users: []natshub.User{pod, worker}})
	w := open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: workerCreds, Retry: true})
	waitForStreams(t, w)
	auth := must.Get(nats.NkeyOptionFromSeed(creds))
	refused := make(chan string, 10)
	nc := must.Get(nats.Connect("nats://"+h.Addr().String(), auth, nats.CustomInboxPrefix(natslog.InboxPrefix(pod.Key)),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err.Error() })))
	defer nc.Close()
	const flows, state = "SPECTAP_blue", "SPECTAP_blue_state"
	for _, subject := range []string{
		"spectap.blue.flows.3.pod2.01", "spectap.blue.flows.deletions", "spectap.blue.flows.3.import.01",
		"spectap.blue.state.marks.pod1.01", "spectap.blue.state.marks.pod2.01", "spectap.blue.state.sources.pod2.01", "spectap.blue.state.asks.pod2.01",
		"spectap.blue.state.heads.3", "spectap.blue.state.leases", "spectap.blue.parts.0.heads.3.0", "spectap.red.flows.3.pod1.01",
		"$JS.API.STREAM.DELETE." + flows, "$JS.API.STREAM.PURGE." + flows, "$JS.API.STREAM.UPDATE." + flows, "$JS.API.STREAM.INFO." + flows,
		"$JS.API.STREAM.MSG.GET." + flows, "$JS.API.STREAM.MSG.DELETE." + flows, "$JS.API.STREAM.LIST", "$JS.API.INFO",
		"$JS.API.DIRECT.GET." + flows, "$JS.API.DIRECT.GET." + state, "$JS.API.DIRECT.GET." + flows + ".spectap.blue.flows.3.pod2.01",
		"$JS.API.DIRECT.GET." + state + ".spectap.blue.state.marks.pod2.01", "$JS.API.DIRECT.GET." + state + ".spectap.blue.state.heads.3",
		"$JS.API.CONSUMER.CREATE." + flows + ".x", "$JS.API.CONSUMER.CREATE." + flows + ".x.spectap.blue.flows.>", "$JS.API.CONSUMER.DURABLE.CREATE." + flows + ".x",
		"$SYS.REQ.SERVER.PING", natslog.InboxPrefix(worker.Key) + ".x",
	} {
		must.Do(t, nc.Publish(subject, []byte("x")))
		must.Do(t, nc.Flush())
		select {
		case text := <-refused:
			if !strings.Contains(text, "Permissions Violation for Publish") {
				t.Errorf("publish to %s: %s", subject, text)
			}
		case <-time.After(time.Minute):
			t.Errorf("publish to %s is not refused", subject)
		}
	}
}

// TestForgedReplies lets a source ask for answers to be sent where it may not publish itself: to
// the blocks of others, to deletions, models, marks and leases, and to calls that delete streams.
// Nothing of it is stored or deleted. Another key of the source, as while keys are replaced, sends.
func TestForgedReplies(t *testing.T) {
	pod, creds := user(t, "blue", natslog.RoleSource, "pod1")
	newer, newerCreds := user(t, "blue", natslog.RoleSource, "pod1")
	worker, workerCreds := user(t, "blue", natslog.RoleWorker, "worker")
	h := start(t, natshub.Config{Users: []natshub.User{pod, newer, worker}})
	w := open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: workerCreds, Retry: true})
	waitForStreams(t, w)
	mine := open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: creds, Retry: true})
	const source, other = "pod1.01", "pod2.01"
	at := must.Get(mine.Append(t.Context(), &relay.Entry{Source: source, Last: 1, Data: []byte("forged")}, 0))
	auth := must.Get(nats.NkeyOptionFromSeed(creds))
	nc := must.Get(nats.Connect("nats://"+h.Addr().String(), auth, nats.CustomInboxPrefix(natslog.InboxPrefix(pod.Key))))
	defer nc.Close()
	const flows, state = "SPECTAP_blue", "SPECTAP_blue_state"
	own := fmt.Sprintf("spectap.blue.flows.%d.%s", relay.Partition(source), source)
	asked := map[string]string{
		"the answer to a question":                     "$JS.API.DIRECT.GET." + flows + "." + own,
		"the answer that there is nothing":             "$JS.API.DIRECT.GET." + state + ".spectap.blue.state.marks." + source,
		"the acknowledgement of a status":              "spectap.blue.state.sources." + source,
		"the acknowledgement of the end of a request":  "spectap.blue.state.asks." + source,
		"the refusal of a block that follows no other": own,
	}
	for name, subject := range asked {
		for _, reply := range []string{
			fmt.Sprintf("spectap.blue.flows.%d.%s", relay.Partition(other), other), "spectap.blue.flows." + relay.Deletions,
			"spectap.blue.state.heads.3", "spectap.blue.state.leases", "spectap.blue.state.marks." + source, "spectap.blue.state.sources." + other,
			"$JS.API.STREAM.PURGE." + flows, "$JS.API.STREAM.DELETE." + state,
		} {
			m := nats.NewMsg(subject)
			m.Reply = reply
			if subject == own {
				m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "99")
			}
			if err := nc.PublishMsg(m); err != nil {
				t.Fatalf("%s to %s: %v", name, reply, err)
			}
		}
		if _, err := nc.Request(subject, nil, time.Minute); err != nil { // the server has answered what came before it
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, key := range []string{"heads/", "leases", "marks/"} {
		if vs, err := w.Get(t.Context(), key); err != nil || len(vs) > 0 {
			t.Errorf("%s: %v, %v", key, vs, err)
		}
	}
	if list, err := relay.Statuses(t.Context(), w); err != nil || len(list) != 1 || list[0].Source != source {
		t.Errorf("statuses: %+v, %v", list, err)
	}
	last, err := mine.Newest(t.Context(), source)
	must.Do(t, err)
	second := open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: newerCreds, Retry: true})
	if at, err = second.Append(t.Context(), &relay.Entry{Source: source, After: 1, Last: 2, Data: []byte("more")}, last.Position); err != nil {
		t.Fatalf("another key of the source: %v", err)
	}
	for e, err := range w.Entries(t.Context(), -1, 0) {
		if err != nil || e.Source != "" && e.Source != source {
			t.Errorf("stored as a block of %q: %q, %v", e.Source, e.Data, err)
		}
		if err != nil || e.Position >= at {
			break
		}
	}
}

// TestWrongPartition checks that a source cannot be learned by the workers of several partitions.
func TestWrongPartition(t *testing.T) {
	h := start(t, natshub.Config{})
	l := open(t, h, natslog.Config{})
	ctx := t.Context()
	nc := must.Get(nats.Connect("nats://" + h.Addr().String()))
	defer nc.Close()
	js := must.Get(jetstream.New(nc))
	const source = "pod1.00000001"
	const team = "team"
	wrong := (relay.Partition(source) + 1) % relay.Partitions
	for _, subject := range []string{
		fmt.Sprintf("spectap.%s.flows.%d.%s", team, wrong, source), fmt.Sprintf("spectap.%s.flows.%d.%s.more", team, wrong, source),
		fmt.Sprintf("spectap.%s.flows.x.%s", team, source), fmt.Sprintf("spectap.%s.flows.0%d.%s", team, relay.Partition(source), source),
	} {
		m := nats.NewMsg(subject)
		m.Header.Set("Spectap-After", "0")
		m.Header.Set("Spectap-Last", "1")
		m.Data = []byte("x")
		must.Get(js.PublishMsg(ctx, m))
	}
	pos := must.Get(l.Append(ctx, &relay.Entry{Source: source, Last: 1, Data: []byte("right")}, 0))
	for e, err := range l.Entries(ctx, -1, 0) {
		must.Do(t, err)
		if e.Source != "" && string(e.Data) != "right" {
			t.Errorf("%v is read: %s", &e, e.Data)
		}
		if e.Position == pos {
			break
		}
	}
	if _, err := l.Append(ctx, &relay.Entry{Source: source, Last: 1}, 0); !errors.Is(err, relay.ErrConflict) {
		t.Errorf("an append after none: %v", err)
	}
}

// TestUnreadableMessages publishes messages of a source that our client never sends. Who lists the
// values of all sources gets those of others, and the newest entry of the source has no numbers.
func TestUnreadableMessages(t *testing.T) {
	h := start(t, natshub.Config{})
	l := open(t, h, natslog.Config{})
	ctx := t.Context()
	nc := must.Get(nats.Connect("nats://" + h.Addr().String()))
	defer nc.Close()
	js := must.Get(jetstream.New(nc))
	must.Get(l.Put(ctx, "sources/pod1.01", relay.Anything, []byte(`{"recorded":2}`)))
	for _, data := range []string{"", "\x00noise", "\x01", "\x01\x00\x01\x01abcd", "\x77"} {
		must.Get(js.Publish(ctx, "spectap.team.state.sources.pod2.02", []byte(data)))
		if list, err := relay.Statuses(ctx, l); err != nil || len(list) != 2 || list[0].Recorded != 2 || list[1].Source != "pod2.02" {
			t.Errorf("%q: %+v, %v", data, list, err)
		}
	}
	const source = "pod2.02"
	ack := must.Get(js.Publish(ctx, fmt.Sprintf("spectap.team.flows.%d.%s", relay.Partition(source), source), []byte("x")))
	if e, err := l.Newest(ctx, source); err != nil || e.Position != relay.Position(ack.Sequence) || e.After != 0 || e.Last != 0 {
		t.Errorf("the newest entry is %v, %v", &e, err)
	}
	if _, err := l.Append(ctx, &relay.Entry{Source: source, Last: 1, Data: []byte("y")}, relay.Position(ack.Sequence)); err != nil {
		t.Errorf("the source cannot go on: %v", err)
	}
}
