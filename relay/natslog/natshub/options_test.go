package natshub

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/spectap/spectap/relay/natslog"
)

// TestOptions checks what the server of a hub is told: where it listens, what it keeps, and how
// nodes know each other.
func TestOptions(t *testing.T) {
	_, key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	users := []User{{Team: "t", Role: natslog.RoleReader, Name: "ann", Key: key}}
	cert := &tls.Certificate{}
	two := []string{"127.0.0.1:1", "localhost:2"}
	for _, tt := range []struct {
		name  string
		cfg   Config
		users []User
		want  string // what differs; "" for the default
		fails error
	}{
		{"a port of the system", Config{Listen: "127.0.0.1:0"}, nil, "spectap-node-1 127.0.0.1:-1 tls false cluster  :0 [] ", nil},
		{"a port", Config{Listen: "localhost:4222", Node: 0}, nil, "spectap-node-1 localhost:4222 tls false cluster  :0 [] ", nil},
		{"an address of version 6", Config{Listen: "[::1]:65535"}, nil, "spectap-node-1 ::1:65535 tls false cluster  :0 [] ", nil},
		{"with a certificate", Config{Listen: "0.0.0.0:4222", Certificate: cert}, users, "spectap-node-1 0.0.0.0:4222 tls true cluster  :0 [] ", nil},
		{"two nodes", Config{Listen: "127.0.0.1:0", Node: 2, Cluster: two}, nil,
			"spectap-node-2 127.0.0.1:-1 tls false cluster " + natslog.ClusterName(2) + " localhost:2 [nats-route://127.0.0.1:1 nats-route://localhost:2] ", nil},
		{"with a secret", Config{Listen: "127.0.0.1:0", Node: 1, Cluster: []string{"10.0.0.1:1", "10.0.0.2:2"}, Secret: "s"}, nil,
			"spectap-node-1 127.0.0.1:-1 tls false cluster " + natslog.ClusterName(2) + " 10.0.0.1:1 [nats-route://node:s@10.0.0.1:1 nats-route://node:s@10.0.0.2:2] node", nil},
		{"without users on other machines", Config{Listen: "0.0.0.0:1", Certificate: cert}, nil, "", ErrNotLoopback},
		{"without TLS on other machines", Config{Listen: "0.0.0.0:1"}, users, "", ErrNoTLS},
		{"without a secret on other machines", Config{Listen: "127.0.0.1:0", Node: 1, Cluster: []string{"127.0.0.1:1", "10.0.0.2:2"}}, nil, "", ErrNoSecret},
		{"one node", Config{Listen: "127.0.0.1:0", Node: 1, Cluster: []string{"127.0.0.1:1"}}, nil, "", ErrOneNode},
		{"one node twice", Config{Listen: "127.0.0.1:0", Node: 1, Cluster: []string{"127.0.0.1:1", "127.0.0.1:1"}}, nil, "", ErrOneNode},
	} {
		h := &Hub{cfg: tt.cfg, admins: map[string]nkeys.KeyPair{}}
		h.cfg.Dir = "dir"
		o, err := h.options(tt.users, everybody)
		if tt.fails != nil || err != nil {
			if !errors.Is(err, tt.fails) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.fails)
			}
			continue
		}
		got := fmt.Sprintf("%s %s:%d tls %t cluster %s %s:%d %v %s", o.ServerName, o.Host, o.Port, o.TLS, o.Cluster.Name, o.Cluster.Host, o.Cluster.Port, o.Routes, o.Cluster.Username)
		if got != tt.want || o.Cluster.Password != tt.cfg.Secret {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
		if !o.JetStream || !o.SyncAlways || !o.NoSigs || o.StoreDir != filepath.Join("dir", "nats") || o.MaxPayload != 1<<20 || !o.NoFastProducerStall || o.JetStreamMaxStore != 1<<50 || o.JetStreamMaxMemory != 256<<20 {
			t.Errorf("%s: %+v", tt.name, o)
		}
		if o.TLS && (o.TLSConfig.MinVersion != tls.VersionTLS12 || len(o.TLSConfig.Certificates) != 1) || o.Cluster.TLSConfig != nil {
			t.Errorf("%s: TLS %+v", tt.name, o.TLSConfig)
		}
	}
	for want, cfg := range map[string]Config{
		`address "x": must be HOST:PORT`:           {Listen: "x"},
		`address "h:65536": must be HOST:PORT`:     {Listen: "h:65536"},
		`address "y": must be HOST:PORT`:           {Listen: "127.0.0.1:0", Node: 2, Cluster: []string{"127.0.0.1:1", "y"}},
		`address "z:a": must be HOST:PORT`:         {Listen: "127.0.0.1:0", Node: 1, Cluster: []string{"127.0.0.1:1", "z:a"}},
		"node 0: must be from 1 to 2, the number ": {Listen: "127.0.0.1:0", Node: 0, Cluster: two},
		"node 3: must be from 1 to 2, the number ": {Listen: "127.0.0.1:0", Node: 3, Cluster: two},
	} {
		if _, err := (&Hub{cfg: cfg}).options(nil, everybody); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", cfg, err, want)
		}
	}
	h := &Hub{cfg: Config{Listen: "127.0.0.1:0", Node: 1, Cluster: two, Certificate: cert, Roots: x509.NewCertPool()}}
	o, err := h.options(nil, everybody)
	if err != nil || o.Cluster.TLSConfig == nil || o.Cluster.TLSConfig.ClientAuth != tls.RequireAndVerifyClientCert || o.Cluster.TLSConfig.ClientCAs != h.cfg.Roots || o.Cluster.TLSConfig.RootCAs != h.cfg.Roots ||
		o.Cluster.TLSConfig.MinVersion != tls.VersionTLS12 {
		t.Errorf("nodes with certificates: %+v, %v", o, err)
	}
}

