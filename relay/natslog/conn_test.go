package natslog

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/relay"
)

const (
	infoOf   = "$JS.API.STREAM.INFO."
	createOf = "$JS.API.STREAM.CREATE."
)

// TestOpen opens a log whose streams are there or are not, may be made or may not.
func TestOpen(t *testing.T) {
	const flows, state = "SPECTAP_t", "SPECTAP_t_state"
	notFound, inUse, broken := apiError(404, 10059, "stream not found"), apiError(400, 10058, "stream name already in use"), apiError(503, 10008, "no leader")
	for _, tt := range []struct {
		name    string
		answers map[string]string
		want    error
		text    string
		id      string
		created []string
	}{
		{"both are there", nil, nil, "", "abc", nil},
		{"may not be looked at", map[string]string{infoOf + flows: denial}, nil, "", "", nil},
		{"are not there", map[string]string{infoOf + flows: notFound}, nil, "", "abc", []string{createOf + flows, createOf + state}},
		{"one is there", map[string]string{infoOf + flows: notFound, createOf + state: inUse}, nil, "", "abc", []string{createOf + flows, createOf + state}},
		{"may not be made", map[string]string{infoOf + flows: notFound, createOf: denial}, ErrNoTeam, "open the log of nats://HOST/t: ", "", []string{createOf + state}},
		{"cannot be made", map[string]string{infoOf + flows: notFound, createOf + state: broken}, ErrTemporary, "open the log of nats://HOST/t: ", "", []string{createOf + state}},
		{"one cannot be made", map[string]string{infoOf + flows: notFound, createOf + flows: broken}, ErrTemporary, "no leader", "", []string{createOf + flows, createOf + state}},
		{"somebody else makes them", map[string]string{infoOf + flows: notFound, createOf + flows: inUse}, ErrNoTeam, "open the log of nats://HOST/t: ", "", []string{createOf + flows, createOf + state}},
		{"the server is not ready", map[string]string{infoOf + flows: broken}, ErrTemporary, "no leader", "", nil},
	} {
		f := startFake(t, "")
		for subject, text := range tt.answers {
			f.answer(subject, text)
		}
		cfg := Config{Address: Address{Servers: []string{f.addr}, Team: "t"}}
		l, err := Open(t.Context(), cfg)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || err != nil && !strings.Contains(strings.ReplaceAll(err.Error(), f.addr, "HOST"), tt.text) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if got := subjects(f.asked(createOf)); !slices.Equal(got, tt.created) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.created)
		}
		if err != nil { // later it may be
			cfg.Retry = true
			if l, err = Open(t.Context(), cfg); err != nil {
				t.Errorf("%s: with Retry: %v", tt.name, err)
				continue
			}
			if _, err := l.Newest(t.Context(), "a.1"); !errors.Is(err, tt.want) {
				t.Errorf("%s: a call: %v, want %v", tt.name, err, tt.want)
			}
			for subject := range tt.answers {
				f.answer(subject, "")
			}
			if _, err := l.Newest(t.Context(), "a.1"); err != nil || l.ID() != "abc" {
				t.Errorf("%s: later: %v, %q", tt.name, err, l.ID())
			}
			l.Close()
			continue
		}
		asked := len(f.asked(infoOf))
		if _, err := l.Newest(t.Context(), "a.1"); err != nil || len(f.asked(infoOf)) != asked || l.ID() != tt.id || !l.Connected() {
			t.Errorf("%s: %v, %q, asked for the streams %d times more, connected %t", tt.name, err, l.ID(), len(f.asked(infoOf))-asked, l.Connected())
		}
		if err := l.Close(); err != nil || l.Connected() {
			t.Errorf("%s: closed: %v, connected %t", tt.name, err, l.Connected())
		}
	}
}

