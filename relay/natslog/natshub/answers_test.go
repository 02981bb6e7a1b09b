package natshub_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// Names of the team that TestAnswers attacks.
const (
	blueFlows, blueState = "SPECTAP_blue", "SPECTAP_blue_state"
	blueAPI              = "$JS.API."
	mineSource           = "pod1.01" // of the attacker, if it is a source
	otherSource          = "pod2.01"
	otherConsumer        = "theirs"
)

// TestAnswers attacks the log of a team with a key of each role. Every subject that the role may
// publish to gets requests whose answers, traces or deliveries are to go where the role may not
// publish: to calls that delete or change streams, messages and consumers, to blocks, values and
// inboxes of others. The streams, their messages and consumers stay as they are.
func TestAnswers(t *testing.T) {
	for role, name := range map[natslog.Role]string{
		natslog.RoleSource: "pod1", natslog.RoleReader: "reader", natslog.RoleWorker: "worker", natslog.RoleEditor: "editor",
	} {
		t.Run(string(role), func(t *testing.T) { testAnswers(t, role, name) })
	}
}

func testAnswers(t *testing.T, role natslog.Role, name string) {
	attacker, creds := user(t, "blue", role, name)
	other, otherCreds := user(t, "blue", natslog.RoleWorker, "other")
	admin, adminCreds := user(t, "blue", natslog.RoleAdmin, "admin")
	h := start(t, natshub.Config{Users: []natshub.User{attacker, other, admin}})
	inbox := natslog.InboxPrefix(other.Key) + ".answers"
	foreign := must.Get(connectWith(t, h, other, otherCreds).SubscribeSync(inbox))
	log := open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: adminCreds, Retry: true})
	waitForStreams(t, log)
	js := must.Get(jetstream.New(connectWith(t, h, admin, adminCreds)))
	fillLog(t, log, js)
	before := snapshot(t, js)

	publish, _, err := natslog.Permissions(role, "blue", name, attacker.Key)
	must.Do(t, err)
	may := func(subject string) bool {
		return slices.ContainsFunc(publish, func(p string) bool { return covers(p, subject) })
	}
	nc := connectWith(t, h, attacker, creds)
	covered := map[string]bool{}
	for _, r := range requests("") {
		for _, p := range publish {
			covered[p] = covered[p] || covers(p, r.subject)
		}
	}
	for _, p := range publish {
		if !covered[p] {
			t.Errorf("no request to %s", p)
		}
	}
	for _, target := range append(targets(), inbox) {
		if may(target) {
			continue
		}
		attack(t, nc, target, may)
	}
	settle(t, nc, js)
	compare(t, before, snapshot(t, js), may)
	if m, err := foreign.NextMsg(time.Millisecond); !errors.Is(err, nats.ErrTimeout) {
		t.Errorf("the inbox of another user got %+v, %v", m, err)
	}
}

