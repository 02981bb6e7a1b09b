package netns

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	maxMessage = 64 << 10 // of DNS
	maxQueries = 256      // that the resolver forwards at a time
	queryTime  = 5 * time.Second
)

// serveDNS forwards queries to the name servers of this machine, and notes the addresses in their
// responses, until conn is closed.
func (n *names) serveDNS(conn net.PacketConn) {
	slots := make(chan struct{}, maxQueries)
	for {
		buf := make([]byte, maxMessage)
		k, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an error of an earlier response, whose client is gone
		}
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			if response := n.forward(buf[:k]); response != nil {
				n.learn(response)
				conn.WriteTo(response, from)
			}
		}()
	}
}

// forward returns the response of the first name server that answers. It returns nil if none does,
// or if a bounded resolver cannot read the query; the client then asks again.
func (n *names) forward(query []byte) []byte {
	var m dnsmessage.Message
	if n.may != nil && (m.Unpack(query) != nil || len(m.Questions) != 1 || m.Response || m.OpCode != 0) {
		return nil
	}
	if n.may != nil && !n.may(canonical(m.Questions[0].Name.String())) {
		m.Response, m.RCode, m.Additionals = true, dnsmessage.RCodeNameError, nil
		response, _ := m.Pack() // it was unpacked
		return response
	}
	if n.may != nil { // a name server gets the question alone, and how large an answer may be
		m.Header, m.Answers, m.Authorities = dnsmessage.Header{ID: m.ID, RecursionDesired: m.RecursionDesired}, nil, nil
		for _, a := range m.Additionals {
			a.Header.Name, a.Body = dnsmessage.MustNewName("."), &dnsmessage.OPTResource{}
			m.Additionals = []dnsmessage.Resource{a}
		}
		query, _ = m.Pack() // it was unpacked
	}
	servers := n.servers
	if servers == nil {
		servers = nameServers
	}
	for _, server := range servers() {
		if response := ask(server, query); response != nil {
			return response
		}
	}
	return nil
}

func ask(server netip.AddrPort, query []byte) []byte {
	c, err := net.DialTimeout("udp", server.String(), queryTime)
	if err != nil {
		return nil
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(queryTime))
	if _, err := c.Write(query); err != nil {
		return nil
	}
	buf := make([]byte, maxMessage)
	for {
		k, err := c.Read(buf)
		if err != nil {
			return nil
		}
		if k >= 12 && len(query) >= 2 && string(buf[:2]) == string(query[:2]) { // a header with its ID
			return buf[:k]
		}
	}
}

// nameServers returns those of /etc/resolv.conf, which is read each time, since it changes with the
// network. Without any, one of this machine is the default (resolv.conf(5)).
func nameServers() (servers []netip.AddrPort) {
	text, _ := os.ReadFile("/etc/resolv.conf")
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(f[1]); err == nil {
			servers = append(servers, netip.AddrPortFrom(a, 53))
		}
	}
	if servers == nil {
		servers = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 53)}
	}
	return servers
}