// TestStreams checks what streams a log makes, and of how many copies.
func TestStreams(t *testing.T) {
	for _, tt := range []struct {
		info  string
		cfg   Config
		want  int
		age   time.Duration
		bytes int64
	}{
		{"", Config{}, 1, 7 * 24 * time.Hour, -1},
		{"", Config{KeepAge: time.Hour, KeepBytes: 1 << 20}, 1, time.Hour, 1 << 20},
		{"", Config{KeepBytes: 1}, 1, 7 * 24 * time.Hour, 1},
		{`,"cluster":"other"`, Config{}, 3, 7 * 24 * time.Hour, -1},
		{`,"cluster":"7"`, Config{}, 3, 7 * 24 * time.Hour, -1},
		{`,"cluster":"spectap-x"`, Config{}, 3, 7 * 24 * time.Hour, -1},
		{`,"cluster":"` + ClusterName(1) + `"`, Config{}, 1, 7 * 24 * time.Hour, -1},
		{`,"cluster":"` + ClusterName(0) + `"`, Config{}, 1, 7 * 24 * time.Hour, -1},
		{`,"cluster":"` + ClusterName(4) + `"`, Config{}, 4, 7 * 24 * time.Hour, -1},
		{`,"cluster":"` + ClusterName(9) + `"`, Config{}, 5, 7 * 24 * time.Hour, -1},
		{`,"cluster":"` + ClusterName(3) + `"`, Config{Address: Address{Replicas: 1}}, 1, 7 * 24 * time.Hour, -1},
		{``, Config{Address: Address{Replicas: 2}}, 2, 7 * 24 * time.Hour, -1},
	} {
		f := startFake(t, tt.info)
		f.answer(infoOf, apiError(404, 10059, "stream not found"))
		f.open(tt.cfg)
		var made []jetstream.StreamConfig
		for _, m := range f.asked(createOf) {
			var c jetstream.StreamConfig
			if err := json.Unmarshal(m.Data, &c); err != nil {
				t.Fatal(err)
			}
			made = append(made, c)
		}
		if len(made) != 2 {
			t.Fatalf("%d streams", len(made))
		}
		state, flows := made[0], made[1]
		if flows.Replicas != tt.want || state.Replicas != tt.want || flows.MaxAge != tt.age || flows.MaxBytes != tt.bytes || state.MaxAge != 0 || state.MaxBytes > 0 {
			t.Errorf("%s %+v: %+v, %+v", tt.info, tt.cfg, flows, state)
		}
		if !slices.Equal(flows.Subjects, []string{"spectap.t.flows.>"}) || !flows.AllowDirect || !flows.AllowAtomicPublish || flows.Duplicates != time.Second || len(flows.Metadata[idKey]) != 16 || flows.MaxMsgsPerSubject > 0 || flows.DenyPurge {
			t.Errorf("the stream of blocks: %+v", flows)
		}
		if !slices.Equal(state.Subjects, []string{"spectap.t.state.>", "spectap.t.parts.>"}) || !state.AllowDirect || !state.AllowAtomicPublish || state.MaxMsgsPerSubject != 1 || !state.DenyPurge || len(state.Metadata) > 0 {
			t.Errorf("the stream of values: %+v", state)
		}
	}
}

// TestOpenWithFiles opens a log with files of certificates and credentials that are not.
func TestOpenWithFiles(t *testing.T) {
	noise := filepath.Join(t.TempDir(), "noise")
	if err := os.WriteFile(noise, []byte("noise"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := noise + "2"
	for want, cfg := range map[string]Config{
		"read the certificates of the hub: open " + missing:            {CA: missing},
		noise + " has no certificate in PEM":                           {CA: noise},
		"read the credentials: open " + missing:                        {Creds: missing},
		"read the credentials: " + noise + " holds no seed of an nkey": {Creds: noise},
	} {
		cfg.Address = Address{Servers: []string{"127.0.0.1:1"}, Team: "t"}
		if _, err := Open(t.Context(), cfg); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	f := startFake(t, "") // knows no TLS
	for _, cfg := range []Config{{TLS: true}, {}} {
		cfg.Address = Address{Servers: []string{f.addr}, Team: "t"}
		l, err := Open(t.Context(), cfg)
		if cfg.TLS != (err != nil) || cfg.TLS && !errors.Is(err, ErrUnreachable) {
			t.Errorf("TLS %t: %v", cfg.TLS, err)
		}
		if err == nil {
			l.Close()
		}
	}
}

// TestRefusedCredentials tells credentials that a server refuses from a server that is not there.
func TestRefusedCredentials(t *testing.T) {
	f := startFake(t, "")
	l := f.open(Config{Retry: true})
	if l.refused() {
		t.Error("the credentials are refused")
	}
	if err := failed(nil); err != nil {
		t.Error(err)
	}
	for code, conflict := range map[int]bool{10071: true, 10164: true, 10070: false, 10072: false} {
		err := failed(&jetstream.APIError{ErrorCode: jetstream.ErrorCode(code), Description: "why"})
		if errors.Is(err, relay.ErrConflict) != conflict || !strings.Contains(err.Error(), "why") {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// TestDenials calls those who wait for a subject, in any case, until they stop.
func TestDenials(t *testing.T) {
	var d denials
	n := map[string]int{}
	stopA := d.await("$JS.A", func() { n["a"]++ })
	stopAgain := d.await("$js.a", func() { n["again"]++ })
	d.await("$JS.B", func() { n["b"]++ })
	d.announce("$JS.a")
	stopA()
	d.announce("$JS.A")
	stopAgain()
	d.announce("$JS.A")
	if n["a"] != 1 || n["again"] != 2 || n["b"] != 0 || len(d.waiting) != 1 {
		t.Errorf("%v, %d subjects", n, len(d.waiting))
	}
}