// connectWith connects with the key of a user, without our client.
func connectWith(t *testing.T, h *natshub.Hub, u natshub.User, creds string) *nats.Conn {
	t.Helper()
	auth := must.Get(nats.NkeyOptionFromSeed(creds))
	nc, err := nats.Connect("nats://"+h.Addr().String(), auth, nats.CustomInboxPrefix(natslog.InboxPrefix(u.Key)),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // of refused traces
	must.Do(t, err)
	t.Cleanup(nc.Close)
	return nc
}

// covers reports whether a pattern of a permission matches a subject.
func covers(pattern, subject string) bool { return server.SubjectsCollide(pattern, subject) }

func blueBlock(source string) string {
	return fmt.Sprintf("spectap.blue.flows.%d.%s", relay.Partition(source), source)
}

// targets returns the subjects to which answers would do harm.
func targets() []string {
	return []string{
		blueBlock(otherSource), blueBlock("import.02"), "spectap.blue.flows." + relay.Deletions,
		"spectap.blue.state.heads.3", "spectap.blue.state.leases", "spectap.blue.state.marks." + mineSource, "spectap.blue.state.marks." + otherSource,
		"spectap.blue.state.sources." + otherSource, "spectap.blue.parts.0.heads.3.0",
		blueAPI + "STREAM.MSG.DELETE." + blueFlows, blueAPI + "STREAM.MSG.DELETE." + blueState, blueAPI + "STREAM.UPDATE." + blueFlows,
		blueAPI + "CONSUMER.DELETE." + blueFlows + "." + otherConsumer, blueAPI + "CONSUMER.DURABLE.CREATE." + blueFlows + ".forged",
		blueAPI + "STREAM.PURGE." + blueFlows, blueAPI + "STREAM.DELETE." + blueState, blueAPI + "STREAM.DELETE." + blueFlows,
	}
}

// request is what an attacker sends.
type request struct{ subject, body string }

// requests returns requests to subjects that some role may publish to. Those that name where
// something is to be delivered name target.
func requests(target string) []request {
	var list []request
	for _, subject := range []string{
		"spectap.blue.state.asks." + mineSource, "spectap.blue.state.sources." + mineSource, "spectap.blue.state.sources.import.01",
		"spectap.blue.state.own", "spectap.blue.parts.1.own.0", "spectap.blue.flows." + relay.Deletions, blueBlock(mineSource), blueBlock("import.01"),
	} {
		list = append(list, request{subject, "x"})
	}
	list = append(list, request{blueAPI + "STREAM.MSG.DELETE." + blueState, `{"seq":9999}`})
	for _, kind := range []string{"marks", "asks", "sources"} {
		list = append(list, request{blueAPI + "DIRECT.GET." + blueState + ".spectap.blue.state." + kind + "." + mineSource, ""})
	}
	for _, source := range []string{"pod1.update", "pod1.delete", "pod1.nothing"} {
		list = append(list, request{blueAPI + "DIRECT.GET." + blueFlows + "." + blueBlock(source), ""},
			request{blueAPI + "STREAM.MSG.GET." + blueFlows, fmt.Sprintf(`{"seq":1,"next_by_subj":%q}`, blueBlock(source))})
	}
	for _, s := range []string{blueFlows, blueState} {
		create := func(name, more string) request {
			return request{blueAPI + "CONSUMER.CREATE." + s + "." + name,
				fmt.Sprintf(`{"stream_name":%q,"config":{"name":%q,"deliver_policy":"all","ack_policy":"none"%s}}`, s, name, more)}
		}
		list = append(list, request{blueAPI + "STREAM.INFO." + s, ""}, request{blueAPI + "DIRECT.GET." + s + ".spectap.blue.nothing", ""},
			create("mine", ""), create(strings.NewReplacer("$", "", ".", "_").Replace("to"+target), fmt.Sprintf(`,"deliver_subject":%q`, target)),
			request{blueAPI + "CONSUMER.INFO." + s + ".mine", ""},
			request{blueAPI + "CONSUMER.MSG.NEXT." + s + ".mine", `{"batch":50,"no_wait":true}`},
			request{blueAPI + "CONSUMER.DELETE." + s + ".mine", ""})
	}
	return list
}

// attack sends the requests that a role may send, with the answers, traces and deliveries to a target.
func attack(t *testing.T, nc *nats.Conn, target string, may func(subject string) bool) {
	t.Helper()
	for _, r := range requests(target) {
		if !may(r.subject) {
			continue
		}
		// First with an answer that comes back, so that consumers, for example, are there.
		if _, err := nc.Request(r.subject, []byte(r.body), time.Minute); err != nil && !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("%s: %v", r.subject, err)
		}
		m := nats.NewMsg(r.subject)
		m.Reply, m.Data = target, []byte(r.body)
		must.Do(t, nc.PublishMsg(m))
		m.Reply = ""
		m.Header.Set("Nats-Trace-Dest", target)
		must.Do(t, nc.PublishMsg(m))
	}
}

