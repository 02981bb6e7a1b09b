package control

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"maps"
	"net"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// certificate returns a certificate for 127.0.0.1, and a pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS.Certificates[0], roots
}

// network serves stores over TLS. It returns the address, and a pool that trusts the server.
func network(t *testing.T, admit func(Login) (store.Store, Access, error)) Remote {
	t.Helper()
	cert, roots := certificate(t)
	l := must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}}))
	s := StartNetwork(NetworkConfig{Listener: l, Admit: admit})
	t.Cleanup(func() { s.Close() })
	return Remote{Address: l.Addr().String(), Team: "shop", TLS: &tls.Config{RootCAs: roots}}
}

// TestNetworkStore runs the contract of a store over TCP.
func TestNetworkStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		m := storetest.NewMemory()
		l, err := net.Listen("tcp", "127.0.0.1:0") // a handshake for each of many calls would take a minute
		noError(t, err)
		s := StartNetwork(NetworkConfig{Listener: l, Admit: func(Login) (store.Store, Access, error) { return m, Access{Write: true}, nil }})
		t.Cleanup(func() { s.Close() })
		r := Remote{Address: l.Addr().String(), Team: "shop"}
		st := must(DialRemote(t.Context(), "spectap://hub/shop", r, false))
		return closesBoth{st, m}
	})
}

// closesBoth closes a store with its client.
type closesBoth struct {
	Store
	m *storetest.Memory
}

func (c closesBoth) Close() error { return errors.Join(c.Store.Close(), c.m.Close()) }

// TestNetworkAccess checks the rights of sources and readers, and that all other callers are
// refused.
func TestNetworkAccess(t *testing.T) {
	private := func(seed byte) ed25519.PrivateKey {
		return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	}
	source, reader, stranger := private(1), private(2), private(3)
	encoded := func(p ed25519.PrivateKey) string { return hex.EncodeToString(p.Public().(ed25519.PublicKey)) }
	sign := func(p ed25519.PrivateKey) func([]byte) (string, []byte, error) {
		return func(b []byte) (string, []byte, error) { return encoded(p), ed25519.Sign(p, b), nil }
	}
	access := map[string]Access{encoded(source): {Source: "pod-1"}, encoded(reader): {Read: true}}
	public := map[string]ed25519.PublicKey{}
	for _, p := range []ed25519.PrivateKey{source, reader} {
		public[encoded(p)] = p.Public().(ed25519.PublicKey)
	}
	m := storetest.NewMemory()
	var mu sync.Mutex
	var seen []Login
	r := network(t, func(l Login) (store.Store, Access, error) {
		mu.Lock()
		seen = append(seen, l)
		mu.Unlock()
		a, ok := access[l.Key]
		if !ok || l.Team != "shop" || !ed25519.Verify(public[l.Key], l.Binding, l.Signature) {
			return nil, Access{}, ErrDenied
		}
		return m, a, nil
	})
	dial := func(change func(*Remote)) (Store, error) {
		x := r
		change(&x)
		return DialRemote(t.Context(), "spectap://hub/shop", x, false)
	}
	for what, change := range map[string]func(*Remote){
		"no credentials": func(*Remote) {},
		"a stranger":     func(r *Remote) { r.Sign = sign(stranger) },
		"another team":   func(r *Remote) { r.Sign, r.Team = sign(reader), "bank" },
		"a name with the signature of another": func(r *Remote) {
			r.Sign = func(b []byte) (string, []byte, error) { return encoded(reader), ed25519.Sign(stranger, b), nil }
		},
		"a repeated signature": func(r *Remote) {
			good := must(dial(func(r *Remote) { r.Sign = sign(reader) }))
			good.Close()
			last := seen[len(seen)-1]
			r.Sign = func([]byte) (string, []byte, error) { return last.Key, last.Signature, nil }
		},
	} {
		if st, err := dial(change); !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v, %v, want ErrDenied", what, st, err)
		}
	}
	for what, change := range map[string]func(*Remote){
		"no trust": func(r *Remote) { r.TLS = &tls.Config{RootCAs: x509.NewCertPool()} },
		"no TLS":   func(r *Remote) { r.TLS = nil },
	} {
		if _, err := dial(change); err == nil || errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", what, err)
		}
	}
	pod := must(dial(func(r *Remote) { r.Sign = sign(source) }))
	people := must(dial(func(r *Remote) { r.Sign = sign(reader) }))
	checkAccess(t, m, pod, people)
}

