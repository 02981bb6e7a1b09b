package netns

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// connectAll brings up the loopback interface and makes all addresses local, so that each has a
// route and a UDP port without a socket refuses. The addresses of this machine are set because
// programs ask which it has (AI_ADDRCONFIG of getaddrinfo).
func connectAll(s *setup) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find the loopback interface: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("start the loopback interface: %w", err)
	}
	for _, a := range s.Addrs {
		addr := &netlink.Addr{IPNet: prefix(a, a.BitLen())}
		if a.Is6() {
			addr.Flags = unix.IFA_F_NODAD
		}
		if err := netlink.AddrAdd(lo, addr); err != nil {
			return fmt.Errorf("add the address %s: %w", a, err)
		}
	}
	routes := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	if s.IPv6 {
		routes = append(routes, netip.IPv6Loopback())
	}
	for _, from := range routes { // clients come from a loopback address
		all := netip.IPv4Unspecified()
		if from.Is6() {
			all = netip.IPv6Unspecified()
		}
		err := netlink.RouteAdd(&netlink.Route{
			LinkIndex: lo.Attrs().Index, Dst: prefix(all, 0), Src: from.AsSlice(),
			Table: unix.RT_TABLE_LOCAL, Type: unix.RTN_LOCAL, Scope: netlink.SCOPE_HOST,
		})
		if err != nil {
			return fmt.Errorf("add a route to all addresses: %w", err)
		}
	}
	return nil
}

func prefix(a netip.Addr, bits int) *net.IPNet {
	return &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(bits, a.BitLen())}
}

// listen returns for IPv4, and IPv6 if there is any, the sockets of the listeners of TCP and of
// DNS, which all have the same port, and those of the gate.
func listen() (files []*os.File, port int, err error) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil && port > 0 {
			break // the kernel has no IPv6, since nothing else is in this network
		} else if err != nil {
			return nil, 0, err
		}
		defer l.Close()
		p, err := net.ListenPacket("udp", l.Addr().String())
		if err != nil {
			return files, 0, err
		}
		defer p.Close()
		tcp, err := l.(*net.TCPListener).File()
		dns, derr := p.(*net.UDPConn).File()
		in, out, gerr := openGate(host == "::1", tcp)
		files = append(files, tcp, dns, in, out)
		if err := errors.Join(err, derr, gerr); err != nil {
			return files, 0, err
		}
		port = l.Addr().(*net.TCPAddr).Port
	}
	return files, port, nil
}

// redirect drops the first packet of each connection of TCP unless the gate sent it, and redirects
// each query of DNS to its listener.
func redirect(port int) error {
	c := &nftables.Conn{}
	t := c.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: "spectap"})
	in := c.AddChain(&nftables.Chain{
		Name: "prerouting", Table: t, Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityMangle,
	})
	out := c.AddChain(&nftables.Chain{
		Name: "output", Table: t, Type: nftables.ChainTypeNAT, Hooknum: nftables.ChainHookOutput, Priority: nftables.ChainPriorityNATDest,
	})
	equal := func(value ...byte) expr.Any { return &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: value} }
	transport := func(offset, n uint32) expr.Any {
		return &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: n}
	}
	rule := func(chain *nftables.Chain, key expr.MetaKey, value []byte, then ...expr.Any) {
		c.AddRule(&nftables.Rule{Table: t, Chain: chain, Exprs: append([]expr.Any{&expr.Meta{Key: key, Register: 1}, equal(value...)}, then...)})
	}
	marked := func(mark uint32, then ...expr.Any) {
		rule(in, expr.MetaKeyMARK, binaryutil.NativeEndian.PutUint32(mark), then...)
	}
	listener := &expr.Immediate{Register: 2, Data: binaryutil.BigEndian.PutUint16(uint16(port))}
	accept := &expr.Verdict{Kind: expr.VerdictAccept}
	marked(mark, accept)
	for family, host := range map[byte]net.IP{unix.NFPROTO_IPV4: {127, 0, 0, 1}, unix.NFPROTO_IPV6: net.IPv6loopback} {
		marked(markPass, &expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1}, equal(family),
			&expr.Immediate{Register: 1, Data: host}, listener, &expr.TProxy{Family: family, RegAddr: 1, RegPort: 2}, accept)
	}
	marked(markRefused, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST})
	marked(markUnreachable, &expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: unix.NFT_REJECT_ICMPX_HOST_UNREACH})
	rule(in, expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_TCP}, transport(13, 1),
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{tcpFlags}, Xor: []byte{0}}, equal(tcpSYN),
		&expr.Verdict{Kind: expr.VerdictDrop})
	rule(out, expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_UDP}, transport(2, 2), equal(0, 53), listener, &expr.Redir{RegisterProtoMin: 2})
	if err := c.Flush(); err != nil {
		return fmt.Errorf("redirect connections by nftables, which the kernel must have with NAT and TPROXY: %w", err)
	}
	return nil
}

// openMarked returns a socket of TCP whose connection is not redirected, or nil.
func openMarked(family int) *os.File {
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), "socket")
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, mark) != nil {
		f.Close()
		return nil
	}
	return f
}