// TestAccounts checks which users the server admits, and which are refused.
func TestAccounts(t *testing.T) {
	keys := make([]string, 3)
	for i := range keys {
		seed, key, err := NewKey()
		if err != nil {
			t.Fatal(err)
		}
		pair, err := nkeys.FromSeed(seed)
		if err != nil {
			t.Fatal(err)
		}
		if public, err := pair.PublicKey(); err != nil || public != key {
			t.Errorf("the seed is of %s, the key is %s, %v", public, key, err)
		}
		keys[i] = key
	}
	reader, source, admin := User{"t", natslog.RoleReader, "ann", keys[0]}, User{"t", natslog.RoleSource, "pod", keys[1]}, User{"u", natslog.RoleAdmin, "root", keys[2]}
	h := &Hub{cfg: Config{Listen: "127.0.0.1:0"}, admins: map[string]nkeys.KeyPair{}}
	o, err := h.options([]User{reader, source, admin}, func(u User) bool { return u.Name != "pod" })
	if err != nil {
		t.Fatal(err)
	}
	var admitted []string
	for _, n := range o.Nkeys {
		admitted = append(admitted, n.Nkey+" "+n.Account.Name)
	}
	own := make([]string, 0, 2)
	for _, team := range []string{"t", "u"} {
		key, err := h.admin(team)
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, key+" "+team)
	}
	want := append(own, reader.Key+" "+keyAccount(reader.Key), admin.Key+" u")
	slices.Sort(admitted)
	slices.Sort(want)
	if !slices.Equal(admitted, want) {
		t.Errorf("admitted are %q, want %q", admitted, want)
	}
	var accounts []string
	for _, a := range o.Accounts {
		accounts = append(accounts, a.Name)
	}
	slices.Sort(accounts)
	if wantAccounts := []string{keyAccount(keys[0]), keyAccount(keys[1]), "t", "u"}; !slices.Equal(sorted(accounts), sorted(wantAccounts)) {
		t.Errorf("accounts %q, want %q", accounts, wantAccounts)
	}
	again, err := h.admin("t")
	if err != nil || again+" t" != own[0] {
		t.Errorf("the hub has another key for the same team: %v", err)
	}
	for want, u := range map[string]User{
		`team "a b": must be 1 to 32`:                                          {"a b", natslog.RoleReader, "x", keys[2]},
		`team "t_state": must not end in _state: a hub keeps the state of`:     {"t_state", natslog.RoleReader, "x", keys[2]},
		`user x of team t: "no" is not the public key of a user`:               {"t", natslog.RoleReader, "x", "no"},
		`user x of team t: unknown role "other"`:                               {"t", "other", "x", keys[2]},
		`user x of team t: two users have the key ` + keys[0]:                  {"t", natslog.RoleReader, "x", keys[0]},
		`user a.b of team t: source "a.b": must be 1 to 64 letters, digits, -`: {"t", natslog.RoleSource, "a.b", keys[2]},
	} {
		if _, err := h.options([]User{reader, u}, everybody); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", u, err, want)
		}
	}
	if got := (&Hub{cfg: Config{Users: []User{reader, admin, source}}}).teams(); !slices.Equal(got, []string{"t", "u"}) {
		t.Errorf("teams %q", got)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// TestClose checks that a hub that is closed does no more than one that never was started.
func TestClose(t *testing.T) {
	for _, cfg := range []Config{{}, {KeepAge: time.Hour}} {
		cfg.Listen, cfg.Dir = "127.0.0.1:0", t.TempDir()
		h, err := Start(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if !h.server.Running() || h.ctx.Err() != nil {
			t.Error("a hub that was started does not run")
		}
		if err := h.SetUsers(nil); err != nil || len(h.cfg.Users) > 0 { // it has none
			t.Errorf("the users are %+v, %v", h.cfg.Users, err)
		}
		if h.Close(); h.server.Running() || h.ctx.Err() == nil {
			t.Error("a hub runs after its end")
		}
	}
}

// TestStreamsOfBlocks tells streams of blocks from those of values and of others.
func TestStreamsOfBlocks(t *testing.T) {
	for name, want := range map[string]bool{natslog.StreamName("t"): true, natslog.StateName("t"): false, "OTHER": false, natslog.StreamName("state"): true} {
		if got := hasBlocks(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestServerLog checks at which level messages of the server are logged.
func TestServerLog(t *testing.T) {
	var b bytes.Buffer
	var l server.Logger = serverLog{slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))}
	l.Noticef("a %d\n", 1)
	l.Warnf("b")
	l.Errorf("c")
	l.Fatalf("d")
	l.Debugf("e")
	l.Tracef("f")
	if got, want := b.String(), "level=DEBUG msg=\"nats: a 1\"\nlevel=INFO msg=\"nats: b\"\nlevel=WARN msg=\"nats: c\"\nlevel=ERROR msg=\"nats: d\"\n"; got != want {
		t.Errorf("%s", got)
	}
}
