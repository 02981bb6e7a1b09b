package spectools

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/spectap/spectap/egress"
)

// internalResolver resolves names to internal addresses.
type internalResolver map[string]string

func (l internalResolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := l[host]; ok {
		return []netip.Addr{netip.MustParseAddr(a)}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, Server: "10.9.8.7:53", IsNotFound: true}
}

// TestNetworkErrorsHideAddresses keeps internal addresses from the agent.
func TestNetworkErrorsHideAddresses(t *testing.T) {
	const document = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"http://%s"}],"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok"}}}}}}`
	for _, x := range []struct{ name, host, named, want string }{
		{"private", "intranet.example", "", "not a public one"},
		{"unknown", "nowhere.example", "", "could not be looked up"},
		{"refused", "closed.example:1", "http://closed.example:1", "refused"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSet(t, strings.Replace(document, "%s", x.host, 1), Options{
				BaseURL: x.named, Egress: egress.Config{Resolver: internalResolver{"intranet.example": "10.1.2.3", "closed.example": "127.0.0.1"}},
			})
			r := call(t, connect(t, s, true), "a", `{}`)
			text := string(mustJSON(r.Raw))
			if r.code() != codeNetwork || !strings.Contains(text, x.want) {
				t.Errorf("%s", text)
			}
			for _, address := range []string{"10.1.2.3", "10.9.8.7", "127.0.0.1"} {
				if strings.Contains(text, address) {
					t.Errorf("%s", text)
				}
			}
		})
	}
}
