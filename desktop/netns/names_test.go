package netns

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/spectap/spectap/internal/test/must"
)

// TestResolves checks that a name that may not be looked up is not, neither for a query nor for the
// claim of a connection.
func TestResolves(t *testing.T) {
	n := names{
		may:     func(name string) bool { return name == "api.example" },
		servers: func() []netip.AddrPort { t.Error("a query leaves"); return nil },
		resolve: func(context.Context, string, string) ([]netip.Addr, error) {
			t.Error("a lookup leaves")
			return nil, nil
		},
	}
	query := dnsmessage.Message{Questions: []dnsmessage.Question{{
		Name: dnsmessage.MustNewName("secret.API.example."), Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET,
	}}}
	query.ID = 7
	packed, err := query.Pack()
	if err != nil {
		t.Fatal(err)
	}
	var got dnsmessage.Message
	if err := got.Unpack(n.forward(packed)); err != nil || !got.Response || got.ID != 7 || got.RCode != dnsmessage.RCodeNameError {
		t.Errorf("the answer is %+v, %v", got.Header, err)
	}
	for _, b := range [][]byte{[]byte("no query"), append([]byte{packed[0], packed[1], 0x80}, packed[3:]...)} {
		if n.forward(b) != nil {
			t.Error("what is no query has an answer")
		}
	}
	n.find(netip.MustParseAddr("192.0.2.9"), "secret.evil.example", true)

	query.Questions[0].Name = dnsmessage.MustNewName("api.example.")
	opt := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName("."), Class: 1232}, Body: &dnsmessage.OPTResource{}}
	query.Additionals = []dnsmessage.Resource{opt}
	plain := must.Get(query.Pack())
	opt.Body = &dnsmessage.OPTResource{Options: []dnsmessage.Option{{Code: 65001, Data: []byte("secret")}}}
	query.Additionals = []dnsmessage.Resource{opt, opt}
	query.Authorities = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: query.Questions[0].Name, Class: 1},
		Body: &dnsmessage.TXTResource{TXT: []string{"secret"}}}}
	server := must.Get(net.ListenPacket("udp", "127.0.0.1:0"))
	defer server.Close()
	n.servers = func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort(server.LocalAddr().String())} }
	go n.forward(append(must.Get(query.Pack()), "secret"...))
	buf := make([]byte, 512)
	if k, from, err := server.ReadFrom(buf); err != nil || !bytes.Equal(buf[:k], plain) {
		t.Errorf("what leaves is %q, %v", buf[:k], err)
	} else {
		server.WriteTo(buf[:k], from)
	}
}

// TestFind checks the host of a connection, given the names that the command resolved and the one
// that it claims.
func TestFind(t *testing.T) {
	addr := netip.MustParseAddr
	for _, tt := range []struct {
		name, to, claimed string
		secure            bool
		host              string
		ok                bool
	}{
		{"the name that was resolved", "192.0.2.1", "a.example", false, "a.example", true},
		{"no claim, one name", "192.0.2.1", "", true, "a.example", true},
		{"no claim, two names", "192.0.2.2", "", true, "192.0.2.2", true},
		{"one of two names", "192.0.2.2", "B.Example.", true, "b.example", true},
		{"the name of another address", "192.0.2.9", "a.example", true, "", false},
		{"the address itself", "192.0.2.9", "192.0.2.9", false, "192.0.2.9", true},
		{"another address", "192.0.2.9", "192.0.2.1", false, "192.0.2.9", false},
		{"a name that resolves outside", "192.0.2.9", "hosts.example", false, "hosts.example", true},
		{"localhost", "127.0.0.1", "api.localhost", false, "api.localhost", true},
		{"localhost elsewhere", "192.0.2.9", "localhost", false, "localhost", false},
		{"a name that nothing resolves, with a certificate", "192.0.2.9", "only.invalid", true, "only.invalid", true},
		{"the same at another address", "192.0.2.8", "only.invalid", true, "", false},
		{"one without a certificate", "192.0.2.9", "claimed.invalid", false, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := names{resolve: func(_ context.Context, _, host string) ([]netip.Addr, error) {
				if host == "hosts.example" { // as in /etc/hosts
					return []netip.Addr{addr("192.0.2.9")}, nil
				}
				return nil, errors.New("no such host")
			}}
			n.add("a.example", addr("192.0.2.1"))
			n.add("b.example", addr("192.0.2.2"))
			n.add("c.example", addr("192.0.2.2"))
			if tt.name == "the same at another address" {
				n.find(addr("192.0.2.9"), "only.invalid", true)
			}
			if host, ok := n.find(addr(tt.to), tt.claimed, tt.secure); ok != tt.ok || ok && host != tt.host {
				t.Errorf("got %q, %v", host, ok)
			}
		})
	}
}