// settle returns when the server has answered what a connection sent before, and what came of it.
func settle(t *testing.T, nc *nats.Conn, js jetstream.JetStream) {
	t.Helper()
	must.Do(t, nc.Flush())
	for range 5 {
		must.Get(js.AccountInfo(t.Context()))
	}
}

// fillLog stores blocks and values of all kinds, some of which are requests that would do harm.
func fillLog(t *testing.T, log *natslog.Log, js jetstream.JetStream) {
	t.Helper()
	ctx := t.Context()
	s := must.Get(js.Stream(ctx, blueFlows))
	update := s.CachedInfo().Config
	update.MaxMsgs = 1
	text := must.Get(json.Marshal(update))
	for source, data := range map[string]string{
		mineSource: "mine", otherSource: "secret", "pod1.update": string(text), "pod1.delete": `{"seq":1}`, "import.01": "imported",
	} {
		must.Get(log.Append(ctx, &relay.Entry{Source: source, Last: 1, Data: []byte(data)}, 0))
	}
	for _, key := range []string{"heads/3", "leases", "marks/" + mineSource, "marks/" + otherSource, "sources/" + otherSource, "asks/" + mineSource} {
		must.Get(log.Put(ctx, key, relay.Anything, []byte(key)))
	}
	must.Get(s.CreateConsumer(ctx, jetstream.ConsumerConfig{Name: otherConsumer, AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: natslog.ConsumerTime}))
}

// streamCopy is what a test compares of a stream.
type streamCopy struct {
	config, consumer string
	subjects, data   map[uint64]string
}

// snapshot copies the streams of the team.
func snapshot(t *testing.T, js jetstream.JetStream) map[string]streamCopy {
	t.Helper()
	all := map[string]streamCopy{}
	for _, name := range []string{blueFlows, blueState} {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Errorf("the stream %s: %v", name, err)
			continue
		}
		c := streamCopy{subjects: map[uint64]string{}, data: map[uint64]string{}}
		text := must.Get(json.Marshal(s.CachedInfo().Config))
		c.config = string(text)
		if consumer, err := s.Consumer(t.Context(), otherConsumer); err == nil {
			text := must.Get(json.Marshal(consumer.CachedInfo().Config))
			c.consumer = string(text)
		}
		for seq := s.CachedInfo().State.FirstSeq; seq <= s.CachedInfo().State.LastSeq; seq++ {
			m, err := s.GetMsg(t.Context(), seq)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			c.subjects[seq], c.data[seq] = m.Subject, string(m.Data)
		}
		all[name] = c
	}
	return all
}

// compare checks that a role changed nothing except messages of subjects that it may publish to.
func compare(t *testing.T, before, after map[string]streamCopy, may func(subject string) bool) {
	t.Helper()
	for name, b := range before {
		a, ok := after[name]
		if !ok {
			continue // snapshot has reported it
		}
		if a.config != b.config {
			t.Errorf("the configuration of %s was\n%s, is\n%s", name, b.config, a.config)
		}
		if name == blueFlows && a.consumer != b.consumer {
			t.Errorf("the consumer of another was\n%s, is\n%s", b.consumer, a.consumer)
		}
		for seq, subject := range b.subjects {
			if a.subjects[seq] == "" && name == blueState && may(subject) {
				continue // a newer value took its place
			}
			if a.subjects[seq] != subject || a.data[seq] != b.data[seq] {
				t.Errorf("message %d of %s was %s %q, is %s %q", seq, name, subject, b.data[seq], a.subjects[seq], a.data[seq])
			}
		}
		for seq, subject := range a.subjects {
			if b.subjects[seq] == "" && !may(subject) {
				t.Errorf("new message %d of %s: %s %q", seq, name, subject, a.data[seq])
			}
		}
	}
}