func checkAccess(t *testing.T, m *storetest.Memory, pod, people Store) {
	t.Helper()
	ctx := t.Context()
	f := sample("/1")
	block := []*flow.Flow{&f}
	for _, source := range []string{"pod-1", "pod-1.0a1b"} {
		if applied, err := pod.Apply(ctx, store.Mark{Source: source, Last: 1}, block); err != nil || !applied {
			t.Errorf("a block of %s: %t, %v", source, applied, err)
		}
	}
	if _, err := pod.Apply(ctx, store.Mark{Source: "pod-10", Last: 1}, block); !errors.Is(err, ErrDenied) {
		t.Errorf("a block of another source: %v", err)
	}
	must(m.Apply(ctx, store.Mark{Source: "pod-10", Last: 1}, block))
	own, err := pod.Marks(ctx)
	if err != nil || !slices.Equal(slices.Sorted(maps.Keys(own)), []string{"pod-1", "pod-1.0a1b"}) {
		t.Errorf("a source sees the positions %v, %v", own, err)
	}
	if all, err := people.Marks(ctx); err != nil || len(all) != 3 {
		t.Errorf("a reader sees the positions %v, %v", all, err)
	}
	reads := []string{"Get", "Scan", "Watch", "Stat", "Stat of the reader", "Snapshot", "LoadModel", "Verify", "Marks"}
	for name, err := range calls(t, pod) {
		if denied := errors.Is(err, ErrDenied); denied == (name == "Marks") {
			t.Errorf("%s by a source: %v", name, err)
		}
	}
	watching, cancel := context.WithCancel(ctx)
	for range people.Watch(watching, 0) {
		cancel()
	}
	cancel()
	for name, err := range callsOnce(ctx, people) {
		if errors.Is(err, ErrDenied) == slices.Contains(reads, name) {
			t.Errorf("%s by a reader: %v", name, err)
		}
	}
}

// callsOnce calls the methods that end by themselves.
func callsOnce(ctx context.Context, st Store) map[string]error {
	out := map[string]error{}
	_, out["Get"] = st.Get(ctx, 1)
	_, out["Stat"] = st.Stat(ctx)
	_, _, out["LoadModel"] = st.LoadModel(ctx, "m")
	_, out["Append"] = st.Append(ctx, sample("/"))
	_, out["Delete"] = st.Delete(ctx, store.Query{})
	_, out["Import"] = st.Import(ctx, "x")
	_, out["Apply"] = st.Apply(ctx, store.Mark{Source: "pod-1", After: 1, Last: 2}, nil)
	out["SaveModel"] = st.SaveModel(ctx, "m", []byte("x"), store.Basis{})
	out["DeleteSession"] = st.DeleteSession(ctx, 1)
	return out
}

// TestAdmittedForOneSecond checks that a login is valid for a second and is then repeated.
func TestAdmittedForOneSecond(t *testing.T) {
	conn, other := net.Pipe()
	defer conn.Close()
	defer other.Close()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		may := Access{Read: true}
		s := &Server{admit: func(l Login) (store.Store, Access, error) {
			if asked++; l.Team != "shop" {
				t.Errorf("asked for %+v", l)
			}
			if asked == 4 {
				return nil, may, ErrDenied
			}
			return nil, may, nil
		}}
		x := &exchange{s: s, conn: conn, req: &request{Op: opScan, Login: &Login{Team: "shop"}}}
		if err := s.login(conn, x); err != nil || asked != 1 {
			t.Fatalf("login: %v, asked %d times", err, asked)
		}
		check := func(what string, after time.Duration, want int, denied bool) {
			t.Helper()
			time.Sleep(after)
			if err := x.stillAdmitted(); asked != want || errors.Is(err, ErrDenied) != denied {
				t.Errorf("%s: %v, asked %d times, want %d", what, err, asked, want)
			}
		}
		check("at once", 0, 1, false)
		check("within a second", time.Second-1, 1, false)
		check("after a second", 1, 2, false)
		check("soon after", time.Second/2, 2, false)
		may = Access{Source: "pod"}
		check("with less access", time.Second, 3, true)
		check("with a removed key", time.Second, 4, true)
	})
}
