package netns

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	maxNames   = 8 << 10 // that names holds
	lookupTime = 5 * time.Second
)

// names maps names to addresses, as far as the command knows them. It is safe for concurrent use;
// the zero value is ready.
type names struct {
	mu     sync.Mutex
	byName map[string][]netip.Addr
	byAddr map[netip.Addr][]string
	bound  map[string]netip.Addr // of names that only the command resolves, the first address
	looked map[string]bool       // names that were looked up once, which may take seconds

	may func(name string) bool // [Config.Resolves]

	// For tests; nil means those of this machine.
	servers func() []netip.AddrPort
	resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// add records that a name has an address.
func (n *names) add(name string, a netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addLocked(name, a)
}

func (n *names) addLocked(name string, a netip.Addr) {
	if n.byName == nil || len(n.byName) >= maxNames {
		n.byName, n.byAddr = map[string][]netip.Addr{}, map[netip.Addr][]string{}
	}
	if !n.hasLocked(name, a) {
		n.byName[name] = append(n.byName[name], a)
		n.byAddr[a] = append(n.byAddr[a], name)
		delete(n.bound, name)
	}
}

func (n *names) hasLocked(name string, a netip.Addr) bool {
	return slices.ContainsFunc(n.byName[name], func(b netip.Addr) bool { return a == b })
}

// learn records the addresses in a DNS response.
func (n *names) learn(response []byte) {
	var p dnsmessage.Parser
	h, err := p.Start(response)
	if err != nil || !h.Response || h.RCode != dnsmessage.RCodeSuccess {
		return
	}
	q, err := p.Question()
	if err != nil || p.SkipAllQuestions() != nil {
		return
	}
	asked := canonical(q.Name.String()) // also where the addresses are those of an alias
	for {
		r, err := p.Answer()
		if err != nil {
			return
		}
		switch a := r.Body.(type) {
		case *dnsmessage.AResource:
			n.add(asked, netip.AddrFrom4(a.A))
		case *dnsmessage.AAAAResource:
			n.add(asked, netip.AddrFrom16(a.AAAA))
		}
	}
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// find returns the host that a client means by an address and the name that it claims, or "". ok is
// false if the name is not known to have the address. With secure, a name that does not resolve is
// bound to the first address that claims it.
func (n *names) find(to netip.Addr, claimed string, secure bool) (host string, ok bool) {
	claimed = canonical(claimed)
	if a, err := netip.ParseAddr(claimed); err == nil {
		return to.String(), a == to
	}
	n.mu.Lock()
	if known := n.byAddr[to]; claimed == "" && len(known) == 1 {
		claimed = known[0]
	}
	has, bound := n.hasLocked(claimed, to), n.bound[claimed]
	elsewhere, looked := len(n.byName[claimed]) > 0, n.looked[claimed]
	n.mu.Unlock()
	switch {
	case claimed == "":
		return to.String(), true
	case has || bound == to:
		return claimed, true
	case isLocalhost(claimed):
		return claimed, to.IsLoopback()
	}
	if !looked && (n.may == nil || n.may(claimed)) {
		for _, a := range n.lookup(claimed) {
			has, elsewhere = has || a == to, true
		}
	}
	if has {
		return claimed, true
	}
	if elsewhere || bound.IsValid() || !secure {
		return "", false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.bound == nil || len(n.bound) >= maxNames {
		n.bound = map[string]netip.Addr{}
	}
	n.bound[claimed] = to
	return claimed, true
}

// lookup resolves a name outside, by /etc/hosts as well, and notes its addresses.
func (n *names) lookup(name string) []netip.Addr {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTime)
	defer cancel()
	resolve := n.resolve
	if resolve == nil {
		resolve = net.DefaultResolver.LookupNetIP
	}
	found, _ := resolve(ctx, "ip", name) // empty if it fails
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.looked == nil || len(n.looked) >= maxNames {
		n.looked = map[string]bool{}
	}
	n.looked[name] = true
	for i, a := range found {
		found[i] = a.Unmap()
		n.addLocked(name, found[i])
	}
	return found
}

func isLocalhost(name string) bool {
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// addrsOf returns the addresses that a host is known to have, and whether only the command resolves
// its name.
func (n *names) addrsOf(host string) (addrs []netip.Addr, bound bool) {
	host = canonical(host)
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, false
	}
	if isLocalhost(host) {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if a, ok := n.bound[host]; ok {
		return []netip.Addr{a}, true
	}
	return append(addrs, n.byName[host]...), false
}
